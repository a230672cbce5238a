package collector

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

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

// TestLateRun checks the as-of of a run that starts late.
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
