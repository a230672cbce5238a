package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// mostParts is how many label sets have room beside each other; the table has all.
const mostParts = 6

// detail shows one KPI. Every value on it is in the KPI's unit.
func detail() dashboard {
	s := scope(`kpi="$kpi"`)
	var g grid
	g.add(6, 5, tile("Value", fmt.Sprintf("The latest value, of up to %d label sets the furthest from their targets. The colour is the worst status of the KPI.", mostParts), field{Color: fixed(gray)},
		now(query{ref: "value", expr: unlabelled(s.most(mostParts, series.Value))})...).inUnitAndStatus(s))
	g.add(4, 5, stat("Target", "The bound by which each of these values is judged now; the nearer of a lower and an upper one.", field{Color: fixed(plain), NoValue: "No target"},
		now(query{ref: "target", expr: unlabelled(s.most(mostParts, series.Target))})...).inUnit(s).named("Target"))
	g.add(5, 5, attainmentGauge(s))
	g.add(3, 5, tile("Status", "The worst status of the KPI's label sets.",
		field{Unit: "none", Color: fixed(gray), Mappings: []mapping{rankMapping()}},
		now(query{ref: "status", legend: "Status", expr: unlabelled(s.rank())})...))
	g.add(3, 5, stat("In this status for", "Looked back over the dashboard's time range, hour by hour. Empty while the status is unknown.",
		field{Unit: "s", Decimals: new(0), Color: fixed(plain), NoValue: "–"},
		now(query{
			ref: "since", legend: "In this status for",
			expr: unlabelled(fmt.Sprintf("%s or %s or %s", s.inState(2), s.inState(1), s.inState(0))),
		})...))
	g.add(3, 5, stat("Age", "Time since the last successful evaluation.", field{Unit: "s", Decimals: new(0), Color: fixed(plain), NoValue: "Never"},
		now(query{ref: "age", legend: "Age", expr: unlabelled(s.age())})...))

	g.add(24, 11, valueAndBounds(s, field{}, "Value against its bounds",
		"Each label set in a shade of blue, and what the values should be: the target dashed, the critical line dotted, the stretch target in purple. "+
			"Bounds that differ between label sets are drawn twice, the highest and the lowest. Where the KPI has them: the forecast for the whole period, and the value of an earlier one.",
		"").inUnit(s).named("Value"))
	g.add(24, 8, labelSets(s))
	g.add(12, 8, attainmentGraph(s))
	g.add(12, 8, timeline("Status history", "The status of each label set over time; a gap is unknown.",
		over(query{ref: "status", expr: unlabelled(s.series(series.Status))})...).named("Status"))
	g.add(12, 11, definition(s))
	g.add(6, 11, measuredPeriod(s))
	g.add(6, 11, graph("Sample size", "How many observations the value rests on, where the KPI says so.", field{Unit: "short", Min: new(0.0), NoValue: "This KPI has no sample size"},
		over(query{ref: "size", expr: unlabelled(s.series(series.SampleSize))})...).named("Sample size"))

	return g.build(detailUID, "KPI detail", "One KPI: its value against its bounds, its parts, its history and its definition.",
		titled("kpi", "KPI", "max by (kpi, title) (kpi_info)", "The KPI that is shown.", caseless))
}

// inUnit takes the unit of all numbers from the definition of the KPI; their colour stays as it is.
func (p *panel) inUnit(s scope) *panel {
	return p.appearing(s, fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "__ignore"})
}

// inUnitAndStatus takes the unit of all numbers from the definition of the KPI, and their colour from its status.
func (p *panel) inUnitAndStatus(s scope) *panel {
	return p.appearing(s, fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "color"})
}

func (p *panel) appearing(s scope, settings ...fieldMapping) *panel {
	p.Targets = append(p.Targets, rows(query{ref: "config", expr: s.appearance()})...)
	return p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byType", Options: "number"}, Mappings: settings,
	})
}

// named gives a series without labels of its own a name in place of "Value".
func (p *panel) named(name string) *panel { return p.override("Value", set("displayName", name)) }

