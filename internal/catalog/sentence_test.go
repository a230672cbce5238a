package catalog

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSentence(t *testing.T) {
	const head = `databases: {app: {url: "sqlite://app.db"}, eu: {url: "sqlite://eu.db"}, late: {url: "sqlite://late.db", data_until: SELECT max(at) FROM loads}}
defaults: {database: app}
queries:
  plan: {query: "SELECT 'k' AS kpi, 5 AS at_least"}
  most: {query: "SELECT 'k' AS kpi, 5 AS at_most"}
  ends: {query: "SELECT 'k' AS kpi, 5 AS low, 6 AS high"}
  late: {period: week, query: SELECT 1 AS n, data_until: SELECT max(at) FROM loads}
  shared: {period: week, labels: [plan, day_n], merge: sum, query: "SELECT plan, day_n, n, a, b FROM t"}
kpis:
  k: {title: Churn, `
	const sql = "query: SELECT 1 AS value, "
	for _, test := range []struct{ name, kpi, want string }{
		{"nothing", sql + "period: day", "Churn of the last complete day: no target."},
		{"direction", sql + "period: week, better: lower, owner: ann", "Churn of the last complete week: no target, lower is better; owner ann."},
		{
			"everything", `period: month, labels: [plan], unit: ratio, numerator: lost, denominator: paying_customers, query: SELECT 1 AS lost, owner: success,
    target: {at_most: 3%, critical: 5%, stretch: 1%, min_sample: 30, segments: [{plan: enterprise, at_most: 1%}, {plan: free, target: none}]}, suppress_below: 5`,
			"Churn by plan of the last complete month: at most 3%; at risk up to 5%; stretch goal of 1%; for plan enterprise at most 1%; " +
				"for plan free no target; needs 30 paying customers; withheld below 5 paying customers; owner success.",
		},
		{
			"what differs", sql + `period: day, labels: [plan, region], sample_size: n,
    target: {at_least: 10, tolerance: 10%, segments: [{plan: a, region: eu, tolerance: 2}, {plan: b, at_least: 20}, {plan: c, min_sample: 5}]}`,
			"Churn by plan and region of the last complete day: at least 10; at risk within 10% of the target; for plan a and region eu at risk within 2 of the target; " +
				"for plan b at least 20; for plan c needs 5 samples.",
		},
		{"range", sql + "period: {days: 30}, target: {between: [3, 5], critical: [2, 6]}", "Churn of the last 30 complete days: between 3 and 5; at risk down to 2 and up to 6."},
		{"label in the title", sql + "title: Churn by plan, period: instant, labels: [plan]", "Churn by plan at the moment: no target."},
		{"several databases", sql + "period: {trailing: 36h}, databases: [app, eu]", "Churn by database of the trailing 36 hours: no target."},
		{"months", sql + "period: {trailing: 12mo}", "Churn of the trailing 12 months: no target."},
		{"pace", sql + "period: {to_date: month}, target: {at_least: 100, pace: linear}", "Churn of the running month so far: at least 100 for the whole month, in proportion to the time passed."},
		{"benchmark", sql + "period: day, unit: ratio, target: {at_least: {benchmark: 75%, source: a study}}", "Churn of the last complete day: at least 75% (benchmark: a study)."},
		{"steps", sql + "period: day, target: {at_least: {steps: {2026-Q1: 800, 2026-Q2: none}}}", "Churn of the last complete day: at least 800 from 2026-01-01 on, none from 2026-04-01 on."},
		{"ramp", sql + "period: day, target: {at_most: {ramp: {2026-01: 8, 2026-07: 6}}}", "Churn of the last complete day: at most the straight line from 8 on 2026-01-01 to 6 on 2026-07-01."},
		{
			"past", sql + "period: day, unit: ratio, target: {at_least: {stricter_of: [{previous_period: +5%}, {median_of_6: -2pp}, {same_period_last_year: +0%}]}}",
			"Churn of the last complete day: at least the strictest of 5% above the previous day, 2 percentage points below the median of the 6 days before " +
				"and the day 52 weeks before.",
		},
		{"a while ago", sql + "period: instant, target: {at_most: {a_month_ago: +5}}", "Churn at the moment: at most 5 above the value a month ago."},
		{"from a query", sql + "period: day, target: {from: plan, tolerance: 5%}", "Churn of the last complete day: at least what the query plan says; at risk within 5% of the target."},
		{
			"range by query", "period: day, query: SELECT 1 AS value, target: {from: ends, critical: [1, 9]}",
			"Churn of the last complete day: within the range that the query ends gives; at risk down to 1 and up to 9.",
		},
		{
			"at most by query", "period: {to_date: quarter}, query: SELECT 1 AS value, target: {from: most, pace: linear}",
			"Churn of the running quarter so far: at most what the query most says for the whole quarter, in proportion to the time passed.",
		},
		{
			"moving range", sql + "period: {days: 7}, target: {between: [{steps: {2026: 3, 2027: 4}}, {stricter_of: [{previous_period: -1}, {mean_of_6: +0%}]}], " +
				"critical: [{ramp: {2026: 1, 2027: 2, 2028: none}}, {same_period_last_year: +10%}]}",
			"Churn of the last 7 complete days: between (3 from 2026-01-01 on, 4 from 2027-01-01 on) and (the stricter of 1 below the previous 7 days " +
				"and the mean of the 6 periods before); at risk down to (the straight line from 1 on 2026-01-01 to 2 on 2027-01-01, none from 2028-01-01 on) " +
				"and up to 10% above the period 52 weeks before.",
		},
		{
			"last year", sql + "period: month, unit: ratio, target: {at_most: {same_period_last_year: -1pp}, tolerance: 1pp, stretch: {median_of_12: -10%}}",
			"Churn of the last complete month: at most 1 percentage point below the same month last year; at risk within 1 percentage point of the target; " +
				"stretch goal of 10% below the median of the 12 months before.",
		},
		{
			"years", sql + "period: year, target: {at_least: {same_period_last_year: +0%}, critical: {previous_period: -1.5k}}",
			"Churn of the last complete year: at least the previous year; at risk down to 1500 below the previous year.",
		},
		{
			"ago", sql + "period: {trailing: 1mo}, target: {at_least: {stricter_of: [{a_week_ago: +1}, {a_quarter_ago: +2}, {a_year_ago: +3}, {benchmark: 4, source: a study}]}}",
			"Churn of the trailing month: at least the strictest of 1 above the value a week ago, 2 above the value a quarter ago, 3 above the value a year ago " +
				"and 4 (benchmark: a study).",
		},
		{
			"several differences", sql + "period: day, labels: [plan_kind], sample_size: opening, target: {at_least: 2, min_sample: 1, segments: " +
				"[{plan_kind: a, at_least: 3, critical: 1, stretch: 5, min_sample: 1.5M}]}",
			"Churn by plan kind of the last complete day: at least 2; for plan kind a at least 3, at risk down to 1, stretch goal of 5, needs 1500000 samples; needs 1 sample.",
		},
		{"comma in the title", sql + "title: 'Churn, monthly', period: month", "Churn, monthly, of the last complete month: no target."},
		{"some labels in the title", sql + "title: Churn by Plan, period: day, labels: [plan, region]", "Churn by plan and region of the last complete day: no target."},
		{"labels within the title", sql + "title: Churn by plan and month, period: day, labels: [plan]", "Churn by plan and month of the last complete day: no target."},
		{"waits", sql + "period: day, database: late", "Churn of the last complete day: no target; waits until its data is complete."},
		{"waits for its query", "from: late, value: n", "Churn of the last complete week: no target; waits until its data is complete."},
		{"sum of rows", "from: shared, value: n, labels: []", "Churn of the last complete week, summed over every day n and plan: no target."},
		{"ratio of rows", "from: shared, labels: [plan], numerator: a, denominator: b, merge: ratio", "Churn by plan of the last complete week, pooled over every day n: no target."},
		{"lowest of rows", "from: shared, value: n, labels: [plan], merge: min", "Churn by plan of the last complete week, the lowest value of any day n: no target."},
		{"sum of databases", sql + "period: day, databases: [app, eu], merge: sum", "Churn of the last complete day, summed over the databases app and eu: no target."},
		{"highest of databases", sql + "period: day, databases: [app, eu], merge: max", "Churn of the last complete day, the highest value of the databases app and eu: no target."},
		{
			"both", "from: shared, labels: [plan], numerator: a, denominator: b, merge: ratio, databases: [app, eu]",
			"Churn by plan of the last complete week, pooled over every day n in the databases app and eu: no target.",
		},
		{"one database of a list", sql + "period: day, databases: [app], merge: sum", "Churn of the last complete day: no target."},
	} {
		t.Run(test.name, func(t *testing.T) {
			text := head
			if strings.Contains(test.kpi, "title:") {
				text = strings.Replace(text, "title: Churn, ", "", 1)
			}
			if diff := cmp.Diff(test.want, Sentence(load(t, text+test.kpi+"}\n").KPIs[0])); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
