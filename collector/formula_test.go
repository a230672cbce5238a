package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// company holds three months of a company with two plans: what was paid and spent, who was won and who left.
//
//	         revenue      costs  cogs  marketing  new  opening  lost
//	Feb 2026 100 (pro 60) 80     20    30         3    100      5
//	Mar 2026 200 (pro 150) 120   40    60         4    100      1
//	Apr 2026 300 (pro 200) 150   60    90         6    50       4
var company = []string{
	"CREATE TABLE money (month date, plan text, revenue numeric, costs numeric, cogs numeric, marketing numeric)",
	`INSERT INTO money VALUES
		('2026-02-01', 'basic', 40, 30, 10, 10), ('2026-02-01', 'pro', 60, 50, 10, 20),
		('2026-03-01', 'basic', 40, 50, 20, 30), ('2026-03-01', 'pro', 150, 70, 20, 30), ('2026-03-01', 'legacy', 10, 0, 0, 0),
		('2026-04-01', 'basic', 100, 60, 20, 40), ('2026-04-01', 'pro', 200, 90, 40, 50)`,
	"CREATE TABLE churn (month date, won int, opening int, lost int)",
	"INSERT INTO churn VALUES ('2026-02-01', 3, 100, 5), ('2026-03-01', 4, 100, 1), ('2026-04-01', 6, 50, 4)",
	"CREATE TABLE subscriptions (account int, started date, mrr int)",
	"INSERT INTO subscriptions VALUES (1, '2026-01-01', 100), (2, '2026-02-15', 150), (3, '2026-04-10', 50)",
}

const companyKPIs = `
timezone: UTC
databases: {app: {url: "URL"}}
queries:
  money:
    period: month
    labels: [plan]
    query: |
      SELECT plan, sum(revenue) AS revenue, sum(costs) AS costs, sum(cogs) AS cogs, sum(marketing) AS marketing
      FROM money WHERE month >= :period_start AND month < :period_end GROUP BY plan
  customers:
    period: month
    query: SELECT won, opening, lost FROM churn WHERE month >= :period_start AND month < :period_end
  mrr:
    period: instant
    query: SELECT sum(mrr) AS mrr, count(*) AS accounts FROM subscriptions WHERE started <= :as_of
kpis:
  revenue: {title: Revenue, from: money, value: revenue, labels: [], merge: sum}
  costs: {title: Costs, from: money, value: costs, labels: [], merge: sum}
  cogs: {title: Cost of goods sold, from: money, value: cogs, labels: [], merge: sum}
  marketing: {title: Marketing, from: money, value: marketing, labels: [], merge: sum}
  costliest_plan: {title: Costliest plan, from: money, value: revenue, labels: [], merge: max}
  cheapest_plan: {title: Cheapest plan, from: money, value: revenue, labels: [], merge: min}
  margin_of_rows: {title: Margin, from: money, numerator: cogs, denominator: revenue, labels: [], merge: ratio}
  churn: {title: Churn, from: customers, numerator: lost, denominator: opening}
  won: {title: Customers won, from: customers, value: won}
  mrr: {title: MRR, from: mrr, value: mrr}
  accounts: {title: Accounts, from: mrr, value: accounts}
`

