package lint

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// foundBy returns what a check finds in a file: the word at the place that it points at, and the hint.
func foundBy(t *testing.T, id, text string) []string {
	t.Helper()
	var found []string
	for _, p := range problemsOf(t, text) {
		if p.Check == id {
			rest := []rune(strings.Split(text, "\n")[p.Line-1])[p.Column-1:]
			word, _, _ := strings.Cut(string(rest)+" ", " ")
			found = append(found, word+" "+p.Hint)
		}
	}
	return found
}

// check fails unless a check finds in a file what is wanted.
func check(t *testing.T, id, text string, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, foundBy(t, id, text)); diff != "" {
		t.Errorf("%s (-want +got)\n%s\n%s", id, diff, text)
	}
}

// inBlock returns a KPI whose SQL stands below its key.
func inBlock(keys, sql string) string {
	return wellMade + "  more:\n    title: More\n    " + keys + "\n    query: |\n      " + strings.ReplaceAll(sql, "\n", "\n      ") + "\n"
}

func TestWindowNotHalfOpen(t *testing.T) {
	const id = "window_not_half_open"
	check(t, id, `product: Shop
databases: {shop: {url: "${DATABASE_URL}"}}
kpis:
  revenue:
    title: Revenue of the month
    period: month
    query: SELECT sum(amount) AS value FROM bookings WHERE booked_on BETWEEN :period_start AND :period_end
`, "BETWEEN write booked_on >= :period_start AND booked_on < :period_end")
	check(t, id, inBlock("better: higher", "SELECT count(*) AS value -- of all\nFROM orders o\nWHERE o.at >= :period_start\n  AND o.at <= :period_end"),
		"<= write o.at >= :period_start AND o.at < :period_end")
	check(t, id, withKPI("queries: {q: {query: \"SELECT count(*) AS n, 0 AS m FROM t WHERE at > :period_start AND at < :period_end\"}}\n",
		"better: higher, from: q, value: n}\n  other: {title: Other, better: higher, from: q, value: m"),
		"> write at >= :period_start AND at < :period_end") // Once, though two KPIs read it.
	check(t, id, withKPI("queries: {q: {query: \"SELECT sum(n) AS n FROM t WHERE at BETWEEN :period_start AND :period_end\"}}\n",
		"better: higher, formula: q.n / visits"), "BETWEEN write at >= :period_start AND at < :period_end")
	check(t, id, withKPI("queries: {plan: {query: \"SELECT 'more' AS kpi, at_least FROM plans WHERE day BETWEEN :period_start AND :period_end\"}}\n",
		windowSQL+"target: {from: plan}"), "BETWEEN write day >= :period_start AND day < :period_end")
	check(t, id, inBlock("better: higher", "SELECT count(*) AS value FROM staff\nWHERE hired_at <= :period_end AND left_at > :period_end"))
	check(t, id, inBlock("better: higher\n    period: instant", "SELECT count(*) AS value FROM staff WHERE hired_at <= :as_of"))
}

