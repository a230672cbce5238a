package sqltext

import (
	"cmp"
	"slices"
	"strings"
)

// Comparison is a comparison of an instant of the parameters, or of what is made from it, with something that is read.
type Comparison struct {
	Parameter        // The instant.
	Value     string // What is read, as it is written.
	Operator  string // Between Value and Bound, in this order; "" of the other order, and of BETWEEN and the like.
	Bound     string // The side of the instant, as it is written.
	Key       string // The tokens of Value: the same for what differs only in blanks and letter case.

	// Values gives rows with the columns value and bound: what is compared with what. BoundAlone gives the one row that has the
	// bound; it is nil where the bound depends on what is read.
	Values, BoundAlone *Statement

	// Read is the only column that Value is made of, as it is written, and ReadValues gives rows with it as the column value.
	// They are "" and nil where Value is that column, and where it is made of several.
	Read       string
	ReadValues *Statement
	made       [2]string // What stands around Read in Value.
}

// MadeOf returns a statement that gives the one row with Value, as the column value, for another expression in place of Read.
func (c Comparison) MadeOf(other string) (*Statement, error) {
	return c.Values.again("SELECT " + c.made[0] + other + c.made[1] + " AS value")
}

// Comparisons returns the comparisons of the statement, in order. An aggregate min or max counts as what it is of.
func (s *Statement) Comparisons() []Comparison {
	t := s.tree()
	if t == nil {
		return nil
	}
	a := &analysis{tree: t}
	var list []Comparison
	t.visit(func(e *expr, _ []*expr, in *selection) {
		if e.kind != operator || in.read[0] >= in.read[1] || a.over() {
			return
		}
		for _, sides := range a.sides(e) {
			if c, ok := a.comparison(sides[0], sides[1], in); ok {
				if sides[0] == e.args[0] && isOneOf(e.text, "= == <> != < <= > >=") {
					c.Operator = e.text
				}
				list = append(list, c)
			}
		}
	})
	slices.SortStableFunc(list, func(a, b Comparison) int { return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column)) })
	return list
}

// sides returns what an operator compares with each other, both ways round.
func (a *analysis) sides(e *expr) [][2]*expr {
	switch {
	case isOneOf(e.text, "= == <> != < <= > >= is") && len(e.args) == 2:
		return [][2]*expr{{e.args[0], e.args[1]}, {e.args[1], e.args[0]}}
	case e.text == "in" && len(e.args) == 2 && e.args[1].kind != subquery:
		members := e.args[1:]
		if members[0].kind == list {
			members = members[0].args
		}
		var all [][2]*expr
		for _, member := range members {
			all = append(all, [2]*expr{e.args[0], member})
		}
		return all
	case e.text == "between" && len(e.args) == 3:
		return [][2]*expr{{e.args[0], e.args[1]}, {e.args[0], e.args[2]}, {e.args[1], e.args[0]}, {e.args[2], e.args[0]}}
	}
	return nil
}

// comparison reads a comparison of something that is read with a side that has an instant in it.
func (a *analysis) comparison(value, bound *expr, in *selection) (Comparison, bool) {
	if value.isAggregate() && isOneOf(value.text, extremes) {
		value = value.args[0]
	}
	name, instant := a.instantIn(bound, in)
	isAggregate := func(part *expr) bool { return part.isAggregate() }
	if other, _ := a.instantIn(value, in); name == "" || other != "" || value.contains(isAggregate) || bound.contains(isAggregate) ||
		!value.contains(func(part *expr) bool { return part.kind == reference }) {
		return Comparison{}, false
	}
	at := instant.from
	if instant.kind == argument {
		at = instant.at
	}
	w := a.word(at)
	values, err := a.statement.again(a.beforeRoot() + "SELECT " + a.between(value.from, value.to) + " AS value, " + a.between(bound.from, bound.to) + " AS bound FROM " + a.between(in.read[0], in.read[1]))
	if err != nil {
		return Comparison{}, false
	}
	c := Comparison{
		Parameter: Parameter{name, w.Line, w.Column},
		Value:     a.source(value), Bound: a.source(bound), Key: a.tokens(value), Values: values,
	}
	if !bound.contains(func(part *expr) bool { return part.kind == reference || part.kind == subquery || part.kind == unclear }) {
		c.BoundAlone, _ = a.statement.again("SELECT " + a.between(bound.from, bound.to) + " AS bound")
	}
	a.readsOne(&c, value, in)
	return c, true
}

// readsOne says which column the value of a comparison is made of, if it is only one.
func (a *analysis) readsOne(c *Comparison, value *expr, in *selection) {
	var read []*expr
	if value.kind == reference || value.contains(func(part *expr) bool {
		if part.kind == reference {
			read = append(read, part)
		}
		return part.kind == subquery || part.kind == unclear || part.kind == argument
	}) || len(read) != 1 {
		return
	}
	var err error
	c.ReadValues, err = a.statement.again(a.beforeRoot() + "SELECT " + a.between(read[0].from, read[0].to) + " AS value FROM " + a.between(in.read[0], in.read[1]))
	if err != nil {
		return
	}
	whole, part := a.extent(value), a.extent(read[0])
	c.Read, c.made = a.source(read[0]), [2]string{a.text[whole.from:part.from], a.text[part.to:whole.to]}
}

// tokens returns the lexemes of an expression.
func (t *tree) tokens(e *expr) string {
	var words []string
	for _, l := range t.lexemes[e.from:e.to] {
		if l.kind == quoted {
			l.text = t.text[l.start:l.end]
		}
		words = append(words, l.text)
	}
	return strings.Join(words, " ")
}

// between returns the text of some lexemes.
func (t *tree) between(from, to int) string { return t.text[t.lexemes[from].start:t.lexemes[to-1].end] }

// beforeRoot returns the WITH clause of the whole statement, "" if it has none.
func (t *tree) beforeRoot() string {
	if t.lexemes[0].text != "with" || t.lexemes[0].named {
		return ""
	}
	at := t.root.parts[0].at
	for t.lexemes[at-1].text == "(" && t.lexemes[at-1].kind == symbol {
		at--
	}
	return t.between(0, at) + "\n"
}
