package dashboards

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// labelSets is a table with a row per label set; a KPI without labels has rows of earlier days in their place.
func labelSets(s scope) *panel {
	p := table("Parts and change",
		"Each label set of the KPI, worst first; of a KPI without labels, what it was. Before is the value of the period before the one measured now; for a KPI without "+
			"calendar periods, the value 7 days ago. The change is relative, and so is that of a ratio. Attainment is rounded down.",
		rows(labelSetColumns(s)...)...)
	p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byRegexp", Options: "/^Value #(value|lower|upper|before)$/"},
		Mappings: []fieldMapping{{"grafana_unit", "unit"}, {"color", "__ignore"}},
	})
	p.transform("merge", struct{}{})
	p.transform("sortBy", sorted("Value #order", true))
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "Value #order": true},
		IndexByName:   map[string]int{},
		RenameByName: map[string]string{
			whenLabel: "When", "Value #status": "Status", "Value #value": "Value", "Value #lower": "At least", "Value #upper": "At most", "Value #attainment": "Attainment",
			"Value #before": "Before", "Value #change": "Change", "Value #share": "On target, 28 d", "Value #size": "Sample size",
			"Value #pace": "Pace",
		},
	})
	// The unit comes from the data; a default would hide that.
	p.FieldConfig.Defaults.Unit = ""
	p.FieldConfig.Defaults.Custom["minWidth"] = 130 // A phone shows label, status and value.
	p.override("Status", statusCells(urgencyMappings())...)
	p.override("Attainment", attainmentCells()...)
	p.override("/^(Value|At least|At most)$/", width(95))
	// Rows of earlier days have none of these, and a period that is running has no change.
	blankNaN := mapping{Type: "special", Options: specialMapping{Match: "nan", Result: mappedText{Text: blank}}}
	p.override("Before", width(120), set("noValue", noHistory), set("mappings", []mapping{blankNaN}))
	p.override("Change", width(120), set("noValue", noHistory), set("unit", "percentunit"), set("decimals", 1), set("mappings", []mapping{unchanged(), blankNaN}))
	p.override("On target, 28 d", width(120), set("unit", "percentunit"), set("decimals", 0), set("mappings", []mapping{blankNaN}))
	p.override("Pace", width(70), set("unit", "percentunit"), set("decimals", 0))
	return p.override("Sample size", width(105), set("unit", "count:"))
}

// labelSetColumns returns what each column of the table is read from, and the order of its rows.
func labelSetColumns(s scope) []query {
	value, before := s.series(series.Value), s.before()
	bound := func(side string) string {
		const target = `tier="target"`
		side = `side="` + side + `"`
		then := func(days int) string { return s.ago(days, series.Bound, target, side) }
		return "max without (job, kpi, tier, side) (" + s.divided(s.andEarlier(s.series(series.Bound, target, side), then)) + ")"
	}
	then := func(metric string) func(int) string { return func(days int) string { return s.ago(days, metric) } }
	attainment := s.series(series.Attainment)
	rank := urgency(s.rankOfSeries(), attainment)
	earlierRank := func(days int) string {
		return urgency(ranked(s.ago(days, series.Status)), s.ago(days, series.Attainment))
	}
	none := func(days int) string { return s.ago(days, series.Value) + " * NaN" }
	inOrder := func(days int) string { return fmt.Sprintf("%s * 0 - %d", s.ago(days, series.Value), days) }
	return []query{
		{ref: "order", expr: unlabelled(s.andEarlier(rank, inOrder))},
		{ref: "status", expr: unlabelled(s.andEarlier(rank, earlierRank))},
		{ref: "value", expr: unlabelled(s.divided(s.andEarlier(s.shownValue(), then(series.Value))))},
		{ref: "lower", expr: bound("lower")},
		{ref: "upper", expr: bound("upper")},
		{ref: "attainment", expr: unlabelled(floored(s.andEarlier(attainment, then(series.Attainment))))},
		{ref: "before", expr: unlabelled(s.divided(s.andEarlier(before, none)))},
		{ref: "change", expr: unlabelled(s.andEarlier(s.comparable(change(value, before), value+" * NaN"), none))},
		{ref: "share", expr: unlabelled(s.andEarlier(floored("avg_over_time(("+s.series(series.Status)+" == bool 0)[28d:1h])"), none))},
		{ref: "size", expr: unlabelled(s.andEarlier(s.series(series.SampleSize), then(series.SampleSize)))},
		{ref: "pace", expr: unlabelled(s.andEarlier(s.series(series.Pace), then(series.Pace)))},
		{ref: "config", expr: abbreviated(s.appearance())},
	}
}

// whenLabel tells the day of a row.
const whenLabel = "__when"

// andEarlier adds to what a KPI without labels is now what it was, in the label __when. Then is the expression as it was some days ago.
func (s scope) andEarlier(now string, then func(days int) string) string {
	parts := s.raw(series.SampleInfo, `sample_title!=""`)
	all := []string{
		fmt.Sprintf("(%s) and on (job, kpi) %s", now, parts),
		labelled(fmt.Sprintf("(%s) unless on (job, kpi) %s", now, parts), whenLabel, "Now"),
	}
	for _, days := range [...]int{7, 14, 28, 56, 84} {
		all = append(all, labelled(fmt.Sprintf("(%s) unless on (job, kpi) %s", then(days), parts), whenLabel, fmt.Sprintf("%d days ago", days)))
	}
	return "(" + strings.Join(all, " or ") + ")"
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