func TestInstantWithoutAsOf(t *testing.T) {
	const (
		id       = "instant_without_as_of"
		level    = "use :as_of: created_at <= :as_of AND (deleted_at IS NULL OR deleted_at > :as_of)"
		trailing = "use :period_start and :period_end"
	)
	for _, test := range []struct{ period, sql, want string }{
		{"instant", "SELECT count(*) AS value FROM t", "SELECT " + level},
		{"instant", "SELECT count(*) AS value FROM t WHERE zone = :timezone", "SELECT " + level},
		{"instant", "SELECT count(*) AS value FROM t -- WHERE at <= :as_of", "SELECT " + level},
		{"{trailing: 30d}", "SELECT count(*) AS value FROM t", "SELECT " + trailing},
		{"{trailing: 12mo}", "SELECT count(*) AS value FROM t WHERE note <> ':as_of'", "SELECT " + trailing},
		{"instant", "SELECT count(*) AS value FROM t WHERE at <= :as_of", ""},
		{"{trailing: 30d}", "SELECT count(*) AS value FROM t WHERE at >= :period_start AND at < :period_end", ""},
		{"{trailing: 30d}", "SELECT count(*) AS value FROM t WHERE at > :as_of - interval '720 hours'", ""},
		{"day", "SELECT count(*) AS value FROM t", ""},
		{"{to_date: month}", "SELECT count(*) AS value FROM t", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		text := inBlock("better: higher\n    period: "+test.period, test.sql)
		check(t, id, text, want...)
		if test.want != "" && len(foundBy(t, "window_not_used", text)) > 0 {
			t.Errorf("%s: said twice", test.sql)
		}
	}
}

const ofOrders = " FROM orders WHERE at >= :period_start AND at < :period_end"

// rollup returns a KPI that merges the rows of a query with the label country.
func rollup(columns, keys string) string {
	return withKPI(fmt.Sprintf("queries: {q: {labels: [country], query: \"SELECT country, %s%s GROUP BY country\"}}\n", columns, ofOrders),
		"better: higher, from: q, labels: [], "+keys)
}

func TestNotAdditive(t *testing.T) {
	const (
		id    = "not_additive"
		alone = "give the KPI a query of its own, without the label country"
		both  = "let the query return both parts, and set numerator:, denominator: and merge: ratio"
		sums  = "let the query return sums and counts, of which the ratio is computed"
	)
	check(t, id, `product: Shop
databases: {shop: {url: "${DATABASE_URL}"}}
queries:
  orders:
    period: instant
    labels: [country]
    query: |
      SELECT country, count(DISTINCT customer) AS customers, avg(amount) AS avg_amount, sum(amount) AS revenue
      FROM orders GROUP BY country
kpis:
  customers: {title: Customers, from: orders, value: customers, labels: [], merge: sum}
  avg_order: {title: Average order, from: orders, value: avg_amount, labels: [], merge: sum}
  per_customer: {title: Revenue per customer, from: orders, numerator: revenue, denominator: customers, labels: [], merge: ratio}
  revenue: {title: Revenue, from: orders, value: revenue, labels: [], merge: sum}
  by_country: {title: Average, from: orders, value: avg_amount}
`, "count(DISTINCT "+alone, "count(DISTINCT "+alone, "avg(amount) let the query return sum and count, and set numerator:, denominator: and merge: ratio")
	for _, test := range []struct{ columns, keys, want string }{
		{"avg(n) AS n", "value: n, merge: sum", "avg(n) let the query return sum and count, and set numerator:, denominator: and merge: ratio"},
		{"median(n) AS n", "value: n, merge: sum", "median(n) " + alone},
		{"max(n) AS n", "value: n, merge: sum", "max(n) say merge: max"},
		{"MIN(n) AS n", "value: n, merge: sum", "MIN(n) say merge: min"},
		{"stddev(n) AS n", "value: n, merge: sum", "stddev(n) " + alone},
		{"sum(a) / sum(b) AS n", "value: n, merge: sum", "/ " + both},
		{"count(DISTINCT c) AS a, count(*) AS b", "numerator: a, denominator: b, merge: ratio", "count(DISTINCT " + alone},
		{"count(*) AS a, count(DISTINCT c) AS b", "numerator: a, denominator: b, merge: ratio", "count(DISTINCT " + alone},
		{"avg(x) AS a, count(*) AS b", "numerator: a, denominator: b, merge: ratio", "avg(x) " + sums},
		{"sum(x) AS a, max(y) AS b", "numerator: a, denominator: b, merge: ratio", "max(y) " + alone},
		{"sum(x) AS a, sum(y) AS b", "numerator: a, denominator: b, merge: sum", "more: use merge: ratio"},
		{"sum(x) AS a, count(DISTINCT c) AS n", "value: a, sample_size: n, suppress_below: 5, merge: sum", "count(DISTINCT " + alone},

		{"sum(x) AS a, count(DISTINCT c) AS n", "value: a, sample_size: n, merge: sum", ""},
		{"sum(x) AS a, count(*) AS b", "numerator: a, denominator: b, merge: ratio", ""},
		{"sum(x) / 100.0 AS n", "value: n, merge: sum", ""},
		{"max(n) AS n", "value: n, merge: max", ""},
		{"min(n) AS n", "value: n, merge: min", ""},
		{"avg(n) AS m, count(*) AS n", "value: n, merge: sum", ""},
		{"n AS n", "value: n, merge: sum", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		check(t, id, rollup(test.columns, test.keys), want...)
	}
	const none = "write merge: none, so that nothing is explained as if it were part of a total"
	for _, test := range []struct{ columns, keys, want string }{ // Parts that keep their labels.
		{"count(DISTINCT c) AS value", "merge: sum", "count(DISTINCT " + none},
		{"avg(n) AS value", "merge: sum", "avg(n) " + none},
		{"sum(x) AS numerator, sum(y) AS denominator", "merge: sum", "more: leave merge out: the total is then the quotient of the sums"},
		{"count(*) AS value", "merge: sum", ""},
		{"count(DISTINCT c) AS value", "merge: none", ""},
		{"count(DISTINCT c) AS value", "", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		keys := "labels: [country], better: higher, query: \"SELECT country, " + test.columns + ofOrders + " GROUP BY country\""
		if test.keys != "" {
			keys += ", " + test.keys
		}
		check(t, id, withKPI("", keys), want...)
	}

	eu := strings.Replace(wellMade, "{app: {url: \"${URL}\"}}", "{app: {url: \"${URL}\"}, us: {url: \"${US}\"}}", 1)
	eu = strings.Replace(eu, "period: day", "period: day, database: app", 1)
	check(t, id, eu+"  more: {title: More, better: higher, databases: [app, us], merge: sum, query: \"SELECT count(DISTINCT c) AS value"+ofOrders+"\"}\n",
		"count(DISTINCT leave merge out, or switch this check off if the databases share nothing")
	check(t, id, eu+"  more: {title: More, better: higher, databases: [app, us], query: \"SELECT count(DISTINCT c) AS value"+ofOrders+"\"}\n")
	check(t, id, eu+"  more: {title: More, better: higher, databases: [app, us], merge: ratio, query: \"SELECT 1 AS value, avg(n) AS numerator, count(*) AS denominator"+ofOrders+"\"}\n",
		"avg(n) "+sums)
	check(t, id, strings.Replace(eu, "kpis:", "queries: {q: {databases: [app, us], merge: sum, query: \"SELECT avg(n) AS n"+ofOrders+"\"}}\nkpis:", 1)+
		"  more: {title: More, better: higher, formula: q.n * 2}\n",
		"avg(n) let the query return sum and count, and set numerator:, denominator: and merge: ratio")
}

func TestSumIsNull(t *testing.T) {
	const id = "sum_is_null"
	for _, test := range []struct{ keys, sql, want string }{
		{"on_empty: zero", "SELECT sum(n) AS value", "sum(n) write coalesce(sum(n), 0)"},
		{"on_empty: zero", "SELECT avg(n) / 2 AS value", "avg(n) write coalesce(avg(n), 0)"},
		{"on_empty: zero, labels: {plan: [pro]}", "SELECT 'pro' AS plan, sum(n) AS value", "sum(n) write coalesce(sum(n), 0)"},
		{"on_empty: zero, value: total", "SELECT sum(n) AS total", "sum(n) write coalesce(sum(n), 0)"},
		{"on_empty: zero, numerator: a, denominator: b", "SELECT sum(a) AS a, count(*) AS b", "sum(a) write coalesce(sum(a), 0)"},
		{"on_empty: zero, unit: ratio", "SELECT sum(n) AS numerator, count(*) AS denominator", "sum(n) write coalesce(sum(n), 0)"},
		{"on_empty: zero", "SELECT coalesce(sum(n), 0) AS value", ""},
		{"on_empty: zero", "SELECT count(*) AS value", ""},
		{"on_empty: absent", "SELECT sum(n) AS value", ""},
		{"unit: count", "SELECT sum(n) AS value", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		check(t, id, withKPI("", "better: higher, "+test.keys+", query: \""+test.sql+ofOrders+"\""), want...)
	}
	grouped := "better: higher, on_empty: zero, labels: {plan: [pro]}, query: \"SELECT plan, sum(n) AS value" + ofOrders + " GROUP BY plan\""
	check(t, id, withKPI("", grouped))
}

func TestMoneySample(t *testing.T) {
	const (
		id   = "money_sample"
		hint = "let the query return count(*) AS n too, and set sample_size: n"
	)
	for _, test := range []struct{ keys, columns, want string }{
		{"numerator: a, denominator: b, target: {at_least: 10%, min_sample: 30}", "sum(profit) AS a, sum(amount) AS b", "sum(amount) "},
		{"target: {at_least: 10%, min_sample: 30}", "sum(profit) AS numerator, sum(amount) AS denominator", "sum(amount) "},
		{"numerator: a, denominator: b, better: higher, suppress_below: 5", "sum(profit) AS a, sum(x) / 100 AS revenue, sum(amount) AS b", "sum(amount) "},
		{"numerator: a, denominator: revenue, target: {at_least: 10%, min_sample: 30}", "sum(x) AS a, sum(y) AS revenue", "sum(y) "},
		{"labels: {plan: [pro]}, numerator: a, denominator: b, target: {at_least: 10%, segments: [{plan: pro, min_sample: 30}]}", "'pro' AS plan, sum(x) AS a, sum(price) AS b", "sum(price) "},
		{"numerator: a, denominator: b, sample_size: n, target: {at_least: 10%, min_sample: 30}", "sum(profit) AS a, sum(amount) AS b, count(*) AS n", ""},
		{"numerator: a, denominator: b, target: {at_least: 10%, min_sample: 30}", "sum(profit) AS a, sum(amount) AS b, count(*) AS sample_size", ""},
		{"numerator: a, denominator: b, target: {at_least: 10%}", "sum(profit) AS a, sum(amount) AS b", ""},
		{"numerator: a, denominator: b, target: {at_least: 10%, min_sample: 30}", "sum(amount) AS a, count(*) AS b", ""},
		{"numerator: a, denominator: b, target: {at_least: 10%, min_sample: 30}", "sum(CASE WHEN amount > 9 THEN 1 ELSE 0 END) AS a, sum(1) AS b", ""},
		{"numerator: a, denominator: b, target: {at_least: 10%, min_sample: 30}", "sum(buyers) AS a, sum(visitors) AS b", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want + hint}
		}
		check(t, id, withKPI("", "unit: ratio, "+test.keys+", query: \"SELECT "+test.columns+ofOrders+"\""), want...)
	}

	// A KPI in a currency tells what its column holds.
	text := withKPI("queries: {q: {query: \"SELECT sum(x) AS x, sum(y) AS y"+ofOrders+"\"}}\n",
		"unit: ratio, from: q, numerator: x, denominator: y, target: {at_least: 10%, min_sample: 30}")
	check(t, id, text)
	check(t, id, text+"  other: {title: Other, from: q, value: y, unit: \"currency:EUR\", better: higher}\n", "sum(y) "+hint)
	check(t, id, text+"  other: {title: Other, from: q, value: x, unit: \"currency:EUR\", better: higher}\n")
	check(t, id, strings.Replace(text, "period: day}", "period: day, min_sample: 30}", 1)+
		"  other: {title: Other, from: q, value: y, unit: \"currency:EUR\", better: higher}\n", "sum(y) "+hint)
}

func TestDisappearingLabel(t *testing.T) {
	const (
		id   = "disappearing_label"
		hint = "more: write labels: {plan: [a, b]} and on_empty: zero, so that a missing value is 0"
	)
	for _, test := range []struct{ keys, value, want string }{
		{"labels: [plan], target: {at_least: 10}", "count(*)", hint},
		{"labels: [plan], target: {between: [10, 20]}", "sum(amount)", hint},
		{"labels: [plan], target: {at_least: {previous_period: +5%}}", "sum(amount) / 100", hint},
		{"labels: [plan], target: {at_least: 0, segments: [{plan: pro, at_least: 10}]}", "count(DISTINCT customer)", hint},
		{"labels: {plan: [basic, pro]}, target: {at_least: 10}", "count(*)", "more: write labels: {plan: [basic, pro]} and on_empty: zero, so that a missing value is 0"},
		{"labels: {plan: [basic, pro]}, on_empty: zero, target: {at_least: 10}", "count(*)", ""},
		{"labels: [plan], target: {at_most: 10}", "count(*)", ""},
		{"labels: [plan], target: {at_least: 0}", "count(*)", ""},
		{"labels: [plan], target: {at_least: -5}", "sum(amount)", ""},
		{"labels: [plan], better: higher", "count(*)", ""},
		{"labels: [plan], target: {at_least: 10}", "avg(amount)", ""},
		{"labels: [plan], target: {at_least: 10}", "sum(a) / sum(b)", ""},
		{"labels: [plan], target: {at_least: 10}", "amount", ""},
	} {
		var want []string
		if test.want != "" {
			want = []string{test.want}
		}
		check(t, id, withKPI("", test.keys+", query: \"SELECT plan, "+test.value+" AS value"+ofOrders+" GROUP BY plan\""), want...)
	}
	ratio := "unit: ratio, labels: [plan], numerator: a, denominator: b, target: {at_least: 10%}, query: \"SELECT plan, sum(x) AS a, count(*) AS b" + ofOrders + " GROUP BY plan\""
	check(t, id, withKPI("", ratio))
	none := "target: {at_least: 10}, query: \"SELECT count(*) AS value" + ofOrders + "\""
	check(t, id, withKPI("", none))
	plan := "queries: {targets: {query: \"SELECT 'more' AS kpi, plan, at_least FROM targets WHERE day >= :period_start AND day < :period_end\"}}\n"
	check(t, id, withKPI(plan, "labels: [plan], target: {from: targets}, query: \"SELECT plan, count(*) AS value"+ofOrders+" GROUP BY plan\""), hint)
}
