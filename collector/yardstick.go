package collector

import (
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/target"
)

// yardstick is what the samples of one evaluation are judged by.
type yardstick struct {
	kpi     *config.KPI
	names   []string  // Of the labels.
	at      time.Time // When bounds are read: the last instant of the measured period.
	elapsed float64   // Share of the period.
	past    *past
	targets []targetRow // Of a target that a named query gives.
}

func (ev *evaluation) yardstick() *yardstick {
	k := ev.result.KPI
	return &yardstick{
		kpi:     k,
		names:   k.LabelNames(),
		at:      k.Period.Judged(ev.windows.AsOf, k.Calendar),
		elapsed: ev.result.Elapsed,
		past:    ev.past,
		targets: ev.targets,
	}
}

// rule returns the rule for a label set.
func (y *yardstick) rule(labels []string) config.Rule {
	return y.kpi.Target.For(func(name string) string {
		for i, n := range y.names {
			if n == name {
				return labels[i]
			}
		}
		return ""
	})
}

// lines returns the bounds in force for a label set.
func (y *yardstick) lines(rule config.Rule, labels []string) *lines {
	l := &lines{}
	if rule.None {
		return l
	}
	key := ""
	if y.past != nil {
		key = labelKey(labels)
	}
	for i, b := range boundsOf(rule) {
		if b != nil {
			l[i] = line{y.number(b, i, key), b.Source}
		}
	}
	if y.kpi.Target.From != nil {
		for i, v := range findTarget(y.targets, y.kpi, labels) {
			if v != nil {
				l[i] = line{y.prorated(*v), config.FromQuery}
			}
		}
	}
	if t := rule.Tolerance; t != nil && l[criticalLower].source == "" && l[criticalUpper].source == "" {
		critical := t.Beyond(l.bounds().Target)
		for i, v := range map[int]*float64{criticalLower: critical.Lower, criticalUpper: critical.Upper} {
			if v != nil {
				l[i] = line{*v, config.FromTolerance}
			}
		}
	}
	return l
}

// number returns the number that a bound is at present, NaN if that is not known. Of a KPI that is judged by its pace it
// is the share of the bound that is due by now; earlier values are those of the same share already.
func (y *yardstick) number(b *config.Bound, side int, key string) float64 {
	switch b.Source {
	case config.Fixed, config.Benchmark, config.Steps, config.Ramp:
		v, ok := b.At(y.at)
		if !ok {
			return math.NaN()
		}
		return y.prorated(v)
	case config.StricterOf:
		stricter := y.number(&b.Stricter[0], side, key)
		for i := range b.Stricter[1:] {
			other := y.number(&b.Stricter[1+i], side, key)
			if side%2 == 0 {
				stricter = max(stricter, other)
			} else {
				stricter = min(stricter, other)
			}
		}
		return stricter // NaN if any is.
	default:
		change := target.Change{Amount: b.Past.Change, Relative: b.Past.Relative}
		if !change.Relative {
			change.Amount = y.prorated(change.Amount)
		}
		if y.early() {
			return math.NaN()
		}
		return change.From(y.past.of(lookOf(b), key))
	}
}

// prorated returns the share that is due by now of a number for the whole period.
func (y *yardstick) prorated(v float64) float64 {
	if !y.kpi.Target.Pace {
		return v
	}
	return target.Prorate(v, y.elapsed)
}

// early says whether it is too early in the period to judge a pace.
func (y *yardstick) early() bool { return y.kpi.Target.Pace && y.elapsed < target.MinElapsed }

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
}

// lines are all bounds of one sample.
type lines [numLines]line

func (l *lines) bounds() target.Bounds {
	end := func(i int) *float64 {
		if l[i].source == "" {
			return nil
		}
		return &l[i].value
	}
	return target.Bounds{
		Target:   target.Range{Lower: end(targetLower), Upper: end(targetUpper)},
		Critical: target.Range{Lower: end(criticalLower), Upper: end(criticalUpper)},
		Stretch:  target.Range{Lower: end(stretchLower), Upper: end(stretchUpper)},
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
