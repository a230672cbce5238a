package kpidiff

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// base is the old file of the tests.
const base = `product: Shop
timezone: Europe/Berlin
databases:
  app: {url: sqlite://app.db}
  plan: {url: sqlite://plan.db}
objectives: {sell: {title: Sell more}, save: {title: Save}}
defaults: {database: app, owner: growth}
queries:
  money:
    period: month
    query: SELECT sum(a) AS revenue, sum(b) AS costs FROM orders
  goals: {database: plan, query: "SELECT kpi, at_least FROM goals"}
kpis:
  orders:
    title: Orders
    description: What was ordered.
    category: financial
    objective: sell
    stages: [growth]
    level: company
    unit: count
    period: day
    settle: 1h
    every: 2h
    labels: [country]
    query: |
      SELECT country, count(*) AS value -- all
      FROM orders GROUP BY country
    target: {at_least: 12, tolerance: 10%, segments: [{country: DE, at_least: 20}]}
    alert: {for: 1h}
    runbook: https://wiki.example.com/orders
    review_by: 2027-01-01
  revenue: {title: Revenue, from: money, value: revenue, unit: "currency:EUR", target: {from: goals}}
  margin: {title: Margin, unit: ratio, formula: (money.revenue - money.costs) / money.revenue, target: {at_least: {benchmark: 40%, source: a study}}}
  profit: {title: Profit, formula: margin * revenue}
  rate: {title: Rate, unit: ratio, period: month, numerator: n, denominator: d, query: "SELECT 1 AS n, 2 AS d", target: {at_most: 3%, min_sample: 30}}
`

