package dashboards

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

var update = flag.Bool("update", false, "write the golden files")

// golden compares with a file, or writes it.
func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs, run with -update if that is meant (-want +got):\n%s", name, diff)
	}
}

// The included dashboards are kept beside their source, where a user finds them.
func TestIncluded(t *testing.T) {
	for _, f := range Included() {
		golden(t, f.Name, f.JSON)
	}
}

func TestUIDsAreStable(t *testing.T) {
	var got []string
	for _, d := range all() {
		got = append(got, d.UID)
	}
	want := []string{
		"kpi-overview", "kpi-detail", "kpi-exporter", "kpi-wall",
		"kpi-owner-growth", "kpi-owner-_04293751a15d", "kpi-owner-_e3b0c44298fc",
		"kpi-objective-daily_habit", "kpi-objective-_e3b0c44298fc",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	for _, uid := range got {
		if !regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`).MatchString(uid) {
			t.Errorf("Grafana takes no UID %q", uid)
		}
	}
}

// all is every dashboard that there can be: the included ones, and the boards of a file by either grouping.
func all() []dashboard {
	list := []dashboard{overview(), detail(), exporter(), wall()}
	for _, by := range []Grouping{ByOwner, ByObjective} {
		for _, g := range groups(testConfig(), by) {
			list = append(list, g.board(by))
		}
	}
	return list
}

// everyDashboard runs a test for each dashboard.
func everyDashboard(t *testing.T, test func(*testing.T, dashboard)) {
	t.Helper()
	for _, d := range all() {
		t.Run(d.UID, func(t *testing.T) { test(t, d) })
	}
}

func TestPanels(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		ids := make(map[int]bool)
		for _, p := range d.Panels {
			if p.Title == "" || p.Description == "" {
				t.Errorf("panel %d %q has no title or no description", p.ID, p.Title)
			}
			if ids[p.ID] || p.ID <= 0 {
				t.Errorf("panel %q: the id %d is taken", p.Title, p.ID)
			}
			ids[p.ID] = true
			if len(p.Targets) == 0 {
				t.Errorf("panel %q has no query", p.Title)
			}
			refs := make(map[string]bool)
			for _, q := range p.Targets {
				if refs[q.RefID] {
					t.Errorf("panel %q has two queries %q", p.Title, q.RefID)
				}
				refs[q.RefID] = true
				if q.Instant == q.Range {
					t.Errorf("panel %q: query %q is asked for now and for a range, or for neither", p.Title, q.RefID)
				}
				if overTime := p.Type == "timeseries" || p.Type == "state-timeline" || q.RefID == "trend"; q.RefID != "config" && overTime != q.Range {
					t.Errorf("panel %q: a %s asks for a range: %v", p.Title, p.Type, q.Range)
				}
			}
		}
	})
}

func TestGrid(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for i, p := range d.Panels {
			a := p.GridPos
			if a.X < 0 || a.Y < 0 || a.W < 3 || a.H < 3 || a.X+a.W > columns {
				t.Errorf("panel %q is at %+v", p.Title, a)
			}
			for _, other := range d.Panels[:i] {
				b := other.GridPos
				if a.X < b.X+b.W && b.X < a.X+a.W && a.Y < b.Y+b.H && b.Y < a.Y+a.H {
					t.Errorf("panels %q and %q overlap", p.Title, other.Title)
				}
			}
		}
	})
}

func TestExpressionsParse(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				parse(t, d, p.Title+", "+q.RefID, q.Expr)
			}
		}
		for _, v := range d.Templating.List {
			query, ok := v.Query.(variableQuery)
			if !ok {
				continue
			}
			expr, ok := strings.CutPrefix(query.Query, "query_result(")
			if ok {
				parse(t, d, v.Name, strings.TrimSuffix(expr, ")"))
				continue
			}
			selector, ok := strings.CutPrefix(query.Query, "label_values(")
			if !ok {
				t.Errorf("variable %q asks %q", v.Name, query.Query)
			}
			parse(t, d, v.Name, selector[:strings.LastIndex(selector, ",")])
		}
	})
}

// TestBoardsOfSomeKPIs has a configuration from which an exporter takes one KPI: its boards are whole, and name no other KPI.
func TestBoardsOfSomeKPIs(t *testing.T) {
	cfg := testConfig()
	var others []string
	for _, k := range cfg.KPIs[1:] {
		others = append(others, `kpi=\"`+k.Name+`\"`)
	}
	cfg.Select(cfg.KPIs[:1])
	for _, by := range []Grouping{ByOwner, ByObjective} {
		for _, g := range groups(cfg, by) {
			d := g.board(by)
			for _, p := range d.Panels {
				for _, q := range p.Targets {
					parse(t, d, p.Title+", "+q.RefID, q.Expr)
				}
			}
		}
		for _, f := range Generate(cfg, by) {
			for _, other := range others {
				if strings.Contains(string(f.JSON), other) {
					t.Errorf("%s has %s", f.Name, other)
				}
			}
		}
	}
}

// TestMetricsAreExposed looks for names that no family of the exporter has.
func TestMetricsAreExposed(t *testing.T) {
	found := 0
	for _, f := range Generate(testConfig(), ByOwner) {
		for _, name := range regexp.MustCompile(`\bkpi_\w+`).FindAllString(string(f.JSON), -1) {
			if found++; series.Find(name).Name == "" {
				t.Errorf("%s: %s is not exposed", f.Name, name)
			}
		}
	}
	if found < 100 {
		t.Errorf("%d names were found", found)
	}
}

// usedVariable matches what Grafana fills in. $1 belongs to PromQL: there is no variable of that name, so it stays.
var usedVariable = regexp.MustCompile(`\$([A-Za-z_]\w*)|\$\{(\w+)[^}]*\}`)

func parse(t *testing.T, d dashboard, where, expr string) {
	t.Helper()
	known := map[string]string{"__range": "36d"}
	for _, v := range d.Templating.List {
		known[v.Name] = "x"
	}
	plain := usedVariable.ReplaceAllStringFunc(expr, func(use string) string {
		value, ok := known[strings.Trim(use, "${}")]
		if !ok {
			t.Errorf("%s: there is no variable %s", where, use)
		}
		return value
	})
	if _, err := parser.NewParser(parser.Options{}).ParseExpr(plain); err != nil {
		t.Errorf("%s: %v\n%s", where, err, plain)
	}
}

func TestVariables(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for i, v := range d.Templating.List {
			if i == 0 && (v.Type != "datasource" || v.Name != "datasource" || v.Label != "Data source") {
				t.Errorf("the first variable is %q, not the data source", v.Name)
			}
			if v.Label == "" || v.Description == "" {
				t.Errorf("variable %q has no label or no description", v.Name)
			}
			if i > 0 && (v.Refresh != onTimeRange || *v.Datasource != source()) {
				t.Errorf("variable %q does not follow the time range, or asks another data source", v.Name)
			}
			if v.Multi != v.IncludeAll {
				t.Errorf("variable %q can have several values but not all, or the other way round", v.Name)
			}
		}
	})
	overviewVars := make([]string, 0)
	for _, v := range overview().Templating.List {
		overviewVars = append(overviewVars, v.Name)
	}
	for _, name := range []string{"owner", "category", "objective", "kpi", "level", "database"} {
		if !slices.Contains(overviewVars, name) {
			t.Errorf("the overview cannot be filtered by %s", name)
		}
	}
}

