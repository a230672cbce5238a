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
	source  config.BoundSource
	periods int // For a median or a mean.
}

// instants returns the instants of the values that a lookback reads; none if the KPI's period has no such past.
func (l lookback) instants(k *config.KPI, at config.Settled) []config.Settled {
	c := k.Calendar
	switch l.source {
	case config.PreviousPeriod:
		return earlierPeriods(k, at, 1)
	case config.MedianOf, config.MeanOf:
		return earlierPeriods(k, at, l.periods)
	case config.SamePeriodLastYear:
		return []config.Settled{lastYear(k, at)}
	case config.AWeekAgo:
		return []config.Settled{{Time: c.DaysBefore(at.Time, 7)}}
	case config.AMonthAgo:
		return []config.Settled{{Time: c.MonthsBefore(at.Time, 1)}}
	case config.AQuarterAgo:
		return []config.Settled{{Time: c.MonthsBefore(at.Time, 3)}}
	case config.AYearAgo:
		return []config.Settled{{Time: c.MonthsBefore(at.Time, 12)}}
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
		sets := []config.BoundSet{k.Target.BoundSet}
		for _, s := range k.Target.Segments {
			sets = append(sets, s.BoundSet)
		}
		for _, r := range sets {
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
	missing *Failure           // Why some are missing; nil if none is.
}

const labelSeparator = "\x00"

func labelKey(labels []string) string { return strings.Join(labels, labelSeparator) }

// lookbackValues holds the earlier values that one evaluation needs.
type lookbackValues struct {
	location *time.Location
	instants map[lookback][]config.Settled
	values   map[int64]instantValues // By instant in Unix nanoseconds.
}

// newLookbackValues returns what an evaluation at an instant needs; nil if it needs nothing. The values are still to come.
func newLookbackValues(k *config.KPI, at config.Settled) *lookbackValues {
	var p *lookbackValues
	for l := range lookbacks(k) {
		instants := l.instants(k, at)
		if instants == nil {
			continue
		}
		if p == nil {
			p = &lookbackValues{location: k.Calendar.Location, instants: map[lookback][]config.Settled{}, values: map[int64]instantValues{}}
		}
		p.instants[l] = instants
		for _, t := range instants {
			p.values[t.UnixNano()] = instantValues{}
		}
	}
	return p
}

// all returns the instants whose values are needed, in their order.
func (p *lookbackValues) all() []config.Settled {
	if p == nil {
		return nil
	}
	instants := make([]config.Settled, 0, len(p.values))
	for _, at := range slices.Sorted(maps.Keys(p.values)) {
		instants = append(instants, config.Settled{Time: time.Unix(0, at).In(p.location)})
	}
	return instants
}

func (p *lookbackValues) add(at config.Settled, samples []Sample) {
	e := p.values[at.UnixNano()]
	if e.values == nil {
		e.values = make(map[string]float64, len(samples))
	}
	for i := range samples {
		if s := &samples[i]; s.Value != nil {
			e.values[labelKey(s.Labels)] = *s.Value
		}
	}
	p.values[at.UnixNano()] = e
}

// markMissing notes why the values of an instant are missing, all or those of one database; nil notes nothing.
func (p *lookbackValues) markMissing(at config.Settled, why *Failure) {
	e := p.values[at.UnixNano()]
	e.missing = why
	p.values[at.UnixNano()] = e
}

// missing returns why values are missing, for the latest of several instants; nil if none is.
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

// of returns what a lookback from the sample with these labels finds: NaN unless every value exists.
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

// previous returns the earlier values that a sample is compared with, as kpi_previous_value has them.
func (j *judge) previous(s *Sample) (previous []Previous) {
	for _, source := range j.kpi.Compare {
		if v := j.lookback.of(lookback{source: source}, labelKey(s.Labels)); !math.IsNaN(v) {
			previous = append(previous, Previous{string(source), v})
		}
	}
	return previous
}
