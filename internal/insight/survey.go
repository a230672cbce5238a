package insight

import (
	"context"
	"iter"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Survey is what a report is made from: KPIs as of an instant, as of an earlier one, and how they came there.
type Survey struct {
	AsOf, Before time.Time
	KPIs         []Surveyed // In the order in which they were asked for.
}

// Surveyed is one KPI of a survey. What is withheld is in none of its parts, nor what it could be computed from.
type Surveyed struct {
	KPI         *config.KPI
	Now, Before collector.Result
	History     History
	Why         Explanation // Against the previous period.
	Drawn       int         // How many periods a trend shows.
}

// mostSamples is about how many samples of the past are read before what was found of their KPIs is handed out, unless one KPI alone has
// more: they take memory meanwhile.
const mostSamples = 100_000

// Survey yields KPIs as of two instants, the past of each unless the file says history: 0, and why they changed, in the order of kpis. It
// reads the past of as many of them at once as have room in memory, so that these share runs, and keeps nothing of what it has yielded.
// What fails with a KPI is in its results. It calls progress, which may be nil, as Histories does. Once ctx has ended, it yields nothing.
func (r *Reader) Survey(ctx context.Context, kpis []*config.KPI, asOf, before time.Time, progress func(read, most int)) iter.Seq[Surveyed] {
	return func(yield func(Surveyed) bool) {
		values := make([]collector.Request, 0, 2*len(kpis))
		s := survey{Reader: r, asOf: asOf, progress: progress}
		for _, k := range kpis {
			values = append(values, collector.Request{KPI: k, AsOf: asOf}, collector.Request{KPI: k, AsOf: before})
			s.most += r.mostHistory(k)
		}
		s.results = r.Values(ctx, values)
		for len(s.results) > 0 {
			n := s.portion()
			for _, one := range s.next(ctx, n) {
				if ctx.Err() != nil || !yield(one) {
					return
				}
			}
			clear(s.results[:2*n])
			s.results = s.results[2*n:]
		}
	}
}

// survey is a survey while it is made.
type survey struct {
	*Reader
	asOf     time.Time
	results  []collector.Result // The KPIs to come: each now, and before.
	progress func(read, most int)
	read     int // How many periods were read.
	most     int // How many are left to read of the KPIs to come, at most.
}

// portion returns of how many of the KPIs to come the past is read at once.
func (s *survey) portion() int {
	samples := 0
	for i := range len(s.results) / 2 {
		now, before := &s.results[2*i], &s.results[2*i+1]
		samples += s.mostHistory(now.KPI) * max(1, len(now.Samples), len(before.Samples))
		if i > 0 && samples > mostSamples {
			return i
		}
	}
	return len(s.results) / 2
}

// next reads the next n KPIs.
func (s *survey) next(ctx context.Context, n int) []Surveyed {
	list := make([]Surveyed, n)
	histories, why := make([]HistoryRequest, n), make([]Request, n)
	for i := range list {
		k := s.results[2*i].KPI
		histories[i] = HistoryRequest{KPI: k, AsOf: s.asOf, N: s.mostHistory(k)}
		why[i] = Request{KPI: k, AsOf: s.asOf}
		s.most -= histories[i].N
	}
	read := 0
	past := s.Histories(ctx, histories, func(n, most int) {
		if read = n; s.progress != nil {
			s.progress(s.read+read, s.read+most+s.most)
		}
	})
	s.read += read
	explanations := s.Explain(ctx, why)
	for i := range list {
		list[i] = Surveyed{KPI: why[i].KPI, Now: s.results[2*i], Before: s.results[2*i+1], History: past[i], Why: explanations[i], Drawn: s.config.History}
		list[i].HidePast()
	}
	return list
}

// mostHistory returns how many closed periods of a KPI are read.
func (r *Reader) mostHistory(k *config.KPI) int {
	if r.config.History == 0 || !k.HasPast() {
		return 0
	}
	return MostHistory(k)
}

// Values evaluates KPIs and withholds each total, and what is computed from one, with which a withheld part of it could be computed
// that another KPI does not show. There is one result per request, in their order.
func (r *Reader) Values(ctx context.Context, requests []collector.Request) []collector.Result {
	b := &batch{}
	guards := make([]guard, len(requests))
	for _, request := range requests {
		b.add(request)
	}
	for i, request := range requests {
		guards[i] = r.totalGuard(b, request)
	}
	b.run(ctx, r.evaluator)
	results := slices.Clone(b.results[:len(requests)])
	for i := range results {
		hideTotals(&results[i], b.results, guards[i])
	}
	return results
}

// totalGuard adds what must be read to know whether a KPI is a total, or computed from one, of parts that another KPI shows and
// of which it withholds one: with the total, that part could be computed.
func (r *Reader) totalGuard(b *batch, request collector.Request) guard {
	var g guard
	if !r.guards(request.KPI) {
		return nil
	}
	for _, input := range collector.Inputs(request) {
		for _, other := range r.withholding(input.KPI) {
			if len(other.LabelNames()) > len(input.KPI.LabelNames()) {
				g = append(g, b.add(collector.Request{KPI: bare(other), AsOf: input.AsOf, KnownAt: input.KnownAt}))
			}
		}
	}
	return g
}

// HidePast takes out the closed periods from which a withheld part could be computed, and bounds that are earlier such values. Survey
// has done it.
func (s *Surveyed) HidePast() {
	past := slices.ContainsFunc(s.History.Points, func(p Point) bool { return p.Withheld })
	if !past && s.Why.Reason != Withheld {
		return
	}
	s.History.Points = slices.Clone(s.History.Points)
	for i := range s.History.Points {
		p := &s.History.Points[i]
		if p.Withheld && s.isTotal() {
			p.Samples = hiddenSamples(s.KPI, p.Samples)
		}
		p.Samples = withoutPastBounds(p.Samples)
	}
	s.Now.Samples = withoutPastBounds(s.Now.Samples)
	s.Before.Samples = withoutPastBounds(s.Before.Samples)
}

// Total returns the total of the label sets of Now. It is nil where there is none, where a part of it could be withheld, and where Why is not
// known, which says that.
func (s *Surveyed) Total() *collector.Sample {
	samples := s.Now.Samples
	if s.Why.KPI == nil || s.Why.Failure != nil || s.Why.Reason == Withheld || len(s.Now.FailedDatabases) > 0 || len(samples) < 2 {
		return nil
	}
	if slices.ContainsFunc(samples, func(one collector.Sample) bool { return one.Suppressed }) {
		return nil
	}
	how := TotalOf(s.KPI, samples)
	if how != config.MergeSum && how != config.MergeRatio {
		return nil
	}
	total, reason := Total(s.KPI, how, samples)
	if reason != "" {
		return nil
	}
	return &total
}

// isTotal reports whether values of the KPI are computed from several rows.
func (s *Surveyed) isTotal() bool {
	return s.KPI.Formula != nil || len(s.KPI.LabelNames()) < len(partsOf(s.KPI).LabelNames())
}

func hideTotals(r *collector.Result, results []collector.Result, g guard) {
	if withheld, why := g.withheld(results); withheld || why != nil {
		r.Samples = hiddenSamples(r.KPI, r.Samples)
	}
}

// hiddenSamples returns samples of a KPI with every value withheld.
func hiddenSamples(k *config.KPI, samples []collector.Sample) []collector.Sample {
	samples = slices.Clone(samples)
	for i := range samples {
		s := &samples[i]
		*s = collector.Sample{Labels: s.Labels, Suppressed: true, Status: status.Unknown, Reason: status.Withheld}
		if k.Target == nil {
			s.Status, s.Reason = status.NoTarget, ""
		}
	}
	return samples
}

// withoutPastBounds returns samples without the bounds of which one is an earlier value, and what was computed by them.
func withoutPastBounds(samples []collector.Sample) []collector.Sample {
	samples = slices.Clone(samples)
	for i := range samples {
		if more := samples[i].Details(); slices.ContainsFunc(more.Bounds, isPast) {
			more.Bounds, more.Target, more.Attainment, more.Pace = nil, nil, nil, nil
			samples[i].SetDetails(more)
		}
	}
	return samples
}

// isPast reports whether a bound is computed from earlier values.
func isPast(b collector.BoundValue) bool {
	switch config.BoundSource(b.Source) {
	case config.Fixed, config.Benchmark, config.Steps, config.Ramp, config.FromQuery, config.FromTolerance:
		return false
	}
	return true
}
