package config

import "strings"

// planned returns the target that rows of a named query give: which way is better, and where it is read. It returns nil
// when it cannot be told.
func (l *loader) planned(decl *kpiDecl, near *settings, k *KPI, from field[string]) *Target {
	q := l.queries[from.value]
	if q == nil {
		if !l.broken {
			from.fail(didYouMean(from.value, names(l.queries), "queries are"), "unknown query %s", quote(from.value))
		}
		return nil
	}
	q.planned = append(q.planned, decl)
	if q.sql == nil || !decl.period.ok {
		return nil
	}
	if !k.Period.UsesWindow() {
		q.sql.noWindow()
	}
	if q.period.ok && q.period.value != k.Period {
		q.period.d.warn("plan_period", q.period.n, "leave it out", "a query that gives targets is read for the period of the KPI, for %s: %s", k.Name, k.Period)
	}
	t := &Target{From: q.query(), FromDatabase: l.planDatabase(q, k, from)}
	if t.FromDatabase == nil {
		return nil
	}
	switch said := q.direction(); {
	case near.better.ok:
		t.Direction = k.Better
	case said != "":
		t.Direction = said
	case decl.better.ok:
		t.Direction = k.Better
	default:
		from.fail("add better: higher (its column at_least is read) or better: lower (at_most) to the KPI",
			"the SQL of query %s does not show whether it gives at_least, at_most, or low and high", quote(from.value))
		return nil
	}
	return t
}

// direction returns the way that the columns of a query of targets have, as far as its text shows them: a SELECT * or one with
// several kinds of bounds shows none.
func (q *queryDecl) direction() Direction {
	found := map[string]bool{}
	for _, word := range q.sql.statement.Words() {
		found[strings.ToLower(word.Text)] = true
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

// planDatabase returns where a query of targets runs: the database that it says, else the one of the KPI.
func (l *loader) planDatabase(q *queryDecl, k *KPI, from field[string]) *Database {
	switch {
	case q.databases.said():
		q.databases.fail("write database: with one of them", "a query that gives targets is read from one database")
	case q.database.ok && l.databases[q.database.value] == nil:
		q.database.fail(didYouMean(q.database.value, names(l.databases), "databases are"), "unknown database %s", quote(q.database.value))
	case q.database.ok:
		return l.databases[q.database.value]
	case len(k.Databases) == 1:
		return k.Databases[0]
	case len(k.Databases) > 1:
		from.fail("add database: to the query", "query %s does not say which of the databases of the KPI it reads", quote(from.value))
	}
	return nil // What is wrong with the database of the KPI has been reported.
}

// planColumns returns the columns that a query of the KPI's target may have.
func (k *KPI) planColumns() []string {
	return append([]string{"kpi", "at_least", "at_most", "low", "high", "critical"}, k.LabelNames()...)
}
