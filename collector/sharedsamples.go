package collector

import (
	"reflect"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// sharedSamples holds what KPIs with formulas that other formulas read came to, for the evaluations of requests that are made
// together: each link of a chain of formulas is computed once, not once for each link behind it.
type sharedSamples struct {
	inputs map[*config.KPI]bool // What formulas read, however indirectly, and is a formula itself.
	byKey  map[computationKey]computation

	computed func(*config.KPI, time.Time) // For tests: called when a formula is computed; may be nil.
}

type computationKey struct {
	kpi  *config.KPI
	asOf int64 // In Unix nanoseconds.
}

// computation is what a KPI was as of an instant.
type computation struct {
	samples []Sample // Not judged. Nobody changes them.
	failure *Failure
	ofInput bool // What failed is an input of its formula.

	from []readout // What it was computed from, in the order of readings.
}

func newSharedSamples(requests []Request) *sharedSamples {
	s := &sharedSamples{inputs: map[*config.KPI]bool{}, byKey: map[computationKey]computation{}}
	seen := map[*config.KPI]bool{}
	for _, req := range requests {
		s.find(req.KPI, seen)
	}
	return s
}

// find finds the formulas that a KPI reads.
func (s *sharedSamples) find(k *config.KPI, seen map[*config.KPI]bool) {
	if k.Formula == nil || seen[k] {
		return
	}
	seen[k] = true
	for _, input := range k.Inputs() {
		if input.Formula != nil {
			s.inputs[input] = true
			s.find(input, seen)
		}
	}
}

// of returns what a KPI with a formula was as of an instant. Two evaluations share it only if they have read the same, which two
// that read at different times, or not all databases, may not have.
func (s *sharedSamples) of(ev *evaluation, k *config.KPI, asOf time.Time) computation {
	key := computationKey{k, asOf.UnixNano()}
	if c, ok := s.byKey[key]; ok && ev.hasRead(c.from, k, asOf) {
		return c
	}
	if s.computed != nil {
		s.computed(k, asOf)
	}
	c := ev.computeFormula(k, asOf)
	if s.inputs[k] {
		for r := range readings(k, asOf) {
			c.from = append(c.from, ev.readings[r.key()])
		}
		s.byKey[key] = c
	}
	return c
}

// hasRead reports whether an evaluation would compute a KPI from the same samples.
func (ev *evaluation) hasRead(from []readout, k *config.KPI, asOf time.Time) bool {
	i := 0
	for r := range readings(k, asOf) {
		a := ev.readings[r.key()]
		if a.whole != from[i].whole || !reflect.DeepEqual(a.samples, from[i].samples) {
			return false
		}
		i++
	}
	return true
}
