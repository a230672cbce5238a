package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// exporter shows the exporter itself: whether KPIs are evaluated, how long that takes, and what it costs to scrape them.
func exporter() dashboard {
	s := scope(`job=~"$job"`)
	number := field{Unit: "none", Color: fixed(plain)}
	alarming := field{Unit: "none", Color: &color{Mode: "thresholds"}, Thresholds: countSteps(red)}
	var g grid
	g.add(4, 4, stat("Exporters up", "Exporters that answered the last scrape.", number,
		now(query{ref: "up", legend: "Exporters up", expr: "sum(up and on (job, instance) " + s.raw(series.BuildInfo) + ") or vector(0)"})...))
	g.add(4, 4, stat("KPIs", "KPIs that the exporter knows from its file.", number,
		now(query{ref: "kpis", legend: "KPIs", expr: count(s.perKPI(series.Info))})...))
	g.add(4, 4, coloured("Failing", "KPIs whose last evaluation failed.", alarming,
		now(query{ref: "failing", legend: "Failing", expr: count(s.perKPI(series.Up) + " == 0")})...))
	g.add(4, 4, coloured("Stale", "KPIs whose last success is too long ago: their values are withdrawn.", alarming,
		now(query{ref: "stale", legend: "Stale", expr: count(s.age() + " > " + s.perKPI(series.StaleAfter))})...))
	g.add(4, 4, coloured("Databases down", "Databases that could not be reached at the last try.", alarming,
		now(query{ref: "down", legend: "Databases down", expr: count("max by (job, database) (" + s.raw(series.DatabaseUp) + ") == 0")})...))
	g.add(4, 4, reload(s))

	g.add(12, 8, graph("Evaluations per hour", "Evaluations of all KPIs, failed ones included.", field{Unit: "short", Min: new(0.0)},
		over(query{ref: "evaluations", legend: "evaluations", expr: "sum(increase(" + s.raw(series.Evaluations) + "[1h])) or vector(0)"})...))
	g.add(12, 8, graph("Failures per hour, by reason", "connect and timeout point at the database, query and write at the SQL, the others at what it returns.",
		field{Unit: "short", Min: new(0.0)},
		over(query{ref: "failures", legend: "{{reason}}", expr: "sum by (reason) (increase(" + s.raw(series.EvaluationFailures) + "[1h])) or on () " + labelled("vector(0)", "reason", "none")})...))
	g.add(12, 9, graph("Slowest evaluations", "What the last evaluation of each KPI took, waiting for a connection not counted. It shows the 10 longest.",
		field{Unit: "s", Min: new(0.0)},
		over(query{ref: "duration", legend: "{{title}}", expr: s.with("title", "topk(10, "+s.perKPI(series.EvaluationDuration)+")")})...))
	g.add(12, 9, freshness(s))
	g.add(8, 8, graph("Busy connections", "Share of the last five minutes in which all connections to a database were in use. Near 100 % KPIs wait for each other.",
		field{Unit: "percentunit", Min: new(0.0), Max: new(1.0)},
		over(query{ref: "busy", legend: "{{database}}", expr: "max by (database) (" + s.raw(series.DatabaseBusy) + ")"})...))
	g.add(8, 8, graph("Waiting queries", "Queries that wait for a connection.", field{Unit: "short", Min: new(0.0)},
		over(query{ref: "waiting", legend: "waiting", expr: "sum(" + s.raw(series.EvaluationQueue) + ")"})...))
	g.add(8, 8, databases(s))
	g.add(8, 8, graph("Scrape duration", "How long Prometheus waits for the metrics. A scrape runs no SQL.", field{Unit: "s", Min: new(0.0)},
		over(query{ref: "scrape", legend: "{{instance}}", expr: ofExporters(s, "scrape_duration_seconds")})...))
	g.add(8, 8, graph("Samples per scrape", "How many samples each scrape brings: what the KPIs cost in Prometheus.", field{Unit: "short", Min: new(0.0)},
		over(query{ref: "samples", legend: "{{instance}}", expr: ofExporters(s, "scrape_samples_scraped")})...))
	g.add(8, 8, graph("Memory", "Resident memory of the exporter.", field{Unit: "bytes", Min: new(0.0)},
		over(query{ref: "memory", legend: "{{instance}}", expr: ofExporters(s, "process_resident_memory_bytes")})...))
	g.add(24, 10, evaluations(s))

	d := g.build(exporterUID, "KPI exporter", "The exporter itself: evaluations, failures, durations, databases, freshness and cost.",
		filter("job", "Job", "label_values(kpi_exporter_build_info, job)", "The scrape job of the exporter.", ""))
	d.Time.From = "now-24h" // What an exporter does is not kept, nor backfilled, for as long as what it measures.
	d.Links = append([]link{boardLink("Overview", overviewUID)}, d.Links...)
	return d
}

