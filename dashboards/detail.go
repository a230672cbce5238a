package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// detail shows one KPI. Every value on it is in the KPI's unit.
func detail() dashboard {
	s := scope(`kpi="$kpi"`)
	var g grid
	g.add(24, 4, about(s))
	g.add(15, 7, parts(s))
	g.add(3, 7, duration("In this status for", "Looked back over the dashboard's time range, hour by hour.", "< 1 hour",
		unlabelled(fmt.Sprintf("%s or %s or %s or %s", s.inState(2), s.inState(1), s.inState(0), s.inNoState()))))
	g.add(3, 7, attainmentNow(s))
	g.add(3, 7, duration("Age", "Time since the last successful evaluation.", "Never", unlabelled(s.age())))
	g.add(24, 11, valueAndBounds(s))
	g.add(24, 7, labelSets(s))
	g.add(12, 8, attainmentGraph(s))
	g.add(12, 8, historyOfOne(s))
	g.add(12, 11, definition(s))
	g.add(6, 11, measuredPeriod(s))
	g.add(6, 11, graph("Sample size", "How many observations the value rests on, where the KPI has a sample size.", field{Unit: "count:", Min: new(0.0), NoValue: "No sample size history in this time range"},
		over(query{ref: "size", legend: "{{sample_title}}", expr: s.named(s.series(series.SampleSize), "Sample size")})...))

	d := g.build(detailUID, "KPI detail", "One KPI: its value against its bounds, its parts, its history and its definition.",
		titled("kpi", "KPI", "max by (kpi, title) (kpi_info)", "The KPI that is shown.", caseless))
	d.Links = append([]link{boardLink("Overview", overviewUID), boardLink("Exporter", exporterUID)}, d.Links...)
	d.Annotations.List = []annotation{alertAnnotation(s), planAnnotation(s), decisionAnnotation(s)}
	return d
}

// duration is a length of time in one word: "3 weeks".
func duration(title, description, otherwise, expr string) *panel {
	return plainNumber(stat(title, description, field{Unit: "dtdurations", Decimals: new(0), Color: fixed(plain), NoValue: otherwise},
		now(query{ref: "seconds", legend: title, expr: expr})...))
}

// attainmentNow is the attainment of the label set that is the furthest from its target.
func attainmentNow(s scope) *panel {
	return plainNumber(stat("Attainment",
		"How much of the target is reached, whichever way the KPI points: 100 % is at the target, more is better. Rounded down; of label sets, the most urgent one.",
		field{Unit: "percentunit", Decimals: new(0), Color: fixed(plain), NoValue: "–"},
		now(query{ref: "attainment", legend: "Attainment", expr: floored(s.most(series.Attainment))})...))
}

// plainNumber writes a number in the size of those beside it.
func plainNumber(p *panel) *panel {
	o := p.Options.(statOptions)
	o.Text = &textSizes{ValueSize: 22}
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
	p := stat("Measured period", "The period that the value covers, how much of it had passed, and how far the data reaches that the KPI waits for, if it waits for any. For a level at an instant, both ends are that instant.",
		field{Unit: "dateTimeAsIso", Color: fixed(plain), NoValue: "No value"}, now(
			query{ref: "start", legend: "From", expr: "max(" + s.raw(series.PeriodStart) + ") * 1000"},
			query{ref: "end", legend: "To", expr: "max(" + s.raw(series.PeriodEnd) + ") * 1000"},
			query{ref: "until", legend: "Data until", expr: "min(" + s.raw(series.DataUntil) + ") * 1000"},
			query{ref: "elapsed", legend: "Elapsed", expr: "max(" + s.raw(series.PeriodElapsed) + ")"},
		)...)
	o := p.Options.(statOptions)
	o.Orientation, o.TextMode, o.WideLayout, o.Text = "horizontal", "value_and_name", false, &textSizes{TitleSize: 13, ValueSize: 20}
	p.Options = o
	return p.override("Elapsed", set("unit", "percentunit"), set("decimals", 0))
}