// attainmentGauge shows how near each label set is to its target.
func attainmentGauge(s scope) *panel {
	return &panel{
		Type: "gauge", Title: "Attainment",
		Description: "How much of the target is reached, whichever way the KPI points: 100 % is exactly at the target, more is better. The gauge ends at 0 and at 200 %.",
		Targets:     now(query{ref: "attainment", expr: unlabelled("clamp(" + s.most(mostParts, series.Attainment) + ", 0, 2)")}),
		Options:     gaugeOptions{ReduceOptions: lastValue(), Orientation: "auto"},
		FieldConfig: fieldConfig{Defaults: field{
			Unit: "percentunit", Decimals: new(0), Min: new(0.0), Max: new(2.0), Color: fixed(blue), NoValue: "No target",
		}},
	}
}

func attainmentGraph(s scope) *panel {
	return graph("Attainment over time", "100 % is exactly at the target, more is better. The graph ends at 0 and at 200 %.",
		field{Unit: "percentunit", Min: new(0.0), Max: new(2.0), NoValue: "No target"},
		over(query{ref: "attainment", expr: unlabelled("clamp(" + s.series(series.Attainment) + ", 0, 2)")})...).named("Attainment")
}

// valueAndBounds draws each label set and every line that it is judged by. Label sets may have different bounds: where
// they do, the highest and the lowest of a kind are drawn. The lines are one query each, so that they have no labels and
// Grafana names the values by theirs alone.
func valueAndBounds(s scope, defaults field, title, description, legend string) *panel {
	queries := []query{{ref: "value", legend: legend, expr: unlabelled(s.series(series.Value))}}
	for _, tier := range []string{"target", "critical", "stretch"} {
		for _, side := range []struct{ label, name string }{{"lower", "at least"}, {"upper", "at most"}} {
			bound := s.raw(series.Bound, fmt.Sprintf("tier=%q, side=%q", tier, side.label))
			ref, name := tier+"_"+side.label, tier+": "+side.name
			queries = append(queries,
				query{ref: ref, legend: name, expr: "max(" + bound + ")"},
				query{ref: ref + "_lowest", legend: name + " (lowest)", expr: fmt.Sprintf("min(%s) < max(%s)", bound, bound)})
		}
	}
	queries = append(queries,
		query{ref: "forecast", legend: "forecast", expr: "max(" + s.raw(series.Forecast) + ")"},
		query{ref: "previous", legend: "{{compared_with}}", expr: "max by (compared_with) (" + s.raw(series.PreviousValue) + ")"})
	p := graph(title, description, defaults, over(queries...)...)
	line := func(pattern, c string, dashes ...int) {
		style := lineStyle{Fill: "dash", Dash: dashes}
		p.override(pattern, set("color", fixed(c)), set("custom.lineStyle", style), set("custom.lineWidth", 1), set("custom.showPoints", "never"))
	}
	line("/^target: /", plain, 12, 6)
	line("/^critical: /", plain, 2, 5)
	line("/^stretch: /", "purple", 6, 6)
	line("forecast", "purple", 2, 6)
	return p.overrideQuery("previous", set("color", fixed(gray)), set("custom.lineWidth", 1))
}

type lineStyle struct {
	Fill string `json:"fill"`
	Dash []int  `json:"dash"`
}

