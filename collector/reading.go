package collector

import (
	"iter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// reading is a KPI with a query as of an instant, before settle, in Unix nanoseconds.
type reading struct {
	kpi  *config.KPI
	asOf int64
}

func newReading(k *config.KPI, asOf time.Time) reading { return reading{k, asOf.UnixNano()} }

// readout is what the queries of a reading gave.
type readout struct {
	samples []fromDatabase // In the order in which the databases answered.
	missing *Failure       // Why some are not there, nil if the queries gave all that there is.
}

// fromDatabase holds the samples that one database gave.
type fromDatabase struct {
	database string
	samples  []Sample
}

// readings yields what a KPI as of an instant, before settle, is computed from, some of it perhaps more than once: itself
// or, of a formula, what its terms read in the end.
func readings(k *config.KPI, asOf time.Time) iter.Seq2[*config.KPI, time.Time] {
	return func(yield func(*config.KPI, time.Time) bool) { readKPI(k, asOf, yield) }
}

func readKPI(k *config.KPI, asOf time.Time, yield func(*config.KPI, time.Time) bool) bool {
	if k.Formula == nil {
		return yield(k, asOf)
	}
	return readTerm(k.Formula.Root, asOf, yield)
}

func readTerm(t *config.Term, asOf time.Time, yield func(*config.KPI, time.Time) bool) bool {
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

// instantsOf returns as of when, before settle, a term needs what it is computed from; the nearest first.
func instantsOf(t *config.Term, asOf time.Time) []time.Time {
	k := t.KPI
	var earlier []time.Time
	switch t.Operator {
	case config.OpPrevious:
		earlier = k.Period.Earlier(asOf.Add(-k.Settle), 1, k.Calendar)
	case config.OpLastYear:
		earlier = []time.Time{lastYear(k, asOf.Add(-k.Settle))}
	case config.OpMean, config.OpPooled:
		earlier = append(earlier, asOf.Add(-k.Settle))
		earlier = append(earlier, k.Period.Earlier(earlier[0], t.Periods-1, k.Calendar)...)
	default:
		return []time.Time{asOf}
	}
	for i := range earlier {
		earlier[i] = earlier[i].Add(k.Settle)
	}
	return earlier
}

// lastYear returns as of when, after settle, a KPI was the same a year before: of instant and trailing at the same local time.
func lastYear(k *config.KPI, asOf time.Time) time.Time {
	if t, ok := k.Period.LastYear(asOf, k.Calendar); ok {
		return t
	}
	return k.Calendar.MonthsBefore(asOf, 12)
}
