package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// Tests that launch a collector run in bubbles with a clock of their own, over SQLite files, so that hours pass in no time.

// logbook keeps what is logged.
type logbook struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (l *logbook) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logbook) logger() *slog.Logger { return slog.New(slog.NewJSONHandler(l, nil)) }

// lines returns the lines so far, each as its message, the KPI and the reason.
func (l *logbook) lines(t *testing.T) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for line := range bytes.Lines(l.text.Bytes()) {
		var entry struct{ Level, Msg, KPI, Reason, Err string }
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		text := entry.Level + " " + entry.Msg + ": " + entry.KPI
		if entry.Reason != "" {
			text += " (" + entry.Reason + ": " + entry.Err + ")"
		}
		lines = append(lines, text)
	}
	return lines
}

// running is a collector that runs until the test ends.
type running struct {
	*Collector
	t    *testing.T
	log  *logbook
	stop func()
}

func launch(t *testing.T, cfg *config.Config) *running {
	t.Helper()
	return launchAfter(t, cfg, func(*Collector) {})
}

// launchAfter does something to the collector before it runs.
func launchAfter(t *testing.T, cfg *config.Config, first func(*Collector)) *running {
	t.Helper()
	log := &logbook{}
	r := &running{Collector: New(cfg, log.logger()), t: t, log: log}
	first(r.Collector)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.Run(ctx)
	}()
	r.stop = func() {
		cancel()
		<-done
	}
	t.Cleanup(r.stop)
	return r
}

// at lets the clock run until an instant of the bubble's first days, and all that is due by then be done.
func (r *running) at(clock string) {
	r.t.Helper()
	time.Sleep(time.Until(at(r.t, "2000-01-"+clock+"Z")))
	synctest.Wait()
}

// kpi returns what the snapshot says about a KPI.
func (r *running) kpi(name string) KPIState {
	r.t.Helper()
	for _, s := range r.Snapshot().KPIs {
		if s.KPI.Name == name {
			return *s
		}
	}
	r.t.Fatalf("no KPI %s in the snapshot", name)
	return KPIState{}
}

// instants returns at which instants the KPI was evaluated, from each snapshot until the clock has come to an instant.
func (r *running) instants(name, until string) []string {
	r.t.Helper()
	var seen []string
	last := r.kpi(name).Evaluations
	for end := at(r.t, "2000-01-"+until+"Z"); time.Now().Before(end); {
		time.Sleep(time.Second)
		synctest.Wait()
		s := r.kpi(name)
		if s.Evaluations != last {
			seen = append(seen, s.Last.AsOf.UTC().Format("02 15:04:05"))
		}
		if s.Evaluations > last+1 {
			r.t.Fatalf("%d evaluations within a second", s.Evaluations-last)
		}
		last = s.Evaluations
	}
	return seen
}

// asOf is a query whose value is the instant of its evaluation.
const asOf = "SELECT unixepoch(:as_of) AS value"

// faulty is a query over a table that makes it fail while it holds a text.
const faulty = "SELECT n AS value FROM t"
