package sqlfile

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// notQuery reports a file that does not begin as a query of an engine. It may have been named instead of another one, and be a key, a
// password or a KPI file, so nothing of it is repeated, not even a line. What is a query is served to everybody.
func (q *Text) notQuery(e engine.Engine) bool {
	if !q.alone || strings.TrimSpace(q.text) == "" || sqltext.BeginsQuery(q.text) || engine.IsPromQL(q.text) {
		return false
	}
	message, hint := "this is not a query: it does not begin with SELECT, WITH, VALUES or TABLE", "write one query into the file, and nothing else"
	if _, isPrometheus := e.(engine.Prometheus); isPrometheus {
		if engine.BeginsPromQL(q.text) {
			return false
		}
		message, hint = "this is not PromQL with a function or a selector, such as sum(up) or up{}", "write up{} for up, or put it into query:"
	}
	q.report(q.d.FailIn, document.Position{File: q.d.Name}, hint, message)
	return true
}
