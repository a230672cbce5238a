package dashboards

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

const (
	overviewUID = "kpi-overview"
	detailUID   = "kpi-detail"
	exporterUID = "kpi-exporter"

	// mostShown is how many KPIs the overview shows in pictures: what fits a laptop. Its table has all.
	mostShown = 18
)

// overview shows every KPI that the filters leave, the most urgent ones as cards. It opens on the KPIs of the company,
// or on all where a file has none of those.
func overview() dashboard {
	all, shown := scope(`kpi=~"$kpi"`), scope(`kpi=~"$shown"`)
	var g grid
	for _, v := range verdicts {
		g.add(4, 4, verdictCount(all, v))
	}
	g.add(4, 4, tile("Alerts firing",
		"Alerts about these KPIs, and about the exporter, that fire now. Needs the alert rules; 0 without them.",
		field{Color: &color{Mode: "thresholds"}, Thresholds: countSteps(red)},
		now(query{
			ref: "alerts", legend: "Alerts firing",
			expr: count(`ALERTS{alertname=~"KPI.+", alertstate="firing", kpi=~"$kpi|"}`),
		})...))

	p := card(shown, "${shown}", "${shown:text}", fmt.Sprintf(
		"What it is now, what it should be, and for how long it has had its status, looked back over the dashboard's time range. The colour is the status. "+
			"For a KPI with labels, this is the part furthest from its target. Shown are the %d most urgent KPIs.", mostShown), "").inUnitAndStatus(shown)
	p.Repeat, p.RepeatDirection, p.MaxPerRow = "shown", "h", 6
	g.add(24, 5, p)

	g.add(12, 8, countsBy(all, "objective", "Objective"))
	g.add(12, 8, countsBy(all, "owner", "Owner"))
	g.add(12, 12, attainmentBars(shown))
	g.add(12, 12, timeline("Status history",
		fmt.Sprintf("The worst status of each KPI over time; a gap is unknown. Shown are the %d most urgent KPIs.", mostShown),
		over(query{ref: "status", legend: "{{title}}", expr: shown.with("title", shown.perKPI(series.Status))})...))
	g.add(24, 14, everyKPI(all))

	return g.build(overviewUID, "KPI overview", "Every KPI against its target, the most urgent ones first.", overviewVariables(all)...)
}

func overviewVariables(all scope) []variable {
	selected := `kpi_info{owner=~"$owner", category=~"$category", objective=~"$objective", level=~"$level"}`
	// A KPI of no database is left out only when databases are picked.
	inDatabase := `kpi_database_info{database=~"$database"} or (kpi_info{database=~"$database"} unless on (job, kpi) kpi_database_info)`
	// The picked KPIs stand in it once: a data source that asks by GET would else have a very long address.
	every := scope(`kpi!=""`)
	urgency := fmt.Sprintf("10 * %s - on (job, kpi) clamp(min by (job, kpi) (%s), -4, 4) or 10 * %s", every.rank(), every.raw(series.Attainment), every.rank())
	shown := several(titled("shown", "Shown", fmt.Sprintf("topk(%d, sum by (kpi, title) (%s))", mostShown, all.with("title", urgency)),
		"The most urgent of the KPIs.", asFound))
	shown.Hide, shown.SkipURLSync = hidden, true
	return []variable{
		filter("level", "Level", "label_values(kpi_info, level)", "Who looks at a KPI: company, team, or only to explain others.", "company"),
		filter("owner", "Owner", "label_values(kpi_info, owner)", "Who answers for a KPI.", ""),
		filter("category", "Category", "label_values(kpi_info, category)", "What a KPI is about.", ""),
		filter("objective", "Objective", "label_values(kpi_info, objective)", "What a KPI serves.", ""),
		filter("database", "Database", "label_values(kpi_database_info, database)", "What a KPI is computed from.", ""),
		several(titled("kpi", "KPI", fmt.Sprintf("max by (kpi, title) (%s and on (job, kpi) (%s))", selected, inDatabase),
			"The KPIs that the other filters leave.", caseless)),
		shown,
	}
}

func verdictCount(s scope, v verdict) *panel {
	description := map[int]string{
		4: "KPIs that miss their target by more than is tolerated. One off target label set is enough.",
		3: "KPIs that miss their target by no more than is tolerated.",
		2: "KPIs with a target whose status is not known: no value, too small a sample, stale, or failed. Never red.",
		1: "KPIs that meet their target.",
		0: "KPIs that have no target; they are not unknown.",
	}[v.rank]
	return tile(v.name(), description, field{Color: &color{Mode: "thresholds"}, Thresholds: countSteps(v.color)},
		now(query{ref: "count", legend: v.name(), expr: count(fmt.Sprintf("%s == %d", s.rank(), v.rank))})...)
}

