package sqltext

import (
	"slices"
	"strings"
)

// Sums reports whether the values of a column can be added up, or why not.
type Sums uint8

// The kinds of columns. A column of a kind above Additive cannot be added up.
const (
	Unknown        Sums = iota
	Fixed               // A constant.
	Stored              // A value from a table.
	Additive            // A sum or a count: the sum of its parts.
	CountsDistinct      // What rows share would be counted more than once.
	Averages            // A mean, a median, a percentile.
	Spreads             // A standard deviation and the like.
	Extremes            // The smallest or the largest.
	Quotient
)

// IsAdditive reports whether values can be added up, or may be for all that is known.
func (s Sums) IsAdditive() bool { return s <= Additive }

// Summed reports whether a column can be added up over rows that differ only in some labels, which are columns too. If it
// cannot, at is the function or the / that is the reason, and text is the whole expression.
func (s *Statement) Summed(name string, labels []string) (sums Sums, at Word, text string) {
	t := s.tree()
	if t == nil {
		return Unknown, Word{}, ""
	}
	a := &adder{analysis{tree: t}}
	found := a.all(a.outputs(t.root, name, nil), labels)
	if a.steps > maxSteps || found.sums.IsAdditive() && found.sums != Additive {
		return Unknown, Word{}, ""
	}
	if found.sums.IsAdditive() {
		return found.sums, Word{}, ""
	}
	return found.sums, t.word(found.at), t.span(found.from, found.to)
}

// adder classifies expressions by whether they can be added up.
type adder struct {
	analysis
}

// sum is the kind of an expression. If it is not additive, the lexemes are those of the reason.
type sum struct {
	sums         Sums
	at, from, to int
}

func (e *expr) sum(sums Sums) sum { return sum{sums, e.at, e.from, e.to} }

// all classifies a column over the parts of a UNION.
func (a *adder) all(items []item, labels []string) sum {
	var list []sum
	for _, i := range items {
		list = append(list, a.of(i.expr, i.in, labels))
	}
	return together(list)
}

// together classifies a value that is one of several: it is not additive if one of them is not.
func together(list []sum) sum {
	var all sum
	for i, s := range list {
		switch {
		case !s.sums.IsAdditive():
			return s
		case i == 0, all.sums == Fixed:
			all = s
		case s.sums != all.sums && s.sums != Fixed:
			all = sum{}
		}
	}
	return all
}

// of classifies an expression of a SELECT. The labels are columns of that SELECT.
func (a *adder) of(e *expr, in *selection, labels []string) sum {
	if e == nil || a.over() {
		return sum{}
	}
	switch e.kind {
	case literal, argument:
		return e.sum(Fixed)
	case reference:
		from, items := a.origin(e, in)
		if from == nil {
			return e.sum(Stored)
		}
		return a.all(items, a.below(labels, from, in))
	case cast:
		return a.of(e.args[0], in, labels)
	case choice:
		var list []sum
		for _, arg := range append(slices.Clip(e.args), e.other) {
			list = append(list, a.of(arg, in, labels))
		}
		if s := together(list); !s.sums.IsAdditive() {
			return s
		}
	case subquery:
		var list []sum
		for _, s := range e.query.parts {
			if columns, known := a.columns(s); known && len(columns) == 1 {
				list = append(list, a.of(columns[0].expr, s, nil))
			}
		}
		if s := together(list); !s.sums.IsAdditive() {
			return s
		}
	case operator:
		return a.operator(e, in, labels)
	case call:
		return a.call(e, in, labels)
	}
	return sum{}
}

// below returns the labels that come from a source, by their names there.
func (a *adder) below(labels []string, from *source, in *selection) []string {
	var names []string
	for _, label := range labels {
		if source, name := a.label(in, label); source == from {
			names = append(names, name)
		}
	}
	return names
}

func (a *adder) operator(e *expr, in *selection, labels []string) sum {
	parts := make([]sum, len(e.args))
	for i, arg := range e.args {
		parts[i] = a.of(arg, in, labels)
	}
	switch {
	case len(parts) == 1 && isOneOf(e.text, "+ - ["), e.text == "at time zone":
		return parts[0]
	case len(parts) != 2:
		return sum{}
	}
	x, y := parts[0], parts[1]
	switch e.text {
	case "/":
		return a.quotient(e, x, y)
	case "*":
		switch {
		case x.sums == Fixed:
			return y
		case y.sums == Fixed:
			return x
		case x.sums == Stored && y.sums == Stored:
			return x
		}
	case "+", "-":
		switch s := together(parts); {
		case !s.sums.IsAdditive(), x.sums == y.sums:
			return s
		case x.sums.with(y.sums, Fixed, Stored):
			return e.sum(Stored)
		}
	}
	return sum{}
}