// load reads a file in a folder of its own, each time another one.
func load(t *testing.T, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// describe writes a difference on lines.
func describe(d *Diff) string {
	var lines []string
	for _, e := range d.Added {
		lines = append(lines, fmt.Sprintf("+ %s twin %q", e.KPI.Name, e.Twin))
	}
	for _, e := range d.Removed {
		lines = append(lines, fmt.Sprintf("- %s twin %q read by %v", e.KPI.Name, e.Twin, e.ReadBy))
	}
	for i := range d.Changed {
		c := &d.Changed[i]
		for _, detail := range c.Details {
			lines = append(lines, fmt.Sprintf("%s %s: %s → %s", c.New.Name, detail.Key, detail.Old, detail.New))
		}
	}
	return strings.Join(lines, "\n")
}

// TestCompare changes the base, and says in what it then differs and whether that may be an effect.
func TestCompare(t *testing.T) {
	for name, tc := range map[string]struct {
		edit   []string // What is replaced, in pairs.
		want   string
		effect bool
	}{
		"nothing":           {},
		"comments of YAML":  {edit: []string{"kpis:\n", "# Ours.\nkpis: # All.\n"}},
		"order":             {edit: []string{"  profit: {title: Profit, formula: margin * revenue}\n", "", "kpis:\n", "kpis:\n  profit: {title: Profit, formula: margin * revenue}\n"}},
		"a default instead": {edit: []string{"    level: company\n", "", "owner: growth}", "owner: growth, level: company}"}, want: "revenue level: team → company\nmargin level: team → company\nprofit level: team → company\nrate level: team → company", effect: true},
		"inheritance":       {edit: []string{"owner: growth}", "owner: growth, period: day}", "    period: day\n", "", "alert: {for: 1h}", "alert: {for: 60m}"}},
		"wording": {
			edit: []string{
				"title: Orders", "title: All orders", "What was ordered.", "Everything ordered.", "category: financial", "category: customer", "stages: [growth]", "stages: [growth, maturity]",
				"com/orders", "com/all-orders", "2027-01-01", "2027-02-01", "source: a study", "source: another study",
			},
			want: "orders title: Orders → All orders\norders description: What was ordered. → Everything ordered.\norders category: financial → customer\norders stages: growth → growth, maturity\n" +
				"orders runbook: https://wiki.example.com/orders → https://wiki.example.com/all-orders\norders review_by: 2027-01-01 → 2027-02-01\nmargin source: a study → another study",
		},
		"a decision": {
			edit: []string{"kpis:\n", "decisions: [{date: 2026-07-01, text: The price rises, kpis: [profit], owner: finance}, {date: 2026-08-01, text: And falls, kpis: [profit]}]\nkpis:\n"},
			want: "profit decisions:  → 2026-07-01: The price rises (finance)\n2026-08-01: And falls",
		},
		"comments of SQL": {edit: []string{" -- all\n      FROM", "   /* each */ FROM"}, want: "orders comments:  → "},
		"a hint":          {edit: []string{"-- all", "/*+ fast */"}, want: "orders query: SELECT country, count(*) AS value -- all\nFROM orders GROUP BY country → SELECT country, count(*) AS value /*+ fast */\nFROM orders GROUP BY country", effect: true},
		"SQL":             {edit: []string{"sum(a)", "sum(c)"}, want: "revenue query: SELECT sum(a) AS revenue, sum(b) AS costs FROM orders → SELECT sum(c) AS revenue, sum(b) AS costs FROM orders\nmargin input:  → money.revenue, money.costs\nprofit input:  → margin, revenue", effect: true},
		"own SQL of a named query": {
			edit: []string{"  rate: {title: Rate, unit: ratio, period: month, numerator: n, denominator: d, query: \"SELECT 1 AS n, 2 AS d\"", "  rate: {title: Rate, from: rates", "queries:\n", "queries:\n  rates: {unit: ratio, period: month, numerator: n, denominator: d, query: \"SELECT 1 AS n, 2 AS d\"}\n"},
		},
		"formula":             {edit: []string{"formula: margin * revenue", "formula: revenue * margin * 1"}, want: "profit formula: margin * revenue → revenue * margin * 1", effect: true},
		"blanks":              {edit: []string{"formula: margin * revenue", "formula: margin*revenue"}},
		"target":              {edit: []string{"at_least: 12", "at_least: 12.5"}, want: "orders target: at least 12; at risk within 10% of the target; for country DE at least 20 → at least 12.5; at risk within 10% of the target; for country DE at least 20", effect: true},
		"segment":             {edit: []string{"DE, at_least: 20", "FR, at_least: 20"}, want: "orders target: at least 12; at risk within 10% of the target; for country DE at least 20 → at least 12; at risk within 10% of the target; for country FR at least 20", effect: true},
		"another number":      {edit: []string{"at_least: 12, tol", "at_least: 12, stretch: 15, tol"}, want: "orders target: at least 12; at risk within 10% of the target; for country DE at least 20 → at least 12; at risk within 10% of the target; stretch goal of 15; for country DE at least 20", effect: true},
		"min_sample":          {edit: []string{"min_sample: 30", "min_sample: 40"}, want: "rate target: at most 3% → at most 3%", effect: true},
		"target query":        {edit: []string{"FROM goals", "FROM aims"}, want: "revenue target: at least what the query goals says → at least what the query goals says", effect: true},
		"where the target is": {edit: []string{"sqlite://plan.db", "sqlite://plans.db"}, want: "revenue database: plan → plan with another url", effect: true},
		"URL": {
			edit: []string{"{url: sqlite://app.db}", "{url: \"postgres://u:secret@db/app\", session_timezone: UTC, max_connections: 7}"},
			want: "orders database: app → app with another url, session_timezone\nrevenue database: app → app with another url, session_timezone\n" +
				"margin input:  → money.revenue, money.costs\nprofit input:  → margin, revenue\nrate database: app → app with another url, session_timezone", effect: true,
		},
		"connections": {edit: []string{"app: {url: sqlite://app.db}", "app: {url: sqlite://app.db, max_connections: 7}"}},
		"data": {
			edit: []string{"plan: {url: sqlite://plan.db}", "plan: {url: sqlite://plan.db, data_from: 2026-01-01, data_until: SELECT 1}", "    settle: 1h\n", "    settle: 1h\n    data_from: 2026-02-01\n"},
			want: "orders data_from:  → 2026-02-01\nrevenue database: plan → plan with another data_until, data_from", effect: true,
		},
		"columns": {edit: []string{"numerator: n, denominator: d", "numerator: d, denominator: n"}, want: "rate numerator: n → d\nrate denominator: d → n", effect: true},
		"labels": {
			edit: []string{"labels: [country]", "labels: {country: [DE, FR]}\n    on_empty: zero\n    null_label: none"},
			want: "orders labels: country → country (DE or FR)\norders null_label:  → \"none\"\norders on_empty: absent → zero", effect: true,
		},
		"what is measured": {
			edit: []string{"    period: day\n    settle: 1h\n", "    period: week\n    settle: 2h\n    timezone: UTC\n    week_start: sunday\n    year_start: april\n", "every: 2h", "every: 3h\n    timeout: 1m\n    max_series: 9"},
			want: "orders timeout: 30s → 1m\norders max_series: 1000 → 9\norders period: day → week\norders settle: 1h → 2h\norders timezone: Europe/Berlin → UTC\norders week_start: monday → sunday\norders year_start: january → april\n" +
				"orders every: 2h → 3h\norders stale_after: 6h → 9h", effect: true,
		},
		"how it is read": {
			edit: []string{"    every: 2h\n", "    cron: \"0 6 * * *\"\n    merge: sum\n    compare: previous_period\n", "denominator: d,", "denominator: d, suppress_below: 5, sample_size: d,"},
			want: "orders merge:  → sum\norders every: 2h → \norders cron:  → 0 6 * * *\norders stale_after: 6h → \norders compare:  → previous_period\nrate sample_size:  → d\nrate suppress_below:  → 5", effect: true,
		},
		"who": {
			edit: []string{"    level: company\n", "    owner: finance\n", "objective: sell\n", "objective: save\n", "alert: {for: 1h}", "alert: {for: 2h, severity: page, labels: {team: a, area: b}}"},
			want: "orders owner: growth → finance\norders level: company → team\norders objective: sell → save\norders alert: for 1h → for 2h, severity page, area=b, team=a", effect: true,
		},
		"alert off":        {edit: []string{"alert: {for: 1h}", "alert: off"}, want: "orders alert: for 1h → off", effect: true},
		"no target":        {edit: []string{"    target: {at_least: 12, tolerance: 10%, segments: [{country: DE, at_least: 20}]}\n", "    better: lower\n"}, want: "orders target: at least 12; at risk within 10% of the target; for country DE at least 20 → no target, lower is better\norders better:  → lower", effect: true},
		"schedule":         {edit: []string{"every: 2h", "every: 3h"}, want: "orders every: 2h → 3h\norders stale_after: 6h → 9h", effect: true},
		"when it is stale": {edit: []string{"every: 2h", "every: 2h\n    stale_after: 7h"}, want: "orders stale_after: 6h → 7h", effect: true},
		"unit":             {edit: []string{"unit: count", "unit: users"}, want: "orders unit: count → users", effect: true},
		"added":            {edit: []string{"kpis:\n", "kpis:\n  visits: {title: Visits, period: day, query: SELECT 1 AS value}\n"}, want: `+ visits twin ""`, effect: true},
		"removed":          {edit: []string{"  profit: {title: Profit, formula: margin * revenue}\n", ""}, want: `- profit twin "" read by []`, effect: true},
		"a lost input":     {edit: []string{"  revenue: {title: Revenue, from: money, value: revenue, unit: \"currency:EUR\", target: {from: goals}}\n", "  x: {title: X, period: month, query: SELECT 1 AS value, target: {from: goals}}\n", "margin * revenue", "margin * money.revenue"}, want: "+ x twin \"\"\n- revenue twin \"\" read by [{profit [money.revenue]}]\nprofit formula: margin * revenue → margin * money.revenue", effect: true},
		"renamed": {
			edit: []string{"  margin: ", "  gross_margin: ", "formula: margin *", "formula: gross_margin *"},
			want: "+ gross_margin twin \"margin\"\n- margin twin \"gross_margin\" read by [{profit [gross_margin]}]\nprofit formula: margin * revenue → gross_margin * revenue", effect: true,
		},
		"removed with who read it": {
			edit: []string{"  margin: ", "  gross_margin: ", "  profit: {title: Profit, formula: margin * revenue}\n", ""},
			want: "+ gross_margin twin \"margin\"\n- margin twin \"gross_margin\" read by []\n- profit twin \"\" read by []", effect: true,
		},
		"an input less": {
			edit: []string{"  margin: {title: Margin, unit: ratio, formula: (money.revenue - money.costs) / money.revenue, target: {at_least: {benchmark: 40%, source: a study}}}\n", "", "margin * revenue", "revenue * 2"},
			want: "- margin twin \"\" read by [{profit []}]\nprofit formula: margin * revenue → revenue * 2", effect: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			text := base
			for pair := range slices.Chunk(tc.edit, 2) {
				if !strings.Contains(text, pair[0]) {
					t.Fatalf("the base has no %q", pair[0])
				}
				text = strings.ReplaceAll(text, pair[0], pair[1])
			}
			d := Compare(load(t, base), load(t, text))
			if diff := cmp.Diff(tc.want, describe(d)); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if d.Effect() != tc.effect {
				t.Errorf("effect %t", d.Effect())
			}
		})
	}
}

