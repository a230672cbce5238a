package collector

import (
	"reflect"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// maxListed is how many readings the lists of sharedSamples hold together. What has no place is listed again.
const maxListed = 1 << 20

// sharedSamples holds what KPIs with formulas that other formulas read are computed from and came to, for the evaluations of requests
// that are made together: each link of a chain of formulas is looked at and computed once, not once for each link behind it.
type sharedSamples struct {
	inputs map[*config.KPI]bool // What formulas read, however indirectly, and is a formula itself.
	byKey  map[computationKey]computation

	lists  map[computationKey][]reading // What formulas that look back are computed from.
	listed int                          // How many readings are in them.

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
	s := &sharedSamples{inputs: map[*config.KPI]bool{}, byKey: map[computationKey]computation{}, lists: map[computationKey][]reading{}}
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
		for _, r := range s.readings(k, asOf) {
			c.from = append(c.from, ev.readings[r.key()])
		}
		s.byKey[key] = c
	}
	return c
}

// hasRead reports whether an evaluation would compute a KPI from the same samples.
func (ev *evaluation) hasRead(from []readout, k *config.KPI, asOf time.Time) bool {
	for i, r := range ev.shared.readings(k, asOf) {
		a := ev.readings[r.key()]
		if a.whole != from[i].whole || !slices.EqualFunc(a.samples, from[i].samples, sameRows) {
			return false
		}
	}
	return true
}

// sameRows reports whether a database gave the same twice. Mostly it was read only once.
func sameRows(a, b fromDatabase) bool {
	if len(a.samples) > 0 && len(a.samples) == len(b.samples) && &a.samples[0] == &b.samples[0] {
		return a.database == b.database
	}
	return reflect.DeepEqual(a, b)
}

// readings returns what readings yields, each once.
func (s *sharedSamples) readings(k *config.KPI, asOf time.Time) []reading {
	if reads, ok := k.ReadsAtOnce(); ok {
		list := make([]reading, len(reads))
		for i, read := range reads {
			list[i] = newReading(read, asOf)
		}
		return list
	}
	key := computationKey{k, asOf.UnixNano()}
	list, ok := s.lists[key]
	if !ok {
		seen := map[computationKey]bool{}
		s.listTerm(k.Formula.Root, asOf, func(r reading) {
			if at := (computationKey{r.kpi, r.at.UnixNano()}); !seen[at] {
				seen[at] = true
				list = append(list, r)
			}
		})
		if s.listed+len(list) <= maxListed {
			s.lists[key] = slices.Clip(list)
			s.listed += len(list)
		}
	}
	return list
}

// listTerm calls add for everything that a term is computed from.
func (s *sharedSamples) listTerm(t *config.Term, asOf time.Time, add func(reading)) {
	for _, at := range instantsOf(t, asOf) {
		if t.Operator == config.OpRead || t.Operator == config.OpPooled {
			for _, r := range s.readings(t.KPI, at) {
				add(r)
			}
		}
		for _, part := range t.Terms {
			s.listTerm(part, at, add)
		}
	}
}
