package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// TestConstantHistoryMeetsItself has values that never change, all n/d with d up to 30, as a query, a formula and merged rows
// give them, and bounds that ask for no less, or no more, than before: as a target they are met, as a critical bound they are
// reached and not passed.
func TestConstantHistoryMeetsItself(t *testing.T) {
	const (
		postgres = "SELECT n || '/' || d AS fraction, %s FROM generate_series(1, 30) AS d, generate_series(1, d) AS n%s"
		sqlite   = "WITH RECURSIVE d (d) AS (VALUES (1) UNION ALL SELECT d + 1 FROM d WHERE d < 30) " +
			"SELECT n.d || '/' || d.d AS fraction, %s FROM d, d AS n%s WHERE n.d <= d.d"
		half = "2026-04-16T00:00:00Z"
	)
	bounds := map[string][]string{
		"day": {
			"previous_period: +0%", "same_period_last_year: -0%", "median_of_6: +0%", "median_of_7: +0", "mean_of_2: +0%",
			"mean_of_7: +0", "stricter_of: [{previous_period: +0%}, {mean_of_3: +0%}, {median_of_4: +0%}]",
		},
		"{trailing: 30d}": {"a_week_ago: +0%", "a_month_ago: +0", "a_quarter_ago: +0%", "a_year_ago: +0%"},
		"instant":         {"a_week_ago: -0", "a_year_ago: +0"},
		"{to_date: month}": {
			"previous_period: +0%", "same_period_last_year: +0", "median_of_6: +0%", "mean_of_6: +0%",
			"stricter_of: [{previous_period: +0%}, {mean_of_6: +0%}]",
		},
	}
	name := func(period string) string {
		return strings.Trim(strings.NewReplacer(": ", "_", "{", "", "}", "").Replace(period), "_")
	}
	for engine, db := range map[string]struct{ url, query, n, d string }{
		"postgres": {server.NewDatabase(t), postgres, "n", "d"},
		"sqlite":   {newSQLite(t), sqlite, "n.d", "d.d"},
	} {
		t.Run(engine, func(t *testing.T) {
			value := fmt.Sprintf(db.query, "1e0 * "+db.n+" / "+db.d+" AS value", "")
			parts := fmt.Sprintf(db.query, "part, part * "+db.n+" AS n, part * "+db.d+" AS d", ", (SELECT 3 AS part UNION ALL SELECT 7) AS parts")
			var queries, kpis strings.Builder
			add := func(period, rule string) {
				for _, source := range []string{
					fmt.Sprintf("from: value_%s, value: value", name(period)),
					fmt.Sprintf("formula: base_%[1]s / 7 * 3 + base_%[1]s", name(period)),
					fmt.Sprintf("from: parts_%s, numerator: n, denominator: d, merge: ratio, labels: [fraction]", name(period)),
				} {
					fmt.Fprintf(&kpis, "  it_%d: {title: \"%s\", %s, target: {%s}}\n", kpis.Len(), rule, source, rule)
				}
			}
			for period, list := range bounds {
				fmt.Fprintf(&queries, "  value_%s: {period: %s, labels: [fraction], query: %q}\n", name(period), period, value)
				fmt.Fprintf(&queries, "  parts_%s: {period: %s, labels: [fraction, part], query: %q}\n", name(period), period, parts)
				fmt.Fprintf(&kpis, "  base_%[1]s: {title: Base, from: value_%[1]s, value: value}\n", name(period))
				pace := ""
				if strings.Contains(period, "to_date") {
					pace = ", pace: linear"
				}
				for _, bound := range list {
					add(period, "at_least: {"+bound+"}"+pace)
					add(period, "at_most: {"+bound+"}, tolerance: 0%"+pace)
					add(period, "between: [{"+bound+"}, {"+bound+"}]"+pace)
					add(period, "at_least: 1000, critical: {"+bound+"}"+pace)
					add(period, "at_most: -1000, critical: {"+bound+"}"+pace)
				}
			}
			cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}}\ndefaults: {timeout: 5m}\nqueries:\n%skpis:\n%s",
				db.url, queries.String(), kpis.String()))
			for _, r := range evaluate(t, cfg, at(t, half)) {
				if r.KPI.Target != nil {
					verdicts(t, r)
				}
			}
		})
	}
}

