package dashboards

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// noMatch stands where filters leave no KPI.
const noMatch = "No KPI matches these filters"

// everyKPI is a table with a row for each label set of each KPI, worst first. Its numbers sort as numbers: a column of Grafana has one
// unit, so the unit of a value stands beside it.
func everyKPI(s scope) *panel {
	p := table("All KPIs",
		"Every KPI and label set that the filters leave: by status, then by attainment. Values are in the unit beside them. "+
			"The change is relative, and so is that of a ratio. Attainment is rounded down, so that 100 % is at the target or beyond it. "+
			"Age is the time since the last successful evaluation. A title opens the KPI alone.",
		rows(everyKPIQueries(s)...)...)
	p.FieldConfig.Defaults.NoValue = noMatch
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "job": true, "sample_title": true, "title": true},
		IndexByName: map[string]int{
			"__kpi": 0, "Value #status": 1, "Value #value": 2, "__unit": 3, "target_text": 4, "Value #attainment": 5, "Value #change": 6, "Value #share": 7,
			"owner": 8, "Value #age": 9, "runbook": 10, "kpi": 11,
		},
		RenameByName: map[string]string{
			"__kpi": "KPI", "Value #status": "Status", "Value #value": "Value", "__unit": "Unit", "target_text": "Target", "Value #attainment": "Attainment",
			"Value #change": "vs 7 days ago", "Value #share": "On target, 28 d", "owner": "Owner", "Value #age": "Age", "runbook": "Runbook",
		},
	})
	p.transform("sortBy", sorted("Status", true))
	p.override("/.*/", set("noValue", "–"))
	p.override("KPI", set("links", []dataLink{detailLink("${__data.fields.kpi}")}), set("custom.minWidth", 200))
	p.override("kpi", set("custom.hidden", true), set("custom.hideFrom", hideFrom{Viz: true}))
	p.override("Status", statusCells(urgencyMappings())...)
	p.override("Value", width(85), set("unit", "count:"), set("custom.align", "right"))
	p.override("Unit", width(75), set("noValue", blank))
	p.override("Target", width(110), set("noValue", "No target"))
	p.override("Attainment", attainmentCells()...)
	p.override("vs 7 days ago", width(110), set("unit", "percentunit"), set("decimals", 1), set("mappings", []mapping{unchanged(), {Type: "special", Options: specialMapping{Match: "nan", Result: mappedText{Text: "–"}}}}))
	p.override("On target, 28 d", width(120), set("unit", "percentunit"), set("decimals", 0))
	p.override("Age", width(95), set("unit", "dtdurations"), set("decimals", 0), set("noValue", "Never"))
	p.override("Owner", width(110), set("links", []dataLink{filterLink("Show the KPIs of this owner", "owner", "${__value.raw}")}))
	return p.override("Runbook", runbookLink()...)
}

// everyKPIQueries have the labels job, kpi and sample_title in common, by which they are merged into rows.
func everyKPIQueries(s scope) []query {
	value, status := s.series(series.Value), s.series(series.Status)
	ranks := s.titled(urgency(s.rankOfSeries(), s.series(series.Attainment)))
	ranks = fmt.Sprintf("(%s or on (job, kpi) 10 * %s)", ranks, s.rank())
	targets := fmt.Sprintf("max by (job, kpi, sample_title, target_text) (%s)", s.samples())
	named := fmt.Sprintf(`label_join(%s, "__kpi", ": ", "title", "sample_title")`, s.with("title, owner, runbook", ranks))
	named = replaced(named, "__kpi", "(.*): ", "$1")
	return []query{
		{ref: "status", expr: fmt.Sprintf("%[1]s * on (job, kpi, sample_title) group_left (target_text) %[2]s or on (job, kpi, sample_title) %[1]s", named, targets)},
		{ref: "value", expr: s.scaled(value, s.shownValue())},
		{ref: "attainment", expr: s.titled(floored(s.series(series.Attainment)))},
		{ref: "change", expr: s.titled(s.comparable(change(value, s.weekAgo(series.Value)), value+" * NaN"))},
		{ref: "share", expr: s.titled(floored("avg_over_time((" + status + " == bool 0)[28d:1h])"))},
		{ref: "age", expr: fmt.Sprintf("0 * %s + on (job, kpi) group_left () (%s)", ranks, s.age())},
	}
}

// scaled is each value as shown in a unit that people count in, with that unit in the label __unit: %, a unit of time, or the KPI's own.
func (s scope) scaled(value, shown string) string {
	of := func(expr, matcher string) string {
		return fmt.Sprintf("%s and on (job, kpi) %s", expr, s.raw(series.Info, matcher))
	}
	const ratio, seconds = `unit="ratio"`, `unit="seconds"`
	one := value + " * 0 + 1"
	own := fmt.Sprintf("(%s) * on (job, kpi) group_left (unit) %s", of(one, `unit!~"ratio|seconds"`), s.info())
	own = replaced(fmt.Sprintf(`label_replace(%s, "__unit", "$1", "unit", "(.*)")`, own), "__unit", "currency:(.+)", "$1")
	all := []string{labelled(of(value+" * 0 + 100", ratio), "__unit", "%"), fmt.Sprintf("max without (unit) (%s)", replaced(own, "__unit", "count", ""))}
	for _, u := range quantity.TimeUnits() {
		all = append(all, labelled(of(fmt.Sprintf("1 / (%s == %d)", timeUnit(value), u.Seconds), seconds), "__unit", u.Name))
	}
	expr := fmt.Sprintf("(%s) * ignoring (__unit) group_left () %s", strings.Join(all, " or "), shown)
	return fmt.Sprintf("max by (job, kpi, sample_title, __unit) ((%s) * ignoring (__unit, sample_title) group_left (sample_title) max without (target_text, reason) (%s))", expr, s.samples())
}

// unchanged says so where a relative change is less than half of a tenth of a percent.
func unchanged() mapping {
	return mapping{Type: "range", Options: rangeMapping{From: -0.000499, To: 0.000499, Result: mappedText{Text: "unchanged"}}}
}

// floored rounds a share down to a whole percent, so that what misses its target never reads as 100 %.
func floored(share string) string { return fmt.Sprintf("floor(100 * %s) / 100", share) }

// statusCells show a status in its colour, in words and with its mark.
func statusCells(mappings []mapping) []property {
	return []property{
		width(115), set("unit", "none"), set("mappings", mappings), set("custom.align", "left"),
		set("custom.cellOptions", cell{Type: "color-background", Mode: "basic"}),
	}
}

// attainmentCells show attainment as a bar that is full at 100 %, where the target is; the number goes beyond it on both sides.
func attainmentCells() []property {
	return []property{
		width(130), set("unit", "percentunit"), set("decimals", 0), set("min", 0), set("max", 1), set("color", fixed(blue)),
		set("custom.cellOptions", cell{Type: "gauge", Mode: "basic", ValueDisplayMode: "text"}),
	}
}

type hideFrom struct {
	Legend  bool `json:"legend"`
	Tooltip bool `json:"tooltip"`
	Viz     bool `json:"viz"`
}