// TestCompareValuesFile changes what is kept by hand: a number, the plan that is a target, and only how a file is written.
func TestCompareValuesFile(t *testing.T) {
	read := func(values, plan string) *config.Config {
		dir := t.TempDir()
		for name, text := range map[string]string{
			"values.csv": values, "plan.csv": plan,
			"kpi.yaml": "queries: {plan: {values_file: plan.csv}}\nkpis:\n  nps: {title: NPS, period: quarter, values_file: values.csv, target: {from: plan}}\n",
		} {
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
	const values, plan = "period,value\n2026-Q1,31\n", "period,kpi,at_least\n2026-Q1,nps,30\n"
	for name, tc := range map[string]struct {
		values, plan, want string
		effect             bool
	}{
		"written otherwise": {"\"value\",period\r\n31,2026-Q1\r\n", plan, "", false},
		"a number":          {"period,value\n2026-Q1,32\n", plan, "nps values_file: ", true},
		"the plan":          {values, "period,kpi,at_least\n2026-Q1,nps,35\n", "nps target: at least what the query plan says", true},
	} {
		d := Compare(read(values, plan), read(tc.values, tc.plan))
		if got := describe(d); !strings.HasPrefix(got, tc.want) || tc.want == "" && got != "" || d.Effect() != tc.effect {
			t.Errorf("%s: %q, effect %t", name, got, d.Effect())
		}
	}
}

// TestEveryFieldIsCompared fails for a new field of a KPI until it is known which facet compares it.
func TestEveryFieldIsCompared(t *testing.T) {
	fields := map[string]string{
		"Title": "title", "Description": "description", "Category": "category", "Objective": "objective", "Owner": "owner", "Stages": "stages", "Level": "level",
		"Unit": "unit", "Better": "better", "Databases": "database", "DatabaseLabel": "labels", "Query": "query", "Values": "values_file", "Formula": "formula", "Merge": "merge",
		"MergedLabels": "merge", "Total": "merge", "Period": "period", "Calendar": "timezone", "Settle": "settle", "Columns": "value", "OnEmptyZero": "on_empty",
		"SuppressBelow": "suppress_below", "DataFrom": "data_from", "MaxSeries": "max_series", "Every": "every", "Cron": "cron", "Timeout": "timeout",
		"StaleAfter": "stale_after", "Target": "target", "Compare": "compare", "Alert": "alert", "Runbook": "runbook", "ReviewDue": "review_by",
		"Decisions": "decisions",
		"Name":      "", // By which KPIs are paired.
		"Position":  "", // Order and file do nothing.
	}
	var known []string
	for _, f := range newComparison().all {
		known = append(known, f.key)
	}
	for f := range reflect.TypeFor[config.KPI]().Fields() {
		key, ok := fields[f.Name]
		if f.IsExported() && (!ok || key != "" && !slices.Contains(known, key)) {
			t.Errorf("no facet compares the field %s", f.Name)
		}
	}
}
