package dashboards

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// evaluation is what an expression must give after eight days of a sample each.
type evaluation struct {
	series []string // A series and its nine samples.
	want   []string // The labels of the results; their values are not looked at.
}

// evaluate has promtool evaluate expressions.
func evaluate(t *testing.T, expr string, tests map[string]evaluation) {
	t.Helper()
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var b strings.Builder
			b.WriteString("rule_files: []\ntests:\n  - interval: 1d\n    input_series:\n")
			for _, s := range test.series {
				labels, values, _ := strings.Cut(s, " = ")
				fmt.Fprintf(&b, "      - {series: '%s', values: '%s'}\n", labels, values)
			}
			fmt.Fprintf(&b, "    promql_expr_test:\n      - eval_time: 8d\n        expr: %q\n        exp_samples:\n", "group without () ("+expr+")")
			for _, labels := range test.want {
				fmt.Fprintf(&b, "          - {labels: '%s', value: 1}\n", labels)
			}
			file := filepath.Join(t.TempDir(), "expression.yml")
			if err := os.WriteFile(file, []byte(b.String()), 0o600); err != nil {
				t.Fatal(err)
			}
			run(t, "promtool", "test", "rules", file)
		})
	}
}

// each is a series that has one value for seven days and another on the last.
func each(metric, labels string, before, after any) string {
	return fmt.Sprintf(`%s{job="kpi",%s} = %v %v`, metric, labels, strings.TrimSpace(strings.Repeat(fmt.Sprint(before, " "), 8)), after)
}

func TestWhatChanged(t *testing.T) {
	t.Parallel()
	kpi := func(name string, before, after any) []string {
		return []string{
			each("kpi_status", fmt.Sprintf("kpi=%q", name), before, after),
			each("kpi_attainment_ratio", fmt.Sprintf("kpi=%q", name), 1, float64(name[0]-'a')/10),
			each("kpi_info", fmt.Sprintf(`kpi=%q,title="KPI %s"`, name, name), 1, 1),
		}
	}
	all := func(lists ...[]string) (joined []string) {
		for _, l := range lists {
			joined = append(joined, l...)
		}
		return joined
	}
	evaluate(t, whatChanged(scope(`kpi=~".+"`)).Targets[0].Expr, map[string]evaluation{
		"one worse, one better": {
			all(kpi("a", 0, 2), kpi("b", 1, 0), kpi("c", 1, 1)),
			[]string{
				`{__order="1",__sentence="▼ 1 got worse this week: KPI a"}`,
				`{__order="2",__sentence="▲ 1 got better this week: KPI b"}`,
			},
		},
		"four worse": {
			all(kpi("a", 0, 1), kpi("b", 0, 2), kpi("c", 0, 1), kpi("d", 1, 2)),
			[]string{`{__order="1",__sentence="▼ 4 got worse this week: KPI b, KPI d, KPI a and others"}`},
		},
		"none":        {kpi("a", 1, 1), []string{`{__order="3",__sentence="No KPI got better or worse this week."}`}},
		"now unknown": {all(kpi("a", 1, 1), kpi("b", 1, "stale")), []string{`{__order="3",__sentence="No KPI got better or worse this week."}`}},
		"first day": {
			kpi("a", "_", 1), []string{`{__order="3",__sentence="No history yet. After a week, this names the KPIs whose status changed."}`},
		},
		"filters that match nothing": {nil, []string{`{__order="3",__sentence="No KPI matches these filters."}`}},
	})
}

func TestChangeInWords(t *testing.T) {
	t.Parallel()
	tests := map[string]evaluation{}
	add := func(name, direction string, before, after any, want string) {
		tests[name] = evaluation{
			[]string{each("kpi_value", `kpi="a"`, before, after), each("kpi_info", `kpi="a",direction="`+direction+`"`, 1, 1)},
			[]string{`{__change="` + want + `",job="kpi",kpi="a"}`},
		}
	}
	add("more is better", "higher", 100, 103.14, "▲ 3.1% better")
	add("less is worse", "higher", 100, 90, "▼ 10% worse")
	add("more is worse", "lower", 0.02, 0.03, "▲ 50% worse")
	add("less is better", "lower", 0.03, 0.0297, "▼ 1% better")
	add("no direction, up", "", 4, 5, "▲ 25% more")
	add("no direction, down", "", 5, 4, "▼ 20% less")
	add("below zero", "higher", -10, -5, "▲ 50% better")
	add("unchanged", "higher", 7, 7, "unchanged")
	add("less than can be shown", "higher", 100000, 100001, "unchanged")
	add("zero both times", "higher", 0, 0, "unchanged")
	add("a percent and a tenth", "higher", 1000, 1011, "▲ 1.1% better")
	add("half a percent", "lower", 1000, 995, "▼ 0.5% better")
	add("very much more", "", 1, 13, "▲ 1200% more")
	add("zero before", "higher", 0, 5, "was 0")
	add("first day", "higher", "_", 5, "no history yet")
	tests["between, nearer to the bounds"] = evaluation{
		[]string{each("kpi_value", `kpi="a"`, 50, 40), each("kpi_attainment_ratio", `kpi="a"`, 0.5, 0.7), each("kpi_info", `kpi="a",direction="range"`, 1, 1)},
		[]string{`{__change="▼ 20% better",job="kpi",kpi="a"}`},
	}
	tests["between, farther from the bounds"] = evaluation{
		[]string{each("kpi_value", `kpi="a"`, 50, 60), each("kpi_attainment_ratio", `kpi="a"`, 0.5, 0.4), each("kpi_info", `kpi="a",direction="range"`, 1, 1)},
		[]string{`{__change="▲ 20% worse",job="kpi",kpi="a"}`},
	}
	tests["between, inside the bounds both times"] = evaluation{
		[]string{each("kpi_value", `kpi="a"`, 34, 28.8), each("kpi_attainment_ratio", `kpi="a"`, 1, 1), each("kpi_info", `kpi="a",direction="range"`, 1, 1)},
		[]string{`{__change="▼ 15.3% less",job="kpi",kpi="a"}`},
	}
	tests["between, of an unknown attainment"] = evaluation{
		[]string{each("kpi_value", `kpi="a"`, 50, 60), each("kpi_info", `kpi="a",direction="range"`, 1, 1)},
		[]string{`{__change="▲ 20% more",job="kpi",kpi="a"}`},
	}
	evaluate(t, scope(`kpi=~".+"`).changeInWords(), tests)
}

