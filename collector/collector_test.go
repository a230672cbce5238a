package collector

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// The tests of this file run in bubbles with a clock of their own, over SQLite files, so that hours pass in no time.

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

func TestDueOnTheGrid(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "every: 10m")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		if s := r.kpi("it"); s.Evaluations != 1 || *s.Good.Samples[0].Value != float64(at(t, "2000-01-01T00:00:00Z").Unix()) {
			t.Fatalf("at start: %+v", s)
		}
		seen := r.instants("it", "01T01:00:00")
		if len(seen) != 6 {
			t.Fatalf("evaluated at %v, want six times an hour", seen)
		}
		for i, s := range seen[1:] {
			if before := seen[i]; s[7:] != before[7:] { // The same minute of ten, and the same second.
				t.Errorf("evaluated at %v, not on a grid", seen)
			}
		}
		s := r.kpi("it")
		if got, want := *s.Good.Samples[0].Value, float64(s.Good.AsOf.Unix()); got != want || s.Good.AsOf.Nanosecond() != 0 {
			t.Errorf("the query saw %v, the result says %v", got, want)
		}
	})
}

func TestSoonAfterMidnight(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "period: day\nevery: 12h\ntimezone: Asia/Kolkata\nsettle: 1h")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		// Midnight in Kolkata is 18:30 in UTC; an hour later the day has settled.
		r.at("01T19:30:00")
		before := r.kpi("it")
		r.at("01T19:31:32")
		after := r.kpi("it")
		if after.Evaluations != before.Evaluations+1 {
			t.Fatalf("%d evaluations in a minute and a half after the day has settled, want one", after.Evaluations-before.Evaluations)
		}
		if got, want := after.Good.Window.Start, at(t, "2000-01-01T00:00:00+05:30"); !got.Equal(want) {
			t.Errorf("the window starts at %s, want %s", got, want)
		}
		if !before.Good.Window.End.Equal(after.Good.Window.Start) {
			t.Errorf("before, the window ended at %s", before.Good.Window.End)
		}
	})
}

func TestCron(t *testing.T) {
	// The bubble begins on a Saturday.
	cfg := load(t, app(newSQLite(t, "CREATE TABLE t AS SELECT 'x' AS n"),
		kpi("weekdays", asOf, "cron: \"0 6 * * 1-5\"")+kpi("broken", faulty, "cron: \"0 6 * * *\"")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		if got, want := r.kpi("weekdays").Good.AsOf, at(t, "1999-12-31T06:00:00Z"); !got.Equal(want) {
			t.Errorf("at start as of %s, want the firing that was missed, %s", got, want)
		}
		if diff := cmp.Diff([]string{"03 06:00:00", "04 06:00:00"}, r.instants("weekdays", "04T12:00:00")); diff != "" {
			t.Errorf("instants (-want +got):\n%s", diff)
		}
		// A cron that fails is tried again as of its firing.
		broken := r.kpi("broken")
		if got, want := broken.Last.AsOf, at(t, "2000-01-04T06:00:00Z"); !got.Equal(want) {
			t.Errorf("the retry is as of %s, want %s", got, want)
		}
		// 10, 20, 40, … seconds, 15 minutes at most: seven until then, and four an hour from then on.
		if n := broken.Evaluations; n < 3*90 || n > 4*100 {
			t.Errorf("%d evaluations in 84 hours", n)
		}
	})
}

