package insight

import (
	"cmp"
	"math"
	"slices"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// explainOperands splits the change of a formula among its operands.
func (c *comparison) explainOperands(x *Explanation) {
	before, after := make([]float64, len(c.operands)), make([]float64, len(c.operands))
	for i, o := range c.operands {
		for _, side := range []struct {
			at     int
			values []float64
		}{{o.before, before}, {o.after, after}} {
			r := c.result(side.at)
			if x.failure(r) {
				return
			}
			s := only(r)
			switch {
			case s.Suppressed:
				x.fail(Withheld)
				x.hide()
				return
			case s.Value != nil:
				side.values[i] = *s.Value
			case !o.zero || len(r.Samples) > 0 || r.BeforeData:
				x.fail(analysis.NoValue)
				return
			}
		}
	}
	values := make(map[string]float64, len(c.operands))
	amounts, reason := analysis.Shapley(func(operands []float64) (float64, bool) {
		for i, o := range c.operands {
			values[o.text] = operands[i]
		}
		return compute(x.KPI.Formula.Root, values)
	}, before, after)
	if reason != "" {
		x.fail(reason)
		return
	}
	a := Attribution{Method: Shapley}
	for i, o := range c.operands {
		a.Segments = append(a.Segments, Segment{Value: o.text, Unit: o.kpi.Unit, From: &before[i], To: &after[i], Contribution: &amounts[i]})
	}
	slices.SortStableFunc(a.Segments, func(p, q Segment) int {
		return cmp.Or(bySize(*p.Contribution, *q.Contribution), cmp.Compare(p.Value, q.Value))
	})
	x.Attributions = []Attribution{a}
}

// bySize orders the larger absolute value first. The last bits, which depend on how a number was computed, part no tie.
func bySize(a, b float64) int {
	if status.Equal(math.Abs(a), math.Abs(b)) {
		return 0
	}
	return cmp.Compare(math.Abs(b), math.Abs(a))
}
