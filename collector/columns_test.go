package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestExtraColumns has a query with labels [plan] and two KPIs: both by plan, one of its revenue and one by the columns' names.
func TestExtraColumns(t *testing.T) {
	const columns = "'pro' AS plan, 1 AS revenue, 2 AS value, 3 AS sample_size"
	without := func(column string) string {
		list := strings.Split(columns, ", ")
		for i, c := range list {
			if strings.HasSuffix(c, " "+column) {
				list = append(list[:i:i], list[i+1:]...)
				break
			}
		}
		return strings.Join(list, ", ")
	}
	const (
		fine     = ""
		unread   = `column "%s" of the result is used by no KPI; did you mean "%s"?`
		notThere = `column "%s" is not in the result`
	)
	for _, tc := range []struct {
		name, columns     string
		extra             string
		revenue, measured string // What is wrong with each KPI.
	}{
		{"none", columns, "", fine, fine},
		{"one", columns + ", 4 AS orders", "orders", fine, fine},
		{"several", columns + ", 4 AS orders, 5 AS baskets", "baskets, orders", fine, fine},
		{"of the contract", columns + ", 4 AS numerator, 5 AS denominator", "", fine, fine},
		{"a name near one that is there", columns + ", 4 AS revenues, 5 AS plans, 6 AS values_", "plans, revenues, values_", fine, fine},
		{"text that no number could be", columns + ", 'x' AS note", "note", fine, fine},
		{"a replaced letter", without("sample_size") + ", 4 AS sample_sise", "", fmt.Sprintf(unread, "sample_sise", "sample_size"), fmt.Sprintf(unread, "sample_sise", "sample_size")},
		{"a missing letter", without("sample_size") + ", 4 AS denominatr", "", fmt.Sprintf(unread, "denominatr", "denominator"), fmt.Sprintf(unread, "denominatr", "denominator")},
		{"a letter too many", columns + ", 4 AS numerators", "", fmt.Sprintf(unread, "numerators", "numerator"), fmt.Sprintf(unread, "numerators", "numerator")},
		{"swapped letters", without("sample_size") + ", 4 AS sample_siez", "", fmt.Sprintf(unread, "sample_siez", "sample_size"), fmt.Sprintf(unread, "sample_siez", "sample_size")},
		{"a slip in another case", without("sample_size") + `, 4 AS "Sample_Sise"`, "", fmt.Sprintf(unread, "Sample_Sise", "sample_size"), fmt.Sprintf(unread, "Sample_Sise", "sample_size")},
		{"a slip in a mapped column", without("revenue") + ", 4 AS revenu", "", fmt.Sprintf(notThere, "revenue"), fmt.Sprintf(unread, "revenu", "revenue")},
		{"a slip in a label", without("plan") + ", 4 AS plam", "", fmt.Sprintf(notThere, "plan"), fmt.Sprintf(notThere, "plan")},
		{"another case", without("sample_size") + `, 4 AS "Sample_Size"`, "", fmt.Sprintf(unread, "Sample_Size", "sample_size"), fmt.Sprintf(unread, "Sample_Size", "sample_size")},
		{"another case of one that is there", columns + `, 4 AS "REVENUE_"`, "REVENUE_", fine, fine},
		{"two slips", without("sample_size") + ", 4 AS simple_sise", "simple_sise", fine, fine},
	} {
		for engine, url := range map[string]string{"postgres": server.NewDatabase(t), "sqlite": newSQLite(t)} {
			t.Run(tc.name+" on "+engine, func(t *testing.T) {
				cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
queries:
  money: {period: instant, labels: [plan], query: "SELECT %s"}
kpis:
  revenue: {title: Revenue, from: money, value: revenue}
  measured: {title: Measured, from: money}
`, url, strings.ReplaceAll(tc.columns, `"`, `\"`)))
				e := NewEvaluator(cfg)
				defer e.Close()
				asOf := at(t, "2026-05-05T12:00:00Z")
				for i, r := range e.Evaluate(t.Context(), requests(cfg, asOf)) {
					want := []string{tc.revenue, tc.measured}[i]
					switch {
					case want == fine && r.Failure != nil:
						t.Errorf("%s: %v", r.KPI.Name, r.Failure)
					case want != fine && (r.Failure == nil || r.Failure.Reason != ReasonColumn || !strings.Contains(r.Failure.Error(), want)):
						t.Errorf("%s: %v, want %s", r.KPI.Name, r.Failure, want)
					}
					extra := ""
					for _, x := range r.Extra {
						extra += strings.Join(x.Columns, ", ")
					}
					if extra != tc.extra {
						t.Errorf("%s: extra columns %q, want %q", r.KPI.Name, extra, tc.extra)
					}
				}
				for _, p := range e.Explain(t.Context(), requests(cfg, asOf)) {
					if got := strings.Join(p.Extra, ", "); p.Failure == nil && got != tc.extra {
						t.Errorf("planned: extra columns %q, want %q", got, tc.extra)
					}
					if wrong := tc.revenue + tc.measured; (p.Failure != nil) != (wrong != "") {
						t.Errorf("planned: %v", p.Failure)
					}
				}
			})
		}
	}
}

// TestUnreadValueColumn has a column that has its right name and that no KPI reads.
func TestUnreadValueColumn(t *testing.T) {
	cfg := load(t, fmt.Sprintf(`
databases: {app: {url: %q}}
queries:
  money: {period: instant, query: "SELECT 1 AS revenue, 2 AS value"}
kpis:
  revenue: {title: Revenue, from: money, value: revenue}
`, newSQLite(t)))
	r := evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))[0]
	if got := describe(r); got != "1 no_target" || len(r.Extra) != 1 {
		t.Errorf("got %s, unread %v", got, r.Extra)
	}
}

// TestExtraColumnsInOrder has the results of queries come in any order: what is said about them is the same.
func TestExtraColumnsInOrder(t *testing.T) {
	money, places, plan := &config.Query{Name: "money"}, &config.Query{Name: "places"}, &config.Query{Name: "plan"}
	for _, order := range [][]*config.Query{{money, places, plan}, {plan, places, money}, {places, plan, money, places}} {
		var r Result
		for _, q := range order {
			r.extra(q, []string{"orders", "note"})
		}
		if got, want := fmt.Sprint(len(r.Extra), r.Extra[0].Query.Name, r.Extra[1].Query.Name, r.Extra[2]), fmt.Sprint(3, "money", "places", ExtraColumns{plan, []string{"note", "orders"}}); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
