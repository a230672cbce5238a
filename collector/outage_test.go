package collector

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// said returns the lines of the log as a person reads them: each as its level, its message, and what is the same whenever the test runs.
func (l *logbook) said(t *testing.T) []string {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	var lines []string
	for line := range bytes.Lines(l.text.Bytes()) {
		var entry map[string]any
		if err := json.Unmarshal(line, &entry); err != nil {
			t.Fatal(err)
		}
		text := fmt.Sprintf("%s %s:", entry["level"], entry["msg"])
		for _, key := range []string{"kpi", "database", "kpis", "reason", "failed_kpis"} {
			if v, ok := entry[key]; ok {
				text += fmt.Sprintf(" %s=%v", key, v)
			}
		}
		if stale, ok := entry["stale_kpis"].(float64); ok && entry["fresh_kpis"] != nil {
			text += fmt.Sprintf(" with_values=%v", stale+entry["fresh_kpis"].(float64)) // How many of them are stale at the first look is chance.
		} else if ok {
			text += fmt.Sprintf(" stale_kpis=%v", stale)
		}
		lines = append(lines, text)
	}
	return lines
}

func (l *logbook) holds(t *testing.T, words string) bool {
	t.Helper()
	return strings.Contains(strings.Join(l.said(t), "\n"), words)
}

const (
	wordsUnreached = "ERROR Connection to database failed: KPIs that fail with it are not logged one by one:"
	wordsStale     = "WARN KPIs go stale because their database was not reached:"
	wordsAnswers   = "INFO Database answers again:"
)

// outages is two servers, of which the tests stop the first, and a collector of KPIs over both.
type outages struct {
	*running
	server *pgtest.Server
	urls   map[string]string
}

// kpis returns KPIs that read the first database, are due each second and stale after ten.
func kpis(prefix string, n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(kpi(fmt.Sprintf("%s%02d", prefix, i), fmt.Sprintf("SELECT %d AS value", i), "every: 1s\nstale_after: 10s\ndatabase: app"))
	}
	return b.String()
}

// file returns the configuration with these KPIs; replace changes its text.
func (o *outages) file(kpis string, replace ...string) *config.Config {
	o.t.Helper()
	text := fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}, other: {url: %q}}\nkpis:\n%s", o.urls["app"], o.urls["other"], indent(2, kpis))
	return load(o.t, strings.NewReplacer(replace...).Replace(text))
}

func (o *outages) stopServer() {
	o.t.Helper()
	if err := o.server.StopNow(); err != nil {
		o.t.Fatal(err)
	}
}

func (o *outages) startServer() {
	o.t.Helper()
	if err := o.server.Restart(); err != nil {
		o.t.Fatal(err)
	}
}

// all waits until all KPIs fulfil a condition.
func (o *outages) all(what string, condition func(*KPIState) bool) {
	o.t.Helper()
	eventually(o.t, what, func() bool {
		for _, s := range o.Snapshot().KPIs {
			if !condition(s) {
				return false
			}
		}
		return true
	})
}

func (o *outages) allUp() {
	o.t.Helper()
	o.all("all are up", func(s *KPIState) bool { return up(*s) })
}

// appGone waits until every KPI of the first database has failed and gone stale.
func (o *outages) appGone() {
	o.t.Helper()
	o.all("those of the database are stale", func(s *KPIState) bool {
		reads := slices.ContainsFunc(databasesOf(s.KPI), func(d *config.Database) bool { return d.Name == "app" })
		return !reads || s.Last != nil && s.Last.Failure != nil && s.Good == nil
	})
}

func (o *outages) reload(cfg *config.Config) {
	o.t.Helper()
	if err := o.Reload(o.t.Context(), cfg); err != nil {
		o.t.Fatal(err)
	}
}