// The pattern that takes names and titles out of what Grafana makes of an answer: the labels as they are, unescaped.
func TestTitlesOfVariables(t *testing.T) {
	pattern := titled("kpi", "KPI", "x", "", caseless).Regex
	// Go writes named groups and flags a little differently.
	re := regexp.MustCompile(strings.ReplaceAll(strings.Trim(pattern, "/"), "?<", "?P<"))
	for _, title := range []string{"Revenue", `A "quoted"} title`, "two\nlines", `back\slash, ${kpi}`, `"} 1 2`} {
		got := re.FindStringSubmatch(`{kpi="a_kpi",title="` + title + `"} 1 1700000000000`)
		if diff := cmp.Diff([]string{"a_kpi", title}, got[1:]); diff != "" {
			t.Error(diff)
		}
	}
}

func TestNoDataSourceIsNamed(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		walk(decoded(t, d), func(key string, value any) {
			if m, ok := value.(map[string]any); key == "datasource" && (!ok || m["uid"] != "${datasource}") {
				t.Errorf("a data source is named: %v", value)
			}
		})
		if d.Editable || d.SchemaVersion < 39 {
			t.Errorf("editable: %v, schema version: %d", d.Editable, d.SchemaVersion)
		}
	})
}

// Units are ids of Grafana or have a prefix that it knows. Where every KPI has its own, the unit comes from the data.
func TestUnits(t *testing.T) {
	known := []string{"none", "short", "percentunit", "s", "bytes", "dateTimeAsIso", "dtdurations", "count:", "currencyEUR"}
	everyDashboard(t, func(t *testing.T, d dashboard) {
		check := func(where, unit string) {
			if !slices.Contains(known, unit) && !strings.HasPrefix(unit, "suffix: ") && !strings.HasPrefix(unit, "currency:") && !strings.HasPrefix(unit, "count:") {
				t.Errorf("%s: Grafana has no unit %q", where, unit)
			}
		}
		for _, p := range d.Panels {
			fromData := slices.ContainsFunc(p.Transformations, func(tr transformation) bool { return tr.ID == "configFromData" })
			if unit := p.FieldConfig.Defaults.Unit; unit != "" {
				check(p.Title, unit)
			} else if !fromData && p.Type != "stat" {
				t.Errorf("panel %q has no unit", p.Title)
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if unit, ok := property.Value.(string); ok && property.ID == "unit" {
						check(p.Title+", "+o.Matcher.Options, unit)
					}
				}
			}
		}
	})
}

