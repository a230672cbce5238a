package collector

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

// refunds has plans that sold and were refunded, in three months.
//
//	         free    pro   team   gone
//	Mar sold  -      100    50     20     refunded pro 10, gone 5
//	Apr sold  NULL   200    60      -     refunded pro 20, free NULL, rest 7
var refunds = []string{
	"CREATE TABLE sales (plan text, month text, amount int, n int)",
	"INSERT INTO sales VALUES ('pro', '2026-03', 100, 9), ('team', '2026-03', 50, 9), ('gone', '2026-03', 20, 9)",
	"INSERT INTO sales VALUES ('free', '2026-04', NULL, 9), ('pro', '2026-04', 200, 9), ('team', '2026-04', 60, 2)",
	"CREATE TABLE refunds (plan text, month text, amount int, n int)",
	"INSERT INTO refunds VALUES ('pro', '2026-03', 10, 9), ('gone', '2026-03', 5, 9)",
	"INSERT INTO refunds VALUES ('pro', '2026-04', 20, 9), ('free', '2026-04', NULL, 9), ('rest', '2026-04', 7, 9)",
}

const refundKPIs = `
timezone: UTC
databases: {app: {url: %q}}
defaults: {period: month}
queries:
  sales: {labels: [plan], query: "SELECT plan, amount, n FROM sales WHERE month = MONTH"}
  money: {labels: [plan], query: "SELECT plan, amount FROM refunds WHERE month = MONTH"}
kpis:
  it: {title: It, formula: "%s"}
  revenue: {title: Revenue, from: sales, value: amount}
  few: {title: Few, from: sales, value: amount, sample_size: n, suppress_below: 5}
  refunded: {title: Refunded, from: money, value: amount}
  total: {title: Total, from: sales, value: amount, labels: [], merge: sum}
  none: {title: None, query: "SELECT amount AS value FROM refunds WHERE month = 'never' AND :period_start < :period_end"}
  broken: {title: Broken, query: "SELECT amount AS value FROM nowhere WHERE :period_start < :period_end"}
  net: {title: Net, formula: revenue - refunded}
`

// TestZero has values that were worked out by hand from the table above, for April.
func TestZero(t *testing.T) {
	urls := map[string]string{"postgres": server.NewDatabase(t, refunds...), "sqlite": newSQLite(t, refunds...)}
	months := map[string]string{"postgres": "to_char(:period_start AT TIME ZONE 'UTC', 'YYYY-MM')", "sqlite": "substr(:period_start, 1, 7)"}
	for _, tc := range []struct{ name, formula, want string }{
		{"without zero", "revenue - refunded", "free none; pro 180; rest none; team none"},
		{"no row is 0, NULL is not", "revenue - zero(refunded)", "free none; pro 180; team 60"},
		{"a column", "sales.amount - zero(money.amount)", "free none; pro 180; team 60"},
		{"the other way round", "zero(refunded) - revenue", "free none; pro -180; team -60"},
		{"the union of those outside", "revenue + refunded - zero(refunded)", "free none; pro 200; rest none; team none"},
		{"two under zero", "revenue - zero(refunded) - zero(money.amount)", "free none; pro 160; team 60"},
		{"two joined before", "revenue - (zero(refunded) + zero(money.amount))", "free none; pro 160; team 60"},
		{"a sum under zero", "revenue - zero(refunded + refunded)", "free none; pro 160; team 60"},
		{"twice over", "revenue - zero(zero(refunded))", "free none; pro 180; team 60"},
		{"times a number", "revenue - 2 * zero(refunded) + 1", "free none; pro 161; team 61"},
		{"a divisor of 0", "revenue / zero(refunded)", "free none; pro 10; team none"},
		{"not above 0", "revenue / positive(zero(refunded))", "free none; pro 10; team none"},
		{"0 where it is not above 0 or is not there", "revenue - zero(positive(refunded))", "free none; pro 180; team 60"},
		{"an earlier zero", "revenue - previous(zero(refunded))", "free none; pro 190; team 60"},
		{"a zero of earlier", "revenue - zero(previous(refunded))", "free none; pro 190; team 60"},
		{"a new plan grows from 0", "revenue - zero(previous(revenue))", "free none; pro 100; team 10"},
		{"a plan that was won or lost", "zero(revenue) - previous(revenue)", "gone -20; pro 100; team 10"},
		{"the mean of months with and without", "revenue - mean(zero(refunded), 2)", "free none; pro 185; team 60"},
		{"a mean that is not there", "revenue - zero(mean(refunded, 2))", "free none; pro 185; team 60"},
		{"a formula under zero", "revenue - zero(net)", "free none; pro 20; team none"},
		{"a KPI without labels and rows", "revenue + zero(none)", "free none; pro 200; team 60"},
		{"a KPI without labels that has a row", "revenue + zero(total)", "free none; pro none; team none"},
		{"nothing with labels", "total - zero(none)", " none"},
		{"withheld", "refunded + zero(few)", "free none; pro 220; rest 7"},
		{"withheld is not 0", "revenue - zero(few)", "free none; pro 0; team none"},
		{"a failure is not 0", "revenue - zero(broken)", "input"},
		{"no labels outside but in another term", "zero(refunded) / total + revenue", "free none; pro none; team none"},
	} {
		for engine, url := range urls {
			t.Run(tc.name+"/"+engine, func(t *testing.T) {
				cfg := load(t, strings.ReplaceAll(fmt.Sprintf(refundKPIs, url, tc.formula), "MONTH", months[engine]))
				e := NewEvaluator(cfg)
				defer e.Close()
				r := e.Evaluate(t.Context(), []Request{{KPI: cfg.KPI("it"), AsOf: at(t, "2026-05-01T00:00:00Z")}})[0]
				if r.Failure != nil {
					if string(r.Failure.Reason) != tc.want {
						t.Errorf("%v, want %s", r.Failure, tc.want)
					}
					return
				}
				var got []string
				for i := range r.Samples {
					s := &r.Samples[i]
					value := "none"
					if s.Value != nil {
						value = fmt.Sprint(*s.Value)
					}
					got = append(got, strings.Join(s.Labels, "")+" "+value)
				}
				if diff := cmp.Diff(tc.want, strings.Join(got, "; ")); diff != "" {
					t.Errorf("(-want +got):\n%s", diff)
				}
			})
		}
	}
}

