package collector

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// loadWithValues returns the configuration of a KPI file beside files of values.
func loadWithValues(t testing.TB, kpis string, files map[string]string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	files["kpi.yaml"] = kpis
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "kpi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// survey is kept by hand: the first quarter was published on 20 April, and revised for one plan in May. The third has no row of
// plan free.
const survey = `period,plan,score,answers,asked,known_from
2025-Q4,free,20,40,100,
2025-Q4,pro,30,10,40,
2026-Q1,free,22,50,100,2026-04-20
2026-Q1,pro,33,12,40,2026-04-20
2026-Q1,pro,35,20,40,2026-05-05
2026-Q3,pro,36,20,40,
`

// TestValuesFile evaluates what is kept by hand as of instants at which more or less of it was known: the value, target and
// formula, beside KPIs with SQL.
func TestValuesFile(t *testing.T) {
	orders := newSQLite(t, "CREATE TABLE orders (at text, amount int)",
		"INSERT INTO orders VALUES ('2026-01-05 12:00:00', 90), ('2026-02-05 12:00:00', 120), ('2026-03-05 12:00:00', 60)")
	const nps = "  it: {title: NPS, from: survey, value: score, unit: points"
	const answers = "  it: {title: Answers, from: survey, unit: ratio, numerator: answers, denominator: asked"
	const plan = "period,kpi,at_least,known_from\n2026-01,it,100,2025-12-15\n2026-02,it,100,2025-12-15\n2026-02,it,130,2026-02-20\n2026-03,it,50,\n"
	file := func(kpis string) string {
		return fmt.Sprintf("timezone: Europe/Berlin\ndatabases: {app: {url: %q}}\nqueries:\n"+
			"  survey: {period: quarter, labels: [plan], values_file: survey.csv}\n"+
			"  board: {period: month, values_file: board.csv}\n  plan: {values_file: plan.csv}\n"+
			"  sales: {period: month, query: \"SELECT coalesce(sum(amount), 0) AS value FROM orders WHERE at >= :period_start AND at < :period_end\"}\n"+
			"kpis:\n%s\n", orders, kpis)
	}
	for _, tc := range []struct {
		name, kpis, asOf, want string // The result of the KPI it.
	}{
		{"a quarter without known_from", nps + "}", "2026-01-01", "plan=\"free\" 20 no_target\nplan=\"pro\" 30 no_target"},
		{"before it has ended", nps + "}", "2025-12-31", "incomplete"},
		{"not known yet", nps + "}", "2026-04-19T23:59:59", "incomplete"},
		{"known from local midnight", nps + "}", "2026-04-20", "plan=\"free\" 22 no_target\nplan=\"pro\" 33 no_target"},
		{"revised", nps + "}", "2026-05-05", "plan=\"free\" 22 no_target\nplan=\"pro\" 35 no_target"},
		{"a hole between two rows", nps + "}", "2026-10-02", "plan=\"pro\" 36 no_target"},
		{"the quarter of the hole", nps + "}", "2026-07-01", "incomplete"},
		{"settle waits", nps + ", settle: 20d}", "2026-04-20", "plan=\"free\" 20 no_target\nplan=\"pro\" 30 no_target"},
		{"and is over", nps + ", settle: 20d}", "2026-04-22", "plan=\"free\" 22 no_target\nplan=\"pro\" 33 no_target"},
		{"before the data", nps + ", data_from: 2026-01-01}", "2026-01-01", ""},
		{
			"against the previous quarter, as it is known now", nps + ", target: {at_least: {previous_period: +4}}}", "2026-05-05",
			"plan=\"free\" 22 off_target attainment 0.9166666666666666 by 24 target.lower=24 (previous_period)\nplan=\"pro\" 35 on_target attainment 1.0294117647058822 by 34 target.lower=34 (previous_period)",
		},
		{"a quotient and its sample size", answers + "}", "2026-05-05", "plan=\"free\" 0.5 of 100 no_target\nplan=\"pro\" 0.5 of 40 no_target"},
		{"too few", answers + ", target: {at_least: 40%, min_sample: 50}}", "2026-05-05", "plan=\"free\" 0.5 of 100 on_target attainment 1.25 by 0.4 target.lower=0.4\nplan=\"pro\" 0.5 of 40 unknown (small_sample) attainment 1.25 by 0.4 target.lower=0.4"},
		{"withheld", answers + ", suppress_below: 50}", "2026-05-05", "plan=\"free\" 0.5 of 100 no_target\nplan=\"pro\" none of 40 no_target"},
		{"pooled", answers + ", labels: [], merge: ratio}", "2026-05-05", "0.5 of 140 no_target"},
		{"pooled, before the revision", answers + ", labels: [], merge: ratio}", "2026-05-04", "0.44285714285714284 of 140 no_target"},
		{"added up", "  it: {title: Answers, from: survey, value: answers, labels: [], merge: sum}", "2026-05-05", "70 no_target"},
		{"closed labels", nps + ", labels: {plan: [free, pro]}, on_empty: zero}", "2026-10-02", "plan=\"free\" 0 no_target\nplan=\"pro\" 36 no_target"},
		{"an empty cell", "  it: {title: B, from: board, value: jobs}", "2026-02-01", "none no_target"},
		{
			"a formula with SQL", "  sold: {title: S, from: sales}\n  it: {title: Per head, formula: sold / board.heads}", "2026-02-01", "9 no_target",
		},
		{"a formula that looks back", "  it: {title: Growth, formula: board.heads / previous(board.heads)}", "2026-03-01", "1.2 no_target"},
		{"a plan", "  it: {title: S, from: sales, target: {from: plan, tolerance: 10%}}", "2026-02-01", "90 at_risk attainment 0.9 by 100 target.lower=100 (query) critical.lower=90 (tolerance)"},
		{"a plan that was changed", "  it: {title: S, from: sales, target: {from: plan}}", "2026-03-01", "120 off_target attainment 0.9230769230769231 by 130 target.lower=130 (query)"},
		{"a plan without known_from", "  it: {title: S, from: sales, target: {from: plan}}", "2026-04-01", "60 on_target attainment 1.2 by 50 target.lower=50 (query)"},
		{"no row in the plan", "  it: {title: S, from: sales, target: {from: plan}}", "2026-05-01", "0 unknown (no_bound)"},
		{
			"a plan of a running month", "  it: {title: S, period: {to_date: month}, query: \"SELECT sum(amount) AS value FROM orders WHERE at >= :period_start AND at < :as_of\", target: {from: plan, pace: linear}}",
			"2026-02-15", "120 on_target attainment 2.4 by 50 pace 2.4 forecast 240 target.lower=50 (query)",
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := loadWithValues(t, file(tc.kpis), map[string]string{
				"survey.csv": survey, "board.csv": "period,heads,jobs\n2026-01,10,\n2026-02,12,2\n2026-03,12,2\n", "plan.csv": plan,
			})
			k := cfg.KPI("it")
			asOf := tc.asOf
			if len(asOf) == len(time.DateOnly) {
				asOf += "T00:00:00"
			}
			local, err := time.ParseInLocation("2006-01-02T15:04:05", asOf, k.Calendar.Location)
			if err != nil {
				t.Fatal(err)
			}
			e := NewEvaluator(cfg)
			defer e.Close()
			r := e.Evaluate(t.Context(), []Request{{KPI: k, AsOf: local}})[0]
			got := describe(r)
			if r.Incomplete {
				got = strings.TrimSpace("incomplete " + got)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("as of %s (-want +got):\n%s", tc.asOf, diff)
			}
		})
	}
}

