package collector

import (
	"iter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// reading is a KPI with a query at an instant.
type reading struct {
	kpi *config.KPI
	at  config.Settled
}

func newReading(k *config.KPI, asOf time.Time) reading { return reading{k, k.Settled(asOf)} }

func (r reading) asOf() time.Time { return r.kpi.AsOf(r.at) }

func (r reading) windows() database.Parameters { return windows(r.kpi, r.at) }

// readingKey is equal for readings that give the same.
type readingKey struct {
	fingerprint string // The KPI's.
	at          int64  // In Unix nanoseconds.
}

func (r reading) key() readingKey { return readingKey{r.kpi.Fingerprint(), r.at.UnixNano()} }

// readout is what the queries of a reading gave.
type readout struct {
	kpi     *config.KPI    // What was read; nil for the rows of a file.
	readAt  time.Time      // Not earlier than the first query began.
	samples []fromDatabase // In the order in which the databases answered.
	whole   bool           // The samples of all databases are together already, as one.
	missing *Failure       // Why some are missing; nil if none is.
	closed  bool           // It is of a closed period before the one that was requested.
}

// all returns the samples of all databases.
func (a readout) all(k *config.KPI) []Sample {
	if a.whole {
		return a.samples[0].samples
	}
	return mergeDatabases(k, a.samples)
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
	if reads, ok := k.ReadsAtOnce(); ok { // Not link by link, of a chain of formulas.
		for _, read := range reads {
			if !yield(newReading(read, asOf)) {
				return false
			}
		}
		return true
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
	k, at := t.KPI, []config.Settled{}
	switch t.Operator {
	case config.OpPrevious:
		at = earlierPeriods(k, k.Settled(asOf), 1)
	case config.OpLastYear:
		at = append(at, lastYear(k, k.Settled(asOf)))
	case config.OpMean, config.OpPooled:
		at = append(at, k.Settled(asOf))
		at = append(at, earlierPeriods(k, at[0], t.Periods-1)...)
	default:
		return []time.Time{asOf}
	}
	instants := make([]time.Time, len(at))
	for i := range at {
		instants[i] = k.AsOf(at[i])
	}
	return instants
}

// earlierPeriods returns the instants at which a KPI measures the n periods before; the nearest first.
func earlierPeriods(k *config.KPI, at config.Settled, n int) []config.Settled {
	var earlier []config.Settled
	for _, t := range k.Period.Earlier(at.Time, n, k.Calendar) {
		earlier = append(earlier, config.Settled{Time: t})
	}
	return earlier
}

// lastYear returns the instant at which a KPI measured the same a year before: for instant and trailing at the same local
// time.
func lastYear(k *config.KPI, at config.Settled) config.Settled {
	if t, ok := k.Period.LastYear(at.Time, k.Calendar); ok {
		return config.Settled{Time: t}
	}
	return config.Settled{Time: k.Calendar.MonthsBefore(at.Time, 12)}
}

// Inputs returns what the value of a request is computed from, as requests for KPIs with a query: the KPI itself or, for a
// formula, what it reads in the end, earlier periods included.
func Inputs(request Request) []Request {
	var list []Request
	seen := map[readingKey]bool{}
	for r := range readings(request.KPI, request.AsOf) {
		if !seen[r.key()] {
			seen[r.key()] = true
			list = append(list, Request{KPI: r.kpi, AsOf: r.asOf(), KnownAt: request.known()})
		}
	}
	return list
}
