package config

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// targetFromQuery returns the target from the rows of a named query: which direction is better, and where it is read. It returns nil
// when it cannot be told.
func (l *loader) targetFromQuery(decl *kpiDecl, near keys.Settings, k *KPI, from document.Field[string]) *Target {
	q := l.queries[from.Value]
	decl.needs = decl.needs || q == nil && l.isMissing(decl.file.File, from.Value, l.queryNames) || q != nil && l.needs(decl.file, q.file)
	if q == nil {
		if !l.broken {
			from.Fail(from.File.Near(from.Value, names(l.queries), "queries are"), "unknown query %s", document.Quote(from.Value))
		}
		return nil
	}
	q.targetsOf = append(q.targetsOf, decl)
	if !keys.Get[period.Period](decl.Settings, "period").OK {
		return nil
	}
	if source := valuesOf(q.Settings); source.OK {
		if !q.planFromFile(k, from, source.Value) {
			return nil
		}
		q.warnOfPeriod(k)
		return q.target(decl, near, k, from)
	}
	if sqlOf(q.Settings) == nil {
		return nil
	}
	var databases []*Database
	if d := l.planDatabase(q, k, from); d != nil {
		databases = append(databases, d)
	}
	sql := parse(sqlOf(q.Settings), databases...)
	if sql == nil {
		return nil
	}
	if !sql.IsSQL() {
		from.Fail("read them from SQL or a values_file", "query %s is PromQL, which gives one number, and a query of targets has a column for each bound", document.Quote(from.Value))
		return nil
	}
	if !k.Period.UsesWindow() {
		sql.NoWindow()
	}
	q.warnOfPeriod(k)
	if len(databases) == 0 {
		return nil
	}
	return q.target(decl, near, k, from, databases...)
}

// warnOfPeriod warns of a period that does not matter.
func (q *queryDecl) warnOfPeriod(k *KPI) {
	if said := keys.Get[period.Period](q.Settings, "period"); said.OK && said.Value != k.Period {
		said.File.Warn("plan_period", said.Node, "leave it out", "a query that gives targets is read for the period of the KPI, for %s: %s", k.Name, k.Period)
	}
}

// target returns the target of a KPI that the query gives, read from a database unless it is kept by hand.
func (q *queryDecl) target(decl *kpiDecl, near keys.Settings, k *KPI, from document.Field[string], databases ...*Database) *Target {
	t := &Target{From: q.query(databases...)}
	if len(databases) > 0 {
		t.FromDatabase = databases[0]
	}
	switch said := q.direction(); {
	case near.Text("better").OK:
		t.Direction = k.Better
	case said != "":
		t.Direction = said
	case decl.Text("better").OK:
		t.Direction = k.Better
	default:
		from.Fail("add better: higher (its column at_least is read) or better: lower (at_most) to the KPI",
			"%s of query %s does not show whether it gives at_least, at_most, or low and high", q.text(), document.Quote(from.Value))
		return nil
	}
	return t
}

// text names what the query is made of.
func (q *queryDecl) text() string {
	if valuesOf(q.Settings).OK {
		return "the first line of the values_file"
	}
	return "the SQL"
}

// direction returns the way that the columns of a query of targets have, as far as its text shows them: a SELECT * or one with
// several kinds of bounds shows none.
func (q *queryDecl) direction() Direction {
	found := map[string]bool{}
	if source := valuesOf(q.Settings); source.OK {
		for _, name := range source.Value.Names() {
			found[name] = true
		}
	} else {
		for _, word := range newQuery("", sqlOf(q.Settings)).SQL().Words() {
			found[strings.ToLower(word.Text)] = true
		}
	}
	least, most, within := found["at_least"], found["at_most"], found["low"] && found["high"]
	switch {
	case least && !most && !within:
		return Higher
	case most && !least && !within:
		return Lower
	case within && !least && !most:
		return Within
	}
	return ""
}

// planDatabase returns where a query of targets runs: the database that it sets, else the one of the KPI.
func (l *loader) planDatabase(q *queryDecl, k *KPI, from document.Field[string]) *Database {
	switch {
	case keys.Get[[]string](q.Settings, "databases").Said():
		keys.Get[[]string](q.Settings, "databases").Fail("write database: with one of them", "a query that gives targets is read from one database")
	case q.Text("database").OK && l.databases[q.Text("database").Value] == nil:
		q.Text("database").Fail(q.file.Near(q.Text("database").Value, names(l.databases), "databases are"), "unknown database %s", document.Quote(q.Text("database").Value))
	case q.Text("database").OK:
		return l.databases[q.Text("database").Value]
	case len(k.Databases) == 1:
		return k.Databases[0]
	case len(k.Databases) > 1:
		from.Fail("add database: to the query", "query %s does not say which of the databases of the KPI it reads", document.Quote(from.Value))
	}
	return nil // What is wrong with the database of the KPI has been reported.
}

// planColumns returns the columns that a query of the KPI's target may have.
func (k *KPI) planColumns() []string {
	return append([]string{"kpi", "at_least", "at_most", "low", "high", "critical"}, k.LabelNames()...)
}
