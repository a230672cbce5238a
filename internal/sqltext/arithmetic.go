package sqltext

import (
	"slices"
	"strings"
)

// Arithmetic computes with numbers: an operator between two operands, or an aggregate function of one.
type Arithmetic struct {
	Word              // All of it, as it is written, where it begins.
	Operator string   // The operator, or the name of the function.
	Operands []string // As they are written.

	Values *Statement // Gives rows with a column for each operand.
}

// Arithmetic returns what a statement computes, in order of its SELECTs. An instant and an INTERVAL make an instant, for which nothing
// is computed.
func (s *Statement) Arithmetic() []Arithmetic {
	t := s.tree()
	if t == nil {
		return nil
	}
	a := &analysis{tree: t}
	var list []Arithmetic
	t.visit(func(e *expr, _ []*expr, in *selection) {
		if a.over() || !e.isArithmetic() {
			return
		}
		found := Arithmetic{Word: a.word(e.from), Operator: e.text}
		found.Text = a.source(e)
		var columns []string
		for _, operand := range e.args {
			found.Operands = append(found.Operands, a.source(operand))
			columns = append(columns, a.between(operand.from, operand.to))
		}
		from := ""
		if in.read[0] < in.read[1] {
			from = " FROM " + a.between(in.read[0], in.read[1])
		}
		var err error
		if found.Values, err = s.again(a.beforeRoot() + "SELECT " + strings.Join(columns, ", ") + from); err == nil {
			list = append(list, found)
		}
	})
	return list
}

// isArithmetic reports whether an expression computes with numbers. What adds 0 makes a number of something.
func (e *expr) isArithmetic() bool {
	isUnreadable := func(part *expr) bool {
		return part.to <= part.from || part.kind == star || part.kind == unclear || part.text == "interval" || part.kind == literal && part.text == "0"
	}
	switch {
	case slices.ContainsFunc(e.args, isUnreadable):
		return false
	case e.kind == operator:
		return isOneOf(e.text, "+ - * / %") && len(e.args) == 2
	case e.kind == call:
		return isOneOf(e.text, strings.Join([]string{sums, means, spreads}, " ")) && len(e.args) == 1
	}
	return false
}
