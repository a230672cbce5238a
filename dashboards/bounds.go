package dashboards

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// boundsHelp is what the lines beside a value are.
const boundsHelp = "What the value should be is drawn beside it: the target dashed, the critical line dotted, the stretch target in purple. " +
	"Bounds that differ between label sets are drawn twice, the highest and the lowest. Where the KPI has them: the forecast for the whole period, and the value of an earlier one."

// valueAndBounds draws each label set of the KPI and every line that it is judged by.
func valueAndBounds(s scope) *panel {
	return lined(graph("Value against its bounds", "Each label set in a shade of blue. "+boundsHelp, field{}, over(
		query{ref: "value", legend: "{{sample_title}}", expr: s.named(s.dividedOverTime(s.series(series.Value)), "Value")},
		query{ref: "lines", legend: "{{__line}}", expr: s.lines(s.dividedOverTime)},
	)...)).inGraphUnit(s)
}

// boardGraph is valueAndBounds for a KPI of which the labels and the unit are known, in one query.
func boardGraph(k *config.KPI) *panel {
	s := scope(`kpi="` + k.Name + `"`)
	scaled := asItIs
	if k.Unit.IsSeconds() {
		scaled = s.dividedOverTime
	}
	values := scaled(s.series(series.Value))
	value := labelled("max("+values+")", "__line", "Value")
	if names := k.LabelNames(); len(names) > 0 {
		value = "max by (__line) (" + joined(values, "__line", " / ", names) + ")"
	}
	unit := "count:" + k.Unit.Currency() // A word on each tick would take the place of the graph.
	if k.Unit.IsRatio() {
		unit = k.Unit.Grafana()
	}
	p := lined(graph(literal(k.Title)+" over time", boardDescription(k)+"\n\n"+boundsHelp, field{Unit: unit},
		over(query{ref: "lines", legend: "{{__line}}", expr: value + " or " + s.lines(scaled)})...))
	if k.Unit.IsSeconds() {
		p.FieldConfig.Defaults.Unit = ""
		return p.inGraphUnit(s)
	}
	return p
}

// asItIs leaves values in the unit in which they are exposed.
func asItIs(expr string) string { return expr }

// lines are the bounds of a KPI, its forecast and its earlier values as scaled makes them, with what they are in the label __line.
func (s scope) lines(scaled func(string) string) string {
	bound := scaled(s.raw(series.Bound))
	named := func(expr, suffix string) string {
		expr = fmt.Sprintf(`label_join(%s, "__line", ": ", "tier", "side")`, expr)
		expr = replaced(expr, "__line", "(.*): lower", "$1: at least"+suffix)
		return replaced(expr, "__line", "(.*): upper", "$1: at most"+suffix)
	}
	earlier := fmt.Sprintf(`label_replace(max by (compared_with) (%s), "__line", "$1", "compared_with", "(.*)")`, scaled(s.raw(series.PreviousValue)))
	earlier = replaced(replaced(earlier, "__line", "previous_period", "previous period"), "__line", "same_period_last_year", "same period last year")
	return strings.Join([]string{
		named("max by (tier, side) ("+bound+")", ""),
		named(fmt.Sprintf("(min by (tier, side) (%s) < max by (tier, side) (%s))", bound, bound), " (lowest of the parts)"),
		labelled("max("+scaled(s.raw(series.Forecast))+")", "__line", "forecast"),
		earlier,
	}, " or ")
}

// lined gives the lines beside a value their looks.
func lined(p *panel) *panel {
	line := func(pattern, c string, dashes ...int) {
		p.override(pattern, set("color", fixed(c)), set("custom.lineStyle", lineStyle{Fill: "dash", Dash: dashes}),
			set("custom.lineWidth", 1), set("custom.showPoints", "never"))
	}
	line("/^target: /", plain, 12, 6)
	line("/^critical: /", plain, 2, 5)
	line("/^stretch: /", "purple", 6, 6)
	line("forecast", "purple", 2, 6)
	return p.override("/^(previous period|same period last year)$/", set("color", fixed(lineGray)), set("custom.lineWidth", 1))
}

type lineStyle struct {
	Fill string `json:"fill"`
	Dash []int  `json:"dash"`
}
