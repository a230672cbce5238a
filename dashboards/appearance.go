package dashboards

import "fmt"

// What all numbers of a panel look like, from the data: a panel of one KPI shows it in its unit, and in the colour of its status.

// inGraphUnit takes the unit of all numbers from the definition of the KPI, without a word on each tick of an axis but for units of time;
// their colour stays as it is.
func (p *panel) inGraphUnit(s scope) *panel {
	unit := inOneRow(s.timed(replaced(grafanaUnit(s.colored()), "grafana_unit", "count:[^A-Z].*", "count:")))
	return p.appearing(abbreviated(unit), fieldMapping{"grafana_unit", "unit"}, fieldMapping{"color", "__ignore"})
}

func (p *panel) appearing(config string, settings ...fieldMapping) *panel {
	p.Targets = append(p.Targets, rows(query{ref: "config", expr: config})...)
	return p.transform("configFromData", configFromData{
		ConfigRefID: "config", ApplyTo: matcher{ID: "byType", Options: "number"}, Mappings: settings,
	})
}

// appearance is one row with the labels grafana_unit and color, for values that are divided.
func (s scope) appearance() string {
	return inOneRow(s.timed(s.colored()))
}

// colored has the labels grafana_unit and color.
func (s scope) colored() string {
	return s.with("grafana_unit", worded(s.rank(), "color", func(v verdict) string { return v.color }))
}

// abbreviated writes units of time so that they suit any number of them: a line at "1 days" is no English.
func abbreviated(expr string) string {
	expr = replaced(expr, "grafana_unit", "count:([dhs])(ay|our|econd)s", "count:$1")
	return replaced(expr, "grafana_unit", "count:minutes", "count:min")
}

func inOneRow(expr string) string {
	return fmt.Sprintf("max by (grafana_unit, color) (%s)", grafanaUnit(expr))
}

// grafanaUnit writes numbers, money and units of words as targets are written beside them, with the number first: "1.5K", "1.23M EUR",
// "45 points".
func grafanaUnit(expr string) string {
	expr = replaced(expr, "grafana_unit", "short", "count:")
	expr = replaced(expr, "grafana_unit", "suffix: *(.+)", "count:$1")
	return replaced(expr, "grafana_unit", "currency:?(.+)", "count:$1")
}