// TestFormula has values that were worked out by hand from the table above, as of a day in May.
func TestFormula(t *testing.T) {
	url := server.NewDatabase(t, company...)
	for _, tc := range []struct{ name, formula, asOf, want string }{
		{"growth: (300 - 200) / 200", "(revenue - previous(revenue)) / positive(previous(revenue))", "", "0.5"},
		{"growth of the first month", "revenue / positive(previous(revenue)) - 1", "2026-03-02T00:00:00Z", "none"},
		{"gross margin: (300 - 60) / 300", "(revenue - cogs) / revenue", "", "0.8"},
		{"return on investment: (300 - 150) / 150", "(revenue - costs) / costs", "", "1"},
		{"over three months: 600 / 3", "mean(revenue, 3)", "", "200"},
		{"cost of a customer: 90 / 6", "marketing / customers.won", "", "15"},
		{"annual: 12 × 300", "12 * mrr.mrr", "", "3600"},
		{"per account: 300 / 3", "mrr.mrr / mrr.accounts", "", "100"},
		{"as of an earlier instant: 250 / 2", "mrr.mrr / mrr.accounts", "2026-04-01T00:00:00Z", "125"},
		{"pooled churn: 10 / 250", "pooled(churn, 3)", "", "0.04"},
		{"not its mean: (0.05 + 0.01 + 0.08) / 3", "mean(churn, 3)", "", "0.04666666666666667"},
		{"value of a customer: 100 × 0.8 / 0.04", "mrr.mrr / mrr.accounts * (revenue - cogs) / revenue / pooled(churn, 3)", "", "2000"},
		{"its ratio: 2000 / 15", "mrr.mrr / mrr.accounts * ((revenue - cogs) / revenue) / pooled(churn, 3) / (marketing / customers.won)", "", "133.33333333333334"},
		{"pooled over a month without data", "pooled(churn, 4)", "", "none"},
		{"a rollup of quotients: 60 / 300", "margin_of_rows", "", "0.2"},
		{"the largest and the smallest row: 200 - 100", "costliest_plan - cheapest_plan", "", "100"},
		{"precedence and signs", "-revenue + 2 * (costs - 100) / 4", "", "-275"},
		{"division by zero", "revenue / (costs - 150)", "", "none"},
		{"not above zero", "positive(costs - revenue)", "", "none"},
		{"last year, which has no data", "revenue - last_year(revenue)", "", "none"},
		{"of nothing", "12 * churn", "2026-07-02T00:00:00Z", ""},
		{"of an earlier nothing", "12 * previous(churn) - 1", "2026-07-02T00:00:00Z", ""},
		{"a period after the last", "12 * previous(churn) - 0.96", "2026-06-02T00:00:00Z", "0"},
		{"nothing after something", "previous(churn) - churn", "2026-06-02T00:00:00Z", ""},
		{"two periods back: 100", "previous(previous(revenue)) / 1", "", "100"},
		{"margin by plan", "(money.revenue - money.cogs) / money.revenue", "", `plan="basic" 0.8` + "\n" + `plan="pro" 0.8`},
		{"a share of the whole", "money.revenue / revenue", "2026-04-02T00:00:00Z", `plan="basic" 0.2` + "\n" + `plan="legacy" 0.05` + "\n" + `plan="pro" 0.75`},
		{"a plan that is gone has no growth", "money.revenue - previous(money.revenue)", "", `plan="basic" 60` + "\n" + `plan="pro" 50`},
		{"a new plan has no value", "money.revenue - previous(money.revenue)", "2026-04-02T00:00:00Z", `plan="basic" 0` + "\n" + `plan="legacy" none` + "\n" + `plan="pro" 90`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			asOf := tc.asOf
			if asOf == "" {
				asOf = "2026-05-03T00:00:00Z"
			}
			// Before what it reads and through another formula.
			text := strings.Replace(companyKPIs, "kpis:\n", "kpis:\n  it: {title: It, formula: between}\n  between: {title: Between, formula: \""+tc.formula+"\"}\n", 1)
			cfg := load(t, strings.ReplaceAll(text, "URL", url))
			e := NewEvaluator(cfg)
			defer e.Close()
			r := e.Evaluate(t.Context(), []Request{{KPI: cfg.KPI("it"), AsOf: at(t, asOf)}})[0]
			if diff := cmp.Diff(tc.want, strings.ReplaceAll(describe(r), " no_target", "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestFormulaRunsOnce evaluates formulas beside what they read: each query runs once for each period.
func TestFormulaRunsOnce(t *testing.T) {
	cfg := load(t, strings.ReplaceAll(companyKPIs, "URL", "postgres://kpi@localhost/none")+`
  growth: {title: Growth, formula: "revenue / previous(revenue)", target: {at_least: {previous_period: +0%}}}
  margin: {title: Margin, formula: 1 - costs / revenue}
  smooth: {title: Smooth churn, formula: "pooled(churn, 3)"}
  per_account: {title: Per account, formula: mrr / accounts}
`)
	e := NewEvaluator(cfg)
	defer e.Close()
	_, runs := e.runs(requests(cfg, at(t, "2026-05-03T00:00:00Z")))
	if want := 3 + 3 + 1; len(runs) != want { // Three months of money and of churn.
		t.Errorf("%d runs, want %d", len(runs), want)
	}
}

// TestFormulaReadsThePastOnce counts what evaluations cost that look back at closed months: those are read again the day after.
func TestFormulaReadsThePastOnce(t *testing.T) {
	url, executed := newLoggedDatabase(t)
	cfg := load(t, app(url, kpi("monthly", "SELECT 'monthly' AS note, extract(month FROM :period_start) AS value", "period: month\nlabels: [note]")+
		"growth: {title: Growth, formula: monthly - previous(monthly), target: {at_least: {previous_period: +0%}}}\n"+
		"before: {title: Before, formula: previous(monthly)}\n"))
	e := NewEvaluator(cfg)
	defer e.Close()
	const want = `note="monthly" 1 on_target attainment 1 by 1 target.lower=1 (previous_period)`
	step := func(what string, executions int) {
		t.Helper()
		before := executed("monthly")
		all := requests(cfg, at(t, "2026-05-05T00:00:00Z"))
		got := e.Evaluate(t.Context(), all[1:])
		if diff := cmp.Diff([]string{want, `note="monthly" 3 no_target`}, []string{describe(got[0]), describe(got[1])}); diff != "" {
			t.Errorf("%s (-want +got):\n%s", what, diff)
		}
		if n := executed("monthly") - before; n != executions {
			t.Errorf("%s: %d executions, want %d", what, n, executions)
		}
	}
	step("at first, three months", 3)
	step("an hour later", 1)
	for name, c := range e.cache.byFingerprint {
		c.cachedAt = c.cachedAt.Add(-cachedFor)
		e.cache.byFingerprint[name] = c
	}
	step("a day later", 3)
}

// TestFormulaLacksItsPast has an input that fails for March only: what is judged by March is unknown, what is computed from it
// fails.
func TestFormulaLacksItsPast(t *testing.T) {
	cfg := load(t, app(server.NewDatabase(t), kpi("input", "SELECT 1 / (extract(month FROM :period_start) - 3) AS value", "period: month")+
		"judged: {title: Judged, formula: 2 * input, target: {at_least: {previous_period: +0%}}}\n"+
		"computed: {title: Computed, formula: input - previous(input)}\n"))
	results := evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))
	const inMarch = `input of its formula: kpi "input": its value as of 2026-04-01T00:00:00Z: division by zero (22012)`
	got := []string{describe(results[1]), results[1].Missing.Error(), describe(results[2])}
	want := []string{"2 unknown (no_bound)", `kpi "judged": ` + inMarch, `input: kpi "computed": ` + inMarch}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFormulaWaitsForItsWindows has data up to the end of April: a formula over a month and a quarter needs no more, one over a
// level is measured up to there.
func TestFormulaWaitsForItsWindows(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE loads AS SELECT timestamptz '2026-05-01 00:00+00' AS until")
	cfg := load(t, strings.Replace(app(url, kpi("monthly", "SELECT 1 AS value", "period: month")+
		kpi("quarterly", "SELECT 3 AS value", "period: quarter")+
		kpi("level", "SELECT 1 AS value", "period: instant")+
		"share: {title: Share, formula: monthly / quarterly}\n"+
		"of_level: {title: Of level, formula: monthly / level}\n"), "{app: {", "{app: {data_until: SELECT until FROM loads, ", 1))
	for i, want := range map[int]bool{3: false, 4: true} {
		if r := evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))[i]; (r.Incomplete || r.Clipped) != want || r.Failure != nil {
			t.Errorf("%s: incomplete %v (%v), want %v", r.KPI.Name, r.Incomplete, r.Failure, want)
		}
	}
}

func TestFormulaOfEarlierPeriods(t *testing.T) {
	url := server.NewDatabase(t, company...)
	cfg := load(t, strings.ReplaceAll(companyKPIs, "URL", url)+`
  growth: {title: Growth, unit: ratio, formula: revenue / previous(revenue) - 1, compare: previous_period, target: {at_least: {previous_period: -50%}}}
`)
	e := NewEvaluator(cfg)
	defer e.Close()
	for range 2 { // The second time from memory.
		r := e.Evaluate(t.Context(), []Request{{KPI: cfg.KPI("growth"), AsOf: at(t, "2026-05-03T00:00:00Z")}})[0]
		want := "0.5 on_target attainment 1 by 0.5 previous_period 1 target.lower=0.5 (previous_period)"
		if diff := cmp.Diff(want, describe(r)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		if want := "2026-04-01"; r.Window.Start.Format(time.DateOnly) != want {
			t.Errorf("measures the period from %s, want %s", r.Window.Start, want)
		}
	}
}

// TestFormulaFailures has an input that fails, and results too large for a number, in the end or on the way.
func TestFormulaFailures(t *testing.T) {
	url := server.NewDatabase(t)
	cfg := load(t, app(url, kpi("broken", "SELECT 1 AS worth", "")+kpi("large", "SELECT 1e308 AS value", "")+`
it: {title: It, formula: large / broken}
through: {title: Through, formula: 1 + it}
twice: {title: Twice, formula: large + large}
half: {title: Half, formula: twice / 2}
inverse: {title: Inverse, formula: 1 / (large * large)}
cancelled: {title: Cancelled, formula: positive(10 * large - 10 * large)}
fine: {title: Fine, formula: large / large}
`))
	got := map[string]string{}
	for _, r := range evaluate(t, cfg, at(t, "2026-05-03T00:00:00Z")) {
		got[r.KPI.Name] = describe(r)
	}
	cause := `kpi "broken": column "value" is not in the result (has: worth)`
	want := map[string]string{
		"broken":    "column: " + cause,
		"large":     "1e+308 no_target",
		"it":        `input: kpi "it": input of its formula: ` + cause,
		"through":   `input: kpi "through": input of its formula: ` + cause,
		"twice":     `value: kpi "twice": large + large overflows`,
		"half":      `input: kpi "half": input of its formula: kpi "twice": large + large overflows`,
		"inverse":   `value: kpi "inverse": 1 / (large * large) overflows`,
		"cancelled": `value: kpi "cancelled": positive(10 * large - 10 * large) overflows`,
		"fine":      "1 no_target",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMergeDatabases merges two databases, one of which has a plan that the other lacks.
func TestMergeDatabases(t *testing.T) {
	eu := server.NewDatabase(t, "CREATE TABLE churn AS SELECT * FROM (VALUES ('pro', 5, 100), ('basic', 2, 10), ('team', 1, 1)) AS t (plan, lost, opening)")
	us := server.NewDatabase(t, "CREATE TABLE churn AS SELECT * FROM (VALUES ('pro', 4, 50), ('basic', 1, 20)) AS t (plan, lost, opening)")
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases: {eu: {url: %q}, us: {url: %q}}
queries:
  churn: {period: instant, databases: [eu, us], labels: [plan], query: "SELECT plan, lost, opening FROM churn"}
kpis:
  by_plan: {title: By plan, from: churn, numerator: lost, denominator: opening, merge: ratio, suppress_below: 31}
  all: {title: All, from: churn, numerator: lost, denominator: opening, labels: [], merge: ratio}
  opening: {title: Opening, from: churn, value: opening, labels: [], merge: sum}
  most: {title: Most, from: churn, value: lost, labels: [], merge: max}
  apart: {title: Apart, from: churn, value: lost}
  share: {title: Share, formula: apart / opening}
`, eu, us))
	got := map[string]string{}
	for _, r := range evaluate(t, cfg, at(t, "2026-05-03T00:00:00Z")) {
		got[r.KPI.Name] = strings.ReplaceAll(describe(r), " no_target", "")
	}
	want := map[string]string{
		"by_plan": `plan="basic" none of 30` + "\n" + `plan="pro" 0.06 of 150` + "\n" + `plan="team" none`,
		"all":     "0.0718232044198895 of 181",
		"opening": "181",
		"most":    "5",
		"apart": `plan="basic" database="eu" 2` + "\n" + `plan="basic" database="us" 1` + "\n" + `plan="pro" database="eu" 5` + "\n" +
			`plan="pro" database="us" 4` + "\n" + `plan="team" database="eu" 1`,
		"share": `plan="basic" database="eu" 0.011049723756906077` + "\n" + `plan="basic" database="us" 0.0055248618784530384` + "\n" +
			`plan="pro" database="eu" 0.027624309392265192` + "\n" + `plan="pro" database="us" 0.022099447513812154` + "\n" +
			`plan="team" database="eu" 0.0055248618784530384`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestMergeLacksItsPast merges two databases, one of which fails for March only: what the other had is not the total.
func TestMergeLacksItsPast(t *testing.T) {
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases: {eu: {url: %q}, us: {url: %q}}
kpis:
  all:
    title: All
    period: month
    databases: [eu, us]
    merge: sum
    compare: [previous_period]
    query: SELECT 1 / CASE current_setting('application_name') WHEN 'us' THEN extract(month FROM :period_start) - 3 ELSE 1 END AS value
`, server.NewDatabase(t), server.NewDatabase(t)+"&application_name=us"))
	results := evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))
	if got, want := describe(results[0]), "2 no_target"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	if results[0].Missing == nil {
		t.Error("nothing is missing")
	}
}

// TestMergeRows merges rows that are too large to be added up, and one that needs no adding.
func TestMergeRows(t *testing.T) {
	url := newSQLite(t)
	cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
defaults: {period: instant}
queries:
  large: {labels: [plan], query: "SELECT 'basic' AS plan, 1e308 AS n, 1e308 AS d UNION ALL SELECT 'pro', 1e308, 1e308"}
  single: {labels: [plan], query: "SELECT 'pro' AS plan, 1 AS n, 4 AS d, 25.0 AS percent"}
kpis:
  sum: {title: Sum, from: large, value: n, labels: [], merge: sum}
  ratio: {title: Ratio, from: large, numerator: n, denominator: d, labels: [], merge: ratio}
  largest: {title: Largest, from: large, value: n, labels: [], merge: max}
  half: {title: Half, formula: sum / 2}
  one_row: {title: One row, from: single, value: percent, numerator: n, denominator: d, labels: [], merge: ratio}
`, url))
	got := map[string]string{}
	for _, r := range evaluate(t, cfg, at(t, "2026-05-03T00:00:00Z")) {
		got[r.KPI.Name] = describe(r)
	}
	want := map[string]string{
		"sum":     `value: kpi "sum": the sum of its parts overflows`,
		"ratio":   `value: kpi "ratio": the ratio of its parts overflows`,
		"largest": "1e+308 no_target",
		"half":    `input: kpi "half": input of its formula: kpi "sum": the sum of its parts overflows`,
		"one_row": "0.25 of 4 no_target",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFormulaSuppressed withholds a column that rests on too few, by the sample size that its query names.
func TestFormulaSuppressed(t *testing.T) {
	cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
queries:
  pay:
    period: instant
    labels: [team]
    sample_size: people
    suppress_below: 5
    query: "SELECT 'a' AS team, 50 AS paid, 4 AS people UNION ALL SELECT 'b', 60, 5"
kpis:
  it: {title: It, formula: pay.paid * 2}
`, newSQLite(t)))
	r := evaluate(t, cfg, at(t, "2026-05-03T00:00:00Z"))[0]
	want := `team="a" none no_target` + "\n" + `team="b" 120 no_target`
	if diff := cmp.Diff(want, describe(r)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFormulaOverLabelledColumns tries both forms that the hint proposes where the KPIs of a query have labels and the query
// has none.
func TestFormulaOverLabelledColumns(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE money (plan text, revenue real, cogs real)", "INSERT INTO money VALUES ('basic', 100, 20), ('pro', 200, 40)")
	for _, tc := range []struct{ form, want string }{
		{"labels: [plan]", `plan="basic" 80` + "\n" + `plan="pro" 160`},
		{"merge: sum", "240"},
	} {
		t.Run(tc.form, func(t *testing.T) {
			cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
queries:
  money: {period: instant, %s, query: "SELECT plan, revenue, cogs FROM money"}
kpis:
  revenue: {title: Revenue, from: money, value: revenue, labels: [plan]}
  profit: {title: Profit, formula: money.revenue - money.cogs}
`, url, tc.form))
			e := NewEvaluator(cfg)
			defer e.Close()
			r := e.Evaluate(t.Context(), []Request{{KPI: cfg.KPI("profit"), AsOf: at(t, "2026-05-03T00:00:00Z")}})[0]
			if diff := cmp.Diff(tc.want, strings.ReplaceAll(describe(r), " no_target", "")); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