// with reports whether of two kinds one is this and the other is that.
func (s Sums) with(other, this, that Sums) bool {
	return s == this && other == that || s == that && other == this
}

// quotient classifies a division. Dividing by a constant, or by an exchange rate, changes nothing.
func (a *adder) quotient(e *expr, x, y sum) sum {
	switch {
	case y.sums == Fixed, e.args[len(e.args)-1].contains(isConversion):
		return x
	case y.sums != Unknown:
		return e.sum(Quotient)
	case !x.sums.IsAdditive():
		return x
	}
	return sum{}
}

// isConversion reports whether an expression is a column whose name says that it converts units.
func isConversion(e *expr) bool {
	if e.kind != reference {
		return false
	}
	return slices.ContainsFunc(strings.Split(strings.ToLower(e.text), "_"), func(part string) bool {
		return isOneOf(part, "rate fx factor exchange conversion divisor scale")
	})
}

// transparent are the functions that return one of their arguments, more or less.
const transparent = "round ceil ceiling floor trunc truncate coalesce ifnull nvl isnull nullif zeroifnull nullifzero"

// quotients are the functions that divide.
const quotients = "div div0 divide safe_divide try_divide"

func (a *adder) call(e *expr, in *selection, labels []string) sum {
	parts := make([]sum, len(e.args))
	for i, arg := range e.args {
		parts[i] = a.of(arg, in, labels)
	}
	all := together(parts)
	switch name := e.text; {
	case isOneOf(name, sums+" "+counts):
		return a.addition(e, in, all, labels)
	case isOneOf(name, distincts):
		return e.sum(CountsDistinct)
	case isOneOf(name, means) && !e.framed:
		return e.sum(Averages)
	case isOneOf(name, spreads), strings.HasPrefix(name, "regr_"):
		return e.sum(Spreads)
	case isOneOf(name, extremes) && len(e.args) == 1 && !e.framed, isOneOf(name, logical):
		return e.sum(Extremes)
	case e.isAggregate(), e.windowed:
		return sum{}
	case isOneOf(name, "cardinality array_length jsonb_array_length json_array_length") && len(e.args) > 0 && isDistinctArray(e.args[0]):
		return e.sum(CountsDistinct)
	case isOneOf(name, quotients) && len(parts) >= 2:
		return a.quotient(&expr{args: e.args[:2], at: e.at, from: e.from, to: e.to}, parts[0], parts[1])
	case !all.sums.IsAdditive():
		return all
	case isOneOf(name, transparent):
		return all
	case len(parts) == 0, all.sums == Fixed:
		return e.sum(Fixed)
	case all.sums == Stored:
		return e.sum(Stored)
	}
	return sum{}
}

// isDistinctArray reports whether an expression gathers distinct values.
func isDistinctArray(e *expr) bool {
	return e.kind == call && e.distinct && isOneOf(e.text, "array_agg json_agg jsonb_agg json_group_array group_array")
}

// addition classifies a sum or a count. Sums over rows of a finer grain are additive, whatever the rows hold, unless the rows
// were made distinct per label.
func (a *adder) addition(e *expr, in *selection, arg sum, labels []string) sum {
	switch {
	case e.distinct:
		return e.sum(CountsDistinct)
	case e.windowed:
		return sum{}
	}
	for _, from := range in.sources {
		if len(a.below(labels, from, in)) == 0 || from.query == nil {
			continue
		}
		if at := a.deduplicated(from.query); at > 0 && a.countsRows(e, from, in) {
			return sum{CountsDistinct, at, at, at + 1}
		}
		if arg.sums == CountsDistinct && e.text != "count" {
			return arg
		}
	}
	return e.sum(Additive)
}

// countsRows reports whether an aggregate function counts the rows of a source.
func (a *adder) countsRows(e *expr, from *source, in *selection) bool {
	if len(e.args) != 1 {
		return false
	}
	switch arg := e.args[0]; arg.kind {
	case star:
		return true
	case literal:
		return true
	case reference:
		source, _ := a.origin(arg, in)
		return e.text == "count" && source == from
	}
	return false
}

// deduplicated returns the word that makes the rows of a query distinct: DISTINCT, or a GROUP BY that computes nothing; 0 if
// there is none.
func (a *adder) deduplicated(q *query) int {
	if len(q.parts) != 1 || a.over() {
		return 0
	}
	s := q.parts[0]
	columns, _ := a.columns(s)
	switch {
	case s.distinct && len(columns) > 1:
		return s.at + 1
	case len(s.groups) > 1 && !s.aggregates():
		return s.groupAt
	case len(s.groups) == 0 && !s.aggregates() && len(s.sources) == 1 && s.sources[0].query != nil:
		return a.deduplicated(s.sources[0].query)
	}
	return 0
}

// span returns the text of lexemes, on one line.
func (t *tree) span(from, to int) string { return t.source(&expr{from: from, to: to}) }
