package collector

import (
	"iter"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// lookback is a way in which a bound or a comparison looks back.
type lookback struct {
	source  config.Source
	periods int // Of a median or a mean.
}

// instants returns as of when, after settle, the values are evaluated that a lookback from asOf meets; none if the KPI's
// period has no such past.
func (l lookback) instants(k *config.KPI, asOf time.Time) []time.Time {
	c := k.Calendar
	switch l.source {
	case config.PreviousPeriod:
		return k.Period.Earlier(asOf, 1, c)
	case config.MedianOf, config.MeanOf:
		return k.Period.Earlier(asOf, l.periods, c)
	case config.SamePeriodLastYear:
		return []time.Time{lastYear(k, asOf)}
	case config.AWeekAgo:
		return []time.Time{c.DaysBefore(asOf, 7)}
	case config.AMonthAgo:
		return []time.Time{c.MonthsBefore(asOf, 1)}
	case config.AQuarterAgo:
		return []time.Time{c.MonthsBefore(asOf, 3)}
	case config.AYearAgo:
		return []time.Time{c.MonthsBefore(asOf, 12)}
	}
	return nil
}

// lookbacks yields every way in which the KPI's bounds and comparisons look back.
func lookbacks(k *config.KPI) iter.Seq[lookback] {
	return func(yield func(lookback) bool) {
		for _, source := range k.Compare {
			if !yield(lookback{source: source}) {
				return
			}
		}
		if k.Target == nil {
			return
		}
		rules := []config.Rule{k.Target.Rule}
		for _, s := range k.Target.Segments {
			rules = append(rules, s.Rule)
		}
		for _, r := range rules {
			for _, b := range boundsOf(r) {
				if b == nil {
					continue
				}
				for _, one := range append([]config.Bound{*b}, b.Stricter...) {
					if !yield(lookbackOf(&one)) {
						return
					}
				}
			}
		}
	}
}

func lookbackOf(b *config.Bound) lookback { return lookback{b.Source, b.Past.Periods} }

// instantValues is what is known of one earlier instant.
type instantValues struct {
	values  map[string]float64 // By the labels of their samples, as labelKey joins them.
	missing *Failure           // Why some are not there, nil if the queries gave all that there is.
}

const labelSeparator = "\x00"

func labelKey(labels []string) string { return strings.Join(labels, labelSeparator) }

// lookbackValues holds the earlier values that one evaluation needs.
type lookbackValues struct {
	location *time.Location
	instants map[lookback][]time.Time
	values   map[int64]instantValues // By instant in Unix nanoseconds.
}

// newLookbackValues returns what an evaluation as of an instant, after settle, needs; nil if it needs nothing. The values are still
// to come.
func newLookbackValues(k *config.KPI, asOf time.Time) *lookbackValues {
	var p *lookbackValues
	for l := range lookbacks(k) {
		instants := l.instants(k, asOf)
		if instants == nil {
			continue
		}
		if p == nil {
			p = &lookbackValues{location: k.Calendar.Location, instants: map[lookback][]time.Time{}, values: map[int64]instantValues{}}
		}
		p.instants[l] = instants
		for _, t := range instants {
			p.values[t.UnixNano()] = instantValues{}
		}
	}
	return p
}

// all returns as of when, after settle, values are needed, in their order.
func (p *lookbackValues) all() []time.Time {
	if p == nil {
		return nil
	}
	instants := make([]time.Time, 0, len(p.values))
	for _, at := range slices.Sorted(maps.Keys(p.values)) {
		instants = append(instants, time.Unix(0, at).In(p.location))
	}
	return instants
}

func (p *lookbackValues) add(asOf time.Time, samples []Sample) {
	e := p.values[asOf.UnixNano()]
	if e.values == nil {
		e.values = make(map[string]float64, len(samples))
	}
	for i := range samples {
		if s := &samples[i]; s.Value != nil {
			e.values[labelKey(s.Labels)] = *s.Value
		}
	}
	p.values[asOf.UnixNano()] = e
}

// markMissing notes why the values of an instant are not there, all or those of one database; nil notes nothing.
func (p *lookbackValues) markMissing(asOf time.Time, why *Failure) {
	e := p.values[asOf.UnixNano()]
	e.missing = why
	p.values[asOf.UnixNano()] = e
}

// missing returns why values are not there, of several instants at the latest; nil if none is missing.
func (p *lookbackValues) missing() *Failure {
	if p == nil {
		return nil
	}
	var latest int64
	var why *Failure
	for at, e := range p.values {
		if e.missing != nil && (why == nil || at > latest) {
			latest, why = at, e.missing
		}
	}
	return why
}

// of returns what a lookback from the sample with these labels meets: NaN unless every value is there.
func (p *lookbackValues) of(l lookback, key string) float64 {
	if p == nil || p.instants[l] == nil {
		return math.NaN()
	}
	met := make([]float64, 0, max(l.periods, 1))
	for _, t := range p.instants[l] {
		v, ok := p.values[t.UnixNano()].values[key]
		if !ok {
			return math.NaN()
		}
		met = append(met, v)
	}
	if l.source == config.MedianOf {
		return status.Median(met)
	}
	return status.Mean(met)
}
