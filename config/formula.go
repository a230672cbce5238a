package config

import "slices"

// Formula computes a KPI from others, and from columns of named queries.
type Formula struct {
	Text string // As in the file.
	Root *Term

	reads       []*KPI // What Reads returns; nil for a formula that is in no file.
	oneInstant  bool   // All of them are read as of the instant of the formula; false for a formula that is in no file.
	evaluations int    // How many KPIs with queries are evaluated for one value.
	lookbacks   int    // How often it looks back, one within the other.
}

// Operator is what a term of a formula does.
type Operator string

// The operators. Those with a word are called as functions in the file, except OpNumber and OpRead.
const (
	OpNumber   Operator = "number"    // Term.Number.
	OpRead     Operator = "read"      // The value of Term.KPI.
	OpAdd      Operator = "+"         // Two terms.
	OpSubtract Operator = "-"         // Two terms.
	OpMultiply Operator = "*"         // Two terms.
	OpDivide   Operator = "/"         // Two terms; no value where the second is 0.
	OpPositive Operator = "positive"  // Its term, or no value where that is not above 0.
	OpZero     Operator = "zero"      // Its term, or 0 for a label set of which that has no row.
	OpPrevious Operator = "previous"  // Its term, one period before.
	OpLastYear Operator = "last_year" // Its term, in the same period of last year; a year ago where there are no periods.
	OpMean     Operator = "mean"      // The mean of its term over this period and those before it.
	OpPooled   Operator = "pooled"    // The numerators of Term.KPI over its denominators, each added up over this period and those before it.
)

// Term is a part of a formula.
type Term struct {
	Operator Operator
	Number   float64
	KPI      *KPI    // What is read; for terms that look back, a KPI with the period by which they do.
	Periods  int     // For OpMean and OpPooled, including this one.
	Terms    []*Term // What the operator is applied to.
	Text     string  // For functions: the call as the formula writes it.
}

// Merge says how rows, or databases, become one.
type Merge string

// The ways to merge.
const (
	MergeRatio Merge = "ratio" // The sum of the numerators over the sum of the denominators.
	MergeSum   Merge = "sum"
	MergeMin   Merge = "min"
	MergeMax   Merge = "max"
	MergeNone  Merge = "none" // Parts overlap: nothing is merged, and there is no total.
)

// Reads returns the KPIs whose queries give the value of k, each once: k itself, or what its formula is computed from,
// however indirectly. A column that a formula reads is a KPI too, which is in no file.
func (k *KPI) Reads() []*KPI {
	if k.Formula == nil {
		return []*KPI{k}
	}
	if k.Formula.reads == nil { // It is in no file.
		return k.readByInputs()
	}
	return slices.Clip(k.Formula.reads)
}

// Evaluations returns how many evaluations of queries one value of k takes, at least one.
func (k *KPI) Evaluations() int {
	if k.Formula == nil {
		return 1
	}
	return max(1, k.Formula.evaluations)
}

// ReadsAtOnce returns the same as Reads, of a KPI that needs all of it as of its own instant only. It is false for one that looks
// back, and for a formula that is in no file.
func (k *KPI) ReadsAtOnce() ([]*KPI, bool) {
	if k.Formula != nil && !k.Formula.oneInstant {
		return nil, false
	}
	return k.Reads(), true
}

func (k *KPI) readByInputs() []*KPI {
	var list []*KPI
	for _, input := range k.Inputs() {
		list = union(list, input.Reads())
	}
	return list
}

// Inputs returns the KPIs and columns that the formula of k names, each once; none without a formula.
func (k *KPI) Inputs() []*KPI {
	if k.Formula == nil {
		return nil
	}
	return k.Formula.Root.inputs()
}

// inputs returns the KPIs that a term names, each once.
func (t *Term) inputs() []*KPI {
	var list []*KPI
	if t.Operator == OpRead || t.Operator == OpPooled {
		list = append(list, t.KPI)
	}
	for _, part := range t.Terms {
		list = union(list, part.inputs())
	}
	return list
}

// oneInstant reports whether everything that a term is computed from is read as of its own instant.
func (t *Term) oneInstant() bool {
	switch t.Operator {
	case OpPrevious, OpLastYear, OpMean, OpPooled:
		return false
	case OpRead:
		return t.KPI.Formula == nil || t.KPI.Formula.oneInstant
	}
	return !slices.ContainsFunc(t.Terms, func(part *Term) bool { return !part.oneInstant() })
}

// outsideZero returns the KPIs that a term names outside zero(), each once: they determine the label sets.
func (t *Term) outsideZero() []*KPI {
	switch t.Operator {
	case OpZero:
		return nil
	case OpRead, OpPooled:
		return []*KPI{t.KPI}
	}
	var list []*KPI
	for _, part := range t.Terms {
		list = union(list, part.outsideZero())
	}
	return list
}

// union appends to a list the KPIs that are not in it.
func union(list, more []*KPI) []*KPI {
	for _, k := range more {
		if !slices.Contains(list, k) {
			list = append(list, k)
		}
	}
	return list
}

// evaluations returns how many evaluations of queries a term takes; it stops counting above maxEvaluations.
func (t *Term) evaluations() int {
	n := 0
	if t.Operator == OpRead || t.Operator == OpPooled {
		n = 1
		if t.KPI.Formula != nil {
			n = t.KPI.Formula.evaluations
		}
	}
	for _, part := range t.Terms {
		n += part.evaluations()
	}
	return min(n*max(t.Periods, 1), maxEvaluations+1)
}

// lookbacks returns how often a term looks back, one within the other: through how many periods its inputs are followed.
func (t *Term) lookbacks() int {
	n := 0
	if (t.Operator == OpRead || t.Operator == OpPooled) && t.KPI.Formula != nil {
		n = t.KPI.Formula.lookbacks
	}
	for _, part := range t.Terms {
		n = max(n, part.lookbacks())
	}
	switch t.Operator {
	case OpPrevious, OpLastYear, OpMean, OpPooled:
		n++
	}
	return n
}
