package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// detail shows one KPI. Every value on it is in the KPI's unit.
func detail() dashboard {
	s := scope(`kpi="$kpi"`)
	var g grid
	g.add(24, 5, about(s))
	g.add(15, 7, headline(s))
	g.add(9, 7, standing(s))
	g.add(24, 10, labelSets(s))
	g.add(24, 11, valueAndBounds(s))
	g.add(12, 8, attainmentGraph(s))
	g.add(12, 8, historyOfOne(s))
	g.add(12, 13, definition(s))
	g.add(12, 5, measuredPeriod(s))
	g.under(8, graph("Sample size", "How many observations the value rests on, where the KPI has a sample size.", field{Unit: "count:", Min: new(0.0), NoValue: "No sample size history in this time range"},
		over(query{ref: "size", legend: "{{sample_title}}", expr: s.named(s.series(series.SampleSize), "Sample size")})...))

	d := g.build(detailUID, "KPI detail", "One KPI: its value against its bounds, its parts, its history and its definition.",
		titled("kpi", "KPI", "max by (kpi, title) (kpi_info)", "The KPI that is shown.", caseless))
	d.Links = append([]link{boardLink("Overview", overviewUID), boardLink("Exporter", exporterUID)}, d.Links...)
	d.Annotations.List = []annotation{alertAnnotation(s), planAnnotation(s), decisionAnnotation(s)}
	return d
}

// headline is the tile of the KPI.
func headline(s scope) *panel {
	p := tile(s, "", "Value", "Above, the value in the colour of its status; below, the target, the change within a week and the value over the dashboard's time range. "+
		"For a KPI with labels, this is the part furthest from its target.", textSizes{TitleSize: 14, ValueSize: 40})
	p.FieldConfig.Defaults.Links = nil // It would lead here.
	return p
}

// standing says how the KPI stands in plain numbers, of label sets by the most urgent one.
func standing(s scope) *panel {
	state := unlabelled(fmt.Sprintf("%s or %s or %s or %s", s.inState(2), s.inState(1), s.inState(0), s.inNoState()))
	p := listed(stat("How it stands",
		"Since when the KPI has its status, and for how much of the last 28 days it was on target, looked back hour by hour. "+
			"Attainment is how much of the target is reached, whichever way the KPI points: 100 % is at the target, more is better. It is rounded down. "+
			"Of label sets, these are of the most urgent one. The age is the time since the last successful evaluation.",
		field{Unit: "percentunit", Decimals: new(0), Color: fixed(plain), NoValue: "No value"}, now(
			query{ref: "attainment", legend: "Attainment", expr: floored(s.most(series.Attainment))},
			query{ref: "state", legend: "In this status for", expr: state + " or on () vector(0)"},
			query{ref: "share", legend: "On target, 28 days", expr: floored(fmt.Sprintf("avg_over_time((%s == bool 0)[28d:1h])", s.perKPI(series.Status)))},
			query{ref: "age", legend: "Age of the value", expr: unlabelled(s.age()) + " or on () vector(-1)"},
		)...))
	p.overrideQuery("state", set("unit", "dtdurations"), set("mappings", []mapping{{Type: "range", Options: rangeMapping{From: 0, To: 3599, Result: mappedText{Text: "< 1 hour"}}}}))
	return p.overrideQuery("age", set("unit", "dtdurations"), set("mappings", []mapping{{Type: "value", Options: map[string]mappedText{"-1": {Text: "Never"}}}}))
}

// listed writes the numbers of a stat below each other, each with its name before it.
func listed(p *panel) *panel {
	o := p.Options.(statOptions)
	o.Orientation, o.TextMode, o.WideLayout, o.Text = "horizontal", "value_and_name", true, &textSizes{TitleSize: 14, ValueSize: 20}
	p.Options = o
	return p
}

func attainmentGraph(s scope) *panel {
	p := graph("Attainment over time", "100 % is at the target, more is better. The graph ends at 0 and at 200 %; the line marks 100 %.",
		field{Unit: "percentunit", Min: new(0.0), Max: new(2.0), NoValue: "No attainment history in this time range"},
		over(query{ref: "attainment", legend: "{{sample_title}}", expr: s.named("clamp("+s.series(series.Attainment)+", 0, 2)", "Attainment")})...)
	p.FieldConfig.Defaults.Thresholds = &thresholds{Mode: "absolute", Steps: []step{{nil, "transparent"}, {new(1.0), lineGray}}}
	p.FieldConfig.Defaults.Custom["thresholdsStyle"] = thresholdsStyle{Mode: "dashed"}
	return p
}

type thresholdsStyle struct {
	Mode string `json:"mode"`
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
	p.override("Fact", width(130), set("mappings", []mapping{{Type: "value", Options: map[string]mappedText{
		"kpi": {Text: "name"}, "objective_title": {Text: "objective’s title", Index: 1},
	}}}))
	return p.override("What the file says", wrapped()...)
}

type labelsToFields struct {
	Mode string `json:"mode"`
}

// measuredPeriod shows what the value covers.
func measuredPeriod(s scope) *panel {
	p := listed(stat("Measured period", "The period that the value covers, how much of it had passed, and how far the data reaches that the KPI waits for, if it waits for any. For a level at an instant, both ends are that instant.",
		field{Unit: "dateTimeAsIso", Color: fixed(plain), NoValue: "No value"}, now(
			query{ref: "start", legend: "From", expr: "max(" + s.raw(series.PeriodStart) + ") * 1000"},
			query{ref: "end", legend: "To", expr: "max(" + s.raw(series.PeriodEnd) + ") * 1000"},
			query{ref: "until", legend: "Data until", expr: "min(" + s.raw(series.DataUntil) + ") * 1000"},
			query{ref: "elapsed", legend: "Elapsed", expr: "max(" + s.raw(series.PeriodElapsed) + ")"},
		)...))
	return p.override("Elapsed", set("unit", "percentunit"), set("decimals", 0))
}