// TestLastPeriodsOfValues shows the past of what is kept by hand as it is known at the instant requested, not as it was then.
func TestLastPeriodsOfValues(t *testing.T) {
	cfg := loadWithValues(t, "timezone: Europe/Berlin\nkpis:\n  it: {title: NPS, period: quarter, values_file: nps.csv, compare: [previous_period]}\n", map[string]string{
		"nps.csv": "period,value,known_from\n2025-Q3,10,\n2025-Q4,20,2026-01-20\n2026-Q1,30,2026-04-20\n2025-Q4,21,2026-04-25\n",
	})
	e := NewEvaluator(cfg)
	defer e.Close()
	for asOf, want := range map[string]string{
		"2026-04-19": "10 no_target, 20 no_target previous_period 10, incomplete ",
		"2026-04-20": "10 no_target, 20 no_target previous_period 10, 30 no_target previous_period 20",
		"2026-04-25": "10 no_target, 21 no_target previous_period 10, 30 no_target previous_period 21",
	} {
		var got []string
		for _, r := range e.Evaluate(t.Context(), LastPeriods([]Request{{KPI: cfg.KPIs[0], AsOf: at(t, asOf+"T00:00:00+02:00")}}, 3)) {
			text := describe(r)
			if r.Incomplete {
				text = "incomplete " + text
			}
			got = append(got, text)
		}
		if text := strings.Join(got, ", "); text != want {
			t.Errorf("as of %s: %s, want %s", asOf, text, want)
		}
	}
}