// TestScaledValues has each value in a unit that people count in.
func TestScaledValues(t *testing.T) {
	t.Parallel()
	tests := map[string]evaluation{}
	for name, test := range map[string]struct {
		unit string
		v    float64
		want string
	}{
		"ratio": {"ratio", 0.5, `,__unit="%"`}, "money": {"currency:EUR", 5, `,__unit="EUR"`}, "a word": {"points", 5, `,__unit="points"`}, "count": {"count", 5, ""},
		"seconds": {"seconds", 60, `,__unit="seconds"`}, "minutes": {"seconds", 600, `,__unit="minutes"`}, "hours": {"seconds", 7200, `,__unit="hours"`}, "days": {"seconds", 259200, `,__unit="days"`},
		"less than no time": {"seconds", -8000, `,__unit="hours"`},
	} {
		tests[name] = evaluation{
			[]string{
				each("kpi_value", `kpi="a",plan="pro"`, test.v, test.v), each("kpi_sample_info", `kpi="a",plan="pro",sample_title="pro"`, 1, 1),
				each("kpi_info", `kpi="a",unit="`+test.unit+`"`, 1, 1),
			},
			[]string{`{job="kpi",kpi="a",sample_title="pro"` + test.want + "}"},
		}
	}
	s := scope(`kpi=~".+"`)
	value := s.series("kpi_value")
	evaluate(t, s.scaled(value, value), tests)
}

// TestTimeUnits has all values of a KPI in the unit of time of the most urgent one.
func TestTimeUnits(t *testing.T) {
	t.Parallel()
	s := scope(`kpi=~".+"`)
	kpi := func(name, grafanaUnit, unit string, value any) []string {
		return []string{
			each("kpi_value", `kpi="`+name+`"`, value, value), each("kpi_status", `kpi="`+name+`"`, 1, 1),
			each("kpi_value", `kpi="`+name+`",plan="pro"`, 1e9, 1e9), each("kpi_status", `kpi="`+name+`",plan="pro"`, 0, 0),
			each("kpi_info", `kpi="`+name+`",grafana_unit="`+grafanaUnit+`",unit="`+unit+`"`, 1, 1),
		}
	}
	expr := fmt.Sprintf(`count_values by (kpi, grafana_unit) ("value", %s)`, s.timed(s.with("grafana_unit", s.divided(s.series("kpi_value")+` unless kpi_value{plan="pro"}`))))
	tests := map[string]evaluation{}
	for name, test := range map[string]struct {
		grafanaUnit, unit string
		value             any
		want              string
	}{
		"days":          {"s", "seconds", 55 * 86400, `grafana_unit="count:days",kpi="a",value="55"`},
		"hours":         {"s", "seconds", 9000, `grafana_unit="count:hours",kpi="a",value="2.5"`},
		"minutes":       {"s", "seconds", 1800, `grafana_unit="count:minutes",kpi="a",value="30"`},
		"seconds":       {"s", "seconds", 0.25, `grafana_unit="count:seconds",kpi="a",value="0.25"`},
		"exactly a day": {"s", "seconds", 86400, `grafana_unit="count:hours",kpi="a",value="24"`},
		"below no time": {"s", "seconds", -9000, `grafana_unit="count:hours",kpi="a",value="-2.5"`},
		"a count":       {"short", "count", 9000, `grafana_unit="short",kpi="a",value="9000"`},
	} {
		tests[name] = evaluation{kpi("a", test.grafanaUnit, test.unit, test.value), []string{"{" + test.want + "}"}}
	}
	evaluate(t, expr, tests)
}
