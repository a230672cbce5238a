package dashboards

import "fmt"

// What all numbers of a panel look like, from the data: a panel of one KPI shows it in its unit, and in the colour of its status.

// inUnit takes the unit of all numbers from the definition of the KPI; their colour stays as it is.
func (p *panel) inUnit(s scope) *panel {
	return p.appearing(s, fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "__ignore"})
}

// inGraphUnit is inUnit without a word on each tick of an axis.
func (p *panel) inGraphUnit(s scope) *panel {
	p.inUnit(s)
	config := &p.Targets[len(p.Targets)-1]
	config.Expr = replaced(s.appearance(), "grafana_unit", "count:[^A-Z].*", "short")
	return p
}

func (p *panel) appearing(s scope, settings ...fieldMapping) *panel {
	p.Targets = append(p.Targets, rows(query{ref: "config", expr: s.appearance()})...)
	return p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byType", Options: "number"}, Mappings: settings,
	})
}

// appearance is one row with the labels grafana_unit and color.
func (s scope) appearance() string {
	colored := worded(s.rank(), "color", func(v verdict) string { return v.color })
	return fmt.Sprintf("max by (grafana_unit, color) (%s)", grafanaUnit(s.with("grafana_unit", colored)))
}

// grafanaUnit writes money and units of words as the terminal does, with the number first: "1.23M EUR", "45 points".
func grafanaUnit(expr string) string {
	expr = replaced(expr, "grafana_unit", "suffix: *(.+)", "count:$1")
	return replaced(expr, "grafana_unit", "currency:?(.+)", "count:$1")
}
