package sqltext

// Computed is a part of an expression.
type Computed struct {
	Word        // The function or operator.
	Text string // All of it, on one line.
}

// NullWithoutRows returns the aggregate functions that make a column NULL when there is nothing to aggregate, although the
// statement returns a row: those other than count, without GROUP BY and without coalesce.
func (s *Statement) NullWithoutRows(name string) []Computed {
	t := s.tree()
	if t == nil {
		return nil
	}
	a := &absence{analysis{tree: t}}
	var list []Computed
	for _, i := range a.outputs(t.root, name, nil) {
		if !a.alwaysOneRow(i.in) {
			continue
		}
		for _, e := range a.null(i.expr, i.in) {
			list = append(list, Computed{t.word(e.at), t.source(e)})
		}
	}
	if a.steps > maxSteps {
		return nil
	}
	return list
}

// absence finds out what a statement returns when it finds no rows.
type absence struct {
	analysis
}

// alwaysOneRow reports whether a SELECT returns one row, whatever the tables hold.
func (a *absence) alwaysOneRow(s *selection) bool {
	switch {
	case a.over(), s.values, s.limited, len(s.groups) > 0, s.having != nil:
		return false
	case s.aggregates():
		return true
	}
	return s.where == nil && a.alwaysRows(s)
}

// alwaysRows reports whether the sources of a SELECT have rows, whatever the tables hold.
func (a *absence) alwaysRows(s *selection) bool {
	for _, from := range s.sources {
		switch {
		case from.join != "" && from.join != "cross" && from.join != "left", from.query == nil:
			return false
		}
		for _, part := range from.query.parts {
			if !part.values && !a.alwaysOneRow(part) {
				return false
			}
		}
	}
	return true
}

// strict are the functions that return NULL if an argument is NULL.
const strict = "round ceil ceiling floor trunc truncate abs sign sqrt"

// null returns the parts that make an expression NULL when there are no rows.
func (a *absence) null(e *expr, in *selection) []*expr {
	if e == nil || a.over() {
		return nil
	}
	switch e.kind {
	case reference:
		var list []*expr
		_, items := a.origin(e, in)
		for _, i := range items {
			if a.alwaysOneRow(i.in) {
				list = append(list, a.null(i.expr, i.in)...)
			}
		}
		return list
	case cast:
		return a.null(e.args[0], in)
	case subquery:
		var list []*expr
		for _, s := range e.query.parts {
			if columns, known := a.columns(s); known && len(columns) == 1 && a.alwaysOneRow(s) {
				list = append(list, a.null(columns[0].expr, s)...)
			}
		}
		return list
	case operator:
		if isOneOf(e.text, "+ - * / %") {
			return a.any(e.args, in)
		}
	case call:
		return a.nullCall(e, in)
	}
	return nil
}

// any returns the parts that make at least one of several expressions NULL.
func (a *absence) any(list []*expr, in *selection) []*expr {
	var null []*expr
	for _, e := range list {
		null = append(null, a.null(e, in)...)
	}
	return null
}

func (a *absence) nullCall(e *expr, in *selection) []*expr {
	switch {
	case e.isAggregate():
		isNull := !isOneOf(e.text, counts+" total "+distincts) && !a.madeOfConstants(in)
		if isNull {
			return []*expr{e}
		}
	case isOneOf(e.text, strict):
		return a.any(e.args, in)
	case isOneOf(e.text, "coalesce ifnull nvl"): // NULL if all of them are.
		var null []*expr
		for _, arg := range e.args {
			parts := a.null(arg, in)
			if len(parts) == 0 && (arg.kind != literal || arg.text != "null") {
				return nil
			}
			null = append(null, parts...)
		}
		return null
	}
	return nil
}

// madeOfConstants reports whether a SELECT has rows to aggregate, whatever the tables hold.
func (a *absence) madeOfConstants(s *selection) bool {
	return s.where == nil && len(s.sources) > 0 && a.alwaysRows(s)
}
