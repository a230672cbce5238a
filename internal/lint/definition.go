package lint

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// definition is a KPI with SQL, or a column that a formula reads, together with all the others.
type definition struct {
	*config.KPI
	all []*config.KPI // All definitions.
}

// definitionsOf returns the definitions of a file, each once.
func definitionsOf(cfg *config.Config) []definition {
	var all []*config.KPI
	for _, k := range cfg.KPIs {
		for _, read := range k.Reads() {
			if read.Query != nil && read.Query.SQL() != nil && !slices.Contains(all, read) {
				all = append(all, read)
			}
		}
	}
	definitions := make([]definition, len(all))
	for i, k := range all {
		definitions[i] = definition{k, all}
	}
	return definitions
}

// columns returns the columns that the KPI reads, as far as its SQL shows which columns it returns.
func (d definition) columns() config.Columns {
	names, known := d.Query.SQL().Columns()
	return d.ColumnsIn(func(column string) bool {
		is := func(name string) bool { return strings.EqualFold(name, column) }
		return slices.ContainsFunc(names, is) ||
			!known && slices.ContainsFunc(d.Query.SQL().Words(), func(w sqltext.Word) bool { return is(w.Text) })
	})
}

// judgesBySample reports whether the value or its status depends on the sample size.
func (d definition) judgesBySample() bool {
	if d.SuppressBelow != nil {
		return true
	}
	for r := range d.Target.BoundSets() {
		if r.MinSample != nil {
			return true
		}
	}
	return false
}

// isMissedByZero reports whether the target has a lower bound that 0 misses, or may miss.
func (d definition) isMissedByZero() bool {
	t := d.Target
	if t != nil && t.From != nil {
		return t.Direction != config.Lower
	}
	for r := range t.BoundSets() {
		if b := r.Target.Lower; !r.None && b != nil && (b.Moves() || b.Value > 0) {
			return true
		}
	}
	return false
}

// present returns the texts that are not empty, each once.
func present(texts ...string) []string {
	slices.Sort(texts)
	return slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
}