// verdicts expects every value on target and exactly there, or at risk and exactly at its critical bound.
func verdicts(t *testing.T, r Result) {
	t.Helper()
	if r.Failure != nil || len(r.Samples) != 30*31/2 {
		t.Fatalf("%s: %v, %d samples", r.KPI.Title, r.Failure, len(r.Samples))
	}
	tier, want := "target", status.OnTarget
	if r.KPI.Target.Critical != (config.BoundRange{}) {
		tier, want = "critical", status.AtRisk
	}
	for i := range r.Samples {
		s := &r.Samples[i]
		good := s.Status == want && (want != status.OnTarget || *s.Details().Attainment == 1 && *s.Details().Target == *s.Value)
		for _, b := range s.Details().Bounds {
			good = good && (b.Tier != tier || b.Value == *s.Value)
		}
		if !good {
			t.Errorf("%s, of the period %s: %s", r.KPI.Title, r.KPI.Period, describeSample(s, r.KPI.LabelNames()))
			return
		}
	}
}

// TestEqualIsExposedAsEqual has values that miss a bound by the last bits of binary fractions only.
func TestEqualIsExposedAsEqual(t *testing.T) {
	const (
		noon = "2026-04-16T12:00:00Z"
		sum  = "SELECT a + b AS value FROM tenths"
	)
	schema := []string{
		"CREATE TABLE plan (kpi text, at_most float8, critical float8)",
		"INSERT INTO plan VALUES ('it', 0.3, 0.4)",
		"CREATE TABLE tenths (a float8, b float8, c float8, d float8)", "INSERT INTO tenths VALUES (0.1, 0.2, 3, 29.999999999999996)",
	}
	for engine, url := range map[string]string{"postgres": server.NewDatabase(t, schema...), "sqlite": newSQLite(t, schema...)} {
		for _, tc := range []dated{
			{"a sum in the query", sum, "target: {at_most: 0.3}", noon, "0.3 on_target attainment 1 by 0.3 target.upper=0.3"},
			{
				"at its critical bound", sum, "target: {at_most: 0.2, critical: 0.3}", noon,
				"0.3 at_risk attainment 0.5000000000000001 by 0.2 target.upper=0.2 critical.upper=0.3",
			},
			{
				"at its tolerance", sum, "target: {at_most: 0.25, tolerance: 20%}", noon,
				"0.3 at_risk attainment 0.8 by 0.25 target.upper=0.25 critical.upper=0.3 (tolerance)",
			},
			{
				"a ramp that ends with the day", "SELECT 900 AS value", "period: day\ntarget: {at_most: {ramp: {2026-04-15: 100, 2026-04-16: 900}}}", noon,
				"900 on_target attainment 1 by 900 target.upper=900 (ramp)",
			},
			{
				"a ramp half way", "SELECT b AS value FROM tenths", "target: {between: [{ramp: {2026-04-16: 0.1, 2026-04-17: 0.3}}, {ramp: {2026-04-16: 0.3, 2026-04-17: 0.1}}]}", noon,
				"0.2 on_target attainment 1 by 0.2 target.lower=0.2 (ramp) target.upper=0.2 (ramp)",
			},
			{
				"a third of the period", "SELECT 20 / c AS value FROM tenths", "period: {to_date: month}\ntarget: {at_most: 20, pace: linear}", "2026-04-11T00:00:00Z",
				"6.66666666666667 on_target attainment 1 by 6.66666666666667 pace 1 forecast 20.000000000000004 target.upper=6.66666666666667",
			},
			{
				"the stricter of two", sum, "target: {at_most: {stricter_of: [0.3, {a_week_ago: +50%}]}}", noon,
				"0.3 on_target attainment 1 by 0.3 target.upper=0.3 (stricter_of)",
			},
			{
				"a plan in the database", sum, "target: {from: plan}", noon,
				"0.3 on_target attainment 1 by 0.3 target.upper=0.3 (query) critical.upper=0.4 (query)",
			},
			{
				"a sample size", "SELECT 1 AS value, d AS n FROM tenths", "sample_size: n\nsuppress_below: 30\ntarget: {at_least: 1, min_sample: 30}", noon,
				"1 of 29.999999999999996 on_target attainment 1 by 1 target.lower=1",
			},
			{"a value that no bound is near", sum, "target: {at_most: 0.300000000000001}", noon, "0.30000000000000004 on_target attainment 1.000000000000003 by 0.300000000000001 target.upper=0.300000000000001"},
			{"a miss in the last digit", "SELECT 999999999999999 AS value", "target: {at_least: 1e15, tolerance: 1}", noon, "9.99999999999999e+14 at_risk attainment 0.999999999999999 by 1e+15 target.lower=1e+15 critical.lower=9.99999999999999e+14 (tolerance)"},
		} {
			t.Run(engine+"/"+tc.name, func(t *testing.T) {
				file := strings.Replace(app(url, kpi("it", tc.sql, tc.more)), "kpis:", "queries: {plan: {query: \"SELECT kpi, at_most, critical FROM plan\"}}\nkpis:", 1)
				if diff := cmp.Diff(tc.want, describe(evaluate(t, load(t, file), at(t, tc.asOf))[0])); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestComputedValuesMeetTheirBounds has formulas and merged rows whose values are their bounds, as people compute them.
func TestComputedValuesMeetTheirBounds(t *testing.T) {
	schema := []string{
		"CREATE TABLE months (month text, part text, place int, amount float8)",
		"INSERT INTO months VALUES ('2026-03-01', 'a', 1, 100.3), ('2026-03-01', 'b', 2, 50.1), ('2026-03-01', 'c', 3, 0.2), ('2026-03-01', 'd', 4, 49.4), " +
			"('2026-04-01', 'a', 4, 100.3), ('2026-04-01', 'b', 3, 50.1), ('2026-04-01', 'c', 2, 0.2), ('2026-04-01', 'd', 1, 49.4)",
	}
	const file = `timezone: UTC
databases: {app: {url: %q}}
queries:
  parts: {period: month, labels: [part], merge: sum, query: "SELECT part, amount AS v, amount * amount AS w FROM months WHERE month = %s ORDER BY place"}
  whole: {period: month, query: "SELECT 201 AS now, 200 AS before, 100.3e0 AS gross, 100.1e0 AS costs, 0.2e0 AS fees, 0.1e0 AS tenth WHERE %[2]s > ''"}
kpis:
  total: {title: The rows of a month come in another order, from: parts, value: v, labels: [], target: {between: [{previous_period: +0%%}, 200]}}
  squares: {title: So do these, from: parts, value: w, labels: [], target: {between: [{previous_period: +0%%}, {previous_period: +0%%}]}}
  growth: {title: Growth, unit: ratio, formula: whole.now / whole.before - 1, target: {between: [0.5%%, 0.5%%]}}
  profit: {title: Nothing is left, formula: whole.gross - whole.costs - whole.fees, target: {between: [0, 0]}}
  triple: {title: Three times a tenth, formula: 3 * whole.tenth, target: {at_most: 0.3}}
  steady: {title: Of its own mean, formula: "whole.now / whole.costs - mean(whole.now, 3) / whole.costs", target: {between: [0, 0]}}
`
	for engine, db := range map[string]struct{ url, month string }{
		"postgres": {server.NewDatabase(t, schema...), "to_char(:period_start, 'YYYY-MM-DD')"},
		"sqlite":   {newSQLite(t, schema...), "date(:period_start)"},
	} {
		t.Run(engine, func(t *testing.T) {
			text := fmt.Sprintf(file, db.url, db.month)
			for _, r := range evaluate(t, load(t, text), at(t, "2026-05-05T00:00:00Z")) {
				if r.Failure != nil || r.Samples[0].Status != status.OnTarget || r.Samples[0].Details().Attainment != nil && *r.Samples[0].Details().Attainment != 1 {
					t.Errorf("%s: %s", r.KPI.Name, describe(r))
				}
			}
		})
	}
}

// TestDifferencesOfFormulasAreZero has all n/d with d up to 40, and formulas whose results are 0 or another number without
// digits to round: no step on the way may be rounded.
func TestDifferencesOfFormulasAreZero(t *testing.T) {
	const (
		query = "WITH RECURSIVE d (d) AS (VALUES (1) UNION ALL SELECT d + 1 FROM d WHERE d < 40) " +
			"SELECT n.d || '/' || d.d AS fraction, 1.0 * n.d / d.d AS a, n.d AS n, d.d AS d, d.d - n.d AS m, 1.0 * n.d / d.d / 3 AS p, 1.0 * n.d / d.d / 7 AS q FROM d, d AS n WHERE n.d <= d.d AND :period_start < :period_end"
		file = `timezone: UTC
databases: {app: {url: %q}}
queries:
  all: {period: month, labels: [fraction], query: %q}
  parts: {period: month, labels: [fraction, part], query: %q}
kpis:
  a: {title: A, from: all, value: a}
  n: {title: Its numerator, from: all, value: n}
  d: {title: Its denominator, from: all, value: d}
  third: {title: A third, formula: a / 3}
  rest: {title: What is left, formula: 1 - a}
  share: {title: Share, formula: n / d}
  others: {title: The others, formula: (d - n) / d}
  kept: {title: Kept, from: all, numerator: n, denominator: d}
  lost: {title: Lost, from: parts, numerator: m, denominator: d, labels: [fraction], merge: ratio}
  total: {title: Total, from: parts, value: w, labels: [fraction], merge: sum}
  p: {title: A part, from: all, value: p}
  q: {title: Another part, from: all, value: q}
`
		parts = "WITH parts AS (" + query + ") SELECT fraction, 'a' AS part, a AS w, m, d FROM parts UNION ALL SELECT fraction, 'p', p, m, d FROM parts UNION ALL SELECT fraction, 'q', q, m, d FROM parts"
	)
	formulas := []struct {
		formula string
		want    float64
	}{
		{"a * 3 - a - a - a", 0},
		{"(1 - a) + a - 1", 0},
		{"a / 3 + a / 3 + a / 3 - a", 0},
		{"third + third + third - a", 0},
		{"rest + a - 1", 0},
		{"share + others - 1", 0},
		{"kept + lost - 1", 0},
		{"total - a - p - q", 0},
		{"n / d * d - n", 0},
		{"a / 7 * 7 / a", 1},
		{"1 - (a / 49 * 49) / a", 0},
		{"mean(a, 3) - a", 0},
		{"mean(third, 3) * 3 - previous(a)", 0},
		{"(a - previous(a)) / last_year(a)", 0},
		{"positive(a / 3) * 3 - zero(a)", 0},
	}
	var kpis strings.Builder
	for i, f := range formulas {
		fmt.Fprintf(&kpis, "  it_%d: {title: It, formula: %q, target: {between: [%v, %[3]v]}}\n", i, f.formula, f.want)
		fmt.Fprintf(&kpis, "  at_least_%d: {title: It, formula: %q, target: {at_least: %v}}\n", i, f.formula, f.want)
	}
	cfg := load(t, fmt.Sprintf(file, newSQLite(t), query, parts)+kpis.String())
	for _, r := range evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z")) {
		if r.KPI.Target == nil {
			continue
		}
		off := 0
		for _, s := range r.Samples {
			if s.Status != status.OnTarget || *s.Value != *s.Details().Target {
				off++
			}
		}
		if len(r.Samples) != 820 || off > 0 || r.Failure != nil {
			t.Errorf("%s: %d of %d off target (%v)", r.KPI.Formula.Text, off, len(r.Samples), r.Failure)
		}
	}
}
