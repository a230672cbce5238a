package collector

import (
	"math/big"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// formula computes the values of a KPI with a formula as of an instant, once all its readings are there.
type formula struct {
	ev    *evaluation
	kpi   *config.KPI
	names []string // The label names.

	inputFailed bool // What failed is an input.
}

// term fails where a value overflows, also in between: dividing by infinity would give a meaningless 0.
func (f *formula) term(t *config.Term, asOf time.Time) (table, *Failure) {
	x, failure := f.apply(t, asOf)
	if failure == nil && x.overflows() {
		failure = f.overflow()
	}
	return x, failure
}

func (f *formula) overflow() *Failure {
	return failf(ReasonValue, "kpi %q: %s overflows", f.kpi.Name, f.kpi.Formula.Text)
}

func (f *formula) apply(t *config.Term, asOf time.Time) (table, *Failure) {
	instants := instantsOf(t, asOf)
	switch t.Operator {
	case config.OpNumber:
		return table{rank: rankNumber, rows: map[string]tableRow{"": {cell: cell{value: status.Exact(t.Number)}}}}, nil
	case config.OpRead:
		return f.read(t.KPI, asOf, "value", (*Sample).exactValue)
	case config.OpPooled:
		return f.pooled(t.KPI, instants)
	case config.OpMean:
		return f.mean(t.Terms[0], instants)
	}
	x, failure := f.term(t.Terms[0], instants[0])
	if failure != nil {
		return x, failure
	}
	switch t.Operator {
	case config.OpPrevious:
		x.rank = max(x.rank, rankEarlier)
		return x.then("one period before"), nil
	case config.OpLastYear:
		x.rank = max(x.rank, rankEarlier)
		return x.then("a year before"), nil
	case config.OpZero:
		x.rank, x.rest = rankZero, cell{value: new(big.Rat)}
		return x, nil
	case config.OpPositive:
		return x.each(func(c cell) cell {
			if c.missing() || c.value.Sign() > 0 {
				return c
			}
			return noValue("what positive() reads is not above 0")
		}), nil
	}
	y, failure := f.term(t.Terms[1], asOf)
	if failure != nil {
		return y, failure
	}
	return combine(x, y, arithmetic[t.Operator]), nil
}

var arithmetic = map[config.Operator]func(x, y *big.Rat) *big.Rat{
	config.OpAdd:      add,
	config.OpSubtract: func(x, y *big.Rat) *big.Rat { return new(big.Rat).Sub(x, y) },
	config.OpMultiply: func(x, y *big.Rat) *big.Rat { return new(big.Rat).Mul(x, y) },
	config.OpDivide:   divide,
}

func add(x, y *big.Rat) *big.Rat { return new(big.Rat).Add(x, y) }

// divide returns nil, no value, where the divisor is 0.
func divide(x, y *big.Rat) *big.Rat {
	if y.Sign() == 0 {
		return nil
	}
	return new(big.Rat).Quo(x, y)
}

// mean has a value where every instant has one.
func (f *formula) mean(t *config.Term, instants []time.Time) (table, *Failure) {
	tables := make([]table, len(instants))
	for i, at := range instants {
		var failure *Failure
		if tables[i], failure = f.term(t, at); failure != nil {
			return table{}, failure
		}
	}
	return meanOf(tables), nil
}

// pooled has the label sets of the first instant, and a value where every instant has a numerator and a denominator.
func (f *formula) pooled(k *config.KPI, instants []time.Time) (table, *Failure) {
	var above, below table
	for i, at := range instants {
		numerators, failure := f.read(k, at, "numerator", func(s *Sample) *big.Rat { return exactly(s.Numerator) })
		if failure != nil {
			return table{}, failure
		}
		denominators, _ := f.read(k, at, "denominator", func(s *Sample) *big.Rat { return exactly(s.Denominator) })
		if i == 0 {
			above, below = numerators, denominators
			continue
		}
		numerators.rank, denominators.rank = rankEarlier, rankEarlier
		above = combine(above, numerators.then(periodsBefore(i)), add)
		below = combine(below, denominators.then(periodsBefore(i)), add)
	}
	if above.overflows() || below.overflows() {
		return table{}, f.overflow()
	}
	return combine(above, below, divide), nil
}

// read returns what a KPI was as of an instant, with label sets in the order of the formula's labels. What is read
// says which number of each sample that is.
func (f *formula) read(k *config.KPI, asOf time.Time, what string, number func(*Sample) *big.Rat) (table, *Failure) {
	input := f.ev.computed(k, asOf)
	if input.failure != nil {
		f.inputFailed = true
		return table{}, input.failure
	}
	samples := input.samples
	names := k.LabelNames()
	t := table{labeled: len(names) > 0, rows: make(map[string]tableRow, len(samples)), rest: noValue(k.Name + " has no row")}
	if t.databaseAt = slices.Index(f.names, "database"); t.databaseAt >= 0 && t.labeled {
		t.unread = f.unread(k, asOf)
	}
	places := make([]int, len(names))
	for i := range names {
		places[i] = slices.Index(names, f.names[i])
	}
	for i := range samples {
		s := &samples[i]
		var r tableRow
		for _, at := range places {
			r.labels = append(r.labels, s.Labels[at])
		}
		if v := number(s); v != nil {
			r.value = v
		} else {
			r.cell = noValue(k.Name + " " + s.describeMissing(what))
		}
		t.rows[labelKey(r.labels)] = r
	}
	return t, nil
}

// unread returns why a KPI as of an instant has no rows for some of the formula's databases.
func (f *formula) unread(k *config.KPI, asOf time.Time) map[string]string {
	why := map[string]string{}
	for _, r := range f.ev.shared.readings(k, asOf) {
		if !r.kpi.DatabaseLabel {
			continue
		}
		for _, d := range f.kpi.Databases {
			if !slices.Contains(r.kpi.Databases, d) {
				why[d.Name] = r.kpi.Name + " is not read in database " + d.Name
			}
		}
		for _, name := range databasesBefore(r) {
			why[name] = "database " + name + " has no data yet"
		}
	}
	return why
}