// card shows the KPI of that name: value, target, and status with the time in it, all in one colour. The value is called
// by the legend.
func card(s scope, kpi, title, description, legend string) *panel {
	p := tile(title, description, field{Color: fixed(gray)}, now(
		query{ref: "value", legend: legend, expr: unlabelled(s.most(1, series.Value))},
		query{ref: "target", legend: "Target", expr: unlabelled(s.most(1, series.Target))},
		query{ref: "on_target", legend: "On target for", expr: unlabelled(s.inState(0))},
		query{ref: "at_risk", legend: "At risk for", expr: unlabelled(s.inState(1))},
		query{ref: "off_target", legend: "Off target for", expr: unlabelled(s.inState(2))},
		query{ref: "otherwise", legend: "Status", expr: unlabelled(fmt.Sprintf("%s == 0 or %s == 2", s.rank(), s.rank()))},
	)...)
	o := p.Options.(statOptions)
	o.Orientation, o.TextMode, o.JustifyMode = "horizontal", "value_and_name", "auto"
	p.Options = o
	p.FieldConfig.Defaults.Links = []dataLink{detailLink(kpi)}
	p.override("/ for$/", set("unit", "s"), set("decimals", 0))
	return p.override("Status", set("unit", "none"), set("mappings", []mapping{rankMapping()}))
}

// appearance is one row with the labels grafana_unit and color.
func (s scope) appearance() string {
	colored := `count_values by (job, kpi) ("color", ` + s.rank() + ")"
	for _, v := range verdicts {
		colored = replaced(colored, "color", strconv.Itoa(v.rank), v.color)
	}
	return fmt.Sprintf("max by (grafana_unit, color) (%s)", s.with("grafana_unit", colored))
}

// unlabelled leaves only a KPI's own labels.
func unlabelled(expr string) string { return "max without (job, kpi) (" + expr + ")" }

// detailLink opens the KPI of that name on its own dashboard, with the same data source and times.
func detailLink(kpi string) dataLink {
	return dataLink{Title: "Show this KPI alone", URL: "/d/" + detailUID + "?var-kpi=" + kpi + "&${datasource:queryparam}&${__url_time_range}"}
}

// countsBy counts the KPIs of each value of a label of kpi_info by verdict.
func countsBy(s scope, label, title string) *panel {
	var queries []query
	names := map[string]string{label: title}
	order := map[string]int{label: 0}
	for i, v := range verdicts {
		// A product with 0 keeps what has none of this verdict.
		expr := fmt.Sprintf("sum by (%s) (%s)", label, s.with(label, fmt.Sprintf("%s == bool %d", s.rank(), v.rank)))
		ref := string(rune('A' + i))
		queries = append(queries, query{ref: ref, expr: fmt.Sprintf(`label_replace(%s, %q, "(none)", %q, "")`, expr, label, label)})
		names["Value #"+ref], order["Value #"+ref] = v.name(), i+1
	}
	p := table("Status by "+label, "How many KPIs of each "+label+" have which status. Zero is grey.", rows(queries...)...)
	p.FieldConfig.Defaults.Unit = "none"
	p.transform("merge", struct{}{})
	p.transform("organize", organize{ExcludeByName: map[string]bool{"Time": true}, IndexByName: order, RenameByName: names})
	p.transform("sortBy", sorted(verdicts[0].name(), true))
	for _, v := range verdicts {
		p.override(v.name(), width(95), set("custom.align", "right"), set("custom.cellOptions", cell{Type: "color-text"}),
			set("color", color{Mode: "thresholds"}), set("thresholds", countSteps(v.color)))
	}
	return p
}

