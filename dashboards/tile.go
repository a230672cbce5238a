package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// A tile shows one KPI: above, its value in large type, called by its status; below, its target, its change and its line over time.
// The two halves are two fields of a stat, each as high as the other.

// readable is for a board that is read from a chair.
func readable() textSizes { return textSizes{TitleSize: 14, ValueSize: 32} }

// trendLabel names the lower half of a tile; it begins with the target, which tells the two halves apart.
const trendLabel = "__trend"

// tile shows the KPI of that name, in the colour of its status.
func tile(s scope, kpi, title, description string, sizes textSizes) *panel {
	p := stat(title, description, field{Color: fixed(gray), NoValue: noMatch}, append(now(
		query{ref: "value", legend: "{{__status}}", expr: s.valueWithStatus()},
		query{ref: "trend_now", legend: "{{" + trendLabel + "}}", expr: s.trendNow()},
	), over(query{ref: "trend", legend: "trend", expr: s.trend()})...)...)
	p.Options = statOptions{
		ReduceOptions: lastValue(), Orientation: "horizontal", ColorMode: "background_solid", GraphMode: "area",
		TextMode: "value_and_name", JustifyMode: "auto", WideLayout: false, Text: &sizes,
	}
	p.FieldConfig.Defaults.Links = []dataLink{detailLink(kpi)}
	p.overrideQuery("value", set("mappings", []mapping{missing("No value")}))
	p.appearing(s.appearance(), fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "color"})
	// What was until now, and what is now, are one line.
	p.Transformations = append(p.Transformations, transformation{
		ID: "merge", Filter: &matcher{ID: "byRefId", Options: "/^trend/"}, Options: struct{}{},
	})
	p.transform("sortBy", sorted("Time", false))
	// The lower half writes no number: its value is that of the upper one.
	return p.override("/^(Target|No target)/", set("mappings", []mapping{
		{Type: "range", Options: rangeMapping{From: -1e300, To: 1e300, Result: mappedText{Text: blank}}}, missing(blank),
	}))
}

// blank is a text that shows nothing, and that Grafana does not take for a missing one.
const blank = "\u200b"

// missing writes what Grafana shows in place of no value, and of a value that is not a number.
func missing(text string) mapping {
	return mapping{Type: "special", Options: specialMapping{Match: "null+nan", Result: mappedText{Text: text}}}
}

type specialMapping struct {
	Match  string     `json:"match"`
	Result mappedText `json:"result"`
}

// valueWithStatus is the value of each KPI's most urgent label set, with the status of the KPI and what the label set is called in a
// label. It is NaN where there is no value.
func (s scope) valueWithStatus() string {
	part := fmt.Sprintf("max by (job, kpi, sample_title) (%s and ignoring (sample_title, target_text, reason) %s)", s.samples(), s.urgent(""))
	parts := fmt.Sprintf("(%s or on (job, kpi) %s)", part, s.perKPI(series.Info))
	status := fmt.Sprintf("%s * on (job, kpi) group_left (sample_title) %s", worded(s.rank(), "__status", verdict.marked), parts)
	status = replaced(fmt.Sprintf(`label_join(%s, "__status", " · ", "__status", "sample_title")`, status), "__status", "(.*) · ", "$1")
	return fmt.Sprintf("max by (__status) (%s * on (job, kpi) group_left (__status) %s)", s.divided(s.orNone(s.mostOf(s.shownValue()))), status)
}

// orNone is a value of each KPI, or NaN where there is none.
func (s scope) orNone(value string) string {
	return fmt.Sprintf("(%s or on (job, kpi) %s * NaN)", value, s.perKPI(series.Info))
}

// trend is the value of the label set over time.
func (s scope) trend() string {
	return fmt.Sprintf("max by () (%s and %s)", s.series(series.Value), s.urgent(" @ end()"))
}

// trendNow is the value now with target and change in words, "Target ≥ 37.5% · ▼ 0.3% worse".
func (s scope) trendNow() string {
	text := fmt.Sprintf(`label_join(%s * on (job, kpi) group_left (__change) %s, %q, " · ", "__target", "__change")`,
		s.targetInWords(), s.changeInWords(), trendLabel)
	return fmt.Sprintf("max by (%[1]s) (%[2]s * on (job, kpi) group_left (%[1]s) %[3]s)", trendLabel, s.orNone(s.most(series.Value)), text)
}

