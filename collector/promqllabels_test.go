package collector

import (
	"fmt"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// TestLabelsOfPromQL holds what is said when the labels of the series are not those of the KPI: never what the query says already.
func TestLabelsOfPromQL(t *testing.T) {
	for name, test := range map[string]struct {
		labels, query string
		series        []string // Their labels.
		want          string   // "" for nothing.
	}{
		"as they are":                  {"plan", "sum by (plan) (x)", []string{"plan"}, ""},
		"aggregated away":              {"plan", "sum(x)", nil, `the series have no label "plan", and no other: write sum by (plan) (…) or the like`},
		"others":                       {"plan", "sum by (code) (x)", []string{"code"}, `the series have a label "code" that no KPI uses: leave it out of the query, or make it a label of the KPI`},
		"others, as they are scraped":  {"plan", "x", []string{"code", "plan"}, `the series have a label "code" that no KPI uses: write sum without (code) (…) or the like, or make it a label of the KPI`},
		"one that nothing has":         {"nosuch", "sum by (nosuch) (x)", nil, `the series have no label "nosuch", though the query asks for it: no series that it reads has it: check the spelling`},
		"one that nothing has, of two": {"code, nosuch", "sum by (code, nosuch) (x)", []string{"code"}, `the series have no label "nosuch", though the query asks for it: no series that it reads has it: check the spelling`},
		"one that is not asked for":    {"code, plan", "sum by (code) (x)", []string{"code"}, `the series have no label "plan" (they have: code)`},
		"made empty":                   {"team", `label_replace(x, "team", "", "", "")`, nil, `the series have no label "team", though the query asks for it: no series that it reads has it: check the spelling`},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := load(t, fmt.Sprintf(`
databases: {prom: {url: "prometheus+http://localhost:9090"}}
kpis:
  k: {title: K, period: instant, labels: [%s], query: %q}
`, test.labels, test.query))
			k := cfg.KPIs[0]
			columns := []database.Column{{Name: "value"}}
			for _, label := range test.series {
				columns = append(columns, database.Column{Name: label})
			}
			_, err := extraColumns(k.Query, config.Columns{Value: "value"}, columns)
			if err == nil {
				_, err = newReader(k, "prom", columns)
			}
			if got := fmt.Sprint(err); err != nil && got != test.want || err == nil && test.want != "" {
				t.Errorf("got %s\nwant %s", got, test.want)
			}
		})
	}
}