func TestBackOffAndRecovery(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 'x' AS n")
	cfg := load(t, app(url, kpi("it", faulty, "every: 4h")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		regular := nextRun(r.kpi("it").KPI, time.Now(), time.Now())
		got := r.instants("it", "01T01:00:00")
		if regular.Before(at(t, "2000-01-01T01:00:00Z")) {
			t.Fatalf("a regular run at %s is in the way of this test", regular)
		}
		before, wait := at(t, "2000-01-01T00:00:00Z"), firstRetry
		for _, instant := range got {
			again, err := time.Parse("2006-01-02 15:04:05", "2000-01-"+instant)
			if waited := again.Sub(before); err != nil || waited < wait || waited > wait*3/2 {
				t.Errorf("tried again at %s, after %s, want after %s and up to half as much again", instant, waited, wait)
			}
			before, wait = again, 2*wait
		}
		if len(got) != 8 {
			t.Errorf("tried again at %v", got)
		}
		execSQLite(t, url, "UPDATE t SET n = 7")
		r.at("01T02:00:00")
		s := r.kpi("it")
		if s.Last.Failure != nil || s.Evaluations != 10 || s.Failures[ReasonValue] != 9 {
			t.Errorf("after the repair: %d evaluations, %v failures, the last: %v", s.Evaluations, s.Failures, s.Last.Failure)
		}
		r.at("01T08:00:00")
		if s := r.kpi("it"); s.Evaluations < 11 || s.Evaluations > 12 {
			t.Errorf("%d evaluations eight hours later, want one each four hours again", s.Evaluations)
		}
		if diff := cmp.Diff([]string{
			`ERROR KPI evaluation failed: it (value: kpi "it": row 1: column "value": text is not a number: write CAST(value AS REAL), or unixepoch(value) for a time)`,
			`INFO KPI evaluation succeeds again: it`,
		}, r.log.lines(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

// TestOneLogLineForMissingValues has an earlier value whose query fails while the present one is fine.
func TestOneLogLineForMissingValues(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 'x' AS n")
	cfg := load(t, app(url, kpi("it", "SELECT CASE WHEN :as_of < '2000-01-01' THEN n ELSE 1 END AS value FROM t",
		"every: 5m\ntarget: {at_least: {a_year_ago: +0%}}")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T01:00:00")
		if s := r.kpi("it"); s.Last.Failure != nil || s.Last.Missing == nil || len(s.Failures) > 0 {
			t.Errorf("failure %v, missing %v, failures %v", s.Last.Failure, s.Last.Missing, s.Failures)
		}
		execSQLite(t, url, "UPDATE t SET n = 1")
		r.at("01T02:00:00")
		lines := r.log.lines(t)
		for i, want := range []string{
			`WARN Earlier values are unavailable: bounds and comparisons that need them are unknown: it (value: kpi "it": its value as of 1999-`,
			`INFO Earlier values are available again: it`,
		} {
			if len(lines) != 2 || !strings.HasPrefix(lines[i], want) {
				t.Fatalf("log:\n%s\nwant a line that begins with %s", strings.Join(lines, "\n"), want)
			}
		}
	})
}

func TestOneLogLineForEachState(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 1 AS n, 'a' AS plan")
	cfg := load(t, app(url, kpi("it", "SELECT n AS value, plan FROM t", "every: 5m\nlabels: [plan]")+kpi("healthy", asOf, "every: 5m")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:10:00")
		execSQLite(t, url, "UPDATE t SET n = 'x'")
		r.at("01T01:00:00")
		execSQLite(t, url, "UPDATE t SET plan = NULL")
		r.at("01T02:00:00")
		execSQLite(t, url, "UPDATE t SET n = 3, plan = 'b'")
		r.at("01T03:00:00")
		want := []string{
			`ERROR KPI evaluation failed: it (value: kpi "it": row 1: column "value": text is not a number: write CAST(value AS REAL), or unixepoch(value) for a time)`,
			`WARN KPI went stale: it`,
			`ERROR KPI evaluation failed: it (label: kpi "it": label "plan" is NULL in row 1: select coalesce(plan, …) or set null_label)`,
			`INFO KPI evaluation succeeds again: it`,
		}
		if diff := cmp.Diff(want, r.log.lines(t)); diff != "" {
			t.Errorf("log (-want +got):\n%s", diff)
		}
	})
}

func TestStaleSamplesAreWithdrawn(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
	cfg := load(t, app(url, kpi("it", faulty, "every: 1h\nstale_after: 3h\ntarget: {at_least: 1}")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T03:00:00")
		execSQLite(t, url, "UPDATE t SET n = 'x'")
		r.at("01T04:00:00")
		failed := r.Version()
		s := r.kpi("it")
		if s.Last.Failure == nil || s.Good == nil || *s.Good.Samples[0].Value != 5 {
			t.Fatalf("after the first failure: failure %v, good %v; want the last value to stay", s.Last.Failure, s.Good)
		}
		metrics := exposed(t, r.Collector)
		if !metrics[`kpi_up{kpi="it"} 0`] || !metrics[`kpi_value{kpi="it"} 5`] || !metrics[`kpi_status{kpi="it"} 0`] {
			t.Errorf("after the first failure: %v", metrics)
		}
		stale := s.LastSuccess.Add(3 * time.Hour)
		time.Sleep(time.Until(stale) - time.Millisecond)
		synctest.Wait()
		if r.kpi("it").Good == nil {
			t.Error("withdrawn before stale_after")
		}
		before := r.Version()
		time.Sleep(time.Millisecond)
		synctest.Wait()
		if s := r.kpi("it"); s.Good != nil || s.LastSuccess.IsZero() {
			t.Errorf("after stale_after: good %v, last success %s", s.Good, s.LastSuccess)
		}
		if after := r.Version(); after <= before || before < failed {
			t.Errorf("versions %d, %d, %d do not grow with the changes", failed, before, after)
		}
		metrics = exposed(t, r.Collector)
		for line := range metrics {
			if line == `kpi_value{kpi="it"} 5` || line == `kpi_status{kpi="it"} 0` {
				t.Errorf("still exposed: %s", line)
			}
		}
		if !metrics[`kpi_up{kpi="it"} 0`] {
			t.Errorf("kpi_up is gone: %v", metrics)
		}
		execSQLite(t, url, "UPDATE t SET n = 6")
		time.Sleep(time.Hour)
		synctest.Wait()
		if s := r.kpi("it"); s.Good == nil || *s.Good.Samples[0].Value != 6 {
			t.Errorf("after the repair: %+v", s)
		}
	})
}

func TestVersionStaysWhileNothingChanges(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "every: 4h")))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		r.at("01T00:00:01")
		version, evaluations := r.Version(), r.kpi("it").Evaluations
		for range 600 {
			time.Sleep(6 * time.Second)
			synctest.Wait()
			if v, n := r.Version(), r.kpi("it").Evaluations; (v != version) != (n != evaluations) {
				t.Fatalf("version %d to %d with evaluations %d to %d", version, v, evaluations, n)
			}
			version, evaluations = r.Version(), r.kpi("it").Evaluations
		}
	})
}

