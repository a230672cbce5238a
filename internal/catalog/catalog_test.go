package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func TestSentence(t *testing.T) {
	const head = `databases: {app: {url: "sqlite://app.db"}, eu: {url: "sqlite://eu.db"}}
defaults: {database: app}
queries: {plan: {query: "SELECT 'k' AS kpi, 5 AS at_least"}}
kpis:
  k: {title: Churn, `
	const sql = "query: SELECT 1 AS value, "
	for _, test := range []struct{ name, kpi, want string }{
		{"nothing", sql + "period: day", "Churn of the last complete day: no target."},
		{"direction", sql + "period: week, better: lower, owner: ann", "Churn of the last complete week: no target, lower is better; owner ann."},
		{
			"everything", `period: month, labels: [plan], unit: ratio, numerator: lost, denominator: paying_customers, query: SELECT 1 AS lost, owner: success,
    target: {at_most: 3%, critical: 5%, stretch: 1%, min_sample: 30, segments: [{plan: enterprise, at_most: 1%}, {plan: free, target: none}]}, suppress_below: 5`,
			"Churn by plan of the last complete month: at most 3%; at risk up to 5%; better still up to 1%; for plan enterprise at most 1%; " +
				"for plan free no target; needs 30 paying customers; withheld below 5 paying customers; owner success.",
		},
		{
			"what differs", sql + `period: day, labels: [plan, region], sample_size: n,
    target: {at_least: 10, tolerance: 10%, segments: [{plan: a, region: eu, tolerance: 2}, {plan: b, at_least: 20}, {plan: c, min_sample: 5}]}`,
			"Churn by plan and region of the last complete day: at least 10; at risk within 10% of it; for plan a and region eu at risk within 2; " +
				"for plan b at least 20; for plan c needs 5 samples.",
		},
		{"range", sql + "period: {days: 30}, target: {between: [3, 5], critical: [2, 6]}", "Churn of the last 30 complete days: between 3 and 5; at risk down to 2 and up to 6."},
		{"label in the title", sql + "title: Churn by plan, period: instant, labels: [plan]", "Churn by plan at the moment: no target."},
		{"several databases", sql + "period: {trailing: 36h}, databases: [app, eu]", "Churn by database of the trailing 36 hours: no target."},
		{"months", sql + "period: {trailing: 12mo}", "Churn of the trailing 12 months: no target."},
		{"pace", sql + "period: {to_date: month}, target: {at_least: 100, pace: linear}", "Churn of the running month so far: at least 100; of this the share that has passed of the month."},
		{"benchmark", sql + "period: day, unit: ratio, target: {at_least: {benchmark: 75%, source: a study}}", "Churn of the last complete day: at least 75% (benchmark: a study)."},
		{"steps", sql + "period: day, target: {at_least: {steps: {2026-Q1: 800, 2026-Q2: none}}}", "Churn of the last complete day: at least 800 from 2026-01-01, none from 2026-04-01."},
		{"ramp", sql + "period: day, target: {at_most: {ramp: {2026-01: 8, 2026-07: 6}}}", "Churn of the last complete day: at most 8 from 2026-01-01, 6 from 2026-07-01, in a straight line between them."},
		{
			"past", sql + "period: day, unit: ratio, target: {at_least: {stricter_of: [{previous_period: +5%}, {median_of_6: -2pp}, {same_period_last_year: +0%}]}}",
			"Churn of the last complete day: at least the stricter of 5% above the previous period, 2 percentage points below the median of the 6 periods before " +
				"and the same period of last year.",
		},
		{"a while ago", sql + "period: instant, target: {at_most: {a_month_ago: +5}}", "Churn at the moment: at most 5 above the value a month ago."},
		{"from a query", sql + "period: day, target: {from: plan, tolerance: 5%}", "Churn of the last complete day: as the query plan says; at risk within 5% of it."},
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

// What stands in the file is text, whatever it would mean in Markdown.
func TestMarkdownIsText(t *testing.T) {
	cfg := load(t, `product: "Acme <b> & *Sons*"
databases: {app: {url: "sqlite://app.db"}}
kpis:
  k:
    title: "a|b_c"
    description: "# one\n<script> [x](y) `+"`code`"+`"
    unit: count
    period: day
    query: "SELECT 1 AS value -- `+"```"+` |"
`)
	text := string(Markdown(cfg))
	for _, want := range []string{
		"# KPIs of Acme &lt;b> &amp; \\*Sons\\*\n",
		"## No objective\n",
		"### a\\|b\\_c\n",
		"\n\\# one &lt;script> \\[x\\](y) \\`code\\`\n",
		"\n````sql\nSELECT 1 AS value -- ``` |\n````\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}