// TestValuesAreWaitedFor runs a daily KPI that is kept by hand: it keeps the last value that is known, takes a revision of it,
// and its verdict is unknown once a whole period has passed without a row.
func TestValuesAreWaitedFor(t *testing.T) {
	cfg := loadWithValues(t, "kpis:\n  it: {title: Visitors, period: day, values_file: v.csv, target: {at_least: 5}}\n  twice: {title: Twice, formula: 2 * it, target: {at_least: 5}}\n", map[string]string{
		"v.csv": "period,value,known_from\n1999-12-31,10,\n2000-01-01,11,2000-01-02T09:00:00Z\n2000-01-01,12,2000-01-03T07:30:00Z\n2000-01-04,14,\n",
	})
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		shown := func(clock, want string) {
			t.Helper()
			r.at(clock)
			for name, times := range map[string]float64{"it": 1, "twice": 2} {
				s := r.kpi(name)
				if s.Good == nil || len(s.Good.Samples) != 1 {
					t.Fatalf("%s: %s shows %+v", clock, name, s.Good)
				}
				sample := s.Good.Samples[0]
				if got := fmt.Sprintf("%g %s", *sample.Value/times, sample.Status); got != want {
					t.Errorf("%s: %s shows %s, want %s", clock, name, got, want)
				}
			}
		}
		shown("01T00:01:00", "10 on_target")
		shown("02T08:59:00", "10 on_target")
		shown("02T09:02:00", "11 on_target")
		shown("03T07:29:00", "11 on_target") // The row of the second day is missing, but not for long.
		shown("03T07:32:00", "12 on_target")
		shown("04T00:02:00", "12 unknown")
		shown("05T00:05:00", "14 on_target")
		if s := r.kpi("it"); !s.DataUntil.Equal(at(t, "2000-01-05T00:00:00Z")) || s.StaleAfter != 24*time.Hour {
			t.Errorf("data until %s, stale after %s", s.DataUntil, s.StaleAfter)
		}
		for _, line := range r.log.lines(t) {
			if strings.HasPrefix(line, "ERROR") {
				t.Error(line)
			}
		}
	})
}

// TestExplainOfValues has nothing to ask a database.
func TestExplainOfValues(t *testing.T) {
	cfg := loadWithValues(t, "kpis:\n  it: {title: NPS, period: quarter, values_file: nps.csv, target: {at_least: {previous_period: +1}}}\n", map[string]string{"nps.csv": "period,value\n2025-Q4,20\n"})
	e := NewEvaluator(cfg)
	defer e.Close()
	all := requests(cfg, at(t, "2026-02-01T00:00:00Z"))
	if got := e.Explain(t.Context(), all); len(got) > 0 {
		t.Errorf("explains %+v", got)
	}
	if got := e.Inspect(t.Context(), all); len(got) > 0 {
		t.Errorf("inspects %+v", got)
	}
	if got := e.EmptyPasts(t.Context(), all); len(got) > 0 {
		t.Errorf("finds %+v", got)
	}
}
