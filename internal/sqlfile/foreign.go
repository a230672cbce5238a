package sqlfile

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// showNothingForeign has no line shown of a file that does not begin as SQL, and reports whether it is one: what is wrong PromQL may be
// a file that was not meant, such as one with a password in braces.
func (q *Text) showNothingForeign() bool {
	mayBeForeign := q.alone && !sqltext.BeginsQuery(q.text)
	if mayBeForeign {
		q.d.ShowNothing()
	}
	return mayBeForeign
}

// inKind returns a message about PromQL without any text of it, and where to see more if that is not all.
func inKind(message string) (kind, hint string) {
	if kind = engine.PromQLKind(message); kind != message {
		hint = "put it into query: to see more"
	}
	return kind, hint
}

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