// TestDecisionTakesEffect has a KPI that is evaluated every four hours: a decision is exposed from the first second of its day on, and not
// before.
func TestDecisionTakesEffect(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "every: 4h\ntimezone: Asia/Kathmandu"))+`
decisions:
  - {date: 2000-01-03, text: The second, kpis: [it]}
  - {date: 2000-01-02, text: The first, kpis: [it]}
`)
	count := func(r *running) int { return strings.Count(page(t, r.Collector), "\nkpi_decision_timestamp_seconds{") }
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		for _, test := range []struct {
			clock string
			want  int
		}{{"01T18:14:59", 0}, {"01T18:15:00", 1}, {"02T18:14:59", 1}, {"02T18:15:00", 2}} { // Five hours and three quarters ahead.
			r.at(test.clock)
			if got := count(r); got != test.want {
				t.Errorf("at %s: %d decisions, want %d", test.clock, got, test.want)
			}
		}
	})
}

func TestReload(t *testing.T) {
	url, other := newSQLite(t), newSQLite(t)
	file := func(changed, added string) *config.Config {
		return load(t, "# Lines move everything down.\n\n"+app(url, added+kpi("same", asOf, "owner: growth\nevery: 4h\ntarget: {at_least: 1}")+
			kpi("changed", "SELECT 1 AS value", "every: 4h\ntarget: {at_least: "+changed+"}")))
	}
	first := load(t, app(url, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")+kpi("changed", "SELECT 1 AS value", "every: 4h\ntarget: {at_least: 1}")+
		kpi("removed", asOf, "every: 4h")))
	second := file("2", kpi("added", asOf, "every: 4h"))
	moved := load(t, app(other, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")))
	wider := load(t, strings.Replace(app(other, kpi("same", asOf, "every: 4h\ntarget: {at_least: 1}")), "{url:", "{max_connections: 3, url:", 1))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, first)
		r.at("01T00:10:00")
		same, version := r.kpi("same"), r.Version()
		if err := r.Reload(t.Context(), second); err != nil {
			t.Fatal(err)
		}
		if s := r.Snapshot(); s.Config != second || s.Version <= version {
			t.Error("Reload returned before the new configuration was in force")
		}
		r.at("01T00:10:01")
		var got []string
		for _, s := range r.Snapshot().KPIs {
			got = append(got, fmt.Sprintf("%s: %d evaluations, as of %s, %s", s.KPI.Name, s.Evaluations, s.Good.AsOf.UTC().Format("15:04:05"), s.Good.Samples[0].Status))
		}
		want := []string{
			"added: 1 evaluations, as of 00:10:00, no_target",
			"same: 1 evaluations, as of 00:00:00, on_target",
			"changed: 2 evaluations, as of 00:10:00, off_target",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("after the reload (-want +got):\n%s", diff)
		}
		if r.kpi("same").Good != same.Good {
			t.Error("an unchanged KPI lost its result")
		}
		if s := r.kpi("same"); s.KPI != second.KPI("same") {
			t.Error("an unchanged KPI still is that of the old file")
		}
		// The schedule of an unchanged KPI continues.
		next := nextRun(same.KPI, time.Now(), time.Now())
		time.Sleep(time.Until(next) + time.Second)
		synctest.Wait()
		if s := r.kpi("same"); s.Evaluations != 2 {
			t.Errorf("%d evaluations after the next regular run, want 2", s.Evaluations)
		}
		// Another database is another definition, and one that is read in another way is evaluated over its new connections.
		for i, cfg := range []*config.Config{moved, wider} {
			if err := r.Reload(t.Context(), cfg); err != nil {
				t.Fatal(err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if s := r.kpi("same"); s.Evaluations != uint64(3+i) {
				t.Errorf("%d evaluations after the database has changed, want one at once", s.Evaluations)
			}
		}
		if n := len(r.Snapshot().KPIs); n != 1 {
			t.Errorf("%d KPIs, want 1", n)
		}
	})
}

// TestAnotherPasswordIsAnotherConnection changes a password in the file: no fingerprint holds it, but the connections do.
func TestAnotherPasswordIsAnotherConnection(t *testing.T) {
	first := load(t, app("postgres://kpi:old@localhost/app", kpi("it", "SELECT 1 AS value", "")))
	second := load(t, app("postgres://kpi:new@localhost/app", kpi("it", "SELECT 1 AS value", "")))
	e := NewEvaluator(first)
	defer e.Close()
	e.cache.byFingerprint = map[string]cacheEntry{first.KPI("it").Fingerprint(): {time.Now(), time.Time{}, map[readingKey]readout{{}: {}}}}
	for _, tc := range []struct {
		cfg  *config.Config
		want bool
	}{{first, true}, {second, false}} {
		next := newEvaluatorFrom(e, tc.cfg)
		if got := next.sharesConnections(e, tc.cfg.KPI("it")); got != tc.want {
			t.Errorf("the connections are shared: %t, want %t", got, tc.want)
		}
		if got := len(next.cache.of(tc.cfg.KPI("it")).readings) > 0; got != tc.want {
			t.Errorf("what was read over them is kept: %t, want %t", got, tc.want)
		}
		next.closeUnused(e)
	}
	if first.KPI("it").Fingerprint() != second.KPI("it").Fingerprint() {
		t.Error("the password changes the fingerprint")
	}
}

func TestReloadEndsWithItsContext(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "")))
	c := New(cfg, discard()) // Nobody runs it.
	defer c.evaluator.Close()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := c.Reload(ctx, cfg); err == nil {
		t.Error("a reload that nobody takes in succeeded")
	}
}

