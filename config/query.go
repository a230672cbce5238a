package config

import (
	"cmp"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/promqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// UsesWindow reports whether the query reads a parameter of a window, such as :period_start. Rows of a file are those of a window.
func (q *Query) UsesWindow() bool {
	return q.Statement == nil || slices.ContainsFunc(sqlfile.WindowParameters(), q.Statement.Uses)
}

// HasPast reports whether the KPI can be evaluated for the past. An instant or trailing query that never reads the time
// returns today's number for every instant, and so does a formula that reads such a KPI.
func (k *KPI) HasPast() bool {
	return !slices.ContainsFunc(k.Reads(), (*KPI).isTimeless)
}

// isTimeless reports whether the KPI has an instant or trailing query that reads no parameter but the zone.
func (k *KPI) isTimeless() bool {
	if k.Query == nil || k.Period.Kind != period.Instant && k.Period.Kind != period.Trailing {
		return false
	}
	return !k.Query.Statement.Uses("as_of") && !k.Query.UsesWindow()
}

// SQL returns the query as SQL, nil if it is none.
func (q *Query) SQL() *sqltext.Statement {
	statement, _ := q.Statement.(*sqltext.Statement)
	return statement
}

// IsPromQL reports whether the query is PromQL, which gives one number per set of labels, as of an instant.
func (q *Query) IsPromQL() bool { return q != nil && q.Statement != nil && q.SQL() == nil }

// PromQL returns the query as PromQL, nil if it is none.
func (q *Query) PromQL() *promqltext.Query {
	statement, _ := q.Statement.(*promqltext.Query)
	return statement
}

// StatementFor returns the query as the engine of a database reads it; where neither the file nor the environment says which engine that
// is, as SQL is read in general.
func (q *Query) StatementFor(d *Database) engine.Statement {
	return statementFor(d, q.sql, q.Statement)
}

// DataUntilFor returns the same of data_until, nil without it.
func (q *Query) DataUntilFor(d *Database) engine.Statement {
	return statementFor(d, q.until, q.DataUntil)
}

// statementFor returns the statement of a database's engine among several, else the first one.
func statementFor(d *Database, sql *sqlfile.Text, first engine.Statement) engine.Statement {
	if first == nil || sql == nil || len(sql.Statements) == 1 {
		return first
	}
	own, _ := sql.Statements.Of(d.queryEngine())
	return cmp.Or(own, first)
}

// sqlOf returns the SQL of query or query_file, which may not be parsed yet; nil without any.
func sqlOf(s keys.Settings) *sqlfile.Text {
	return cmp.Or(keys.Get[*sqlfile.Text](s, "query").Value, keys.Get[*sqlfile.Text](s, "query_file").Value)
}

// parse parses SQL as the engines of all these databases do. It returns nil for none, and when something is wrong with it.
func parse(sql *sqlfile.Text, databases ...*Database) *sqlfile.Text {
	if sql == nil {
		return nil
	}
	ok := true
	for _, d := range databases {
		e := d.queryEngine()
		if e == nil {
			e = sql.Guess()
		}
		ok = sql.Parse(e) && ok
	}
	if !sql.Parsed() {
		ok = sql.Parse(sql.Guess())
	}
	if !ok || sql.Statement == nil {
		return nil
	}
	return sql
}
