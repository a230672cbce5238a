package dashboards

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// rightlyEmpty are the queries that give nothing for a KPI that lacks what they show, by what it must have for them.
// Nothing on the overview is empty, and no panel is empty for every KPI.
var rightlyEmpty = map[string]string{
	"Target":                   "a target",
	"Attainment":               "a target",
	"Attainment over time":     "a target",
	"Status history":           "a status",
	"In this status for":       "a status",
	"Sample size":              "a sample size",
	"Value":                    "a value",
	"Value against its bounds": "a value",
	"Measured period":          "a value",
}

// TestPanelsShowData asks a real Prometheus for every panel, as Grafana would.
func TestPanelsShowData(t *testing.T) {
	server := startPrometheus(t)
	for _, part := range []struct {
		name string
		test func(*testing.T, prometheus)
	}{
		{"overview", testOverview},
		{"detail", testDetail},
		{"lines", testLines},
		{"exporter", testExporter},
		{"boards", testBoards},
		{"counts", testCounts},
		{"most urgent first", testUrgency},
		{"filters", testFilters},
		{"time in a status", testTimeInStatus},
	} {
		t.Run(part.name, func(t *testing.T) { part.test(t, server) })
	}
}

// everyName matches the names of all KPIs of the product.
func everyName() string {
	var names []string
	for _, k := range product() {
		names = append(names, k.name)
	}
	return "(" + strings.Join(names, "|") + ")"
}

func testOverview(t *testing.T, server prometheus) {
	everything := everyName()
	d := overview()
	for _, p := range d.Panels {
		shown := []string{everything}
		if p.Repeat != "" {
			shown = server.variable(t, d, p.Repeat, map[string]string{"kpi": everything})
			if len(shown) != len(product()) {
				t.Errorf("%d panels %q, want %d", len(shown), p.Title, len(product()))
			}
		}
		for _, one := range shown {
			if got := server.panel(t, p, map[string]string{"kpi": everything, "shown": one}); got == 0 {
				t.Errorf("panel %q shows nothing for %s", p.Title, one)
			}
		}
		if p.Repeat == "" {
			for _, q := range p.Targets {
				if server.target(t, q, map[string]string{"kpi": everything, "shown": everything}) == nil {
					t.Errorf("panel %q: query %q gives nothing", p.Title, q.RefID)
				}
			}
		}
	}
}

func testDetail(t *testing.T, server prometheus) {
	d := detail()
	kpis := server.variable(t, d, "kpi", nil)
	if len(kpis) != len(product()) {
		t.Errorf("the KPIs are %q", kpis)
	}
	for _, p := range d.Panels {
		given := make(map[string]bool)
		for _, kpi := range kpis {
			variables := map[string]string{"kpi": kpi}
			shows := 0
			for _, q := range p.Targets {
				n := len(server.target(t, q, variables))
				given[q.RefID] = given[q.RefID] || n > 0
				if q.RefID != "config" {
					shows += n
				}
			}
			if shows == 0 && rightlyEmpty[p.Title] == "" {
				t.Errorf("panel %q shows nothing for %s", p.Title, kpi)
			}
		}
		for _, q := range p.Targets {
			if !given[q.RefID] {
				t.Errorf("panel %q: query %q gives nothing for any KPI", p.Title, q.RefID)
			}
		}
	}
}

func testLines(t *testing.T, server prometheus) {
	for kpi, want := range map[string][]string{
		"wau":         {"critical: at least", "critical: at least (lowest of the parts)", "previous period", "target: at least", "target: at least (lowest of the parts)"},
		"revenue_mtd": {"critical: at least", "forecast", "target: at least"}, "lead_time": nil,
		"churn": {"critical: at most", "target: at most"}, "revenue": {"critical: at least", "stretch: at least", "target: at least"},
	} {
		var got []string
		for _, s := range server.instant(t, scope(`kpi="`+kpi+`"`).lines(asItIs)) {
			got = append(got, s.Metric["__line"])
		}
		slices.Sort(got)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s: %s", kpi, diff)
		}
	}
}

func testExporter(t *testing.T, server prometheus) {
	for _, p := range exporter().Panels {
		for _, q := range p.Targets {
			if server.target(t, q, map[string]string{"job": ".*"}) == nil {
				t.Errorf("panel %q: query %q gives nothing", p.Title, q.RefID)
			}
		}
	}
}

