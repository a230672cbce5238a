package sqltext

import (
	"slices"
	"strings"
)

// Sums says what becomes of the values of a column when those of several rows are added up.
type Sums uint8

// What may become of them. Where it is not known, nothing is said.
const (
	Unknown        Sums = iota
	Fixed               // A constant.
	Stored              // As it stands in a table.
	Additive            // A sum or a count: the sum of its parts.
	CountsDistinct      // What several rows have in common is counted several times.
	Averages            // A mean, a median, a percentile.
	Spreads             // A standard deviation and the like.
	Extremes            // The smallest or the largest.
	Quotient
)

// IsAdditive reports whether values may be added up, as far as it is known.
func (s Sums) IsAdditive() bool { return s <= Additive }

// Summed says what becomes of the values of a column when rows are added up that differ in some labels only, which are
// columns too. The word is what makes them not additive: a function, or the / of a quotient; text is all of it.
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

// adder finds out what can be added up.
type adder struct {
	analysis
}

// sum is what an expression is, and for what is not additive the lexemes that make it so.
type sum struct {
	sums         Sums
	at, from, to int
}

func (e *expr) sum(sums Sums) sum { return sum{sums, e.at, e.from, e.to} }

// all returns what the parts of a UNION are together.
func (a *adder) all(items []item, labels []string) sum {
	var list []sum
	for _, i := range items {
		list = append(list, a.of(i.expr, i.in, labels))
	}
	return together(list)
}

// together returns what becomes of values one of which is taken: not additive if one of them is not.
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

// of returns what an expression is in a SELECT. The labels are columns of the rows that are added up; they are known by
// other names further down.
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

// below returns the names that labels have in a source, of those that come from it.
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

// with reports whether one of two is this, and the other one that.
func (s Sums) with(other, this, that Sums) bool {
	return s == this && other == that || s == that && other == this
}

// quotient returns what a division gives. What all rows are divided by alike, such as 100 or a rate of exchange, leaves
// them as additive as they were.
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

// isConversion reports whether an expression is a column that by its name converts one unit into another.
func isConversion(e *expr) bool {
	if e.kind != reference {
		return false
	}
	return slices.ContainsFunc(strings.Split(strings.ToLower(e.text), "_"), func(part string) bool {
		return isOneOf(part, "rate fx factor exchange conversion divisor scale")
	})
}

// transparent are the functions whose value is that of an argument, more or less.
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
	case isOneOf(name, extremes) && len(e.args) == 1 && !e.framed:
		return e.sum(Extremes)
	case e.isAggregate(), e.windowed:
		return sum{}
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

// addition returns what a sum or a count gives. The rows of a table, or of a finer grain, add up whatever they hold; what
// they count does not where it was made distinct for each label.
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

// countsRows reports whether an aggregate counts the rows of a source.
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

// deduplicated returns the word that makes the rows of a query distinct: DISTINCT, or GROUP BY without anything that is
// computed for the groups; 0 if none does.
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
