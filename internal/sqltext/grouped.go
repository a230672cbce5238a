package sqltext

import (
	"slices"
	"strings"
)

// SumsPerGroup reports whether a column is a sum or a count per set of labels, so that a set without rows is missing from the
// result and means 0. It returns false if rows may be missing for another reason, if every label always has a row, and if
// that is not known.
func (s *Statement) SumsPerGroup(name string, labels []string) bool {
	t := s.tree()
	if t == nil || len(t.root.parts) != 1 {
		return false
	}
	a := &adder{analysis{tree: t}}
	return a.sumsPerGroup(t.root, name, labels) && a.steps <= maxSteps
}

func (a *adder) sumsPerGroup(q *query, name string, labels []string) bool {
	items := a.outputs(q, name, nil)
	if len(items) != 1 || a.over() {
		return false
	}
	e, s := items[0].expr, items[0].in
	if s.limited || s.having != nil {
		return false
	}
	if len(s.groups) == 0 { // Passed on from a subquery.
		from, _ := a.origin(e, s)
		below := a.below(labels, from, s)
		return from != nil && len(s.sources) == 1 && s.where == nil && len(below) == len(labels) && from.columns == nil &&
			a.sumsPerGroup(from.query, e.text, below)
	}
	switch a.of(e, s, nil).sums {
	case Additive, CountsDistinct:
	default:
		return false
	}
	for _, label := range labels {
		if !a.disappears(s, label) {
			return false
		}
	}
	return e.contains(func(part *expr) bool { return part.isAggregate() })
}

// disappears reports whether a value of a label disappears from the result when it has no more rows, because the label does
// not come from the preserved side of an outer join.
func (a *adder) disappears(s *selection, label string) bool {
	list, _ := a.columns(s)
	at := slices.IndexFunc(list, func(c column) bool { return strings.EqualFold(c.name, label) })
	if at < 0 {
		return false
	}
	isOuter := func(from *source) bool { return isOneOf(from.join, "left right full") }
	known, kept := false, false
	list[at].expr.walk(func(e *expr) bool {
		if e.kind != reference {
			return true
		}
		known = true
		for i, from := range s.sources {
			if e.table == "" || strings.EqualFold(e.table, from.name) {
				kept = kept || isOneOf(from.join, "right full") ||
					slices.ContainsFunc(s.sources[i+1:], func(later *source) bool { return isOneOf(later.join, "left full") })
			}
		}
		known = known && (e.table != "" || !slices.ContainsFunc(s.sources, isOuter))
		return true
	})
	return known && !kept
}