// TestMissingParts says which part a value lacks.
func TestMissingParts(t *testing.T) {
	const (
		sales  = "queries: {sales: {period: instant, labels: [plan, region], query: \"VALUES_\"}}\n"
		labels = "SELECT 'a' AS plan, 'eu' AS region, 1 AS value, 2 AS denominator, 1 AS numerator"
		row    = " UNION ALL SELECT '%s', '%s', %s, %s, %s"
	)
	rows := func(list ...[]any) string {
		text := labels
		for _, r := range list {
			text += fmt.Sprintf(row, r...)
		}
		return text
	}
	for _, tc := range []struct{ name, rows, kpi, want string }{
		{"none is missing", rows(), "labels: [], merge: sum", ""},
		{"one row", rows([]any{"b", "us", "NULL", "1", "1"}), "labels: [], merge: sum", "plan=b region=us has no value"},
		{"of one label", rows([]any{"a", "us", "NULL", "1", "1"}), "labels: [plan], merge: max", "region=us has no value"},
		{
			"many rows", rows([]any{"b", "us", "NULL", "1", "1"}, []any{"c", "us", "NULL", "1", "1"}, []any{"d", "us", "NULL", "1", "1"}, []any{"e", "us", "NULL", "1", "1"}),
			"labels: [], merge: min", "plan=b region=us, plan=c region=us, plan=d region=us and 1 more have no value",
		},
		{"a numerator", rows([]any{"b", "us", "1", "1", "NULL"}), "labels: [], merge: ratio, numerator: numerator, denominator: denominator", "plan=b region=us has no numerator"},
		{"a denominator", rows([]any{"b", "us", "1", "NULL", "1"}), "labels: [], merge: ratio, numerator: numerator, denominator: denominator", "plan=b region=us has no denominator"},
	} {
		for engine, url := range map[string]string{"postgres": server.NewDatabase(t), "sqlite": newSQLite(t)} {
			t.Run(tc.name+"/"+engine, func(t *testing.T) {
				value := ", value: value"
				if strings.Contains(tc.kpi, "ratio") {
					value = ""
				}
				cfg := load(t, fmt.Sprintf("databases: {app: {url: %q}}\n", url)+strings.Replace(sales, "VALUES_", tc.rows, 1)+
					"kpis:\n  it: {title: It, from: sales"+value+", "+tc.kpi+"}\n")
				e := NewEvaluator(cfg)
				defer e.Close()
				r := e.Evaluate(t.Context(), requests(cfg, at(t, "2026-05-01T00:00:00Z")))[0]
				if r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Details().Missing != tc.want || (r.Samples[0].Value == nil) != (tc.want != "") {
					t.Errorf("%v %+v, want %q", r.Failure, r.Samples, tc.want)
				}
			})
		}
	}
}