// TestClockSetBack looks at the schedule with a clock that a bubble cannot have.
func TestClockSetBack(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("hourly", asOf, "every: 1h")+kpi("firing", asOf+" -- cron", "cron: \"0 6 * * *\"")))
	synctest.Test(t, func(t *testing.T) {
		c := New(cfg, discard())
		defer c.evaluator.Close()
		hourly, firing := c.states[0], c.states[1]
		now := time.Now()
		hourly.next, firing.next, c.awake = nextRun(hourly.KPI, now, now), nextRun(firing.KPI, now, now), now.Round(0)
		c.queue.plan(c.states, c.clock())
		started := func(now time.Time) (asOf time.Time) {
			c.look(t.Context(), moment{now.Round(0), c.clock().ran})
			if hourly.running == nil {
				return time.Time{}
			}
			o := <-c.results
			c.take(o)
			return o.result.AsOf
		}
		if asOf := started(now.Add(-time.Minute)); !asOf.IsZero() {
			t.Errorf("a minute back: evaluated as of %s, want nothing", asOf)
		}
		back := now.Add(-48 * time.Hour)
		if asOf := started(back); !asOf.Equal(back) {
			t.Errorf("two days back: evaluated as of %s, want %s", asOf, back)
		}
		if firing.running != nil || !firing.next.Equal(at(t, "2000-01-01T06:00:00Z")) {
			t.Errorf("a cron runs at %s, want its next firing as before", firing.next)
		}
	})
}

// TestLateRun holds as of when a run is that starts late.
func TestLateRun(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", asOf, "every: 1h")))
	synctest.Test(t, func(t *testing.T) {
		c := New(cfg, discard())
		defer c.evaluator.Close()
		due := nextRun(c.states[0].KPI, time.Now(), time.Now())
		for _, tc := range []struct {
			name       string
			late, asOf time.Duration
		}{
			{"in time", 3 * time.Millisecond, 0},
			{"a busy machine", 5 * time.Second, 0},
			{"a machine that slept", 9*time.Hour + 500*time.Millisecond, 9 * time.Hour},
		} {
			c.states[0].next = due
			c.queue.plan(c.states, c.clock())
			c.look(t.Context(), moment{due.Add(tc.late), c.clock().ran})
			o := <-c.results
			c.take(o)
			if got, want := o.result.AsOf, due.Add(tc.asOf); !got.Equal(want) {
				t.Errorf("%s: as of %s, want %s", tc.name, got, want)
			}
		}
		c.running.Wait()
	})
}
