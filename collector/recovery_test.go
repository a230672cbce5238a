package collector

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestDatabaseComesAndGoes has a database that is there every other minute for two hours: after the first outages the log has
// a pair of lines each five minutes at most.
func TestDatabaseComesAndGoes(t *testing.T) {
	url := newSQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	move := func(from, to string) {
		t.Helper()
		if err := os.Rename(from, to); err != nil {
			t.Fatal(err)
		}
	}
	cfg := load(t, app(url, kpis("k", 3)))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		for range 2 * 30 {
			move(path, path+".away")
			time.Sleep(time.Minute)
			move(path+".away", path)
			time.Sleep(time.Minute)
		}
		lines := r.log.said(t)
		unreached := strings.Count(strings.Join(lines, "\n"), wordsUnreached)
		if answers := strings.Count(strings.Join(lines, "\n"), wordsAnswers); unreached < 12 || unreached > 24+outagesAtOnce || answers != unreached {
			t.Errorf("%d times not reached, and %d times there again, in:\n%s", unreached, answers, strings.Join(lines, "\n"))
		}
		if len(lines) > 3*unreached {
			t.Errorf("%d lines", len(lines))
		}
	})
}

// TestStaleAfterOutage has a KPI go stale after an outage has ended and before it is tried again: it has a line of its own.
func TestStaleAfterOutage(t *testing.T) {
	c := &Collector{outages: map[string]*outage{"app": {over: true, stale: map[string]bool{}}}}
	s := &state{KPIState: KPIState{KPI: &config.KPI{}, Last: &Result{Failure: &Failure{unreached: []string{"app"}}}}}
	if c.noteStale(s, nil) {
		t.Error("it is counted in an outage that is over")
	}
}

// TestRetriesOnceADatabaseAnswers has an outage of hours, in which retries come to lie far apart: once one of them succeeds, the others follow
// within seconds, those of a formula and of a cron too.
func TestRetriesOnceADatabaseAnswers(t *testing.T) {
	url := newSQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	var all strings.Builder
	for i := range 20 {
		all.WriteString(kpi(fmt.Sprintf("k%02d", i), fmt.Sprintf("SELECT %d AS value", i), "every: 4h\ndatabase: app"))
	}
	all.WriteString(kpi("nightly", "SELECT 1 AS value", "cron: 0 1 * * *\ndatabase: app"))
	all.WriteString("double: {title: Double, formula: 2 * k01}\n")
	cfg := load(t, app(url, all.String()))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		for n, outage := range []struct{ from, to string }{{"01T00:30:00", "01T10:00:00"}, {"02T00:30:00", "02T10:00:00"}} {
			r.at(outage.from)
			if err := os.Rename(path, path+".away"); err != nil {
				t.Fatal(err)
			}
			r.at(outage.to)
			if err := os.Rename(path+".away", path); err != nil {
				t.Fatal(err)
			}
			for strings.Count(strings.Join(r.log.said(t), "\n"), wordsAnswers) <= n {
				time.Sleep(time.Second)
			}
			time.Sleep(retrySpread + 2*time.Second)
			synctest.Wait()
			for _, s := range r.Snapshot().KPIs {
				if !up(*s) {
					t.Errorf("%s is not up: %v", s.KPI.Name, s.Last.Failure)
				}
			}
		}
	})
}

// TestRetriesSoonOnce has a KPI whose evaluations fail with their connection while its database answers others: it is tried early once, and then
// as seldom as any other that fails.
func TestRetriesSoonOnce(t *testing.T) {
	c := New(load(t, app(newSQLite(t), kpi("it", "SELECT 1 AS value", "every: 4h\ndatabase: app"))), discard())
	t.Cleanup(c.evaluator.Close)
	now, s, o := c.clock(), c.states[0], &outage{failed: map[string]bool{"it": true}}
	failed := &Result{Failure: &Failure{unreached: []string{"app"}}}
	for _, soon := range []bool{true, false, false} {
		s.Last, s.next = failed, now.wall.Add(time.Hour)
		c.retry("app", o, now)
		if got := s.next.Before(now.wall.Add(time.Minute)); got != soon {
			t.Errorf("it is tried soon: %v, want %v", got, soon)
		}
	}
}

// TestOutageAfterOthers has a long outage begin shortly after short ones: its line comes later, and says since when.
func TestOutageAfterOthers(t *testing.T) {
	url := newSQLite(t)
	path := strings.TrimPrefix(url, "sqlite://")
	cfg := load(t, app(url, kpis("k", 20)))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		for _, step := range []struct{ clock, from, to string }{
			{"01T00:00:10", path, path + ".away"},
			{"01T00:00:15", path + ".away", path},
			{"01T00:00:20", path, path + ".away"},
			{"01T00:00:25", path + ".away", path},
			{"01T00:01:00", path, path + ".away"},
			{"01T00:01:30", path + ".away", path},
			{"01T00:03:00", path, path + ".away"},
			{"01T00:20:00", path + ".away", path},
		} {
			r.at(step.clock)
			if err := os.Rename(step.from, step.to); err != nil {
				t.Fatal(err)
			}
		}
		r.at("01T00:21:00")
		var got []string
		for line := range strings.Lines(r.log.text.String()) {
			var entry struct {
				Time         time.Time
				Level, Since string
				After        time.Duration
			}
			if err := json.Unmarshal([]byte(line), &entry); err != nil {
				t.Fatal(err)
			}
			got = append(got, fmt.Sprintf("%s %s since=%s after=%s", entry.Level, entry.Time.UTC().Format("15:04:05"), entry.Since, entry.After))
		}
		want := []string{
			"ERROR 00:00:11 since= after=0s",
			"INFO 00:00:16 since= after=5s",
			"ERROR 00:00:21 since= after=0s",
			"INFO 00:00:26 since= after=5s",
			"ERROR 00:01:01 since= after=0s",
			"WARN 00:01:10 since= after=0s",
			"INFO 00:01:31 since= after=30s",
			"ERROR 00:05:11 since=2000-01-01T00:03:01Z after=0s",
			"WARN 00:05:11 since= after=0s",
			"INFO 00:20:01 since= after=17m0s",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("log (-want +got):\n%s\n%s", diff, r.log.text.String())
		}
	})
}
