package collector

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The places of lines, and of the bounds of a label set: the lower side is even.
const (
	targetLower = iota
	targetUpper
	criticalLower
	criticalUpper
	stretchLower
	stretchUpper
	numLines
)

func boundsOf(r config.BoundSet) [numLines]*config.Bound {
	return [numLines]*config.Bound{
		r.Target.Lower, r.Target.Upper, r.Critical.Lower, r.Critical.Upper, r.Stretch.Lower, r.Stretch.Upper,
	}
}

// line is a bound as a number.
type line struct {
	value  float64            // NaN: not known.
	source config.BoundSource // "": there is no such bound.
	due    bool               // The value is what is due by now, and not for the whole period.
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

// appendTo appends the bounds that are known.
func (l *lines) appendTo(list []BoundValue) []BoundValue {
	for i, b := range l {
		if b.source != "" && !math.IsNaN(b.value) {
			tier, side := [...]string{"target", "critical", "stretch"}[i/2], [...]string{"lower", "upper"}[i%2]
			list = append(list, BoundValue{Tier: tier, Side: side, Value: b.value, Source: string(b.source)})
		}
	}
	return list
}
