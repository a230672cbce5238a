package config

import (
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// sqlKeys are the keys that mean nothing where no SQL runs.
const sqlKeys = "database databases timeout data_until"

// readValuesFile reads values that are kept by hand.
func (l *loader) readValuesFile(d *document.File, n *document.Node, what string) document.Field[*valuesfile.Source] {
	return l.values.Read(d, n, what, func(name string) { l.named(d, name) })
}

// valuesOf returns the file with values that a KPI or a named query names.
func valuesOf(s keys.Settings) document.Field[*valuesfile.Source] {
	return keys.Get[*valuesfile.Source](s, "values_file")
}

// noSQL reports keys of SQL beside a values_file.
func noSQL(f *file, said []*document.Node) {
	for _, key := range said {
		if document.IsOneOf(key.Value, sqlKeys) {
			f.Fail(key, "leave it out", "%s is for SQL, and a values_file runs none", key.Value)
		}
	}
}

// resolveValues finds out which period of a file the KPI reads, and which columns. The rows are read once it is known what others
// read from the file.
func (l *loader) resolveValues(decl *kpiDecl, q *queryDecl, k *KPI) {
	source, said := valuesOf(decl.Settings), keys.Get[period.Period](decl.Settings, "period")
	if q != nil {
		source = valuesOf(q.Settings)
		noSQL(decl.file, decl.keys)
	}
	const hint = "add period: day, week, month, quarter or year"
	switch one := k.Period.Kind == period.Last && k.Period.N == 1; {
	case said.OK && !one:
		said.Fail("write period: day, week, month, quarter or year", "period %s: a values_file has one row for each day, week, month, quarter or year", k.Period)
	case said.Said() && !said.OK:
	case !said.Said() && decl.isColumn():
		decl.reads[0].fail(hint, "query %s does not say its period", document.Quote(decl.n.Value))
	case !said.Said():
		decl.file.Fail(decl.n, hint, "KPI %s does not say its period", document.Quote(k.Name))
	case source.OK && q != nil:
		k.Query = q.query()
	case source.OK:
		k.Query = newValuesQuery("", source.Value)
	}
	l.resolveColumns(decl, k)
}

// newValuesQuery returns the query of a KPI whose values are in a file.
func newValuesQuery(name string, source *valuesfile.Source) *Query {
	return &Query{Name: name, File: source.Written, Position: document.Position{File: source.Name, Line: 1, Column: 1}, values: source}
}

// staleAfterPeriod is how long values that are kept by hand may be awaited: as long as the longest period of its kind.
func staleAfterPeriod(p period.Period) time.Duration {
	days := map[period.Unit]int{period.Day: 1, period.Week: 7, period.Month: 31, period.Quarter: 92, period.Year: 366}
	return time.Duration(days[p.Unit]) * 24 * time.Hour
}

// finishValues reads the rows of all files with values, each for everybody who reads it.
func (l *loader) finishValues() {
	for _, f := range l.files {
		for _, q := range f.queries {
			if source := valuesOf(q.Settings); source.OK {
				from := f.ErrorCount()
				l.tables(source.Value, q)
				l.blame(from, blame{needs: q.needs || l.keeps && len(q.targetsOf) > 0, file: f.Name})
			}
		}
		for _, decl := range f.kpis {
			if source := valuesOf(decl.Settings); source.OK && decl.made.Query != nil {
				l.about(decl, func() { l.tables(source.Value, &queryDecl{Settings: decl.Settings, used: []*kpiDecl{decl}}) })
			}
		}
	}
	l.values.Forget()
}

// tables gives those who read a file its rows: KPIs their values, or their targets.
func (l *loader) tables(source *valuesfile.Source, q *queryDecl) {
	layout := valuesfile.Layout{Keys: q.labelColumns(), Shared: q.n != nil}
	for _, decl := range q.used {
		if decl.made.Query != nil {
			layout.Numbers = decl.made.addNumbers(layout.Numbers, decl.made.numberColumns(source)...)
		}
	}
	for _, decl := range q.used {
		if k := decl.made; k.Query != nil {
			k.Values, _ = source.Table(layoutFor(k, layout, k.numberColumns(source)))
		}
	}
	columns := l.planKeys(q)
	for _, decl := range q.targetsOf {
		if t := decl.made.Target; t != nil && t.From != nil {
			t.Values, _ = source.Table(planLayout(source, columns, decl.made))
		}
	}
}

// layoutFor returns how a KPI reads the columns of a layout, of which those are required.
func layoutFor(k *KPI, l valuesfile.Layout, required []string) valuesfile.Layout {
	l.Unit, l.Calendar, l.FiscalYear, l.Required = k.Period.Unit, k.Calendar, k.fiscalYear, required
	return l
}

// addNumbers adds columns that are not there yet, in the unit of the KPI.
func (k *KPI) addNumbers(to []valuesfile.Number, names ...string) []valuesfile.Number {
	for _, name := range names {
		if !slices.ContainsFunc(to, func(n valuesfile.Number) bool { return n.Name == name }) {
			to = append(to, valuesfile.Number{Name: name, In: k.Unit})
		}
	}
	return to
}

// Tables returns the tables of what is kept by hand that the KPI or its formula reads, and its target.
func (k *KPI) Tables() []*valuesfile.Table {
	var list []*valuesfile.Table
	for _, read := range k.Reads() {
		if read.Values != nil {
			list = append(list, read.Values)
		}
	}
	if k.Target != nil && k.Target.Values != nil {
		list = append(list, k.Target.Values)
	}
	return list
}

// numberColumns returns the columns of numbers that the KPI reads from a file.
func (k *KPI) numberColumns(source *valuesfile.Source) []string {
	c := k.ColumnsIn(source.Has)
	names := []string{c.Value, c.Numerator, c.Denominator, c.SampleSizeColumn()}
	return slices.DeleteFunc(names, func(name string) bool { return name == "" })
}

// labelColumns returns the labels by which the rows of a query differ: its own, and those of all its KPIs.
func (q *queryDecl) labelColumns() []valuesfile.Key {
	labels := slices.Clone(keys.Get[[]keys.Label](q.Settings, "labels").Value)
	for _, decl := range q.used {
		labels = append(labels, decl.made.Labels...)
	}
	var columns []valuesfile.Key
	for _, label := range labels {
		if !hasColumn(columns, label.Name) {
			columns = append(columns, q.labelColumn(label.Name))
		}
	}
	return columns
}

// labelColumn returns the column of a label, which has the values that every KPI knows that lists them.
func (q *queryDecl) labelColumn(name string) valuesfile.Key {
	column := valuesfile.Key{Name: name, Empty: true, Listed: "values are", What: "value of label " + document.Quote(name)}
	for _, decl := range q.used {
		for _, label := range decl.made.Labels {
			if label.Name != name {
				continue
			}
			column.Empty = column.Empty && decl.made.NullLabel != nil
			same := func(list []string) bool { return slices.Equal(list, label.Closed) }
			if label.Closed != nil && !slices.ContainsFunc(column.Lists, same) {
				column.Lists = append(column.Lists, label.Closed)
			}
		}
	}
	return column
}

// planBounds are the columns of a query that gives targets.
const planBounds = "at_least at_most low high critical"

// planKeys returns the columns of text of a file that gives targets: the KPI, and the labels of all that take their target from it.
func (l *loader) planKeys(q *queryDecl) []valuesfile.Key {
	kpi := valuesfile.Key{Name: "kpi", Listed: "KPIs that do are", What: "KPI that takes its target from this file"}
	if !l.broken && !l.without.any() { // Else others may be in the file that is missing.
		names := make([]string, len(q.targetsOf))
		for i, decl := range q.targetsOf {
			names[i] = decl.n.Value
		}
		kpi.Lists = [][]string{names}
	}
	columns := []valuesfile.Key{kpi}
	for _, decl := range q.targetsOf {
		for _, name := range decl.made.LabelNames() {
			if !hasColumn(columns, name) {
				columns = append(columns, valuesfile.Key{Name: name, Optional: true, Empty: true})
			}
		}
	}
	return columns
}

func hasColumn(columns []valuesfile.Key, name string) bool {
	return slices.ContainsFunc(columns, func(k valuesfile.Key) bool { return k.Name == name })
}

// planLayout returns how a KPI reads its target from a file with these columns of text.
func planLayout(source *valuesfile.Source, columns []valuesfile.Key, k *KPI) valuesfile.Layout {
	plan := valuesfile.Layout{Shared: true, Running: k.Period.Kind == period.ToDate, Keys: columns}
	for name := range strings.FieldsSeq(planBounds) {
		if source.Has(name) {
			plan.Numbers = k.addNumbers(plan.Numbers, name)
		}
	}
	required := map[Direction][]string{Higher: {"at_least"}, Lower: {"at_most"}, Within: {"low", "high"}}[k.Target.Direction]
	return layoutFor(k, plan, required)
}

// planFromFile reports a KPI whose target cannot be in a file.
func (q *queryDecl) planFromFile(k *KPI, from document.Field[string], source *valuesfile.Source) bool {
	switch p := k.Period; {
	case p.Kind == period.Last && p.N == 1:
		return true
	case p.Kind != period.ToDate:
		from.Fail("write steps: or ramp: in the target", "period %s: query %s has a values_file, which gives targets for days, weeks, months, quarters and years", p, document.Quote(q.n.Value))
	case !source.Has(valuesfile.KnownColumn):
		from.Fail("add a column known_from with the date of the plan to "+source.Name,
			"KPI %s is judged while its period runs, but a row is known only from the end of its period", document.Quote(k.Name))
	default:
		return true
	}
	return false
}

// patience is how long values that are kept by hand may be awaited, by the KPI or by what its formula reads; 0 where none are.
func (k *KPI) patience() time.Duration {
	if k.Formula == nil && (k.Query == nil || k.Query.values == nil) {
		return 0
	}
	if k.Formula == nil {
		return staleAfterPeriod(k.Period)
	}
	var longest time.Duration
	for _, read := range k.Reads() {
		longest = max(longest, read.patience())
	}
	return longest
}
