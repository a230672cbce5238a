package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Annotations mark in every graph what may explain it. Each can be switched off above the panels.

// alertAnnotation marks the time in which alerts of these KPIs fire.
func alertAnnotation(s scope) annotation {
	alerts := s.raw("ALERTS", `alertname=~"KPI.+"`, `alertstate="firing"`)
	return marked("Alerts", red, s.withTitle(alerts), "1h", "{{alertname}}", "{{severity}}, {{title}}", "kpi,severity")
}

// planAnnotation marks changes of the target. A target that follows past values moves all the time, which does not change the plan.
func planAnnotation(s scope) annotation {
	bound := "max by (job, kpi, side) (" + s.raw(series.Bound, `tier="target"`) + ")"
	before := "max by (job, kpi, side) (" + s.raw(series.Bound, `tier="target"`) + " offset 1h)"
	expr := fmt.Sprintf("(%s != %s) and on (job, kpi) changes(%s[90d:1d] @ end()) < 13", bound, before, bound)
	return marked("Changes of plan", "purple", s.withTitle(expr), "1h", "Target changed", "{{title}}", "side")
}

// withTitle has in the label title what each KPI is called: its name while no exporter says.
func (s scope) withTitle(expr string) string {
	return fmt.Sprintf(`%s or ignoring (title) label_replace(%s, "title", "$1", "kpi", "(.*)")`, s.with("title", expr), expr)
}

// decisionAnnotation marks when decisions about these KPIs were taken.
func decisionAnnotation(s scope) annotation {
	a := marked("Decisions", blue, fmt.Sprintf("max by (decision, text, owner) (%s) * 1000", s.raw(series.Decision)), "1d", "{{decision}}", "{{text}}", "owner")
	a.UseValueForTime = "on"
	return a
}

func marked(name, color, expr, step, title, text, tags string) annotation {
	return annotation{
		Name: name, Datasource: source(), Enable: true, IconColor: color, Expr: expr, Step: step, TitleFormat: title, TextFormat: text, TagKeys: tags,
	}
}
