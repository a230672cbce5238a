package config

// Operand is what a formula computes with: a KPI, query.column, or a whole call that looks back, such as previous(x).
// positive(x), zero(x) and numbers belong to the formula.
type Operand struct {
	Text string // As the formula writes it.
	KPI  *KPI   // What evaluates it, as of the instant of the formula; it has no target.
	Zero bool   // The formula reads it only within zero(): it is 0 where it has no row.
}

// Operands returns what the formula of k computes with, each text once, in the order in which they stand; none without a
// formula.
func (k *KPI) Operands() []Operand {
	if k.Formula == nil {
		return nil
	}
	var list []Operand
	k.Formula.Root.eachOperand(false, func(t *Term, zero bool) {
		for i := range list {
			if list[i].Text == t.operandText() {
				list[i].Zero = list[i].Zero && zero
				return
			}
		}
		list = append(list, Operand{t.operandText(), k.operand(t), zero})
	})
	return list
}

// operand returns a KPI that evaluates one operand of the formula of k.
func (k *KPI) operand(t *Term) *KPI {
	if t.Operator == OpRead {
		read := *t.KPI
		read.Target, read.Compare = nil, nil
		return &read
	}
	call := *k
	call.Name, call.Target, call.Compare = t.Text, nil, nil
	call.Formula = &Formula{Text: t.Text, Root: t}
	call.fingerprint = k.fingerprint + "-" + t.Text
	return &call
}

// eachOperand calls f for every operand of a term, with whether it stands directly within zero().
func (t *Term) eachOperand(zero bool, f func(t *Term, zero bool)) {
	if t.isOperand() {
		f(t, zero)
		return
	}
	for _, part := range t.Terms {
		part.eachOperand(t.Operator == OpZero, f)
	}
}

func (t *Term) isOperand() bool {
	switch t.Operator {
	case OpRead, OpPrevious, OpLastYear, OpMean, OpPooled:
		return true
	}
	return false
}

func (t *Term) operandText() string {
	if t.Operator == OpRead {
		return t.KPI.Name
	}
	return t.Text
}

// Compute returns the value of the formula for values of its operands, by their text; false where it has none, as by a division
// by zero.
func (f *Formula) Compute(operands map[string]float64) (float64, bool) {
	return f.Root.compute(operands)
}

func (t *Term) compute(operands map[string]float64) (float64, bool) {
	switch {
	case t.Operator == OpNumber:
		return t.Number, true
	case t.isOperand():
		v, ok := operands[t.operandText()]
		return v, ok
	}
	x, ok := t.Terms[0].compute(operands)
	if !ok || t.Operator == OpZero {
		return x, ok
	}
	if t.Operator == OpPositive {
		return x, x > 0
	}
	y, ok := t.Terms[1].compute(operands)
	switch t.Operator {
	case OpAdd:
		x += y
	case OpSubtract:
		x -= y
	case OpMultiply:
		x *= y
	default:
		if y == 0 {
			return 0, false
		}
		x /= y
	}
	return x, ok
}
