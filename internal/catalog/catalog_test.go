package catalog

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

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
	text := string(Markdown(cfg, time.Time{}))
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

// A decision whose day has not come in the zone of a KPI is planned there.
func TestMarkdownOfDecisions(t *testing.T) {
	text := string(Markdown(load(t, `databases: {app: {url: "sqlite://app.db"}}
decisions:
  - {date: 2026-09-02, text: "Prices\n*rise* \e[31m", kpis: [a, b], owner: <i>x</i>, link: "https://wiki.example.com/<img src=x>"}
  - {date: 2026-08-01, text: A campaign, kpis: [a]}
kpis:
  a: {title: A, period: day, query: SELECT 1 AS value, timezone: Asia/Tokyo}
  b: {title: B, period: day, query: SELECT 1 AS value, timezone: America/New_York}
`), time.Date(2026, 9, 1, 16, 0, 0, 0, time.UTC)))
	const rise = `Prices \*rise\* \\x1b\[31m (&lt;i>x&lt;/i>) <https://wiki.example.com/%3Cimg%20src=x%3E>`
	for _, want := range []string{
		"\nDecisions:\n\n- 2026-08-01: A campaign\n- 2026-09-02: " + rise + "\n",
		"\nDecisions:\n\n- 2026-09-02 (planned): " + rise + "\n",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

// A KPI with a formula leads to what it is computed from; a query that only formulas read is there too.
func TestMarkdownOfFormula(t *testing.T) {
	text := string(Markdown(load(t, `databases: {app: {url: "sqlite://app.db"}}
queries:
  money: {period: month, timezone: Europe/Berlin, labels: [plan], merge: sum, query: "SELECT plan, r AS revenue, c AS cogs FROM money"}
  plan: {query: "SELECT 'margin' AS kpi, 5 AS at_least"}
kpis:
  margin: {title: Margin, formula: "1 -\n money.cogs\n / (users_ * money.revenue)", target: {from: plan}}
  users_: {title: Users, period: instant, query: SELECT 1 AS value}
  growth: {title: Growth, formula: total - previous(total)}
  total: {title: Total, from: money, value: revenue, labels: []}
`), time.Time{}))
	for _, want := range []string{
		"\n```\n1 -\n money.cogs\n / (users_ * money.revenue)\n```\n",
		"\nIt reads [money](#query-money), [Users](#kpi-users_) and [plan](#query-plan).\n",
		"| Period | each input for its own, as of one instant |\n| Value | the formula below |\n",
		"| Period | `month` in Europe/Berlin |\n| Value | the formula below |\n",
		"\n```\ntotal - previous(total)\n```\n\nIt reads [Total](#kpi-total).\n",
		"| Value | column `revenue`, summed over every plan |\n",
		"\n<a id=\"query-money\"></a>\n\n### money\n\n```sql\nSELECT plan,",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("there is no %q in\n%s", want, text)
		}
	}
}

// A query that gives values to a formula alone is one of the queries.
func TestMarkdownOfColumns(t *testing.T) {
	text := string(Markdown(load(t, `databases: {app: {url: "sqlite://app.db"}}
queries: {money: {period: month, query: SELECT 1 AS revenue}}
kpis: {revenue: {title: Revenue, formula: money.revenue * 12}}
`), time.Time{}))
	if want := "\n## Queries\n\n<a id=\"query-money\"></a>\n"; !strings.Contains(text, want) {
		t.Errorf("there is no %q in\n%s", want, text)
	}
}
