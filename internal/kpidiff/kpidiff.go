// Package kpidiff compares two KPI files as they are resolved: which KPIs are added and removed, in what the others differ, and what
// that does to their values and statuses. It opens nothing: who wants values compared evaluates the KPIs and hands them in.
package kpidiff

import (
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/dashboards"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/fingerprint"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// Diff is in what two KPI files differ.
type Diff struct {
	Added   []Entry  // In the order of the new file.
	Removed []Entry  // In the order of the old file.
	Changed []Change // In the order of the new file.
}

// Change is a KPI in which the files differ.
type Change struct {
	Old, New *config.KPI
	Details  []Detail // At least one, in the order of facets.
	Values   Values   // The zero Values until they are compared.
}

// Detail is one thing in which a KPI differs.
type Detail struct {
	Key      string // As a KPI file calls it; "input" for inputs of the formula, "comments" for comments and layout of its SQL.
	Kind     Kind
	Effect   bool   // It is one, whatever the values are.
	Old, New string // In words; "" where a file does not say it. Of SQL and descriptions, all lines.
}

// Compare compares two files.
func Compare(before, after *config.Config) *Diff {
	c := newComparison()
	d := &Diff{}
	were, are := byName(before), byName(after)
	var added, removed []*config.KPI
	for _, k := range after.KPIs {
		was := were[k.Name]
		if was == nil {
			added = append(added, k)
			continue
		}
		if details := c.details(was, k); len(details) > 0 {
			d.Changed = append(d.Changed, Change{Old: was, New: k, Details: details})
		}
	}
	for _, k := range before.KPIs {
		if are[k.Name] == nil {
			removed = append(removed, k)
		}
	}
	boards := dashboards.Showing(after)
	for _, k := range added {
		d.Added = append(d.Added, c.entry(k, boards, removed))
	}
	boards = dashboards.Showing(before)
	for _, k := range removed {
		e := c.entry(k, boards, added)
		e.ReadBy = readers(k, before, are)
		d.Removed = append(d.Removed, e)
	}
	return d
}

func byName(c *config.Config) map[string]*config.KPI {
	kpis := make(map[string]*config.KPI, len(c.KPIs))
	for _, k := range c.KPIs {
		kpis[k.Name] = k
	}
	return kpis
}

// IsEvaluated reports whether the change may change a value or a status, so that both have to be compared.
func (c *Change) IsEvaluated() bool { return c.strongest() >= Judges }

// strongest returns the kind of its details that matters most.
func (c *Change) strongest() Kind {
	kind := Wording
	for _, d := range c.Details {
		kind = max(kind, d.Kind)
	}
	return kind
}

// Section returns where a person looks for the change: among definitions (Computes), targets (Judges) or wordings (Wording).
func (c *Change) Section() Kind {
	if kind := c.strongest(); kind != Concerns {
		return kind
	}
	return Computes
}

// Effect reports whether the files do something else: a KPI that one of them lacks, another status, value or bound, or something that
// is an effect by itself.
func (d *Diff) Effect() bool {
	return len(d.Added)+len(d.Removed) > 0 || slices.ContainsFunc(d.Changed, func(c Change) bool { return c.Effect() })
}

// Effect reports whether the KPI does something else. What may change its values does, unless these have been compared and are the
// same.
func (c *Change) Effect() bool {
	if slices.ContainsFunc(c.Details, func(d Detail) bool { return d.Effect }) {
		return true
	}
	return c.IsEvaluated() && (!c.Values.known() || c.Values.Differ())
}

// comparison compares KPIs, each pair of inputs once.
type comparison struct {
	*fingerprint.Printer
	sameInput map[[2]*config.KPI]bool
	plain     map[engine.Statement]string // SQL that several KPIs share, or that is compared with that of many, is read once.
	all       []facet
}

func newComparison() *comparison {
	c := &comparison{sameInput: map[[2]*config.KPI]bool{}, plain: map[engine.Statement]string{}}
	c.Printer = fingerprint.New(notCompared(), printed)
	c.all = c.facets()
	return c
}

// details returns in what two KPIs differ.
func (c *comparison) details(before, after *config.KPI) []Detail {
	var list []Detail
	for _, f := range c.all {
		if !f.differs(before, after) {
			continue
		}
		d := Detail{Key: f.key, Kind: f.kind, Effect: f.effect}
		switch {
		case f.key == keyInput:
			d.New = strings.Join(c.changedInputs(before, after), ", ")
		case f.key == keyDatabase:
			list := databases
			if f.kind == Judges {
				list = targetDatabases
			}
			d.Old, d.New = databaseWords(list(before), list(after))
		case f.text != nil:
			d.Old, d.New = f.text(before), f.text(after)
		}
		list = append(list, d)
	}
	return list
}

// sameSQL reports whether two statements are the same, but for comments and layout.
func (c *comparison) sameSQL(before, after engine.Statement) bool {
	plain := func(s engine.Statement) string {
		text, known := c.plain[s]
		if !known {
			text = plainOf(s)
			c.plain[s] = text
		}
		return text
	}
	return plain(before) == plain(after)
}

// computesTheSame reports whether nothing that computes values differs.
func (c *comparison) computesTheSame(before, after *config.KPI) bool {
	return !slices.ContainsFunc(c.all, func(f facet) bool { return f.kind == Computes && f.differs(before, after) })
}

// sameInputs reports whether the inputs that the formulas of both KPIs name compute the same.
func (c *comparison) sameInputs(before, after *config.KPI) bool {
	return len(c.changedInputs(before, after)) == 0
}

// changedInputs returns the inputs that the formulas of both KPIs name and that do not compute the same.
func (c *comparison) changedInputs(before, after *config.KPI) []string {
	var names []string
	for _, input := range after.Inputs() {
		for _, before := range before.Inputs() {
			if before.Name != input.Name {
				continue
			}
			pair := [2]*config.KPI{before, input}
			same, known := c.sameInput[pair]
			if !known {
				same = c.computesTheSame(before, input)
				c.sameInput[pair] = same
			}
			if !same {
				names = append(names, input.Name)
			}
		}
	}
	return names
}

// databases returns where a KPI with a query reads its values. A formula reads nothing itself: see changedInputs.
func databases(k *config.KPI) []*config.Database {
	if k.Formula != nil {
		return nil
	}
	return k.Databases
}

// targetDatabases returns where a KPI reads its target and nothing else.
func targetDatabases(k *config.KPI) []*config.Database {
	if k.Target == nil || k.Target.FromDatabase == nil || slices.Contains(databases(k), k.Target.FromDatabase) {
		return nil
	}
	return []*config.Database{k.Target.FromDatabase}
}

// alike returns a comparison of the databases that a function lists: by their names, and by what files say about them.
func alike(list func(k *config.KPI) []*config.Database) func(before, after *config.KPI) bool {
	return func(before, after *config.KPI) bool {
		return slices.EqualFunc(list(before), list(after), func(a, b *config.Database) bool { return a.Name == b.Name && len(a.Differences(b)) == 0 })
	}
}

// databaseWords names the databases of both; behind one of the same name, what else its file says about it now.
func databaseWords(before, after []*config.Database) (was, is string) {
	words := func(list []*config.Database, differences func(d *config.Database) []string) string {
		texts := make([]string, len(list))
		for i, d := range list {
			texts[i] = d.Name
			if keys := differences(d); len(keys) > 0 {
				texts[i] += " with another " + strings.Join(keys, ", ")
			}
		}
		return strings.Join(texts, ", ")
	}
	return words(before, func(*config.Database) []string { return nil }), words(after, func(d *config.Database) []string {
		for _, other := range before {
			if other.Name == d.Name {
				return other.Differences(d)
			}
		}
		return nil
	})
}

// sameTarget reports whether both targets judge alike; where a benchmark was found does not judge.
func (c *comparison) sameTarget(before, after *config.KPI) bool {
	sum := func(k *config.KPI) string {
		if k.Target == nil {
			return ""
		}
		return c.Sum("", k.Target)
	}
	return sum(before) == sum(after)
}

// notCompared returns the fields of a target that judge nothing, each with the reason.
func notCompared() map[string]string {
	return map[string]string{
		"Bound.Note":          "is a wording of its own",
		"Target.FromDatabase": "is among the databases",
	}
}

// printed writes what is in fields that are not exported.
func printed(p *fingerprint.Printer, pointer any) bool {
	switch x := pointer.(type) {
	case *time.Time:
		p.Text(x.UTC().Format(time.RFC3339Nano))
	case *valuesfile.Table:
		p.Text(x.String())
	case *config.Query:
		p.Text(plainOf(x.Statement))
		p.Text(plainOf(x.DataUntil))
	default:
		return false
	}
	return true
}
