package sqltext

import "strings"

// maxSteps is how many steps one question about a statement may take: queries in WITH that each read the one before twice
// would take forever.
const maxSteps = 50_000

// maxColumns is how many columns of a SELECT are looked at.
const maxColumns = 1000

// analysis answers one question about a tree.
type analysis struct {
	*tree
	steps int
}

// over counts a step, and reports whether there have been too many.
func (a *analysis) over() bool {
	a.steps++
	return a.steps > maxSteps
}

// item is an expression in the SELECT to which it belongs.
type item struct {
	*expr
	in *selection
}

// Columns returns the names of the columns of the result, and whether these are all of them.
func (s *Statement) Columns() (names []string, known bool) {
	t := s.tree()
	if t == nil {
		return nil, false
	}
	a := &analysis{tree: t}
	return a.names(&source{query: t.root})
}

// columns returns the columns of a SELECT, with stars expanded. It returns false if some columns are not known.
func (a *analysis) columns(s *selection) ([]column, bool) {
	if a.over() || s.values && len(s.columns) == 0 {
		return nil, false
	}
	var all []column
	known := true
	for _, c := range s.columns {
		if !c.star {
			all = append(all, c)
			continue
		}
		matched := c.table == ""
		for _, from := range s.sources {
			if c.table != "" && !strings.EqualFold(c.table, from.name) {
				continue
			}
			matched = true
			names, ok := a.names(from)
			known = known && ok
			for _, name := range names {
				if len(all) == maxColumns {
					return all, false
				}
				all = append(all, column{name: name, expr: &expr{kind: reference, text: name, table: from.name, at: s.at, from: s.at, to: s.at}})
			}
		}
		known = known && matched
	}
	return all, known
}

// names returns the names of a source's columns, and whether these are all.
func (a *analysis) names(from *source) ([]string, bool) {
	if from.query == nil || len(from.query.parts) == 0 {
		return nil, false
	}
	list, known := a.columns(from.query.parts[0])
	names := make([]string, 0, len(list))
	for i, c := range list {
		if i < len(from.columns) && from.columns[i] != "" {
			c.name = from.columns[i]
		}
		names = append(names, c.name)
	}
	if from.query.parts[0].values && len(names) == 0 {
		return from.columns, from.columns != nil
	}
	return names, known
}

// outputs returns the expression of a column in each part of a query; nil if it is not known.
func (a *analysis) outputs(q *query, name string, rename []string) []item {
	if q == nil {
		return nil
	}
	place := -1
	var items []item
	for i, s := range q.parts {
		list, known := a.columns(s)
		if i == 0 {
			for j, c := range list {
				if j < len(rename) && rename[j] != "" {
					c.name = rename[j]
				}
				if place < 0 && strings.EqualFold(c.name, name) {
					place = j
				}
			}
		}
		if place < 0 || place >= len(list) || !known && len(q.parts) > 1 {
			return nil
		}
		items = append(items, item{list[place].expr, s})
	}
	return items
}

// origin returns the subquery that a column comes from, and its expressions there; nil for the column of a table, and if it
// is not known.
func (a *analysis) origin(e *expr, in *selection) (*source, []item) {
	if e.kind != reference || a.over() {
		return nil, nil
	}
	for _, from := range in.sources {
		if e.table != "" && !strings.EqualFold(e.table, from.name) {
			continue
		}
		if items := a.outputs(from.query, e.text, from.columns); items != nil {
			return from, items
		}
	}
	return nil, nil
}

// label returns the source that an output column comes from, and the name of the column there.
func (a *analysis) label(s *selection, name string) (*source, string) {
	list, _ := a.columns(s)
	for _, c := range list {
		if strings.EqualFold(c.name, name) {
			from, _ := a.origin(c.expr, s)
			return from, c.expr.text
		}
	}
	return nil, ""
}
