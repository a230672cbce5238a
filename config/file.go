package config

import (
	"cmp"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/formula"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/sqlfile"
)

// file is the content of one file, not yet joined with the others.
type file struct {
	*document.File
	defaults   keys.Settings
	databases  []*Database
	owners     []ownerDecl
	objectives []*objectiveDecl
	queries    []*queryDecl
	kpis       []*kpiDecl
}

// ownerDecl is an owner, and where the name is.
type ownerDecl struct {
	*Owner
	n *document.Node
}

// objectiveDecl is an objective, and where its name is.
type objectiveDecl struct {
	Objective
	n *document.Node
}

// queryDecl is a named query as declared in its file.
type queryDecl struct {
	file *file
	n    *document.Node // Its name.
	keys.Settings
	used      []*kpiDecl // KPIs with values from it.
	targetsOf []*kpiDecl // KPIs with targets from it.
	needs     bool       // See loader.shared.
	made      *Query
}

// query returns the query that all its KPIs share, for one that reads it from these databases. Its SQL is parsed.
func (q *queryDecl) query(databases ...*Database) *Query {
	until := parse(keys.Get[*sqlfile.Text](q.Settings, "data_until").Value, databases...)
	if source := valuesOf(q.Settings); q.made == nil && source.OK {
		q.made = newValuesQuery(q.n.Value, source.Value)
	}
	if q.made == nil {
		q.made = newQuery(q.n.Value, sqlOf(q.Settings))
		if until != nil {
			q.made.DataUntil, q.made.until = until.Statement, until
		}
	}
	return q.made
}

// newQuery returns the query of SQL that is parsed.
func newQuery(name string, sql *sqlfile.Text) *Query {
	return &Query{Name: name, Statement: sql.Statement, Position: sql.Start, place: sql.Place, sql: sql}
}

// kpiDecl is a KPI as declared in its file.
type kpiDecl struct {
	file *file
	n    *document.Node // Its name.
	keys.Settings
	keys     []*document.Node // All that it says itself.
	formula  *formula.Text    // Nil without one, and when there is something wrong with it.
	reads    []columnRead     // Where formulas read the column that it is for; empty for a KPI.
	ownMerge document.Field[string]
	needs    bool // It needs something that another file has or should have; see loader.needs.
	made     *KPI
}

// isColumn reports whether the declaration is for a column of a query, which formulas read.
func (decl *kpiDecl) isColumn() bool { return len(decl.reads) > 0 }

func (l *loader) decodeQuery(f *file, k, v *document.Node) *queryDecl {
	q := &queryDecl{file: f, n: k}
	keys.CheckName(f.File, k, "query")
	var keys []*document.Node
	q.Settings, keys = l.readKeys(f, v, "a query", inQuery)
	if f.sources(keys, v) == 0 {
		f.Fail(k, "add query:, query_file: or values_file:", "query %s has no SQL", document.Quote(k.Value))
	}
	if valuesOf(q.Settings).Said() {
		noSQL(f, keys)
	}
	return q
}

func (l *loader) decodeKPI(f *file, k, v *document.Node) *kpiDecl {
	decl := &kpiDecl{file: f, n: k}
	keys.CheckName(f.File, k, "KPI")
	decl.Settings, decl.keys = l.readKeys(f, v, "a KPI", inKPI)
	if document.Resolve(v).Kind != document.MappingNode {
		return decl
	}
	if text := keys.Get[*document.Node](decl.Settings, "formula"); text.Said() {
		decl.formula = formula.Read(f.File, text.Value, k.Value)
	}
	if !decl.Text("title").Said() && document.FindOwn(v, "title") == nil {
		f.Fail(k, "add title:", "KPI %s has no title", document.Quote(k.Value))
	}
	if f.sources(decl.keys, v) == 0 {
		f.Fail(k, "add query:, query_file:, values_file:, from: or formula:", "KPI %s has no query", document.Quote(k.Value))
	}
	if valuesOf(decl.Settings).Said() {
		noSQL(f, decl.keys)
	}
	return decl
}

// sources returns how many of its keys tell where the value of a KPI or a query comes from, also wrong ones. It reports a second
// one.
func (f *file) sources(keys []*document.Node, n *document.Node) int {
	const sources = "query query_file values_file from formula"
	var found []*document.Node
	for _, k := range keys {
		if document.IsOneOf(k.Value, sources) {
			found = append(found, k)
		}
	}
	if len(found) > 1 {
		f.Fail(found[1], "leave one of them out", "%s and %s cannot be used together", found[0].Value, found[1].Value)
	}
	count := len(found)
	for key := range strings.FieldsSeq(sources) {
		if count == 0 && document.FindOwn(n, key) != nil {
			count++
		}
	}
	return count
}

// timezoneOr returns the zone of a KPI: its own, that of the file, or UTC.
func (l *loader) timezoneOr(s keys.Settings) *time.Location {
	return cmp.Or(keys.Get[*time.Location](s, "timezone").Value, l.otherZone, l.timezone.Value, time.UTC)
}

// readKeys reads a mapping of the keys of KPIs. It returns the keys that the mapping has, in their order.
func (l *loader) readKeys(f *file, n *document.Node, what, mapping string) (said keys.Settings, keys []*document.Node) {
	return l.keys.Read(f.File, n, what, mapping, func(k *document.Node) bool { return l.misplaced(f, mapping, k) })
}

// misplaced reports a key that has a meaning elsewhere; it returns false for any other.
func (l *loader) misplaced(f *file, mapping string, k *document.Node) bool {
	key := l.keys.Find(k.Value)
	isKPIKey := key != nil && document.IsOneOf(inKPI, key.In)
	isTargetKey := document.IsOneOf(k.Value, l.targets.Names())
	switch {
	case mapping == inQuery && isKPIKey:
		f.Fail(k, "write it in each KPI that reads the query", "a named query has no %s", k.Value)
	case mapping == inDefaults && (isKPIKey || isTargetKey):
		f.Fail(k, "write it in each KPI", "%s cannot be a default", k.Value)
	case mapping == inKPI && isTargetKey:
		f.Fail(k, "indent it below target:", "%s belongs in the target", k.Value)
	case mapping == inKPI && key != nil:
		f.Fail(k, "set it on the database, or on a query below queries", "%s belongs to a database or a named query", k.Value)
	default:
		return false
	}
	return true
}
