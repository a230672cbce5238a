package collector

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestPastIsQueriedOnce counts on the server what evaluations cost that look back at closed months.
func TestPastIsQueriedOnce(t *testing.T) {
	url, executed := newLoggedDatabase(t)
	file := func(owner, timeout, more string) *config.Config {
		return load(t, more+app(url, kpi("it", "SELECT 'monthly' AS plan, extract(month FROM :period_start) AS value",
			"period: month\nlabels: [plan]\nowner: "+owner+"\ntimeout: "+timeout+"\ncompare: [previous_period]\n"+
				"target: {at_least: {median_of_6: +0%}, critical: {previous_period: -50%}}")+
			kpi("same", "SELECT 'monthly' AS plan, extract(month FROM :period_start) AS value", "period: month\nlabels: [plan]")))
	}
	first := file("a", "30s", "")
	e := NewEvaluator(first)
	defer func() { e.Close() }()
	n := 0
	step := func(what, asOf string, cfg *config.Config, want int, description string) {
		t.Helper()
		got := describe(e.Evaluate(t.Context(), requests(cfg, at(t, asOf)))[0])
		if got != description {
			t.Errorf("%s: got %s, want %s", what, got, description)
		}
		if total := executed("monthly"); total-n != want {
			t.Errorf("%s: %d executions, want %d", what, total-n, want)
		}
		n = executed("monthly")
	}
	const (
		october  = `plan="monthly" 10 on_target attainment 1.5384615384615383 by 6.5 previous_period 9 target.lower=6.5 (median_of) critical.lower=4.5 (previous_period)`
		november = `plan="monthly" 11 on_target attainment 1.4666666666666668 by 7.5 previous_period 10 target.lower=7.5 (median_of) critical.lower=5 (previous_period)`
	)
	step("at first, the month and six before", "2026-11-05T00:00:00Z", first, 7, october)
	step("an hour later", "2026-11-05T01:00:00Z", first, 1, october)
	step("a month later", "2026-12-05T00:00:00Z", first, 2, november)
	reload := func(cfg *config.Config) {
		old := e
		e = newEvaluatorFrom(old, cfg)
		old.closeUnused(e)
	}
	moved, changed := file("b", "30s", "# A line more.\n"), file("b", "31s", "")
	reload(moved)
	step("after a reload", "2026-12-05T02:00:00Z", moved, 1, november)
	reload(changed)
	step("after a change", "2026-12-05T03:00:00Z", changed, 7, november)
	if h := e.cache.byFingerprint; len(h) != 1 || len(e.cache.of(changed.KPI("it")).readings) != 6 {
		t.Errorf("%v is kept, want six values of one KPI", h)
	}
}

// TestCacheExpires has a day pass during an evaluation that has taken a closed period from the cache.
func TestCacheExpires(t *testing.T) {
	cfg := load(t, app(newSQLite(t), kpi("it", "SELECT :period_start IS NULL AS value", "period: month\ncompare: [previous_period]")))
	synctest.Test(t, func(t *testing.T) {
		e := NewEvaluator(cfg)
		defer e.Close()
		asked := requests(cfg, at(t, "2026-05-05T00:00:00Z"))
		e.Evaluate(t.Context(), asked)
		time.Sleep(cachedFor - time.Second)
		pending, runs := e.runs(asked)
		if len(runs) != 1 {
			t.Fatalf("%d runs, want 1", len(runs))
		}
		time.Sleep(2 * time.Second)
		e.cache.keep(pending)
		if left := e.cache.of(cfg.KPI("it")).readings; left != nil {
			t.Errorf("%v is remembered after a day", left)
		}
	})
}

// TestMissingPastIsKept counts on the server how often a month is asked for that is missing.
func TestMissingPastIsKept(t *testing.T) {
	url, executed := newLoggedDatabase(t)
	for _, tc := range []struct {
		name, sql string
		again     int
	}{
		{"rows that cannot be read", "SELECT CASE WHEN extract(month FROM :period_start) <> 3 THEN 'unreadable' END AS plan, 1 AS value", 1},
		{"refused by the database", "SELECT 'refused' AS plan, 1 / (extract(month FROM :period_start) - 3) AS value", 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, app(url, kpi("it", tc.sql, "period: month\nlabels: [plan]\ntarget: {at_least: {previous_period: +0%}}")))
			e := NewEvaluator(cfg)
			defer e.Close()
			word := "unreadable"
			if strings.Contains(tc.sql, "refused") {
				word = "refused"
			}
			for i, want := range []int{2, tc.again} {
				before := executed(word)
				r := e.Evaluate(t.Context(), requests(cfg, at(t, "2026-05-05T00:00:00Z")))[0]
				if r.Failure != nil || r.Missing == nil {
					t.Errorf("run %d: failure %v, missing %v", i, r.Failure, r.Missing)
				}
				if n := executed(word) - before; n != want {
					t.Errorf("run %d: %d executions, want %d", i, n, want)
				}
			}
		})
	}
}
