package collector

import (
	"math"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// judge is what the samples of one evaluation are judged by.
type judge struct {
	kpi      *config.KPI
	names    []string  // The label names.
	at       time.Time // When bounds are read: the last instant of the measured period.
	elapsed  float64   // Share of the period.
	share    float64   // How much of the period's value is to be expected by now, for the label set that is being judged.
	profile  *profile
	lookback *lookbackValues
	targets  []targetRow  // For a target from a named query.
	bounds   []BoundValue // Those of the sample that was judged last: mostly all have the same, and share it.
	next     []BoundValue // Room for those of the next one.
}

func (ev *evaluation) judge() *judge {
	k := ev.result.KPI
	return &judge{
		kpi:      k,
		names:    k.LabelNames(),
		at:       k.Period.Judged(k.Settled(ev.result.AsOf).Time, k.Calendar),
		elapsed:  ev.result.Elapsed,
		share:    ev.result.Elapsed,
		profile:  ev.profile,
		lookback: ev.lookback,
		targets:  ev.targets,
	}
}

// boundSet returns the bounds for a label set.
func (j *judge) boundSet(labels []string) config.BoundSet {
	return j.kpi.Target.For(func(name string) string {
		for i, n := range j.names {
			if n == name {
				return labels[i]
			}
		}
		return ""
	})
}

// lines returns the bounds in force for a label set.
func (j *judge) lines(set config.BoundSet, labels []string) *lines {
	l := &lines{}
	if set.None {
		return l
	}
	key := ""
	if j.lookback != nil {
		key = labelKey(labels)
	}
	for i, b := range boundsOf(set) {
		if b != nil {
			number, due := j.number(b, i, key)
			l[i] = line{number, b.Source, due}
		}
	}
	if j.kpi.Target.From != nil {
		for i, v := range findTarget(j.targets, j.kpi, labels) {
			if v != nil {
				l[i] = line{*v, config.FromQuery, false}
			}
		}
	}
	if t := set.Tolerance; t != nil && l[criticalLower].source == "" && l[criticalUpper].source == "" {
		l.widen(*t, j.due(*t))
	}
	for i := range l {
		if !l[i].due {
			l[i].value = j.prorated(l[i].value)
		}
	}
	return l
}

// due returns the tolerance at what is due by now: a share stays one.
func (j *judge) due(t status.Tolerance) status.Tolerance {
	if !t.Relative {
		t.Amount = j.prorated(t.Amount)
	}
	return t
}

// number returns the number that a bound is at present, NaN if that is not known, and whether it is what is due by now
// already and not to be prorated: earlier values are those of the same days of their period.
func (j *judge) number(b *config.Bound, side int, key string) (number float64, due bool) {
	switch b.Source {
	case config.Fixed, config.Benchmark, config.Steps, config.Ramp:
		v, ok := b.At(j.at)
		if !ok {
			return math.NaN(), false
		}
		return v, false
	case config.StricterOf:
		for i := range b.Stricter {
			other, isDue := j.number(&b.Stricter[i], side, key)
			if !isDue {
				other = j.prorated(other)
			}
			switch {
			case i == 0:
				number = other
			case side%2 == 0:
				number = max(number, other)
			default:
				number = min(number, other)
			}
		}
		return number, true // NaN if any is.
	default:
		change := status.Change{Amount: b.Past.Change, Relative: b.Past.Relative}
		if !change.Relative {
			change.Amount = j.prorated(change.Amount)
		}
		if j.early() {
			return math.NaN(), true
		}
		return change.From(j.lookback.of(lookbackOf(b), key)), true
	}
}

// prorated returns the share that is due by now of a number for the whole period.
func (j *judge) prorated(v float64) float64 {
	if !j.kpi.Target.Pace {
		return v
	}
	return status.Prorate(v, j.share)
}

// early reports whether it is too early in the period to judge its pace.
func (j *judge) early() bool { return j.kpi.Target.Pace && !(j.share >= status.MinElapsed) }

// assess fills in everything of a sample that follows from its value, its size, the KPI's target and earlier values. A value
// that equals a bound but for rounding is set to it, so that whatever compares the two finds what the status says.
func (j *judge) assess(s *Sample) {
	more := s.Details()
	more.Previous = j.previous(s)
	if q, ok := s.Cases(j.kpi); ok {
		more.setRange(q)
	}
	if j.kpi.Target == nil {
		s.Status, s.Reason = status.NoTarget, ""
	} else {
		j.compare(s, &more)
	}
	s.SetDetails(more)
}

// compare judges a sample of a KPI with a target.
func (j *judge) compare(s *Sample, more *Details) {
	shape := j.expect(s, more)
	set := j.boundSet(s.Labels)
	lines := j.lines(set, s.Labels)
	bounds := lines.bounds()
	more.Bounds = j.list(lines)
	if s.Value != nil {
		switch {
		case shape != nil:
			shape.forecast(more, *s.Value)
		case j.kpi.Target.Pace:
			more.Forecast = some(status.Forecast(*s.Value, j.elapsed))
		}
		value := bounds.Align(*s.Value)
		if value != *s.Value {
			s.Value = &value
		}
		more.Target = some(status.Nearest(value, bounds))
		more.Attainment = some(status.Attainment(value, bounds))
		if j.kpi.Target.Pace {
			more.Pace = some(status.Pace(value, bounds))
		}
	}
	switch {
	case bounds.Target == (status.Range{}):
		s.Status, s.Reason = status.NoTarget, ""
	case s.Value == nil && s.Reason == "":
		s.Status, s.Reason = status.Unknown, status.NoValue
	case s.Value == nil, set.MinSample != nil && !reaches(s.SampleSize, *set.MinSample):
		s.Status, s.Reason = status.Unknown, status.SmallSample
	default:
		s.Status, s.Reason = status.Judge(*s.Value, bounds), ""
		if s.Status == status.Unknown {
			s.Reason, more.unbound = status.NoBound, j.unbound(set, lines)
		}
	}
}

// list returns the bounds of a sample that are known.
func (j *judge) list(l *lines) []BoundValue {
	if j.next = l.appendTo(j.next[:0]); !slices.Equal(j.next, j.bounds) {
		j.bounds = append([]BoundValue(nil), j.next...)
	}
	return j.bounds
}

// expect finds what is to be expected of a label set by now. It returns the shape of earlier periods; nil if the pace is linear,
// also for want of earlier periods.
func (j *judge) expect(s *Sample, more *Details) *expectation {
	j.share = j.elapsed
	if !j.kpi.Target.Pace {
		return nil
	}
	more.PaceMethod = PaceLinear
	if j.profile == nil {
		return nil
	}
	e, ok := j.profile.of(j.kpi, labelKey(s.Labels))
	if !ok {
		return nil
	}
	j.share, more.PaceMethod, more.PacePeriods = e.share, PaceProfile, e.periods
	return &e
}

// unbound returns in words why a bound that the verdict needs is not known.
func (j *judge) unbound(set config.BoundSet, l *lines) string {
	if j.early() {
		return "too early to tell"
	}
	words := [...]string{"target", "critical bound"}
	for i, b := range boundsOf(set) {
		switch {
		case i >= stretchLower || !math.IsNaN(l[i].value):
		case l[i].source == config.FromQuery:
			return "no target given"
		case b != nil && j.outside(b, words[i/2]) != "":
			return j.outside(b, words[i/2])
		}
	}
	return status.NoBound.Text()
}

// outside returns in words that the plan of a bound, or of one that it is the stricter of, has not begun or has ended; ""
// if it has no plan, or is within it.
func (j *judge) outside(b *config.Bound, what string) string {
	for i := range b.Stricter {
		if words := j.outside(&b.Stricter[i], what); words != "" {
			return words
		}
	}
	if len(b.Steps) == 0 {
		return ""
	}
	switch _, ok := b.At(j.at); {
	case ok:
		return ""
	case j.at.Before(b.Steps[0].From):
		return "no " + what + " yet"
	}
	return "the " + what + " has ended"
}

func some(v float64, ok bool) *float64 {
	if !ok {
		return nil
	}
	return &v
}
