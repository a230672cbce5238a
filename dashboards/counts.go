package dashboards

import (
	"fmt"
	"strconv"
	"strings"
)

// statusCounts counts KPIs by status, in one query: worst first, and 0 where there is none. On a phone Grafana would shrink the names of
// the statuses until they fit on one line; sizes keeps them readable.
func statusCounts(s scope, sizes textSizes) *panel {
	counts := []string{fmt.Sprintf(`count_values("__rank", %s)`, s.rank())}
	for _, v := range verdicts {
		counts = append(counts, labelled("vector(0)", "__rank", strconv.Itoa(v.rank)))
	}
	named := labelled(strings.Join(counts, " or "), "__status", "")
	for _, v := range verdicts {
		named = fmt.Sprintf(`label_replace(%s, "__status", %q, "__rank", "%d")`, named, v.marked(), v.rank)
	}
	p := coloured("KPIs by status", "How many KPIs have which status. A KPI with labels has that of its worst label set. "+
		"Unknown are those with a target that cannot be judged: no value, too small a sample, late data, a failure. A KPI without a target is not unknown.",
		field{Unit: "none", Color: fixed(gray)}, rows(query{ref: "counts", expr: named})...)
	p.transform("sortBy", sorted("__rank", true))
	p.transform("rowsToFields", rowsToFields{Mappings: []fieldMapping{
		{"__status", "field.name"}, {"Value", "field.value"}, {"__rank", "__ignore"}, {"Time", "__ignore"},
	}})
	o := p.Options.(statOptions)
	o.TextMode, o.Orientation, o.WideLayout, o.Text = "value_and_name", "auto", false, &sizes
	p.Options = o
	for _, v := range verdicts {
		p.override(v.marked(), set("color", color{Mode: "thresholds"}), set("thresholds", countSteps(v.color)))
	}
	return p
}

// countSizes are for a board that is read from a chair.
func countSizes() textSizes { return textSizes{TitleSize: 12, ValueSize: 36} }

// alertsFiring counts the alerts that ask somebody to act, and leads to them.
func alertsFiring() *panel {
	p := coloured("Alerts firing",
		"Alerts of severity warning and above that fire now, about these KPIs and about the exporter. Needs the alert rules; 0 without them.",
		field{Unit: "none", Color: &color{Mode: "thresholds"}, Thresholds: countSteps(red)}, now(query{
			ref: "alerts", legend: "Alerts firing",
			expr: count(`ALERTS{alertname=~"KPI.+", alertstate="firing", severity!~"info|none", kpi=~"$kpi|"}`),
		})...)
	p.FieldConfig.Defaults.Links = []dataLink{{
		Title: "Show these alerts", URL: "/alerting/list?dataSource=${datasource:percentencode}&search=state:firing%20KPI",
	}}
	return p
}
