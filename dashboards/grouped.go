package dashboards

import (
	"fmt"
	"strconv"
)

// byStatus counts the KPIs of each value of a label by status: a row per value, a column per status.
func byStatus(label, title, expr string) *panel {
	counted := fmt.Sprintf(`count_values by (%s) ("__rank", %s)`, label, expr)
	for _, v := range verdicts {
		counted = replaced(counted, "__rank", strconv.Itoa(v.rank), v.marked())
	}
	p := table("Status by "+label, "How many KPIs of each "+label+" have which status.", rows(query{ref: "counts", expr: counted})...)
	p.FieldConfig.Defaults.Unit = "none"
	p.FieldConfig.Defaults.NoValue = noMatch
	p.transform("groupingToMatrix", groupingToMatrix{RowField: label, ColumnField: "__rank", ValueField: "Value", EmptyValue: "zero"})
	corner := label + `\__rank`
	order := map[string]int{corner: 0}
	for i, v := range verdicts {
		order[v.marked()] = i + 1
		p.override(v.marked(), width(95), set("custom.align", "center"), set("custom.cellOptions", cell{Type: "color-background", Mode: "basic"}),
			set("color", color{Mode: "thresholds"}), set("thresholds", &thresholds{Mode: "absolute", Steps: []step{{nil, "transparent"}, {new(1.0), v.color}}}))
	}
	p.transform("organize", organize{ExcludeByName: map[string]bool{}, IndexByName: order, RenameByName: map[string]string{corner: title}})
	return p.transform("sortBy", sorted(verdicts[0].marked(), true))
}

func byOwner(s scope) *panel {
	p := byStatus("owner", "Owner", labelOrNone(s.with("owner", s.rank()), "owner"))
	return p.override("Owner", set("links", []dataLink{filterLink("Show the KPIs of this owner", "owner", "${__value.raw}")}))
}

// byObjective goes by titles; an objective that has none is called by its name.
func byObjective(s scope) *panel {
	expr := fmt.Sprintf(`label_join(%s, "objective", ";", "objective_title", "objective")`, s.with("objective, objective_title", s.rank()))
	expr = replaced(replaced(expr, "objective", "([^;].*);[^;]*", "$1"), "objective", ";(.*)", "$1")
	return byStatus("objective", "Objective", labelOrNone(expr, "objective"))
}

func labelOrNone(expr, label string) string { return replaced(expr, label, "", "(none)") }

type groupingToMatrix struct {
	RowField    string `json:"rowField"`
	ColumnField string `json:"columnField"`
	ValueField  string `json:"valueField"`
	EmptyValue  string `json:"emptyValue"`
}
