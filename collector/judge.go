package collector

import (
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// judge is what the samples of one evaluation are judged by.
type judge struct {
	kpi      *config.KPI
	names    []string  // Of the labels.
	at       time.Time // When bounds are read: the last instant of the measured period.
	elapsed  float64   // Share of the period.
	lookback *lookbackValues
	targets  []targetRow // Of a target that a named query gives.
}

func (ev *evaluation) judge() *judge {
	k := ev.result.KPI
	return &judge{
		kpi:      k,
		names:    k.LabelNames(),
		at:       k.Period.Judged(ev.result.AsOf.Add(-k.Settle), k.Calendar),
		elapsed:  ev.result.Elapsed,
		lookback: ev.lookback,
		targets:  ev.targets,
	}
}

// rule returns the rule for a label set.
func (j *judge) rule(labels []string) config.Rule {
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
func (j *judge) lines(rule config.Rule, labels []string) *lines {
	l := &lines{}
	if rule.None {
		return l
	}
	key := ""
	if j.lookback != nil {
		key = labelKey(labels)
	}
	for i, b := range boundsOf(rule) {
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
	if t := rule.Tolerance; t != nil && l[criticalLower].source == "" && l[criticalUpper].source == "" {
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
	return status.Prorate(v, j.elapsed)
}

// early reports whether it is too early in the period to judge a pace.
func (j *judge) early() bool { return j.kpi.Target.Pace && j.elapsed < status.MinElapsed }

// The places of lines, and of the bounds of a rule: the lower side is even.
const (
	targetLower = iota
	targetUpper
	criticalLower
	criticalUpper
	stretchLower
	stretchUpper
	numLines
)

func boundsOf(r config.Rule) [numLines]*config.Bound {
	return [numLines]*config.Bound{
		r.Target.Lower, r.Target.Upper, r.Critical.Lower, r.Critical.Upper, r.Stretch.Lower, r.Stretch.Upper,
	}
}

// line is a bound as a number.
type line struct {
	value  float64       // NaN: not known.
	source config.Source // "": there is no such bound.
	due    bool          // The value is what is due by now, and not for the whole period.
}

// lines are all bounds of one sample.
type lines [numLines]line

func (l *lines) bounds() status.Bounds {
	end := func(i int) *float64 {
		if l[i].source == "" {
			return nil
		}
		return &l[i].value
	}
	return status.Bounds{
		Target:   status.Range{Lower: end(targetLower), Upper: end(targetUpper)},
		Critical: status.Range{Lower: end(criticalLower), Upper: end(criticalUpper)},
		Stretch:  status.Range{Lower: end(stretchLower), Upper: end(stretchUpper)},
	}
}

// widen sets the critical lines that lie a tolerance beyond the target's: due beyond those that are due by now, whole
// beyond those for the whole period.
func (l *lines) widen(whole, due status.Tolerance) {
	goal := l.bounds().Target
	ofWhole, ofDue := whole.Beyond(goal), due.Beyond(goal)
	for i, ends := range [...][2]*float64{{ofWhole.Lower, ofDue.Lower}, {ofWhole.Upper, ofDue.Upper}} {
		from, end := l[targetLower+i], ends[0]
		if from.due {
			end = ends[1]
		}
		if end != nil {
			l[criticalLower+i] = line{*end, config.FromTolerance, from.due}
		}
	}
}

// list returns the bounds that are known.
func (l *lines) list() []Bound {
	var list []Bound
	for i, b := range l {
		if b.source != "" && !math.IsNaN(b.value) {
			tier, side := [...]string{"target", "critical", "stretch"}[i/2], [...]string{"lower", "upper"}[i%2]
			list = append(list, Bound{Tier: tier, Side: side, Value: b.value, Source: string(b.source)})
		}
	}
	return list
}
