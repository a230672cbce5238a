package collector

import (
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// arithmeticWarnings warns, at each place, of what is computed with the digits of dates and times.
func (r *run) arithmeticWarnings(advice database.QueryAdvice) (problems []document.Problem) {
	for _, d := range advice.Digits {
		problems = append(problems, r.warning(lint.TimeArithmetic, sqltext.Parameter{Line: d.Line, Column: d.Column},
			d.Text+" computes with the digits of a date or a time: 10:00 counts as 100000", "write "+d.Instead))
	}
	return problems
}