// TestMissingTerms says each reason once why a formula has no value.
func TestMissingTerms(t *testing.T) {
	url := newSQLite(t)
	for _, tc := range []struct{ formula, want string }{
		{"unknown - zero(absent / unknown)", "unknown has no value, and absent has no row"},
		{"sold - absent - absent", "absent has no row"},
		{"(absent - unknown) / (unknown + absent) + unknown", "absent has no row, and unknown has no value"},
		{"sold - previous(unknown) - previous(absent + unknown)", "unknown has no value one period before, and absent has no row one period before"},
		{"sold / zero(absent) - unknown - sold / zero(absent)", "the divisor is 0, and unknown has no value"},
	} {
		cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
defaults: {period: month}
kpis:
  it: {title: It, formula: %s}
  sold: {title: Sold, query: SELECT 1 AS value WHERE :period_start < :period_end}
  unknown: {title: Unknown, query: SELECT NULL AS value WHERE :period_start < :period_end}
  absent: {title: Absent, query: SELECT 1 AS value WHERE :period_start > :period_end}
`, url, tc.formula))
		r := evaluate(t, cfg, at(t, "2026-05-01T00:00:00Z"))[0]
		if len(r.Samples) != 1 || r.Samples[0].Details().Missing != tc.want {
			t.Errorf("%s (%v): %+v, want %s", tc.formula, r.Failure, r.Samples, tc.want)
		}
	}
}

// TestMissingDatabase names the database that a total lacks.
func TestMissingDatabase(t *testing.T) {
	dbs := newRegions(t)
	execSQLite(t, dbs.urls["us"], "DELETE FROM orders")
	execSQLite(t, dbs.urls["ap"], "UPDATE orders SET n = NULL")
	cfg := load(t, dbs.file("", "period: instant\nmerge: sum", ""))
	e := NewEvaluator(cfg)
	defer e.Close()
	r := e.Evaluate(t.Context(), requests(cfg, at(t, "2026-05-01T00:00:00Z")))[0]
	if want := "database us has no row, and database ap has no value"; len(r.Samples) != 1 || r.Samples[0].Details().Missing != want {
		t.Errorf("%+v, want %s", r.Samples, want)
	}
}

// TestMissingPartIsLoggedOnce has a part that is missing for a while, and another one that joins it.
func TestMissingPartIsLoggedOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		url := newSQLite(t, "CREATE TABLE sales (plan text, n int)", "INSERT INTO sales VALUES ('free', NULL), ('pro', 1)")
		cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
queries: {sales: {period: instant, every: 1m, labels: [plan], query: "SELECT plan, n FROM sales"}}
kpis:
  total: {title: Total, from: sales, value: n, labels: [], merge: sum}
`, url))
		r := launch(t, cfg)
		count := func(words string) int {
			r.log.mu.Lock()
			defer r.log.mu.Unlock()
			return strings.Count(r.log.text.String(), words)
		}
		r.at("01T00:10:00")
		if n := count(`"missing":"plan=free has no value"`); n != 1 {
			t.Errorf("%d lines about free: %s", n, r.log.text.String())
		}
		execSQLite(t, url, "UPDATE sales SET n = 1")
		r.at("01T00:20:00")
		if n := count("KPI has all its parts again"); n != 1 {
			t.Errorf("%d lines about its return", n)
		}
		execSQLite(t, url, "UPDATE sales SET n = NULL WHERE plan = 'pro'")
		r.at("01T00:30:00")
		if n := count(`"missing":"plan=pro has no value"`); n != 1 {
			t.Errorf("%d lines about pro", n)
		}
		if n := count("KPI has no value where a part is missing"); n != 2 {
			t.Errorf("%d lines in all", n)
		}
	})
}

