package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// sharedSamples holds what KPIs with formulas that other formulas read are computed from and came to, for the evaluations of requests
// that are made together: each link of a chain of formulas is looked at and computed once, not once for each link behind it.
type sharedSamples struct {
	inputs map[*config.KPI]bool    // What formulas read, however indirectly, and is a formula itself.
	asked  map[computationKey]bool // What evaluations ask for; true where it is the result of one, not an earlier value.
	same   []*computations         // Of evaluations that have read the same, the latest first.

	lists    map[computationKey][]reading // What formulas that look back are computed from.
	listed   int                          // How many readings are in them.
	full     bool                         // There is no room for more.
	followed int                          // For tests: how often listings looked into a KPI.

	computed func(*config.KPI, time.Time) // For tests: called when a formula is computed; may be nil.
}

type computationKey struct {
	kpi  *config.KPI
	asOf int64 // In Unix nanoseconds.
}

func newSharedSamples(evaluations []*evaluation) *sharedSamples {
	s := &sharedSamples{inputs: map[*config.KPI]bool{}, asked: map[computationKey]bool{}, lists: map[computationKey][]reading{}}
	seen := map[*config.KPI]bool{}
	for _, ev := range evaluations {
		k := ev.result.KPI
		if k.Formula == nil {
			continue
		}
		s.find(k, seen)
		for _, at := range ev.lookback.all() {
			if key := (computationKey{k, k.AsOf(at).UnixNano()}); !s.asked[key] {
				s.asked[key] = false
			}
		}
		s.asked[computationKey{k, ev.result.AsOf.UnixNano()}] = true
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

// of returns what a KPI with a formula was as of an instant.
func (s *sharedSamples) of(ev *evaluation, k *config.KPI, asOf time.Time) computation {
	if ev.computations == nil {
		ev.computations = s.computationsFor(ev.readings)
	}
	key := computationKey{k, asOf.UnixNano()}
	if c, ok := ev.computations.of(key); ok {
		return c
	}
	if s.computed != nil {
		s.computed(k, asOf)
	}
	c := ev.computeFormula(k, asOf)
	switch {
	case !s.inputs[k]:
	case s.asked[key]:
		ev.computations.results[key] = c
	default:
		ev.computations.keep(key, c)
	}
	return c
}

// maxDifferent is how many different computations are held. Two evaluations seldom differ: they read at different times, or not all
// databases, or what files held at different times.
const maxDifferent = 4

// computationsFor returns the computations of evaluations that have read the same, as far as they read the same KPIs and instants.
func (s *sharedSamples) computationsFor(readings map[readingKey]readout) *computations {
	for _, c := range s.same {
		if c.agree(readings) {
			return c
		}
	}
	c := newComputations()
	c.agree(readings)
	s.same = append([]*computations{c}, s.same[:min(len(s.same), maxDifferent-1)]...)
	return c
}