// ofExporters is what Prometheus knows of the targets that are KPI exporters, whatever their job is called.
func ofExporters(s scope, metric string) string {
	return fmt.Sprintf("max by (instance) (%s and on (job, instance) %s)", s.raw(metric), s.raw(series.BuildInfo))
}

func reload(s scope) *panel {
	return coloured("Configuration", "Whether the last reload of the KPI file succeeded. After a failure, the exporter keeps using the previous file.",
		field{
			Unit: "none", Color: &color{Mode: "thresholds"}, Thresholds: &thresholds{Mode: "absolute", Steps: []step{{nil, red}, {new(1.0), green}}},
			Mappings: []mapping{{Type: "value", Options: map[string]mappedText{
				"0": {Text: "Reload failed", Color: red}, "1": {Text: "Loaded", Color: green, Index: 1},
			}}},
		},
		now(query{ref: "reload", legend: "Configuration", expr: "min(" + s.raw(series.ReloadSuccessful) + ")"})...)
}

// freshness shows which KPIs come near to being withdrawn.
func freshness(s scope) *panel {
	expr := s.with("title", fmt.Sprintf("topk(12, clamp_max((%s) / %s, 1))", s.age(), s.perKPI(series.StaleAfter)))
	p := bars("Least fresh", "Time since the last success as a share of the time after which the value is withdrawn. Up to a third is normal. It shows the 12 highest.",
		field{Unit: "percentunit", Decimals: new(0), Min: new(0.0), Max: new(1.0), Color: fixed(blue)}, rows(query{ref: "age", expr: expr})...)
	p.transform("sortBy", sorted("Value", true))
	return p.transform("rowsToFields", rowsToFields{Mappings: []fieldMapping{
		{"title", "field.name"}, {"Value", "field.value"}, {"Time", "__ignore"}, {"job", "__ignore"}, {"kpi", "__ignore"},
	}})
}

func databases(s scope) *panel {
	up := "min by (database) (" + s.raw(series.DatabaseUp) + ")"
	return timeline("Databases", "Whether each database could be reached at the last try.",
		mapping{Type: "value", Options: map[string]mappedText{
			"-1": {Text: noHistory, Color: gray}, "0": {Text: "Down", Color: red, Index: 1}, "1": {Text: "Up", Color: green, Index: 2},
		}},
		over(query{ref: "up", legend: "{{database}}", expr: orNone(up, "database", s.raw(series.DatabaseUp))})...)
}

// evaluations is a table with a row per KPI.
func evaluations(s scope) *panel {
	p := table("Evaluations", "Every KPI, failing ones first: the last evaluation, the time since the last success, and the failures of a day.",
		rows(
			query{ref: "up", expr: s.with("title", s.perKPI(series.Up))},
			query{ref: "age", expr: s.age()},
			query{ref: "interval", expr: s.perKPI(series.Interval) + " + 0"},
			query{ref: "stale", expr: s.perKPI(series.StaleAfter) + " + 0"},
			query{ref: "duration", expr: s.perKPI(series.EvaluationDuration) + " + 0"},
			query{ref: "failures", expr: fmt.Sprintf("sum by (job, kpi) (increase(%s[1d])) or %s * 0", s.raw(series.EvaluationFailures), s.perKPI(series.Info))},
			query{ref: "series", expr: "count by (job, kpi) (" + s.series(series.Value) + ")"},
		)...)
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "job": true},
		IndexByName:   map[string]int{"title": 0},
		RenameByName: map[string]string{
			"title": "KPI", "kpi": "Name", "Value #up": "Last evaluation", "Value #age": "Age", "Value #interval": "Every",
			"Value #stale": "Stale after", "Value #duration": "Took", "Value #failures": "Failures, 1 d", "Value #series": "Series",
		},
	})
	p.transform("sortBy", sorted("Last evaluation", false))
	p.override("KPI", width(240), set("links", []dataLink{detailLink("${__data.fields.Name}")}))
	p.override("Name", width(210))
	p.override("Last evaluation", set("mappings", []mapping{{Type: "value", Options: map[string]mappedText{
		"0": {Text: "✕ failed", Color: red}, "1": {Text: "✓ succeeded", Color: green, Index: 1},
	}}}), width(130), set("custom.align", "left"), set("custom.cellOptions", cell{Type: "color-background", Mode: "basic"}))
	p.override("/^(Age|Every|Stale after)$/", set("unit", "dtdurations"), set("decimals", 0))
	p.override("Took", set("unit", "s"), set("decimals", 1))
	p.override("/^(Age|Every|Stale after|Took|Failures, 1 d|Series)$/", width(115))
	p.override("/^(Failures, 1 d|Series)$/", set("unit", "none"), set("decimals", 0))
	return p
}