// targetInWords has the target of each KPI's most urgent label set in the label __target.
func (s scope) targetInWords() string {
	of := fmt.Sprintf("max by (job, kpi, target_text) (%s and ignoring (sample_title, target_text, reason) %s)", s.samples(), s.urgent(""))
	some := fmt.Sprintf(`label_replace(%s, "__target", "Target $1", "target_text", "(.+)")`, labelled(of, "__target", "No target"))
	return fmt.Sprintf("max by (job, kpi, __target) (%s or on (job, kpi) %s)", some, labelled(s.perKPI(series.Info), "__target", "No target"))
}

// changeInWords has the change of each KPI's most urgent label set against a week ago in the label __change: "▼ 0.3% worse". What has come
// in of a running period is not compared.
func (s scope) changeInWords() string {
	before := s.mostWeekAgo(series.Value)
	// In tenths of a percent.
	expr := fmt.Sprintf(`count_values by (job, kpi) ("__tenths", round(1000 * %s)) * on (job, kpi) group_left (__direction) %s`,
		change(s.most(series.Value), before), s.directions())
	for _, n := range [...]struct{ pattern, text string }{{"-?([0-9])", "0.$1%"}, {"-?([0-9]+)([0-9])", "$1.$2%"}, {"-?([0-9]+)0", "$1%"}, {"-?0", ""}} {
		expr = fmt.Sprintf(`label_replace(%s, "__percent", %q, "__tenths", %q)`, expr, n.text, n.pattern)
	}
	expr = fmt.Sprintf(`label_join(%s, "__way", " ", "__direction", "__tenths")`, expr)
	for _, w := range changeWords {
		expr = fmt.Sprintf(`label_replace(label_replace(%s, "__mark", %q, "__way", %q), "__word", %q, "__way", %q)`, expr, w.mark, w.pattern, w.word, w.pattern)
	}
	expr = fmt.Sprintf(`label_join(%s, "__change", "\u00a0", "__mark", "__percent", "__word")`, expr) // In one line.
	expr = replaced(expr, "__change", "\u00a0+(.*)", "$1")
	running := fmt.Sprintf(`label_replace(%s, "__change", "this $1 so far", "period", "to_date:(.*)")`, s.raw(series.Info, `period=~"to_date:.*"`))
	return fmt.Sprintf("max by (job, kpi, __change) (%s or on (job, kpi) %s or on (job, kpi) %s or on (job, kpi) %s)", running, expr,
		labelled(before, "__change", "was 0"), labelled(s.perKPI(series.Info), "__change", "no history yet"))
}

// directions has in the label __direction of which KPIs more is better, and of those between two bounds which came nearer to them or
// went farther from them. What stayed between them did neither.
func (s scope) directions() string {
	between := s.perKPI(series.Info, `direction="range"`)
	moved := func(comparison string) string {
		return fmt.Sprintf("(%s and on (job, kpi) (%s %s %s))", between, s.most(series.Attainment), comparison, s.mostWeekAgo(series.Attainment))
	}
	return fmt.Sprintf(`(max by (job, kpi, __direction) (label_replace(%s, "__direction", "$1", "direction", "(.*)")) or on (job, kpi) %s or on (job, kpi) %s or on (job, kpi) %s)`,
		s.raw(series.Info, `direction!="range"`), labelled(moved("<"), "__direction", "farther"), labelled(moved(">"), "__direction", "nearer"), between)
}

// mostWeekAgo is what the label set that is the most urgent now had seven days ago.
func (s scope) mostWeekAgo(metric string) string {
	return fmt.Sprintf("max by (job, kpi) (%s and %s)", s.weekAgo(metric), s.urgent(""))
}

// changeWords say what a change is by its direction and its size, which has a sign.
var changeWords = [...]struct{ pattern, mark, word string }{
	{"(higher|nearer) [0-9].*", "▲", "better"},
	{"(lower|farther) [0-9].*", "▲", "worse"},
	{" [0-9].*", "▲", "more"},
	{"(higher|farther) -.*", "▼", "worse"},
	{"(lower|nearer) -.*", "▼", "better"},
	{" -.*", "▼", "less"},
	{".* -?0", "", "unchanged"},
}