// attainmentBars shows how near each label set is to its target.
func attainmentBars(s scope) *panel {
	attainment := s.series(series.Attainment)
	status := s.series(series.Status)
	parts := []string{labelled(labelled(fmt.Sprintf("%s unless %s", attainment, status), "__mark", "?"), "__color", gray)}
	for i, v := range []verdict{verdicts[3], verdicts[1], verdicts[0]} {
		parts = append(parts, labelled(labelled(fmt.Sprintf("%s and %s == %d", attainment, status, i), "__mark", v.mark), "__color", v.color))
	}
	expr := fmt.Sprintf("bottomk(%d, clamp(%s, 0, 2))", mostShown, strings.Join(parts, " or "))
	expr = fmt.Sprintf(`label_join(%s, "__name", " ", "__mark", "title")`, s.with("title", expr))
	p := bars("Attainment", fmt.Sprintf(
		"How much of the target is reached, whichever way the KPI points: 100 %% is exactly at the target, more is better. Bars end at 0 and at 200 %%. "+
			"✓ on target, ! at risk, ✕ off target, ? unknown. Shown are the %d lowest of the most urgent KPIs.", mostShown),
		field{Unit: "percentunit", Decimals: new(0), Min: new(0.0), Max: new(2.0)}, rows(query{ref: "attainment", expr: expr})...)
	p.transform("sortBy", sorted("Value", false))
	p.transform("rowsToFields", rowsToFields{Mappings: []fieldMapping{
		{"__name", "field.name"},
		{"Value", "field.value"},
		{"__color", "color"},
		{"Time", "__ignore"},
		{"job", "__ignore"},
		{"kpi", "__ignore"},
		{"title", "__ignore"},
		{"__mark", "__ignore"},
		// A KPI's own label of such a name would be taken for a setting.
		{"color", "field.label"},
		{"min", "field.label"},
		{"max", "field.label"},
		{"decimals", "field.label"},
	}})
	return p
}

// everyKPI is a table with a row for each label set of each KPI. Its columns come in the order of the queries: a column
// is where the first query has it, and those of the KPIs' own labels follow the title.
func everyKPI(s scope) *panel {
	value, status := s.series(series.Value), s.series(series.Status)
	owned := s.with("owner, runbook", s.age())
	p := table("All KPIs",
		"Every KPI and label set that the filters leave, worst first. The change is relative, and so is that of a ratio. Age is the time since the last successful evaluation. A title opens the KPI alone.",
		rows(
			query{ref: "status", expr: s.with("title", s.rankOfSeries())},
			query{ref: "value", expr: s.inWords("__value", value)},
			query{ref: "target", expr: s.inWords("__target", s.series(series.Target))},
			query{ref: "attainment", expr: "clamp(" + s.series(series.Attainment) + ", 0, 2)"},
			query{ref: "change", expr: change(value, s.weekAgo(series.Value))},
			query{ref: "share", expr: "avg_over_time((" + status + " == bool 0)[28d:1h])"},
			query{ref: "age", expr: fmt.Sprintf("%s * 0 + on (job, kpi) group_left (owner, runbook) (%s)", s.rankOfSeries(), owned)},
		)...)
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "job": true, "Value #value": true, "Value #target": true},
		IndexByName:   map[string]int{"title": 0},
		RenameByName: map[string]string{
			"title": "KPI", "Value #status": "Status", "__value": "Value", "__target": "Target", "Value #attainment": "Attainment",
			"Value #change": "vs 7 days ago", "Value #share": "On target, 28 d", "owner": "Owner", "Value #age": "Age", "runbook": "Runbook",
		},
	})
	p.transform("sortBy", sorted("Status", true))
	p.override("KPI", set("links", []dataLink{detailLink("${__data.fields.kpi}")}), set("custom.minWidth", 180))
	p.override("kpi", set("custom.hidden", true), set("custom.hideFrom", hideFrom{Viz: true}))
	p.override("Status", width(105), set("mappings", []mapping{rankMapping()}), set("custom.cellOptions", cell{Type: "color-text"}))
	p.override("/^(Value|Target)$/", width(120), set("custom.align", "right"))
	p.override("Attainment", width(140), set("unit", "percentunit"), set("decimals", 0), set("min", 0), set("max", 2),
		set("color", fixed(blue)), set("custom.cellOptions", cell{Type: "gauge", Mode: "basic", ValueDisplayMode: "text"}))
	p.override("vs 7 days ago", width(110), set("unit", "percentunit"), set("decimals", 1))
	p.override("On target, 28 d", width(120), set("unit", "percentunit"), set("decimals", 0))
	p.override("Age", width(85), set("unit", "s"), set("decimals", 0))
	p.override("Owner", width(120))
	p.override("Runbook", runbookLink()...)
	return p
}

// runbookLink shows the address in a column as a link.
func runbookLink() []property {
	return []property{
		width(95),
		set("mappings", []mapping{{Type: "regex", Options: regexMapping{Pattern: "(.+)", Result: mappedText{Text: "Runbook"}}}}),
		set("links", []dataLink{{Title: "Open the runbook", URL: "${__value.raw}", TargetBlank: true}}),
	}
}

type hideFrom struct {
	Legend  bool `json:"legend"`
	Tooltip bool `json:"tooltip"`
	Viz     bool `json:"viz"`
}

type regexMapping struct {
	Pattern string     `json:"pattern"`
	Result  mappedText `json:"result"`
}