// Graphs draw no series in the colour of a status, and whatever has such a colour has words or a mark too.
func TestColoursOfStatus(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for _, p := range d.Panels {
			text, err := json.Marshal(p.FieldConfig)
			if err != nil {
				t.Fatal(err)
			}
			status := slices.ContainsFunc([]string{green, orange, red, "thresholds"}, func(c string) bool {
				return bytes.Contains(text, []byte(`"`+c+`"`))
			})
			if p.Type == "timeseries" && p.FieldConfig.Defaults.Thresholds == nil && (status || p.FieldConfig.Defaults.Color.Mode != "shades") {
				t.Errorf("graph %q has the colour of a status: %s", p.Title, text)
			}
		}
	})
}

// A KPI may have labels of any name that is not reserved. What is joined to its series must be reserved.
func TestJoinedLabelsAreReserved(t *testing.T) {
	reserved := []string{"title", "description", "unit", "grafana_unit", "owner", "objective", "objective_title", "runbook", "dashboard", "sample_title", "target_text"}
	join := regexp.MustCompile(`group_(?:left|right) \(([^)]*)\)`)
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for _, p := range d.Panels {
			for _, q := range p.Targets {
				for _, m := range join.FindAllStringSubmatch(q.Expr, -1) {
					for label := range strings.SplitSeq(m[1], ", ") {
						if label != "" && !strings.HasPrefix(label, "__") && !slices.Contains(reserved, label) {
							t.Errorf("panel %q joins the label %q", p.Title, label)
						}
					}
				}
			}
		}
	})
}

func decoded(t *testing.T, d dashboard) any {
	t.Helper()
	var v any
	if err := json.Unmarshal(file(d).JSON, &v); err != nil {
		t.Fatal(err)
	}
	return v
}

// walk calls visit for every key of every object.
func walk(v any, visit func(key string, value any)) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			visit(key, value)
			walk(value, visit)
		}
	case []any:
		for _, value := range v {
			walk(value, visit)
		}
	}
}
