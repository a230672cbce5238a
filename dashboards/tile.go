package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// A tile shows one KPI: above, its value in large type, called by its status; below, its target, its change and its line over time.
// The two halves are two fields of a stat, each as high as the other.

// trendLabel names the lower half of a tile; it begins with the target, which tells the two halves apart.
const trendLabel = "__trend"

// tile shows the KPI of that name, in the colour of its status.
func tile(s scope, kpi, title, description string) *panel {
	p := stat(title, description, field{Color: fixed(gray), NoValue: "No value"}, append(now(
		query{ref: "value", legend: "{{__status}}", expr: s.valueWithStatus()},
		query{ref: "trend_now", legend: "{{" + trendLabel + "}}", expr: s.trendNow()},
	), over(query{ref: "trend", legend: "trend", expr: s.trend()})...)...)
	p.Options = statOptions{
		ReduceOptions: lastValue(), Orientation: "horizontal", ColorMode: "background_solid", GraphMode: "area",
		TextMode: "value_and_name", JustifyMode: "auto", WideLayout: false, Text: &textSizes{TitleSize: 14, ValueSize: 32},
	}
	p.FieldConfig.Defaults.Links = []dataLink{detailLink(kpi)}
	p.FieldConfig.Defaults.Mappings = []mapping{missing("No value")}
	p.appearing(s, fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "color"})
	// What was until now, and what is now, are one line.
	p.Transformations = append(p.Transformations, transformation{
		ID: "merge", Filter: &matcher{ID: "byRefId", Options: "/^trend/"}, Options: struct{}{},
	})
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

// valueWithStatus is the value of each KPI's most urgent label set with the status of the KPI in a label; not a number where there is
// no value.
func (s scope) valueWithStatus() string {
	status := worded(s.rank(), "__status", verdict.marked)
	return fmt.Sprintf("max by (__status) (%s * on (job, kpi) group_left (__status) %s) or max by (__status) (%s * NaN)",
		s.most(series.Value), status, status)
}

// trend is the value of the label set over time.
func (s scope) trend() string {
	return fmt.Sprintf("max by () (%s and %s)", s.series(series.Value), s.urgent(" @ end()"))
}

// trendNow is the value now with target and change in words, "Target ≥ 37.5% · ▼ worse by 0.3% in 7 days".
func (s scope) trendNow() string {
	text := fmt.Sprintf(`label_join(%s * on (job, kpi) group_left (__change) %s, %q, " · ", "__target", "__change")`,
		s.targetInWords(), s.changeInWords(), trendLabel)
	return fmt.Sprintf("max by (%[1]s) (%[2]s * on (job, kpi) group_left (%[1]s) %[3]s) or max by (%[1]s) (%[3]s * NaN)",
		trendLabel, s.most(series.Value), text)
}

// targetInWords has the target of each KPI's most urgent label set in the label __target.
func (s scope) targetInWords() string {
	of := fmt.Sprintf("max by (job, kpi, target_text) (%s and ignoring (sample_title, target_text, reason) %s)", s.samples(), s.urgent(""))
	some := fmt.Sprintf(`label_replace(label_replace(%s, "__target", "No target", "", ""), "__target", "Target $1", "target_text", "(.+)")`, of)
	return fmt.Sprintf("max by (job, kpi, __target) (%s or %s)", some, labelled(s.perKPI(series.Info)+" unless on (job, kpi) "+of, "__target", "No target"))
}

// changeInWords has the change of each KPI's most urgent label set against a week ago in the label __change: "▼ worse by 0.3% in 7 days".
func (s scope) changeInWords() string {
	by := change(s.most(series.Value), s.mostWeekAgo(series.Value))
	// Up is 3 and down is -3; better is 1 more than up and 1 more than down, worse is 1 less.
	words := fmt.Sprintf(`count_values by (job, kpi) ("__change", 3 * sgn(round(1000 * %s)) + sgn(round(1000 * %s)) * %s)`, by, by, s.better(by))
	for _, w := range changeWords {
		words = replaced(words, "__change", w.code, w.text)
	}
	percent := fmt.Sprintf(`count_values by (job, kpi) ("__percent", round(1000 * abs(%s)) / 10)`, by)
	text := fmt.Sprintf(`label_join(%s * on (job, kpi) group_left (__percent) %s, "__change", "", "__change", "__percent")`, words, percent)
	text = replaced(text, "__change", "(.+ by .+)", "$1% in 7 days")
	text = replaced(text, "__change", "unchanged.*", "unchanged in 7 days")
	before, info := s.mostWeekAgo(series.Value), s.perKPI(series.Info)
	return fmt.Sprintf("(max by (job, kpi, __change) (%s) or on (job, kpi) %s or on (job, kpi) %s or on (job, kpi) %s)", text,
		labelled(fmt.Sprintf("%s == 0 and %s == 0", before, s.most(series.Value)), "__change", "unchanged in 7 days"),
		labelled(before+" == 0", "__change", "0 seven days ago"),
		labelled(info, "__change", noHistoryYet))
}

// better is 1 for KPIs of which more is better, -1 for those of which less is, and 0 without a direction. In between two bounds it
// depends on whether the value came nearer to them.
func (s scope) better(by string) string {
	nearer := fmt.Sprintf("sgn(%s - %s) * sgn(%s)", s.most(series.Attainment), s.mostWeekAgo(series.Attainment), by)
	return fmt.Sprintf("(%s or -1 * %s or (%s and on (job, kpi) %s) or 0 * %s)",
		s.perKPI(series.Info, `direction="higher"`), s.perKPI(series.Info, `direction="lower"`),
		nearer, s.perKPI(series.Info, `direction="range"`), s.perKPI(series.Info))
}

// mostWeekAgo is what the label set that is the most urgent now had seven days ago.
func (s scope) mostWeekAgo(metric string) string {
	return fmt.Sprintf("max by (job, kpi) (%s and %s)", s.weekAgo(metric), s.urgent(""))
}

// noHistoryYet stands in place of a change.
const noHistoryYet = "no history yet"

// changeWords say what a change is by its code.
var changeWords = [...]struct{ code, text string }{
	{"4", "▲ better by "},
	{"3", "▲ up by "},
	{"2", "▲ worse by "},
	{"0", "unchanged"},
	{"-2", "▼ better by "},
	{"-3", "▼ down by "},
	{"-4", "▼ worse by "},
}
