package collector

import (
	"iter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// settled is an instant up to which a KPI measures: an as-of moved back by the KPI's settle. Every KPI has a settle of its
// own, so a settled instant belongs to one KPI; an as-of, a time.Time, is the same for all that a formula reads.
type settled struct{ time.Time }

// settle returns the instant up to which a KPI measures as of another.
func settle(k *config.KPI, asOf time.Time) settled { return settled{asOf.Add(-k.Settle)} }

// asOf is the reverse of settle.
func (s settled) asOf(k *config.KPI) time.Time { return s.Add(k.Settle) }

// reading is a KPI with a query at an instant.
type reading struct {
	kpi *config.KPI
	at  settled
}

func newReading(k *config.KPI, asOf time.Time) reading { return reading{k, settle(k, asOf)} }

func (r reading) asOf() time.Time { return r.at.asOf(r.kpi) }

func (r reading) windows() database.Parameters { return windows(r.kpi, r.at) }

// readingKey is equal for readings that give the same.
type readingKey struct {
	fingerprint string // The KPI's.
	at          int64  // In Unix nanoseconds.
}

func (r reading) key() readingKey { return readingKey{r.kpi.Fingerprint(), r.at.UnixNano()} }

// readout is what the queries of a reading gave.
type readout struct {
	samples []fromDatabase // In the order in which the databases answered.
	missing *Failure       // Why some are missing; nil if none is.
	closed  bool           // It is of a closed period before the one that was requested.
}

// fromDatabase holds the samples that one database gave.
type fromDatabase struct {
	database string
	samples  []Sample
}

// readings yields what a KPI is computed from, some of it perhaps more than once: itself or, for a formula, what its terms
// read in the end.
func readings(k *config.KPI, asOf time.Time) iter.Seq[reading] {
	return func(yield func(reading) bool) { readKPI(k, asOf, yield) }
}

func readKPI(k *config.KPI, asOf time.Time, yield func(reading) bool) bool {
	if k.Formula == nil {
		return yield(newReading(k, asOf))
	}
	return readTerm(k.Formula.Root, asOf, yield)
}

func readTerm(t *config.Term, asOf time.Time, yield func(reading) bool) bool {
	for _, at := range instantsOf(t, asOf) {
		if (t.Operator == config.OpRead || t.Operator == config.OpPooled) && !readKPI(t.KPI, at, yield) {
			return false
		}
		for _, part := range t.Terms {
			if !readTerm(part, at, yield) {
				return false
			}
		}
	}
	return true
}

// instantsOf returns as of when a term needs what it is computed from; the nearest first.
func instantsOf(t *config.Term, asOf time.Time) []time.Time {
	k, at := t.KPI, []settled{}
	switch t.Operator {
	case config.OpPrevious:
		at = earlierPeriods(k, settle(k, asOf), 1)
	case config.OpLastYear:
		at = append(at, lastYear(k, settle(k, asOf)))
	case config.OpMean, config.OpPooled:
		at = append(at, settle(k, asOf))
		at = append(at, earlierPeriods(k, at[0], t.Periods-1)...)
	default:
		return []time.Time{asOf}
	}
	instants := make([]time.Time, len(at))
	for i := range at {
		instants[i] = at[i].asOf(k)
	}
	return instants
}

// earlierPeriods returns the instants at which a KPI measures the n periods before; the nearest first.
func earlierPeriods(k *config.KPI, at settled, n int) []settled {
	var earlier []settled
	for _, t := range k.Period.Earlier(at.Time, n, k.Calendar) {
		earlier = append(earlier, settled{t})
	}
	return earlier
}

// lastYear returns the instant at which a KPI measured the same a year before: for instant and trailing at the same local
// time.
func lastYear(k *config.KPI, at settled) settled {
	if t, ok := k.Period.LastYear(at.Time, k.Calendar); ok {
		return settled{t}
	}
	return settled{k.Calendar.MonthsBefore(at.Time, 12)}
}

// Inputs returns what the value of a KPI as of an instant is computed from, as requests for KPIs with a query: the KPI itself
// or, for a formula, what it reads in the end, earlier periods included.
func Inputs(k *config.KPI, asOf time.Time) []Request {
	var list []Request
	seen := map[readingKey]bool{}
	for r := range readings(k, asOf) {
		if !seen[r.key()] {
			seen[r.key()] = true
			list = append(list, Request{KPI: r.kpi, AsOf: r.asOf()})
		}
	}
	return list
}
