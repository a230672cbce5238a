package dashboards

import (
	"fmt"
	"strconv"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// parts shows the value of each label set of a KPI, each in its unit, called by its target and in the colour of its own status.
func parts(s scope) *panel {
	p := coloured("Value", "The latest value of each label set, in the colour of its own status, with the target that it is judged by.",
		field{Color: fixed(gray), NoValue: "No value"}, rows(query{ref: "value", expr: s.parts()})...)
	p.transform("rowsToFields", rowsToFields{Mappings: []fieldMapping{
		{"__name", "field.name"},
		{"Value", "field.value"},
		{"grafana_unit", "unit"},
		{"color", "color"},
		{"Time", "__ignore"},
		{"job", "__ignore"},
		{"kpi", "__ignore"},
	}})
	o := p.Options.(statOptions)
	o.TextMode, o.JustifyMode, o.Text = "value_and_name", "auto", &textSizes{TitleSize: 14}
	p.Options = o
	return p
}

// parts has a row per label set with the labels __name, grafana_unit and color.
func (s scope) parts() string {
	ranked := fmt.Sprintf(`%s * ignoring (__rank) group_left (__rank) count_values without () ("__rank", %s)`, s.series(series.Value), s.rankOfSeries())
	expr := fmt.Sprintf(`max by (job, kpi, sample_title, target_text, __rank) ((%s) * ignoring (sample_title, target_text, __rank) group_left (sample_title, target_text) max without (reason) (%s))`,
		ranked, s.samples())
	expr = s.timed(s.with("grafana_unit", s.divided(expr)))
	for _, v := range verdicts {
		for _, l := range [...]struct{ label, text string }{{"color", v.color}, {"__mark", v.mark}, {"__word", v.name()}} {
			expr = fmt.Sprintf(`label_replace(%s, %q, %q, "__rank", %q)`, expr, l.label, l.text, strconv.Itoa(v.rank))
		}
	}
	// Called by its labels or, without any, by its status.
	expr = fmt.Sprintf(`label_join(%s, "__what", ";", "sample_title", "__word")`, expr)
	expr = replaced(replaced(expr, "__what", "([^;].*);[^;]*", "$1"), "__what", ";(.*)", "$1")
	expr = fmt.Sprintf(`label_replace(%s, "__aim", "(target $1)", "target_text", "(.+)")`, expr)
	expr = fmt.Sprintf(`label_join(%s, "__name", " ", "__mark", "__what", "__aim")`, expr)
	return fmt.Sprintf("max by (job, kpi, __name, grafana_unit, color) (%s)", grafanaUnit(expr))
}

// labelSets is a table with a row per label set.
func labelSets(s scope) *panel {
	value, before := s.series(series.Value), s.before()
	p := table("Parts and change",
		"Each label set of the KPI, worst first. Before is the value of the period before the one measured now; for a KPI without calendar periods, the value 7 days ago. "+
			"The change is relative, and so is that of a ratio. Attainment is rounded down.",
		rows(
			query{ref: "status", expr: unlabelled(urgency(s.rankOfSeries(), s.series(series.Attainment)))},
			query{ref: "value", expr: unlabelled(s.divided(value))},
			query{ref: "lower", expr: "max without (job, kpi, tier, side) (" + s.divided(s.series(series.Bound, `tier="target"`, `side="lower"`)) + ")"},
			query{ref: "upper", expr: "max without (job, kpi, tier, side) (" + s.divided(s.series(series.Bound, `tier="target"`, `side="upper"`)) + ")"},
			query{ref: "attainment", expr: unlabelled(floored(s.series(series.Attainment)))},
			query{ref: "before", expr: unlabelled(s.divided(before))},
			query{ref: "change", expr: unlabelled(change(value, before))},
			query{ref: "share", expr: unlabelled("avg_over_time((" + s.series(series.Status) + " == bool 0)[28d:1h])")},
			query{ref: "size", expr: unlabelled(s.series(series.SampleSize))},
			query{ref: "pace", expr: unlabelled(s.series(series.Pace))},
			query{ref: "config", expr: s.appearance()},
		)...)
	p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byRegexp", Options: "/^Value #(value|lower|upper|before)$/"},
		Mappings: []fieldMapping{{"grafana_unit", "unit"}, {"color", "__ignore"}},
	})
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true},
		IndexByName:   map[string]int{},
		RenameByName: map[string]string{
			"Value #status": "Status", "Value #value": "Value", "Value #lower": "At least", "Value #upper": "At most", "Value #attainment": "Attainment",
			"Value #before": "Before", "Value #change": "Change", "Value #share": "On target, 28 d", "Value #size": "Sample size",
			"Value #pace": "Pace",
		},
	})
	p.transform("sortBy", sorted("Status", true))
	// The unit comes from the data; a default would hide that.
	p.FieldConfig.Defaults.Unit = ""
	p.override("Status", statusCells(urgencyMappings())...)
	p.override("Attainment", attainmentCells()...)
	p.override("/^(Value|At least|At most)$/", width(105))
	p.override("Before", width(120), set("noValue", noHistory))
	p.override("Change", append(changeCells(), width(120), set("noValue", noHistory))...)
	p.override("On target, 28 d", width(120), set("unit", "percentunit"), set("decimals", 0))
	p.override("Pace", width(70), set("unit", "percentunit"), set("decimals", 0))
	return p.override("Sample size", width(105), set("unit", "count:"))
}

// before is the last value that was measured for an earlier period, or, where every evaluation measures a period of its
// own, the value of a week ago.
func (s scope) before() string {
	const end = series.PeriodEnd
	const moving = `"instant|trailing:.*|to_date:.*"`
	return fmt.Sprintf("(last_over_time((%s and on (job, kpi) (%s < max by (job, kpi) (%s @ end())))[$__range:1h]) and on (job, kpi) %s or %s and on (job, kpi) %s)",
		s.series(series.Value), s.perKPI(end), s.raw(end), s.raw(series.Info, "period!~"+moving),
		s.weekAgo(series.Value), s.raw(series.Info, "period=~"+moving))
}
