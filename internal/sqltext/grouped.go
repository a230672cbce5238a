package sqltext

import (
	"slices"
	"strings"
)

// SumsPerGroup reports whether a column is a sum or a count of the rows that have the same labels, so that labels that no
// row has are missing in the result, and mean 0. It returns false where a row may be left out for another reason, where
// each label has a row in any case, and where that is not known.
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
	if len(s.groups) == 0 { // As it comes from another one.
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

// disappears reports whether a value of a label is not in the result once no row has it: it does not come from the side of
// an outer join of which all rows are kept.
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