func testBoards(t *testing.T, server prometheus) {
	for _, g := range groups(testConfig(), ByOwner) {
		for _, p := range g.board(ByOwner).Panels {
			if !strings.Contains(p.Targets[0].Expr, `"wau"`) {
				continue // The other KPIs of that file are not in the product.
			}
			if server.panel(t, p, nil) == 0 {
				t.Errorf("panel %q shows nothing", p.Title)
			}
		}
	}
}

func testCounts(t *testing.T, server prometheus) {
	want := map[string]string{"✕ Off target": "2", "! At risk": "2", "? Unknown": "2", "✓ On target": "2", "– No target": "1"}
	got := make(map[string]string)
	for _, s := range server.target(t, statusCounts(scope(`kpi=~"$kpi"`), countSizes()).Targets[0], map[string]string{"kpi": everyName()}) {
		got[s.Metric["__status"]] = fmt.Sprint(s.Value[1])
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func testUrgency(t *testing.T, server prometheus) {
	got := server.variable(t, overview(), "shown", map[string]string{"kpi": everyName()})
	ranks := map[string]int{"hostile": 4, "time_to_value": 4, "churn": 3, "wau": 3, "nps": 2, "lead_time": 2, "revenue": 1, "revenue_mtd": 1, "team_size": 0}
	if !slices.IsSortedFunc(got, func(a, b string) int { return ranks[b] - ranks[a] }) || len(got) != len(ranks) {
		t.Errorf("shown are %q", got)
	}
}

func testFilters(t *testing.T, server prometheus) {
	tests := map[string]struct {
		picked map[string]string
		want   []string
	}{
		"company":        {map[string]string{"level": "company"}, []string{"churn", "nps", "revenue", "wau"}},
		"owner":          {map[string]string{"owner": "(growth|people)"}, []string{"team_size", "time_to_value", "wau"}},
		"other database": {map[string]string{"database": "warehouse"}, nil},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			variables := map[string]string{"level": ".*", "owner": ".*", "category": ".*", "objective": ".*", "database": ".*"}
			maps.Copy(variables, test.picked)
			got := server.variable(t, overview(), "kpi", variables)
			slices.Sort(got)
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func testTimeInStatus(t *testing.T, server prometheus) {
	// 850 and 3 more each day before: below 905 for the last 18 days.
	got := server.instant(t, filled(scope(`kpi="wau"`).inState(1), nil))
	if len(got) != 1 {
		t.Fatalf("got %v", got)
	}
	seconds, err := strconv.ParseFloat(fmt.Sprint(got[0].Value[1]), 64)
	if days := seconds / 86400; err != nil || days < 18 || days > 19.1 {
		t.Errorf("at risk for %v days, want 18 to 19: %v", days, err)
	}
}

// panel returns how many series the panel shows, what only configures it not counted.
func (p prometheus) panel(t *testing.T, pan *panel, variables map[string]string) int {
	t.Helper()
	n := 0
	for _, q := range pan.Targets {
		if q.RefID != "config" {
			n += len(p.target(t, q, variables))
		}
	}
	return n
}

func (p prometheus) target(t *testing.T, q dataQuery, variables map[string]string) []sample {
	t.Helper()
	expr := filled(q.Expr, variables)
	if q.Instant {
		return p.instant(t, expr)
	}
	return p.overRange(t, expr)
}

// variable returns the values of a variable as Grafana finds them.
func (p prometheus) variable(t *testing.T, d dashboard, name string, others map[string]string) []string {
	t.Helper()
	i := slices.IndexFunc(d.Templating.List, func(v variable) bool { return v.Name == name })
	v := d.Templating.List[i]
	expr := strings.TrimSuffix(strings.TrimPrefix(v.Query.(variableQuery).Query, "query_result("), ")")
	re := regexp.MustCompile(strings.ReplaceAll(strings.Trim(v.Regex, "/"), "?<", "?P<"))
	var values []string
	for _, s := range p.instant(t, filled(expr, others)) {
		text := `{kpi="` + s.Metric["kpi"] + `",title="` + s.Metric["title"] + fmt.Sprintf(`"} %v %v`, s.Value[1], s.Value[0]) // Unescaped.
		values = append(values, re.FindStringSubmatch(text)[1])
	}
	return values
}

func filled(expr string, variables map[string]string) string {
	return usedVariable.ReplaceAllStringFunc(expr, func(use string) string {
		if use == "$__range" {
			return fmt.Sprintf("%dd", historyDays)
		}
		return variables[strings.Trim(use, "${}")]
	})
}
