package insight

import "github.com/kpi-exporter/kpi_exporter/config"

// input is what a formula computes with: a KPI, query.column, or a whole call that looks back, such as previous(x).
// positive(x), zero(x) and numbers belong to the formula.
type input struct {
	text string      // As the formula writes it.
	kpi  *config.KPI // What evaluates it, as of the instant of the formula; it has no target.
	zero bool        // The formula reads it only within zero(): it is 0 where it has no row.
}

// inputsOf returns what the formula of k computes with, each text once, in the order in which they stand; none without a
// formula.
func inputsOf(k *config.KPI) []input {
	if k.Formula == nil {
		return nil
	}
	var list []input
	eachOperand(k.Formula.Root, false, func(t *config.Term, zero bool) {
		for i := range list {
			if list[i].text == operandText(t) {
				list[i].zero = list[i].zero && zero
				return
			}
		}
		list = append(list, input{operandText(t), operandKPI(k, t), zero})
	})
	return list
}

// operandKPI returns a KPI that evaluates one operand of the formula of k.
func operandKPI(k *config.KPI, t *config.Term) *config.KPI {
	if t.Operator == config.OpRead {
		return t.KPI.Derived("")
	}
	call := k.Derived("-" + t.Text)
	call.Name, call.Unit = t.Text, ""
	if t.Operator == config.OpPooled || t.Terms[0].Operator == config.OpRead {
		call.Unit = t.KPI.Unit
	}
	call.Formula = &config.Formula{Text: t.Text, Root: t}
	return call
}

// eachOperand calls f for every operand of a term, with whether it stands directly within zero().
func eachOperand(t *config.Term, zero bool, f func(t *config.Term, zero bool)) {
	if isOperand(t) {
		f(t, zero)
		return
	}
	for _, part := range t.Terms {
		eachOperand(part, t.Operator == config.OpZero, f)
	}
}

func isOperand(t *config.Term) bool {
	switch t.Operator {
	case config.OpRead, config.OpPrevious, config.OpLastYear, config.OpMean, config.OpPooled:
		return true
	}
	return false
}

func operandText(t *config.Term) string {
	if t.Operator == config.OpRead {
		return t.KPI.Name
	}
	return t.Text
}

// compute returns the value of a term for values of its operands, by their text; false where it has none, as by a division by
// zero.
func compute(t *config.Term, operands map[string]float64) (float64, bool) {
	switch {
	case t.Operator == config.OpNumber:
		return t.Number, true
	case isOperand(t):
		v, ok := operands[operandText(t)]
		return v, ok
	}
	x, ok := compute(t.Terms[0], operands)
	if !ok || t.Operator == config.OpZero {
		return x, ok
	}
	if t.Operator == config.OpPositive {
		return x, x > 0
	}
	y, ok := compute(t.Terms[1], operands)
	switch t.Operator {
	case config.OpAdd:
		x += y
	case config.OpSubtract:
		x -= y
	case config.OpMultiply:
		x *= y
	default:
		if y == 0 {
			return 0, false
		}
		x /= y
	}
	return x, ok
}
