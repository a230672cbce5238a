package insight

import (
	"context"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Request asks why a KPI changed up to an instant: since the previous period, or since last year.
type Request struct {
	KPI      *config.KPI
	AsOf     time.Time
	LastYear bool
}

// Explain returns one explanation per request, in their order. All of them are read at once and share runs with one another. It
// never returns an error: what goes wrong with one KPI is the Failure of its explanation.
func (r *Reader) Explain(ctx context.Context, requests []Request) []Explanation {
	explanations := make([]Explanation, len(requests))
	var (
		clipped []Request // The data of these ends earlier: they are compared as of where it does.
		places  []int
	)
	for i, c := range r.compare(ctx, requests) {
		explanations[i] = c.explain(ctx)
		if to := c.result(c.whole.after); to.Clipped && to.Window.End.Before(requests[i].KPI.Settled(requests[i].AsOf).Time) {
			moved := requests[i]
			moved.AsOf = moved.KPI.AsOf(config.Settled{Time: to.Window.End})
			clipped, places = append(clipped, moved), append(places, i)
		}
	}
	for n, c := range r.compare(ctx, clipped) {
		x := c.explain(ctx)
		x.AsOf = requests[places[n]].AsOf
		explanations[places[n]] = x
	}
	return explanations
}

// comparison is what one explanation is made from.
type comparison struct {
	*batch
	request  Request
	before   time.Time
	against  Against
	whole    pair
	parts    *pair // Nil without parts, or where the whole is read with its labels.
	split    *config.KPI
	operands []operand
	guards   [2]guard // Before and after.
}

// operand is one operand of a formula at the two instants.
type operand struct {
	input
	pair
}

// compare reads what explanations are made from.
func (r *Reader) compare(ctx context.Context, requests []Request) []comparison {
	if len(requests) == 0 {
		return nil
	}
	b := &batch{}
	comparisons := make([]comparison, len(requests))
	for i, request := range requests {
		comparisons[i] = r.comparison(b, request)
	}
	b.run(ctx, r.evaluator)
	return comparisons
}

// comparison adds to a batch what one explanation needs.
func (r *Reader) comparison(b *batch, request Request) comparison {
	k := request.KPI
	c := comparison{batch: b, request: request, split: k}
	c.before, c.against = Previous(k, request.AsOf)
	if request.LastYear {
		c.before, c.against = LastYear(k, request.AsOf)
	}
	both := func(k *config.KPI) pair {
		return pair{
			b.add(collector.Request{KPI: k, AsOf: c.before, KnownAt: request.AsOf}),
			b.add(collector.Request{KPI: k, AsOf: request.AsOf}),
		}
	}
	c.whole = both(bare(k))
	if k.Formula == nil {
		if parts := partsOf(k); len(parts.LabelNames()) > len(k.LabelNames()) {
			at := both(parts)
			c.parts, c.split = &at, parts
		}
	}
	if len(k.LabelNames()) == 0 {
		for _, o := range inputsOf(k) {
			c.operands = append(c.operands, operand{o, both(o.kpi)})
		}
	}
	c.guards[0] = r.guard(b, collector.Request{KPI: k, AsOf: c.before, KnownAt: request.AsOf})
	c.guards[1] = r.guard(b, collector.Request{KPI: k, AsOf: request.AsOf})
	return c
}

func (c *comparison) result(at int) *collector.Result { return &c.results[at] }

// explain finds out nothing once ctx has ended: there may be many comparisons left, with many label sets each.
func (c *comparison) explain(ctx context.Context) Explanation {
	before, after := c.result(c.whole.before), c.result(c.whole.after)
	x := Explanation{
		KPI: c.request.KPI, AsOf: c.request.AsOf, Before: c.before, Against: c.against,
		Window: after.Window, Previous: before.Window, Incomplete: after.Incomplete,
	}
	if err := ctx.Err(); err != nil {
		x.fail(Failed)
		x.Failure = &collector.Failure{Reason: collector.ReasonTimeout, Err: err}
		return x
	}
	for _, g := range c.guards {
		switch withheld, why := g.withheld(c.results); {
		case why != nil: // It is not known what may be shown.
			x.fail(Failed)
			x.Failure = why
			return x
		case withheld:
			x.fail(Withheld)
			return x
		}
	}
	if x.failure(after, before) {
		return x
	}
	if after.Incomplete || before.Incomplete {
		x.fail(analysis.NoValue)
		return x
	}
	switch {
	case x.KPI.Formula != nil && len(x.KPI.LabelNames()) > 0:
		x.fail(LabelsOfFormula)
	case len(x.KPI.LabelNames()) == 0:
		c.explainOne(&x, before, after)
	default:
		c.explainParts(&x)
	}
	return x
}

// explainOne explains a KPI that is one value: by the operands of its formula or by what it merges.
func (c *comparison) explainOne(x *Explanation, before, after *collector.Result) {
	was, is := only(before), only(after)
	x.between(was.Value, is.Value)
	x.Chance = chance(x, &was, &is)
	switch {
	case x.KPI.Formula != nil:
		c.explainOperands(x)
	case c.parts == nil:
		x.fail(NoLabels)
	default:
		c.explainParts(x)
	}
	if x.Delta == nil && (x.Reason == "" || x.Reason == NoLabels) {
		x.fail(analysis.NoValue)
	}
}

// between sets the values that are compared, if both are known.
func (x *Explanation) between(from, to *float64) {
	if from != nil && to != nil {
		x.From, x.To, x.Delta = from, to, new(status.Sum(*to, -*from))
	}
}

// only returns the only sample of a KPI without labels; the zero Sample where it has none.
func only(r *collector.Result) collector.Sample {
	if len(r.Samples) == 0 {
		return collector.Sample{}
	}
	return r.Samples[0]
}

// chance returns the range of the difference of two rates, nil where there is none.
func chance(x *Explanation, was, is *collector.Sample) *analysis.Interval {
	before, ok := was.Cases(x.KPI)
	after, okAfter := is.Cases(x.KPI)
	if !ok || !okAfter || overlap(x.Previous, x.Window) {
		return nil
	}
	_, interval, ok := analysis.Newcombe(before, after)
	if !ok {
		return nil
	}
	return &interval
}

// overlap reports whether two windows have an instant in common. Instants are each one.
func overlap(a, b period.Window) bool {
	return a.Start.Before(b.End) && b.Start.Before(a.End)
}
