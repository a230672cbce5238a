package kpimatch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
)

const file = `databases: {app: {url: "sqlite://app.db"}, books: {url: "sqlite://books.db"}, plans: {url: "sqlite://plans.db"}}
owners: {growth: {slack: "#growth"}, finance: {email: f@example.com}, board: {email: b@example.com}, nobody: {email: n@example.com}}
objectives: {grow: {title: Grow, owner: board}, earn: {title: Earn, owner: finance}}
decisions:
  - {date: 2026-01-01, text: Prices, kpis: [sales, visits], owner: nobody}
  - {date: 2026-01-02, text: Costs, kpis: [costs]}
queries:
  plan: {database: plans, query: "SELECT 'visits' AS kpi, 1 AS at_least"}
defaults: {period: month, database: app}
kpis:
  visits: {title: Visits, owner: growth, objective: grow, level: company, query: SELECT 1 AS value, target: {from: plan}, better: higher}
  signups: {title: Signups, owner: growth, query: SELECT 1 AS value}
  sales: {title: Sales, owner: finance, objective: earn, database: books, query: SELECT 1 AS value}
  costs: {title: Costs, owner: finance, database: books, query: SELECT 1 AS value}
  sales_per_visit: {title: Sales per visit, owner: board, formula: sales / visits}
`

// said returns what is left of a configuration.
func said(cfg *config.Config) string {
	var groups []string
	add := func(n int, name func(i int) string) {
		names := make([]string, n)
		for i := range names {
			names[i] = name(i)
		}
		groups = append(groups, strings.Join(names, " "))
	}
	add(len(cfg.KPIs), func(i int) string { return cfg.KPIs[i].Name })
	add(len(cfg.Databases), func(i int) string { return cfg.Databases[i].Name })
	add(len(cfg.Owners), func(i int) string { return cfg.Owners[i].Name })
	add(len(cfg.Objectives), func(i int) string { return cfg.Objectives[i].Name })
	add(len(cfg.Decisions), func(i int) string {
		return cfg.Decisions[i].Text + "(" + strings.Join(cfg.Decisions[i].KPIs, " ") + ")"
	})
	return strings.Join(groups, "; ")
}

func TestNarrow(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(file), 0o600); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		matchers []string
		want     string // What is left, or the end of the error.
	}{
		"all": {nil, "visits signups sales costs sales_per_visit; app books plans; growth finance board nobody; grow earn; Prices(sales visits) Costs(costs)"},
		"an owner with the database of a plan, and the owner of an objective": {[]string{"owner=growth"}, "visits signups; app plans; growth board nobody; grow; Prices(visits)"},
		"quoted": {[]string{` owner = "finance" `}, "sales costs; books; finance nobody; earn; Prices(sales) Costs(costs)"},
		"a formula needs the databases of its inputs": {[]string{"kpi=sales_per_visit"}, "sales_per_visit; app books; board; ; "},
		"not":                            {[]string{"owner!=finance", "owner!=board", "level=team"}, "signups; app; growth; ; "},
		"an anchored regular expression": {[]string{"kpi=~sales"}, "sales; books; finance nobody; earn; Prices(sales)"},
		"a regular expression":           {[]string{"kpi=~sales.*", "owner!~fin.*"}, "sales_per_visit; app books; board; ; "},
		"without an objective":           {[]string{"objective=", "owner=growth"}, "signups; app; growth; ; "},
		"the title of an objective":      {[]string{"objective_title=Grow"}, "visits; app plans; growth board nobody; grow; Prices(visits)"},
		"an owner that does not exist":   {[]string{"level=team", "owner=grwth"}, `kpi.yaml matches owner="grwth"`},
		"nobody matches both":            {[]string{"owner=growth", "kpi=sales"}, `kpi.yaml matches all of owner="growth", kpi="sales"`},
		"a label that does not exist":    {[]string{"ownr=growth"}, "ownr=growth: there is no label \"ownr\"; did you mean `owner`?; labels are: kpi, product, title, description, category, objective, objective_title, owner, level, unit, grafana_unit, direction, period, runbook, dashboard"},
		"a label of samples":             {[]string{"plan=pro"}, `plan=pro: there is no label "plan"; labels are: kpi, product, title, description, category, objective, objective_title, owner, level, unit, grafana_unit, direction, period, runbook, dashboard`},
		"no matcher":                     {[]string{"growth"}, `"growth" is not a matcher: write owner=growth, or another label with =, !=, =~ or !~`},
		"no end":                         {[]string{`owner="growth`}, "the value \"growth does not end with its quote"},
		"no regular expression":          {[]string{"owner=~("}, "missing closing ): `(`"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, err := config.Load(path)
			if err != nil {
				t.Fatal(err)
			}
			s, err := Parse(test.matchers)
			if err == nil {
				err = s.Narrow(cfg)
			}
			got := said(cfg)
			if err != nil {
				got = err.Error()
			}
			if got != test.want && (err == nil || !strings.HasSuffix(got, test.want)) {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

// FuzzParse looks for matchers that are read otherwise than they are written.
func FuzzParse(f *testing.F) {
	for _, text := range []string{"owner=growth", `kpi=~"a|b"`, "level!~.*", `title!="\""`, "owner==", "", "kpi=~("} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse([]string{text})
		if err != nil {
			return
		}
		again, err := Parse([]string{s[0].Name + s[0].Type.String() + `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(s[0].Value) + `"`})
		if err != nil || again[0].Value != s[0].Value || again[0].Type != s[0].Type {
			t.Errorf("%q is %s, which is read as %v, %v", text, s[0], again, err)
		}
	})
}
