package sqlfile

import (
	"cmp"
	"errors"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Parse reads the SQL as an engine does, and checks its parameters. It returns false when something is wrong with it, which it
// reports at its place.
func (q *Text) Parse(e engine.Engine) bool {
	statement, asked := q.Statements.Of(e)
	if !asked {
		statement = q.parse(e)
		q.Statements = append(q.Statements, statementOf{e, statement})
		q.Statement = cmp.Or(q.Statement, statement)
	}
	return statement != nil
}

// Parsed reports whether the SQL was parsed for any engine, with whatever result.
func (q *Text) Parsed() bool { return len(q.Statements) > 0 }

func (q *Text) parse(e engine.Engine) engine.Statement {
	if q.notQuery(e) {
		return nil
	}
	statement, err := e.Parse(q.text)
	if isSQL(statement) && engine.IsPromQL(q.text) || err != nil && engine.IsPromQL(q.text) {
		q.showNothingForeign()
		q.report(q.d.FailIn, q.Start, "set database: to a Prometheus, or write SQL", "this is PromQL, and "+e.Title()+" reads SQL")
		return nil
	}
	if mark := e.LineComment(q.text); q.joined != "" && mark != "" { // It may be what is wrong otherwise, too.
		q.report(q.d.FailIn, q.Start, "use "+q.joined+": | which keeps the lines as they are",
			"YAML joins these lines, so what follows "+mark+" becomes part of the comment")
		return nil
	}
	if err != nil {
		at, message, hint := q.Start, err.Error(), ""
		if wrong, ok := errors.AsType[*sqltext.Error](err); ok {
			at, message = q.At(wrong.Line, wrong.Column), wrong.Message
		}
		if _, isPrometheus := e.(engine.Prometheus); isPrometheus && q.showNothingForeign() {
			message, hint = inKind(message)
		}
		q.report(q.d.FailIn, at, hint, message)
		return nil
	}
	if !q.knownParameters(statement) {
		return nil
	}
	if sql, ok := statement.(*sqltext.Statement); ok && q.until == "" {
		q.warnOfNow(sql)
	}
	return statement
}

// report reports what no other engine has found before.
func (q *Text) report(report func(at document.Position, hint, message string), at document.Position, hint, message string) {
	if key := at.String() + message; !slices.Contains(q.reported, key) {
		q.reported = append(q.reported, key)
		report(at, hint, message)
	}
}

func (q *Text) knownParameters(statement engine.Statement) bool {
	ok := true
	for _, p := range statement.Parameters() {
		at := q.At(p.Line, p.Column)
		switch {
		case q.until != "":
			hint := "select the one instant up to which the data is complete: SELECT max(loaded_until) FROM …"
			if !isSQL(statement) {
				hint = "write PromQL for the one instant up to which the data is complete: max(timestamp(up))"
			}
			q.report(q.d.FailIn, at, hint,
				q.until+" takes no parameters, but this uses "+document.Quote(written(statement, p)))
			ok = false
		case isSQL(statement) && !document.IsOneOf(p.Name, parameters):
			hint := document.Nearest(p.Name, parameters)
			if hint == "" {
				hint = "parameters are :" + strings.Join(strings.Fields(parameters), ", :")
			} else {
				hint = strings.Replace(hint, "`", "`:", 1)
			}
			q.report(q.d.FailIn, at, hint, "unknown parameter "+document.Quote(":"+p.Name))
			ok = false
		}
	}
	return ok
}

// NoWindow reports parameters of a window, for a KPI that is measured at an instant.
func (q *Text) NoWindow() {
	for _, p := range q.Statement.Parameters() {
		hint := "use :as_of, or set a period such as day"
		if !isSQL(q.Statement) {
			hint = "write a length, such as [5m], or set a period such as day"
		}
		if !isSQL(q.Statement) || document.IsOneOf(p.Name, ofWindow) {
			q.d.FailIn(q.At(p.Line, p.Column), hint, document.Quote(written(q.Statement, p))+" does not exist with period: instant, which has no window")
		}
	}
}

// warnOfNow warns of SQL that asks the database for the time: its value at an earlier instant would be that of today.
func (q *Text) warnOfNow(statement *sqltext.Statement) {
	warn := func(at document.Position, hint, message string) { q.d.WarnIn("database_clock", at, hint, message) }
	for _, clock := range statement.Clocks() {
		q.report(warn, q.At(clock.Line, clock.Column), "use :as_of, or :period_start and :period_end",
			document.Quote(clock.Text)+" is the database's clock, so the KPI has no past")
	}
}

func isSQL(statement engine.Statement) bool {
	_, ok := statement.(*sqltext.Statement)
	return ok
}

// written returns a parameter as its language has it.
func written(statement engine.Statement, p sqltext.Parameter) string {
	if isSQL(statement) {
		return ":" + p.Name
	}
	return "[:" + p.Name + "]"
}

// IsSQL reports whether what was parsed is SQL, and not PromQL.
func (q *Text) IsSQL() bool { return isSQL(q.Statement) }

// Guess returns the engine that the query is written for where the file does not say which one runs it.
func (q *Text) Guess() engine.Engine { return engine.Guess(q.text) }