// TestOutageInTheLog stops a server under a collector and reads what the log says: one line for all KPIs when it begins, one when
// they go stale, and one when it is over.
func TestOutageInTheLog(t *testing.T) {
	t.Parallel()
	elsewhere := kpi("other", "SELECT 1 AS value", "every: 1s\ndatabase: other")
	for _, tc := range []struct {
		name string
		kpis string
		run  func(o *outages)
		want []string
	}{
		{
			name: "a server stops and comes back",
			kpis: kpis("k", 20) + "double: {title: Double, formula: 2 * k01}\n" + elsewhere,
			run: func(o *outages) {
				o.stopServer()
				o.appGone()
				o.startServer()
				o.allUp()
			},
			want: []string{
				wordsUnreached + " database=app kpis=21 reason=connect",
				wordsStale + " database=app with_values=21",
				wordsAnswers + " database=app failed_kpis=21 stale_kpis=21",
			},
		},
		{
			name: "one is down at the start",
			kpis: kpis("k", 20) + elsewhere,
			run: func(o *outages) {
				o.all("all were tried", func(s *KPIState) bool { return s.Evaluations > 1 })
				o.startServer()
				o.allUp()
			},
			want: []string{
				wordsUnreached + " database=app kpis=20 reason=connect",
				wordsAnswers + " database=app failed_kpis=20 stale_kpis=0",
			},
		},
		{
			name: "what fails for its own reasons has a line of its own",
			kpis: kpis("k", 5) + kpi("broken", "SELECT nothing AS value", "every: 1s\ndatabase: app"),
			run: func(o *outages) {
				o.eventually("broken", "it fails", failed(ReasonQuery))
				o.stopServer()
				o.appGone()
				o.startServer()
				o.eventually("broken", "it fails again", failed(ReasonQuery))
				eventually(o.t, "the end is logged", func() bool { return o.log.holds(o.t, wordsAnswers) })
			},
			want: []string{
				"ERROR KPI evaluation failed: kpi=broken reason=query",
				wordsUnreached + " database=app kpis=6 reason=connect",
				wordsStale + " database=app with_values=5",
				wordsAnswers + " database=app failed_kpis=6 stale_kpis=5",
			},
		},
		{
			name: "one of the databases of a KPI",
			kpis: "both: {title: Both, databases: [app, other], every: 1s, stale_after: 10s, period: instant, query: SELECT 1 AS value}\n",
			run: func(o *outages) {
				o.stopServer()
				o.eventually("both", "what the other one gives is left", func(s KPIState) bool { return s.Good != nil && len(s.Good.Samples) == 1 })
				o.startServer()
				o.allUp()
			},
			want: []string{
				wordsUnreached + " database=app kpis=1 reason=connect",
				wordsStale + " database=app with_values=1",
				wordsAnswers + " database=app failed_kpis=1 stale_kpis=1",
			},
		},
		{
			name: "reloads meanwhile",
			kpis: kpis("k", 20) + elsewhere,
			run: func(o *outages) {
				o.stopServer()
				o.appGone()
				o.reload(o.file(kpis("k", 20) + kpis("new", 20) + elsewhere))
				o.appGone()
				o.startServer()
				o.allUp()
			},
			want: []string{
				wordsUnreached + " database=app kpis=20 reason=connect",
				wordsStale + " database=app with_values=20",
				wordsAnswers + " database=app failed_kpis=40 stale_kpis=20",
			},
		},
		{
			name: "a reload names another address, which does not help, and one that does",
			kpis: kpis("k", 20) + elsewhere,
			run: func(o *outages) {
				o.stopServer()
				o.appGone()
				o.reload(o.file(kpis("k", 20)+elsewhere, o.urls["app"], "postgres://app@127.0.0.1:1/app?sslmode=disable"))
				eventually(o.t, "that is logged", func() bool { return strings.Count(strings.Join(o.log.said(o.t), "\n"), wordsUnreached) == 2 })
				o.appGone()
				o.reload(o.file(kpis("k", 20)+elsewhere, o.urls["app"], o.urls["other"]))
				o.allUp()
			},
			want: []string{
				wordsUnreached + " database=app kpis=20 reason=connect",
				wordsStale + " database=app with_values=20",
				wordsUnreached + " database=app kpis=20 reason=connect",
				wordsAnswers + " database=app failed_kpis=20 stale_kpis=20",
			},
		},
		{
			name: "a reload takes the database away",
			kpis: kpis("k", 20) + elsewhere,
			run: func(o *outages) {
				o.stopServer()
				o.appGone()
				o.reload(o.file(elsewhere))
				before := o.running.kpi("other").Evaluations
				o.running.eventually("other", "the other one continues", func(s KPIState) bool { return s.Evaluations > before+1 })
			},
			want: []string{
				wordsUnreached + " database=app kpis=20 reason=connect",
				wordsStale + " database=app with_values=20",
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			o := &outages{server: startServer(t), urls: map[string]string{"other": server.NewDatabase(t)}}
			o.urls["app"] = o.server.NewDatabase(t)
			o.running = &running{t: t}
			down := tc.name == "one is down at the start"
			if down {
				o.stopServer()
			}
			o.running = launch(t, o.file(tc.kpis))
			if !down {
				o.all("all were evaluated", func(s *KPIState) bool { return s.Evaluations > 0 })
			}
			tc.run(o)
			eventually(t, "the lines:\n"+strings.Join(tc.want, "\n"), func() bool { return len(o.log.said(t)) >= len(tc.want) })
			got := o.log.said(t)
			for i := range min(len(got), len(tc.want)) {
				if strings.HasPrefix(got[i], tc.want[i]) { // What is left out there depends on the machine.
					got[i] = tc.want[i]
				}
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("log (-want +got):\n%s", diff)
			}
		})
	}
}

// TestFreezeInTheLog has a server that falls silent, which is known only once the first evaluations time out: the KPIs have gone stale by
// then, and there is one line for all of them nevertheless.
func TestFreezeInTheLog(t *testing.T) {
	t.Parallel()
	proxy := pgtest.NewProxy(t, server.Addr())
	url := strings.Replace(server.NewDatabase(t), server.Addr(), proxy.Addr(), 1)
	o := &outages{urls: map[string]string{"app": url, "other": server.NewDatabase(t)}, running: &running{t: t}}
	o.running = launch(t, o.file(kpis("k", 20), "stale_after: 10s", "stale_after: 5s\n    timeout: 12s"))
	o.all("all were evaluated", func(s *KPIState) bool { return s.Evaluations > 0 })
	proxy.Freeze()
	o.all("all are stale, whose evaluations continue", func(s *KPIState) bool { return s.Good == nil && s.Last.Failure == nil })
	o.appGone()
	proxy.Thaw()
	o.allUp()
	eventually(t, "the end is logged", func() bool { return o.log.holds(t, wordsAnswers) })
	want := []string{
		wordsUnreached + " database=app kpis=20 reason=connect",
		wordsStale + " database=app with_values=20",
		wordsAnswers + " database=app failed_kpis=20 stale_kpis=20",
	}
	if diff := cmp.Diff(want, o.log.said(t)); diff != "" {
		t.Errorf("log (-want +got):\n%s", diff)
	}
}
