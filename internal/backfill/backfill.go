// Package backfill gives Prometheus the history of KPIs: it evaluates them at every step between two instants and
// writes what the exporter would have exposed then, as OpenMetrics for promtool or by remote write; and it compares
// history that a Prometheus holds with what the database gives today.
//
// Samples are written in time order and in memory that does not grow with the range. A sample stands at its instant,
// and is what query --as-of prints for it.
package backfill

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// repeatEvery is the distance at which a sample is repeated until the next step. It must stay below Prometheus's
// lookback of five minutes: what is further apart has holes in graphs and rules.
const repeatEvery = 4 * time.Minute

// Range is what is evaluated of one KPI: first From, then the instants up to To, included, at which a complete period
// closes or, for instant, trailing and to-date periods, a Step ends.
type Range struct {
	KPI      *config.KPI
	From, To time.Time
	Step     period.Step
}

// Job is a backfill to run.
type Job struct {
	Config *config.Config
	Ranges []Range           // One per KPI.
	Now    time.Time         // Nothing later is evaluated or written.
	Sparse bool              // One sample a step, instead of repeating it until the next.
	Labels map[string]string // Added to the labels of every series: job, and what else the scrape config would add.

	Progress func(Report) // Called after every instant; may be nil.
	Failed   func(error)  // Called with the first failure of each KPI; may be nil.

	retries []time.Duration // How long to wait before a database that is not reached is tried again.
}

// Report says how far a backfill came.
type Report struct {
	Total      int // Steps there are, of all KPIs.
	Earlier    int // Steps that an earlier run had done.
	Done       int // Steps done by this run.
	Incomplete int // Steps without a sample, because the data does not cover their period yet.
	Failed     int // Steps that were tried and failed.
	Samples    int // Samples written by this run.
}

// exposedSeries is a metric with its value from a step on.
type exposedSeries struct {
	labels []series.Label // Sorted by name, the metric's own among them as __name__; none is empty.
	value  float64
}

// sink takes samples in time order.
type sink interface {
	// hold keeps what a KPI shows from a step on. The function that it returns writes that at an instant, given in
	// Unix milliseconds.
	hold([]exposedSeries) func(ms int64) error
	// reached tells that all that is before an instant is written, and that no step before it was left out.
	reached(next time.Time) error
	// samples returns how many were written.
	samples() int
}

// defaultRetries bridge the failover of a database.
func defaultRetries() []time.Duration {
	return []time.Duration{time.Second, 2 * time.Second, 5 * time.Second}
}

// write evaluates every step from an instant on (all of them if it is zero) and writes to the sink. What fails is in the
// report; an error is what stopped it before the end.
func (j *Job) write(ctx context.Context, e *collector.Evaluator, out sink, from time.Time) (Report, error) {
	report := Report{}
	walk := newTimeline(j.Ranges, j.Now)
	report.Total = walk.count()
	last := walk.skipTo(from)
	for _, n := range walk.taken {
		report.Earlier += n
	}
	w := &writer{job: j, out: out, ends: walk.ends, held: make([]held, len(j.Ranges)), failed: map[string]bool{}}
	w.expose = newExposition(j.Config, j.Labels)

	// What was shown when the earlier run ended is shown on until the next step.
	var again []collector.Request
	var whose []int
	for i, at := range last {
		if !at.IsZero() && !j.Sparse {
			again, whose = append(again, collector.Request{KPI: j.Ranges[i].KPI, AsOf: at}), append(whose, i)
		}
	}
	for i, r := range j.shown(ctx, e, again) {
		if err := stopped(ctx, r); err != nil {
			return report, err
		}
		if r.Failure == nil && !r.BeforeData {
			w.show(whose[i], last[whose[i]], from, &r)
		}
	}

	err := j.evaluate(ctx, walk, func(requests []collector.Request, _ []int) []collector.Result { return j.shown(ctx, e, requests) }, func(at time.Time, due []int, results []collector.Result) error {
		err := w.step(ctx, at, due, results, &report)
		report.Samples = out.samples()
		if j.Progress != nil {
			j.Progress(report)
		}
		return err
	})
	if err == nil {
		err = w.repeat(maxMilliseconds)
	}
	report.Samples = out.samples()
	return report, err
}

// evaluate calls done with the results of every instant of the timeline, in their order. Enough instants are under way
// at once to use all connections that the databases allow.
func (j *Job) evaluate(ctx context.Context, walk *timeline, results func([]collector.Request, []int) []collector.Result, done func(time.Time, []int, []collector.Result) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	type instant struct {
		at      time.Time
		due     []int
		results chan []collector.Result
	}
	queue := make(chan instant, j.width())
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	wg.Go(func() {
		defer close(queue)
		for {
			at, due, ok := walk.next()
			if !ok {
				return
			}
			n := instant{at, due, make(chan []collector.Result, 1)}
			select {
			case queue <- n:
			case <-ctx.Done():
				return
			}
			requests := make([]collector.Request, len(due))
			for i, k := range due {
				requests[i] = collector.Request{KPI: j.Ranges[k].KPI, AsOf: at}
			}
			wg.Go(func() { n.results <- results(requests, due) })
		}
	})
	for n := range queue {
		if err := done(n.at, n.due, <-n.results); err != nil {
			return err
		}
	}
	return context.Cause(ctx)
}

// width is how many instants are under way at once: as many as there are connections, and as many that wait, so that a
// connection never does.
func (j *Job) width() int {
	var seen []*config.Database
	n := 0
	for _, r := range j.Ranges {
		for _, d := range r.KPI.Databases {
			if !slices.Contains(seen, d) {
				seen = append(seen, d)
				n += max(d.MaxConnections, 1)
			}
		}
	}
	return 2 * n
}

// shown evaluates what the exporter shows at an instant. While the rows of a period are not known that are kept by hand, that is
// the last period of which some are.
func (j *Job) shown(ctx context.Context, e *collector.Evaluator, requests []collector.Request) []collector.Result {
	results := j.patiently(ctx, e, requests)
	for i := range results {
		if instead, ok := results[i].InPlace(requests[i]); ok {
			results[i] = j.patiently(ctx, e, []collector.Request{instead})[0]
		}
	}
	return results
}

// patiently evaluates, and tries again what failed because a database was not reached, or because other transactions ended a query.
func (j *Job) patiently(ctx context.Context, e *collector.Evaluator, requests []collector.Request) []collector.Result {
	results := e.Evaluate(ctx, requests)
	for _, wait := range j.retries {
		var again []collector.Request
		var places []int
		for i, r := range results {
			if r.Failure != nil && (r.Failure.Cause() == collector.ReasonConnect || r.Failure.Cause() == collector.ReasonConflict) {
				again, places = append(again, requests[i]), append(places, i) //nolint:gosec // A result per request.
			}
		}
		if len(again) == 0 || !sleep(ctx, wait) {
			break
		}
		for i, r := range e.Evaluate(ctx, again) {
			results[places[i]] = r
		}
	}
	return results
}

// sleep waits, and reports whether it did to the end.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// stopped returns an error if there is no use in going on after this result.
func stopped(ctx context.Context, r collector.Result) error {
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case r.Failure != nil && r.Failure.Cause() == collector.ReasonConnect:
		return fmt.Errorf("as of %s: %w", clock(r), r.Failure)
	}
	return nil
}

func clock(r collector.Result) string {
	return r.AsOf.In(r.KPI.Calendar.Location).Format(time.RFC3339)
}
