package catalog

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestSentenceOfFormula(t *testing.T) {
	const head = `databases: {app: {url: "sqlite://app.db"}}
queries:
  money: {period: month, labels: [plan], merge: sum, query: "SELECT plan, revenue, cogs, sales_marketing FROM money"}
  staff: {period: month, query: "SELECT revenue, value FROM staff"}
  sales: {period: {to_date: month}, numerator: won, denominator: tried, query: "SELECT won, tried FROM sales"}
  visits: {period: {days: 7}, query: SELECT n FROM visits}
kpis:
  k: {title: Result, formula: "`
	const tail = `}
  revenue: {title: Revenue, from: money, value: revenue, labels: []}
  churn: {title: Customer churn, period: month, numerator: lost, denominator: paying, query: "SELECT lost, paying FROM churn"}
  mrr: {title: MRR, period: instant, query: SELECT 1 AS value}
  users: {title: Users, period: instant, settle: 1d, query: SELECT 1 AS value}
  other_users: {title: Users, period: instant, query: SELECT 1 AS value}
  mtd: {title: "Revenue, month to date", period: {to_date: month}, query: SELECT 1 AS value}
  won: {title: Won deals, from: sales}
  visits_: {title: "Visits (web)", from: visits, value: n}
  margin: {title: Gross margin, formula: (revenue - money.cogs) / revenue}
  staff_: {title: Staff, period: month, query: SELECT 1 AS value}
  long: {title: Average revenue of all the accounts that pay us something, period: month, query: SELECT 1 AS value}
`
	for _, test := range []struct{ name, kpi, want string }{
		{
			"margin", `(revenue - money.cogs) / positive(revenue)", unit: ratio, target: {at_least: {benchmark: 75%, source: "SaaS 70 to 85 %"}}`,
			"Result by plan of the last complete month, computed as (revenue − cogs in money) / revenue, no value unless revenue > 0: at least 75% (benchmark: SaaS 70 to 85 %).",
		},
		{
			"growth", `(revenue - previous(revenue)) / positive(previous(revenue))"`,
			"Result of the last complete month, computed as (revenue − the previous month's revenue) / the previous month's revenue, " +
				"no value unless the previous month's revenue > 0: no target.",
		},
		{"product", `12 * mrr"`, "Result at the moment, computed as 12 × MRR: no target."},
		{"column", `money.sales_marketing * 1.5", owner: ann`, "Result by plan of the last complete month, computed as sales marketing in money × 1.5: no target; owner ann."},
		{"column called value", `staff.value * 1000000"`, "Result of the last complete month, computed as staff × 1000000: no target."},
		{
			"columns of one name", `money.revenue / staff.revenue"`,
			"Result by plan of the last complete month, computed as revenue in money / revenue in staff: no target.",
		},
		{
			"a KPI and a column of one name", `money.revenue / (revenue / staff.revenue)"`,
			"Result by plan of the last complete month, computed as revenue in money / (revenue / revenue in staff): no target.",
		},
		{"KPIs of one title", `(users + mrr) / other_users"`, "Result at the moment, computed as (users + MRR) / other_users: no target."},
		{"a KPI with the title of a column", `staff.value / staff_"`, "Result of the last complete month, computed as staff.value / staff_: no target."},
		{"last year", `revenue / last_year(revenue - staff.value)"`, "Result of the last complete month, computed as revenue / year-ago (revenue − staff): no target."},
		{"mean", `mean(revenue, 12)"`, "Result of the last complete month, computed as the mean of revenue over 12 months: no target."},
		{
			"mean beside another", `mean(previous(revenue), 12) / revenue"`,
			"Result of the last complete month, computed as (the mean of the previous month's revenue over 12 months) / revenue: no target.",
		},
		{"previous mean", `previous(mean(revenue, 3))"`, "Result of the last complete month, computed as the previous month's (the mean of revenue over 3 months): no target."},
		{"mean of one", `mean(revenue, 1) / pooled(churn, 1)"`, "Result of the last complete month, computed as revenue / customer churn: no target."},
		{
			"mean of what must be positive", `mean(positive(revenue), 3)"`,
			"Result of the last complete month, computed as the mean of revenue over 3 months, no value unless revenue in each of 3 months > 0: no target.",
		},
		{
			"pooled, of different periods", `mrr * margin / positive(pooled(churn, 3))"`,
			"Result by plan at the moment, computed as MRR × gross margin / (customer churn pooled over 3 months), " +
				"no value unless customer churn pooled over 3 months > 0, each for its own period: no target.",
		},
		{"as of different instants", `users / mrr"`, "Result at the moment, computed as users / MRR: no target."},
		{"two needs", `positive(revenue) / positive(staff.value) + positive(revenue)"`, "Result of the last complete month, computed as revenue / staff + revenue, no value unless revenue > 0 and staff > 0: no target."},
		{"to date", `mtd / previous(mtd)"`, `Result of the running month so far, computed as "Revenue, month to date" / ("Revenue, month to date" at the same point of the previous month): no target.`},
		{"pooled to date", `pooled(won, 3)"`, "Result of the running month so far, computed as won deals pooled over 3 months, each up to the same point: no target."},
		{
			"several days", `visits_ - previous(visits_) + mean(visits_, 4)"`,
			`Result of the last 7 complete days, computed as "Visits (web)" − the previous 7 days' "Visits (web)" + (the mean of "Visits (web)" over 4 periods of 7 days): no target.`,
		},
		{"signs", `-mrr / users - (-mrr) * (-(users + mrr))"`, "Result at the moment, computed as (−MRR) / users − (−MRR) × (−(users + MRR)): no target."},
		{"sign first", `-mrr + users - (-mrr)"`, "Result at the moment, computed as −MRR + users − (−MRR): no target."},
		{"plus", `+mrr"`, "Result at the moment, computed as MRR: no target."},
		{
			"parentheses", `mrr - (users - 1) - (mrr + users) + (mrr + 2) / (users * (mrr / users)) * (mrr * users)"`,
			"Result at the moment, computed as MRR − (users − 1) − (MRR + users) + (MRR + 2) / (users × (MRR / users)) × MRR × users: no target.",
		},
		{
			"long", `(long - previous(long)) / positive(previous(long)) + revenue * pooled(churn, 12)"`,
			"Result of the last complete month, computed from average revenue of all the accounts that pay us something, revenue and customer churn: no target.",
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			cfg := load(t, head+test.kpi+tail)
			if diff := cmp.Diff(test.want, Sentence(cfg.KPI("k"))); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
