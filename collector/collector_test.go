package collector

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

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
			`ERROR KPI evaluation failed: it (value: kpi "it": row 1: column "value": text is not a number: write CAST(value AS REAL), which makes 0 of what is not one, or unixepoch(value) for a time)`,
			`INFO KPI evaluation succeeds again: it`,
		}, r.log.lines(t)); diff != "" {
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