// labelSets is a table with a row per label set.
func labelSets(s scope) *panel {
	value, before := s.series(series.Value), s.before()
	p := table("Parts and change",
		"Each label set of the KPI, worst first. Before is the value of the period before the one measured now; for a KPI without calendar periods, the value 7 days ago. The change is relative, and so is that of a ratio.",
		rows(
			query{ref: "status", expr: unlabelled(s.rankOfSeries())},
			query{ref: "value", expr: unlabelled(value)},
			query{ref: "target", expr: unlabelled(s.series(series.Target))},
			query{ref: "attainment", expr: unlabelled("clamp(" + s.series(series.Attainment) + ", 0, 2)")},
			query{ref: "before", expr: unlabelled(before)},
			query{ref: "change", expr: unlabelled(change(value, before))},
			query{ref: "share", expr: unlabelled("avg_over_time((" + s.series(series.Status) + " == bool 0)[28d:1h])")},
			query{ref: "size", expr: unlabelled(s.series(series.SampleSize))},
			query{ref: "pace", expr: unlabelled(s.series(series.Pace))},
			query{ref: "owner", expr: unlabelled(s.with("owner, runbook", s.rankOfSeries()))},
			query{ref: "config", expr: s.appearance()},
		)...)
	p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byRegexp", Options: "/^Value #(value|target|before)$/"},
		Mappings: []fieldMapping{{"grafana_unit", "unit"}, {"color", "__ignore"}},
	})
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "Value #owner": true},
		IndexByName:   map[string]int{},
		RenameByName: map[string]string{
			"Value #status": "Status", "Value #value": "Value", "Value #target": "Target", "Value #attainment": "Attainment",
			"Value #before": "Before", "Value #change": "Change", "Value #share": "On target, 28 d", "Value #size": "Sample size",
			"Value #pace": "Pace", "owner": "Owner", "runbook": "Runbook",
		},
	})
	p.transform("sortBy", sorted("Status", true))
	// The unit comes from the data; a default would hide that.
	p.FieldConfig.Defaults.Unit = ""
	p.override("Status", width(105), set("unit", "none"), set("mappings", []mapping{rankMapping()}), set("custom.cellOptions", cell{Type: "color-text"}))
	p.override("Attainment", width(150), set("unit", "percentunit"), set("decimals", 0), set("min", 0), set("max", 2),
		set("color", fixed(blue)), set("custom.cellOptions", cell{Type: "gauge", Mode: "basic", ValueDisplayMode: "text"}))
	p.override("Change", set("unit", "percentunit"), set("decimals", 1))
	p.override("/^(On target, 28 d|Pace)$/", set("unit", "percentunit"), set("decimals", 0))
	p.override("Sample size", set("unit", "short"))
	p.override("Runbook", runbookLink()...)
	return p
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

// definition is what the file says about the KPI, one fact per line.
func definition(s scope) *panel {
	p := table("Definition", "What the KPI file says about the KPI.",
		now(query{ref: "info", expr: "max without (instance, pod, job, grafana_unit, dashboard) (topk(1, " + s.raw(series.Info) + "))"})...)
	p.transform("labelsToFields", labelsToFields{Mode: "rows"})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{}, IndexByName: map[string]int{"label": 0, "value": 1},
		RenameByName: map[string]string{"label": "Fact", "value": "What the file says"},
	})
	p.override("Fact", width(110), set("mappings", []mapping{{Type: "value", Options: map[string]mappedText{
		"kpi": {Text: "name"},
	}}}))
	p.override("What the file says", set("custom.cellOptions", cell{Type: "auto", WrapText: true}))
	return p
}

type labelsToFields struct {
	Mode string `json:"mode"`
}

// measuredPeriod shows what the value covers.
func measuredPeriod(s scope) *panel {
	p := stat("Measured period", "The period that the value covers, how much of it had passed, and how far the data reaches that the KPI waits for, if it waits for any. For a level at an instant, both ends are that instant.",
		field{Unit: "dateTimeAsIso", Color: fixed(plain)}, now(
			query{ref: "start", legend: "From", expr: "max(" + s.raw(series.PeriodStart) + ") * 1000"},
			query{ref: "end", legend: "To", expr: "max(" + s.raw(series.PeriodEnd) + ") * 1000"},
			query{ref: "until", legend: "Data until", expr: "min(" + s.raw(series.DataUntil) + ") * 1000"},
			query{ref: "elapsed", legend: "Elapsed", expr: "max(" + s.raw(series.PeriodElapsed) + ")"},
		)...)
	o := p.Options.(statOptions)
	o.Orientation, o.TextMode = "horizontal", "value_and_name"
	p.Options = o
	return p.override("Elapsed", set("unit", "percentunit"), set("decimals", 0))
}
