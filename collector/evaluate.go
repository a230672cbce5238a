// Package collector computes KPIs. Its core is one function, Evaluator.Evaluate: a KPI and an instant give the samples of
// that instant. Collector calls it on a schedule and exposes the latest results to Prometheus.
//
// It runs SQL through internal/database only, and knows nothing of HTTP.
package collector

import (
	"cmp"
	"context"
	"maps"
	"runtime/debug"
	"slices"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Request asks for a KPI at an instant.
type Request struct {
	KPI  *config.KPI
	AsOf time.Time

	wanted      context.Context     // Ends when nobody wants the result any more; nil never ends.
	waitForData bool                // A period that the data does not cover yet is not evaluated, but the last one that it covers.
	failed      map[string]*Failure // Databases that failed already and are not asked again.
	last        *Result             // With waitForData: what is there already and need not be evaluated again; nil if nothing is.
}

// Evaluator evaluates KPIs over the databases of one configuration.
type Evaluator struct {
	databases map[string]*config.Database
	pools     map[string]*database.Pool
	cache     readingCache
	freshness freshnessCache
}

// NewEvaluator returns an evaluator for the KPIs of cfg. It connects to nothing before it evaluates.
func NewEvaluator(cfg *config.Config) *Evaluator {
	return newEvaluatorFrom(nil, cfg)
}

// newEvaluatorFrom returns an evaluator for cfg that takes over the connections to the databases that have not changed, and
// what the old one has cached; its closeUnused then closes the others. Without an old one, nil, all is new.
func newEvaluatorFrom(old *Evaluator, cfg *config.Config) *Evaluator {
	next := &Evaluator{databases: map[string]*config.Database{}, pools: map[string]*database.Pool{}}
	for _, d := range cfg.Databases {
		next.databases[d.Name] = d
		if old != nil && old.databases[d.Name] != nil && d.Same(old.databases[d.Name]) {
			next.pools[d.Name] = old.pools[d.Name]
		} else {
			next.pools[d.Name] = database.Open(d)
		}
	}
	if old != nil {
		next.cache.inherit(&old.cache, cfg)
	}
	return next
}

// Close waits for running queries to end and closes every connection.
func (e *Evaluator) Close() { e.closeUnused(&Evaluator{}) }

// closeUnused does the same for the databases whose connections next does not use.
func (e *Evaluator) closeUnused(next *Evaluator) {
	for name, p := range e.pools {
		if next.pools[name] != p {
			_ = p.Close() // Nothing is lost with a connection that only ever reads.
		}
	}
}

// Evaluate returns one result a request, in their order. It runs one query for each distinct database, SQL and parameter
// values among the requests, as many at once as the databases' max_connections allow; so it does for the earlier values
// that bounds and comparisons ask for, unless it still has those of a closed period. A period that the data does not cover
// yet is Incomplete; an earlier value whose query fails, for any reason but the database's or the exporter's own, is Missing,
// and what needs it is unknown. It never returns an error: what goes wrong with one KPI is that KPI's Failure.
func (e *Evaluator) Evaluate(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	e.evaluate(ctx, requests, func(i int, r Result) { results[i] = r })
	return results
}

// evaluate calls done for each request as soon as its result is there, one call at a time, and returns after the last.
func (e *Evaluator) evaluate(ctx context.Context, requests []Request, done func(i int, r Result)) {
	var mu sync.Mutex // Guards done.
	atOnce(groupByData(requests), func(indexes []int) {
		group := make([]Request, len(indexes))
		for n, i := range indexes {
			group[n] = requests[i]
		}
		e.evaluateReady(ctx, group, func(n int, r Result) {
			mu.Lock()
			defer mu.Unlock()
			done(indexes[n], r)
		})
	})
}

// atOnce calls f for all items at once and returns after the last; a single one costs no goroutine.
func atOnce[T any](items []T, f func(T)) {
	var wg sync.WaitGroup
	for i, item := range items {
		if i == len(items)-1 {
			f(item)
			break
		}
		wg.Go(func() { f(item) })
	}
	wg.Wait()
}

// evaluateAll does the same as evaluate whatever the data covers.
func (e *Evaluator) evaluateAll(ctx context.Context, requests []Request, done func(i int, r Result)) {
	pending, runs := e.runs(requests)
	for i, ev := range pending {
		if ev.missing == 0 { // Everything is known already.
			ev.finish()
			done(i, ev.result)
		}
	}
	var mu sync.Mutex // Guards pending and done.
	atOnce(runs, func(r *run) {
		took := r.execute(ctx)
		mu.Lock()
		defer mu.Unlock()
		for i := range r.consumers {
			c := &r.consumers[i]
			if ev := pending[c.request]; ev.add(c, took) {
				done(c.request, ev.result)
			}
		}
	})
	e.cache.keep(pending)
}

// runs prepares one evaluation a request, and one run for each distinct query among them: of the values, of the earlier
// values that they are judged by and compared with, and of the targets.
func (e *Evaluator) runs(requests []Request) ([]*evaluation, []*run) {
	evaluations := make([]*evaluation, len(requests))
	byKey := map[string]*run{}
	var runs []*run
	join := func(d *config.Database, q database.Query, c consumer) {
		key := runKey(d, q)
		r, ok := byKey[key]
		if !ok {
			r = &run{pool: e.pools[d.Name], database: d, query: q}
			byKey[key] = r
			runs = append(runs, r)
		}
		c.database = d.Name
		r.join(c, q.Timeout)
		evaluations[c.request].missing++
	}
	for i, req := range requests {
		k := req.KPI
		ev := newEvaluation(req)
		evaluations[i] = ev
		known := e.cache.of(k)
		ev.cachedAt = known.cachedAt
		read := func(at time.Time, earlier purpose) (before bool) {
			if beforeData(k, at) {
				return true
			}
			for input, asOf := range readings(k, at) {
				r := newReading(input, asOf)
				if _, there := ev.readings[r]; there {
					continue
				}
				c := consumer{request: i, wanted: req.wanted, owner: k, kpi: input, asOf: asOf}
				if !asOf.Equal(req.AsOf) {
					c.purpose = earlier
				}
				if a, ok := known.readings[r]; ok && (a.missing == nil && c.purpose != forValue || c.purpose == forLookback) {
					ev.readings[r] = a
					continue
				}
				ev.readings[r] = readout{}
				w := windows(input, asOf.Add(-input.Settle))
				for _, d := range input.Databases {
					if req.failed[d.Name] != nil || beginsBefore(input, d, w) {
						continue
					}
					join(d, query(d, input, input.Query, w), c)
				}
			}
			return false
		}
		ev.result.BeforeData = read(req.AsOf, forEarlierInput)
		for _, asOf := range ev.lookback.all() {
			read(asOf.Add(k.Settle), forLookback)
		}
		if t := k.Target; t != nil && t.From != nil {
			c := consumer{request: i, wanted: req.wanted, owner: k, kpi: k, purpose: forTargets}
			join(t.FromDatabase, query(t.FromDatabase, k, t.From, ev.windows), c)
		}
	}
	return evaluations, runs
}

// evaluation gathers what the consumers of one request read.
type evaluation struct {
	result   Result
	windows  database.Parameters
	lookback *lookbackValues
	targets  []targetRow
	failed   map[string]*Failure // By database, of a KPI whose databases may fail without each other.
	missing  int                 // Consumers that have not finished.

	readings map[reading]readout
	cachedAt time.Time // None of them was read earlier.
}

// readout is what the queries of a reading gave.
type readout struct {
	samples []fromDatabase // In the order in which the databases answered.
	missing *Failure       // Why some are not there, nil if the queries gave all that there is.
}

func newEvaluation(req Request) *evaluation {
	k := req.KPI
	asOf := req.AsOf.Add(-k.Settle)
	w := windows(k, asOf)
	return &evaluation{
		result: Result{
			KPI:           k,
			AsOf:          req.AsOf,
			Window:        period.Window{Start: w.PeriodStart, End: w.PeriodEnd},
			Elapsed:       k.Period.Elapsed(asOf, k.Calendar),
			scheduledAsOf: req.AsOf,
		},
		windows:  w,
		lookback: newLookbackValues(k, asOf),
		failed:   maps.Clone(req.failed),
		readings: map[reading]readout{},
	}
}

// windows returns the parameters of a KPI's query at an instant, after settle. The last instant of a period, a nanosecond
// before its end, is its end to a database.
func windows(k *config.KPI, asOf time.Time) database.Parameters {
	window := k.Period.Window(asOf, k.Calendar)
	previous := k.Period.Previous(asOf, k.Calendar)
	return database.Parameters{
		AsOf:          asOf.Round(time.Microsecond),
		PeriodStart:   window.Start,
		PeriodEnd:     window.End,
		PreviousStart: previous.Start,
		PreviousEnd:   previous.End,
		Timezone:      k.Calendar.Location.String(),
	}
}

func query(d *config.Database, k *config.KPI, q *config.Query, windows database.Parameters) database.Query {
	return database.Query{Statement: q.Statement, Parameters: windows, Timezone: sessionZone(d, k), Timeout: k.Timeout}
}

// sessionZone returns the time zone of the session in which a KPI's queries run.
func sessionZone(d *config.Database, k *config.KPI) string {
	return cmp.Or(d.SessionTimezone, k.Calendar.Location.String())
}

// add takes in what one run gave and reports whether it was the last one.
func (ev *evaluation) add(c *consumer, took time.Duration) bool {
	res := &ev.result
	res.Duration = max(res.Duration, took)
	res.invalid += c.invalid()
	r := newReading(c.kpi, c.asOf)
	a := ev.readings[r]
	switch {
	case c.failure != nil && c.purpose == forLookback && c.failure.ofItsInstant(): // The present may be fine.
		// Of two databases the one whose reason comes first, whichever answered first.
		if why := c.explain(); a.missing == nil || why.Error() < a.missing.Error() {
			a.missing = why
		}
	case c.failure != nil && c.standsAlone():
		ev.failIn(c.database, c.explain())
	case c.failure != nil && res.Failure == nil:
		res.Failure = c.explain()
	case c.failure != nil:
	case c.purpose == forTargets:
		ev.targets = c.targets.rows
	default:
		a.samples = append(a.samples, fromDatabase{c.database, c.samples})
		res.extra(c.kpi.Query, c.reader.extra)
	}
	if c.purpose != forTargets {
		ev.readings[r] = a
	}
	ev.missing--
	if ev.missing > 0 {
		return false
	}
	ev.finish()
	return true
}

// compute fills in the samples, and the earlier ones that they are judged by, from what was read.
func (ev *evaluation) compute() (failure *Failure) {
	k := ev.result.KPI
	if ev.result.BeforeData {
		ev.result.Samples = samplesBeforeData(k)
		return nil
	}
	if ev.result.Samples, failure = ev.samples(k, ev.result.AsOf); failure != nil {
		return failure
	}
	for _, asOf := range ev.lookback.all() {
		if beforeData(k, asOf.Add(k.Settle)) {
			continue // No past, which is no failure.
		}
		why := ev.missingAt(asOf.Add(k.Settle))
		if why == nil || k.Formula == nil { // One of several databases may be missing.
			samples, failure := ev.samples(k, asOf.Add(k.Settle))
			switch {
			case failure == nil:
				ev.lookback.add(asOf, samples)
			case failure.ofItsInstant():
				why = failure
			default:
				return failure
			}
		}
		ev.lookback.markMissing(asOf, why)
	}
	ev.result.Missing = ev.lookback.missing()
	return nil
}

// missingAt returns why something that the KPI as of an instant, before settle, is computed from is not there; nil if it is.
func (ev *evaluation) missingAt(asOf time.Time) *Failure {
	for input, at := range readings(ev.result.KPI, asOf) {
		if why := ev.readings[newReading(input, at)].missing; why != nil {
			return why
		}
	}
	return nil
}

// finish judges the samples once all that they are judged by is there.
func (ev *evaluation) finish() {
	res := &ev.result
	if res.Failure == nil {
		func() {
			defer func() {
				if x := recover(); x != nil {
					res.Failure = failf(ReasonInternal, "kpi %q: panic: %v\n%s", res.KPI.Name, x, debug.Stack())
				}
			}()
			if res.Failure = ev.compute(); res.Failure != nil {
				return
			}
			if res.BeforeData {
				return // There is nothing to judge.
			}
			j := ev.judge()
			for i := range res.Samples {
				j.assess(&res.Samples[i])
			}
		}()
	}
	if res.Failure == nil {
		res.failDatabases(ev.failed)
	}
	if res.Failure != nil && !res.partly() {
		res.Samples = nil
	}
	slices.SortFunc(res.Samples, compareLabels)
}