// TestZeroBeforeTheDataOfOneDatabase has a database in which the KPI under zero begins later: what was not evaluated there is no
// 0, neither now nor a period before.
func TestZeroBeforeTheDataOfOneDatabase(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 5 AS n")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  eu: {url: %q, data_from: 2020-01-01}
  us: {url: %q, data_from: 2026-01-01}
defaults: {period: month, databases: [eu, us]}
kpis:
  revenue: {title: Revenue, data_from: 2020-01-01, query: SELECT n AS value FROM t}
  refunds: {title: Refunds, query: SELECT n AS value FROM t WHERE n > 9}
  net: {title: Net, formula: revenue - zero(refunds)}
  growth: {title: Growth, formula: revenue - zero(previous(refunds))}
  both: {title: Both, formula: revenue - zero(refunds + zero(refunds))}
`, url, url))
	for asOf, want := range map[string][]string{
		"2025-06-01T00:00:00Z": {`database="eu" 5 no_target`, `database="us" none no_target`},
		"2026-06-01T00:00:00Z": {`database="eu" 5 no_target`, `database="us" 5 no_target`},
	} {
		for _, r := range evaluate(t, cfg, at(t, asOf))[2:] {
			if diff := cmp.Diff(strings.Join(want, "\n"), describe(r)); diff != "" {
				t.Errorf("%s of %s (-want +got):\n%s", r.KPI.Name, asOf, diff)
			}
		}
	}
}

// TestZeroInOtherDatabases has a KPI under zero that is read in one database of the two: in the other nothing is known of it.
func TestZeroInOtherDatabases(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE t AS SELECT 'pro' AS plan, 5 AS n")
	cfg := load(t, fmt.Sprintf(`
databases:
  eu: {url: %[1]q}
  us: {url: %[1]q}
  eu2: {url: %[1]q}
defaults: {period: month, labels: [plan]}
kpis:
  s: {title: Sold, databases: [eu, us], query: "SELECT plan, n AS value FROM t"}
  r: {title: Refunded, databases: [eu, eu2], query: "SELECT plan, n AS value FROM t WHERE n > 9"}
  none: {title: None, databases: [eu, us], query: "SELECT plan, n AS value FROM t WHERE n > 9"}
  twice: {title: Twice, formula: 2 * r}
  n: {title: Net, formula: s - zero(r)}
  sum: {title: Of a sum, formula: s - zero(r + zero(none))}
  through: {title: Through a formula, formula: s - zero(twice)}
  both: {title: Of both, formula: zero(r) + zero(none) + s}
  mean: {title: Of a mean, formula: "s - zero(mean(r, 2))"}
  plain: {title: Without zero, formula: s - r}
`, url))
	for _, r := range evaluate(t, cfg, at(t, "2026-05-01T00:00:00Z"))[4:] {
		want := `plan="pro" database="eu" 5 no_target` + "\n" + `plan="pro" database="us" none no_target`
		switch r.KPI.Name {
		case "plain":
			want = `plan="pro" database="eu" none no_target` + "\n" + `plan="pro" database="us" none no_target`
		case "n":
			if got, why := r.Samples[1].Details().Missing, "r is not read in database us"; got != why {
				t.Errorf("%s has no value because %s, want %s", r.KPI.Name, got, why)
			}
		}
		if diff := cmp.Diff(want, describe(r)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", r.KPI.Name, diff)
		}
	}
}

// TestZeroOfMergedDatabases has a plan that only one database refunds, and one that none does. With open labels the former
// lacks a part; with closed ones every database gives its 0.
func TestZeroOfMergedDatabases(t *testing.T) {
	schema := "CREATE TABLE sold AS SELECT 'pro' AS plan, 5 AS n UNION ALL SELECT 'basic', 3"
	eu := newSQLite(t, schema, "CREATE TABLE refunded AS SELECT 'pro' AS plan, 2 AS n")
	us := newSQLite(t, schema, "CREATE TABLE refunded (plan text, n int)")
	for _, tc := range []struct{ refunds, want string }{
		{"labels: [plan]", `plan="basic" 6 no_target` + "\n" + `plan="pro" none no_target`},
		{"labels: {plan: [basic, pro]}, on_empty: zero", `plan="basic" 6 no_target` + "\n" + `plan="pro" 8 no_target`},
	} {
		cfg := load(t, fmt.Sprintf(`
databases: {eu: {url: %q}, us: {url: %q}}
defaults: {period: instant, databases: [eu, us], merge: sum}
kpis:
  s: {title: Sold, labels: [plan], query: "SELECT plan, n AS value FROM sold"}
  r: {title: Refunded, %s, query: "SELECT plan, n AS value FROM refunded"}
  it: {title: Net, formula: s - zero(r)}
`, eu, us, tc.refunds))
		if diff := cmp.Diff(tc.want, describe(evaluate(t, cfg, at(t, "2026-05-01T00:00:00Z"))[2])); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.refunds, diff)
		}
	}
}
