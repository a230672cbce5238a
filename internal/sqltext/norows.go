package sqltext

import (
	"slices"
	"strings"
)

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
	case a.over(), s.values, s.skipping, slices.ContainsFunc(s.groups, isKey), s.having != nil:
		return false
	case s.aggregates():
		return true
	}
	return s.where == nil && a.alwaysRows(s)
}

// isKey reports whether a GROUP BY item may be different for some rows: all but ().
func isKey(e *expr) bool { return e.kind != list || len(e.args) > 0 }

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
const strict = "round ceil ceiling floor trunc truncate abs sign sqrt extract date_part power exp ln log"

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
		if isOneOf(e.text, "+ - * / % ^ < <= > >= = <> !=") {
			return append(a.any(e.args, in), a.nullDivisor(e, in)...)
		}
	case choice:
		return a.nullChoice(e, in)
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
	case e.text == "nullif" && len(e.args) == 2:
		return a.null(e.args[0], in)
	case isOneOf(e.text, "coalesce ifnull nvl greatest least"):
		return a.all(e.args, in)
	}
	return nil
}

// all returns the parts that make all of several expressions NULL; none if one of them is not.
func (a *absence) all(list []*expr, in *selection) []*expr {
	var null []*expr
	for _, e := range list {
		parts := a.null(e, in)
		if len(parts) == 0 && !e.isNull() {
			return nil
		}
		null = append(null, parts...)
	}
	return null
}

func (e *expr) isNull() bool { return e == nil || e.kind == literal && e.text == "null" }

// nullChoice returns the parts that make a CASE NULL: no condition holds, because all compare with NULL, and what follows ELSE
// is NULL. Without ELSE it is the CASE itself.
func (a *absence) nullChoice(e *expr, in *selection) []*expr {
	switch {
	case len(a.all(e.when, in)) == 0:
		return nil
	case e.other.isNull():
		return []*expr{e}
	}
	return a.null(e.other, in)
}

// nullDivisor returns a quotient itself if it divides by a nullif that makes a 0 NULL.
func (a *absence) nullDivisor(e *expr, in *selection) []*expr {
	if e.text != "/" || len(e.args) != 2 {
		return nil
	}
	divisor := e.args[1]
	for divisor.kind == cast {
		divisor = divisor.args[0]
	}
	if divisor.kind == call && divisor.text == "nullif" && len(divisor.args) == 2 && isZero(divisor.args[1]) && a.zero(divisor.args[0], in) {
		return []*expr{{kind: operator, at: e.from, from: e.from, to: e.to}}
	}
	return nil
}

// zero reports whether an expression is 0 when there are no rows.
func (a *absence) zero(e *expr, in *selection) bool {
	switch {
	case e.kind == cast:
		return a.zero(e.args[0], in)
	case e.kind != call || a.over():
		return isZero(e)
	case isOneOf(e.text, counts+" total"):
		return e.isAggregate() && !a.madeOfConstants(in)
	case isOneOf(e.text, "coalesce ifnull nvl") && len(e.args) == 2:
		return a.null(e.args[0], in) != nil && a.zero(e.args[1], in)
	}
	return false
}

// isZero reports whether an expression is a constant 0.
func isZero(e *expr) bool { return e.kind == literal && strings.Trim(e.text, "0.") == "" }

// madeOfConstants reports whether a SELECT has rows to aggregate, whatever the tables hold.
func (a *absence) madeOfConstants(s *selection) bool {
	return s.where == nil && len(s.sources) > 0 && a.alwaysRows(s)
}
