package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
)

// shared notes that KPIs read a query together with KPIs of other files: what is wrong with one of them may be because of another.
func (l *loader) shared(q *queryDecl) {
	all := slices.Concat(q.used, q.targetsOf)
	q.needs = slices.ContainsFunc(all, func(k *kpiDecl) bool { return l.needs(q.file, k.file) })
	for _, k := range all {
		for _, read := range k.reads {
			q.needs = q.needs || l.needs(q.file, read.reader.decl.file)
			read.reader.decl.needs = read.reader.decl.needs || q.needs || k.needs
		}
		k.needs = k.needs || q.needs
	}
}

// failPlanned reports that KPIs read values from a query that gives targets to others.
func (l *loader) failPlanned(q *queryDecl) {
	for _, k := range q.used {
		for _, read := range k.reads {
			l.about(read.reader.decl, func() {
				read.fail("write a query for each", "query %s gives targets, and no values", document.Quote(q.n.Value))
			})
		}
		if !k.isColumn() {
			q.file.Fail(q.n, "write a query for each", "query %s gives targets to some KPIs and values to others", document.Quote(q.n.Value))
		}
	}
}

// mergedLabels finds the KPIs with fewer labels than others of the same query: their rows are merged.
func (l *loader) mergedLabels(q *queryDecl) {
	all := map[string]bool{}
	for _, l := range keys.Get[[]keys.Label](q.Settings, "labels").Value {
		all[l.Name] = true
	}
	for _, k := range q.used {
		for _, l := range keys.Get[[]keys.Label](k.Settings, "labels").Value {
			all[l.Name] = true
		}
	}
	for _, k := range q.used {
		if len(keys.Get[[]keys.Label](k.Settings, "labels").Value) == len(all) || keys.Get[[]keys.Label](k.Settings, "labels").Said() && !keys.Get[[]keys.Label](k.Settings, "labels").OK {
			continue
		}
		if k.Text("merge").Said() && k.Text("merge").Value != string(MergeNone) {
			k.made.Merge = k.mergeBy()
			for _, name := range slices.Sorted(maps.Keys(all)) {
				if !slices.ContainsFunc(keys.Get[[]keys.Label](k.Settings, "labels").Value, func(l Label) bool { return l.Name == name }) {
					k.made.MergedLabels = append(k.made.MergedLabels, name)
				}
			}
			continue
		}
		if k.isColumn() {
			l.failLabels(k, q, slices.Sorted(maps.Keys(all)))
			continue
		}
		at, d := k.n, k.file.File
		if keys.Get[[]keys.Label](k.Settings, "labels").Said() {
			at, d = keys.Get[[]keys.Label](k.Settings, "labels").Node, keys.Get[[]keys.Label](k.Settings, "labels").File
		}
		l.about(k, func() {
			d.Fail(at, "add merge: ratio, sum, min or max, or give the KPI a query of its own",
				"a KPI with fewer labels than its query %s must merge rows", document.Quote(q.n.Value))
		})
	}
}

// failLabels reports that formulas read a column with fewer labels than other KPIs of its query have.
func (l *loader) failLabels(decl *kpiDecl, q *queryDecl, all []string) {
	labels := strings.Join(all, ", ")
	has := "no labels"
	if own := decl.made.LabelNames(); len(own) > 0 {
		has = "labels " + strings.Join(own, ", ")
	}
	hint := fmt.Sprintf("add to query %s labels: [%s] to compute the formula for every label set, or merge: sum to compute it for their total",
		q.n.Value, labels)
	for _, read := range decl.reads {
		l.about(read.reader.decl, func() {
			read.fail(hint, "%s has %s, but other KPIs of query %s have labels %s", read.name, has, document.Quote(q.n.Value), labels)
		})
	}
}

// mergeBy returns how the KPI merges. One column has no quotient: what a formula divides is added up first.
func (decl *kpiDecl) mergeBy() Merge {
	m := Merge(decl.Text("merge").Value)
	if decl.isColumn() && m == MergeRatio {
		return MergeSum
	}
	return m
}

// checkMerge looks for a KPI that has nothing to merge, or cannot merge. One with labels may say about its parts that they add up,
// or that they overlap.
func (decl *kpiDecl) checkMerge() {
	k := decl.made
	if k.Formula != nil || decl.formula != nil || !decl.Text("merge").OK {
		return
	}
	said := Merge(decl.Text("merge").Value)
	hasLabels := len(k.LabelNames()) > 0
	if hasLabels || k.Merge != "" {
		k.Total = said
	}
	switch {
	case k.Merge == "" && decl.ownMerge.OK && hasLabels && said != MergeSum && said != MergeNone:
		decl.ownMerge.Fail("leave it out, or write sum where the parts add up to the whole, none where they overlap", "merge: %s: there is nothing to merge", said)
	case k.Merge == "" && decl.ownMerge.OK && !hasLabels:
		decl.ownMerge.Fail("leave it out, or give the KPI labels, fewer than its named query has, or databases:", "merge: there is nothing to merge")
	case k.Merge == MergeRatio && k.Query != nil && !k.HasQuotient():
		hint := "name the columns with numerator: and denominator:"
		if k.Query.IsPromQL() {
			hint = partsOfPromQL
		}
		decl.Text("merge").Fail(hint, "merge: ratio of KPI %s needs a numerator and a denominator", document.Quote(k.Name))
	}
}
