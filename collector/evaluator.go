// Package collector computes KPIs. Its core is one function, Evaluator.Evaluate: a KPI and an instant give the samples of
// that instant. Collector calls it on a schedule and exposes the latest results to Prometheus.
//
// It runs SQL through internal/database only, and knows nothing of HTTP.
package collector

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Request asks for a KPI at an instant.
type Request struct {
	KPI     *config.KPI
	AsOf    time.Time
	KnownAt time.Time // Values that are kept by hand are read as they were known then; zero: as of AsOf.

	wanted      context.Context     // Done when nobody needs the result; nil is never done.
	waitForData bool                // A period that the data does not cover yet is not evaluated, but the last one that it covers.
	failed      map[string]*Failure // Databases that failed already and are not tried again.
	last        *Result             // With waitForData: the existing result, which need not be evaluated again; nil if there is none.
	rows        int                 // How many its query returned the last time, or about as many; 0: nobody knows.
	background  bool                // Its queries run only while no other wants a connection.
	partial     bool                // The data does not cover what it asks for: what is read may still change.
	restoring   bool                // Nothing runs: what is not saved is absent.
}

// known returns the instant as of which values that are kept by hand are known.
func (req Request) known() time.Time {
	if req.KnownAt.IsZero() {
		return req.AsOf
	}
	return req.KnownAt
}

// LastPeriods requests the last n periods of each request, the oldest first, instead of its latest only: all as they are known as
// of the latest.
func LastPeriods(requests []Request, n int) []Request {
	all := make([]Request, 0, n*len(requests))
	for _, r := range requests {
		for _, asOf := range r.KPI.Latest(r.AsOf, n) {
			all = append(all, Request{KPI: r.KPI, AsOf: asOf, KnownAt: r.known()})
		}
	}
	return all
}

// Evaluator evaluates KPIs over the databases of one configuration.
type Evaluator struct {
	databases map[string]*config.Database
	sources   map[string]database.Source
	cache     readingCache
	freshness freshnessCache
	memory    *memory // Nil: nothing is saved.
}

// NewEvaluator returns an evaluator for the KPIs of cfg. It connects to nothing before it evaluates.
func NewEvaluator(cfg *config.Config) *Evaluator {
	return newEvaluatorFrom(nil, cfg)
}

// newEvaluatorFrom returns an evaluator for cfg that takes over the connections to the databases that have not changed, and
// what the old one has cached; its closeUnused then closes the others. Without an old one, nil, all is new.
func newEvaluatorFrom(old *Evaluator, cfg *config.Config) *Evaluator {
	next := &Evaluator{databases: map[string]*config.Database{}, sources: map[string]database.Source{}}
	for _, d := range cfg.Databases {
		next.databases[d.Name] = d
		switch {
		case old == nil || old.databases[d.Name] == nil:
			next.sources[d.Name] = database.Open(d)
		case d.Same(old.databases[d.Name]):
			next.sources[d.Name] = old.sources[d.Name]
		default:
			next.sources[d.Name] = newSuccessor(database.Open(d))
		}
	}
	if old != nil {
		next.memory = old.memory
		next.cache.inherit(&old.cache, func(k *config.KPI) bool { return next.sharesConnections(old, k) }, cfg.KPIs)
	}
	return next
}

// sharesConnections reports whether both evaluators read a KPI over the same connections.
func (e *Evaluator) sharesConnections(other *Evaluator, k *config.KPI) bool {
	return !slices.ContainsFunc(databasesOf(k), func(d *config.Database) bool { return e.sources[d.Name] != other.sources[d.Name] })
}

// databasesOf returns every database that a KPI reads, some of them perhaps more than once.
func databasesOf(k *config.KPI) []*config.Database {
	var databases []*config.Database
	for _, read := range k.Reads() {
		databases = append(databases, read.Databases...)
	}
	if k.Target != nil && k.Target.FromDatabase != nil {
		databases = append(databases, k.Target.FromDatabase)
	}
	return databases
}

// Close waits for running queries to end and closes every connection.
func (e *Evaluator) Close() { e.closeUnused(&Evaluator{}) }

// closeUnused does the same for the databases whose connections next does not use.
func (e *Evaluator) closeUnused(next *Evaluator) {
	var closing sync.WaitGroup
	for name, source := range e.sources {
		if next.sources[name] == source {
			continue
		}
		closing.Go(func() {
			_ = source.Close() // Nothing is lost with a connection that only ever reads.
			after, ok := next.sources[name].(*successor)
			if !ok {
				return
			}
			if closed, ok := source.(*successor); ok { // The one before it may still have connections.
				<-closed.ready
			}
			after.begin()
		})
	}
	closing.Wait()
}

// Evaluate returns one result per request, in their order. It runs one query for each distinct database, SQL and parameter
// values among the requests, as many at once as the databases' max_connections allow. The same goes for the earlier values
// that bounds and comparisons need, unless those of a closed period are cached. A period that the data does not cover
// yet is Incomplete; an earlier value whose query fails, for any reason but the database's or the exporter's own, is Missing,
// and what needs it is unknown. It never returns an error: what goes wrong with one KPI is that KPI's Failure.
func (e *Evaluator) Evaluate(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	e.evaluate(ctx, requests, func(i int, r Result) { results[i] = r })
	return results
}

// evaluate calls done for each request as soon as it has a result, one call at a time, and returns after the last.
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

// atOnce calls f for all items concurrently and returns after the last; a single one costs no goroutine.
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

// evaluateAll does the same as evaluate, whatever the data covers.
func (e *Evaluator) evaluateAll(ctx context.Context, requests []Request, done func(i int, r Result)) {
	if ctx.Err() != nil { // Nobody waits, not even for what is to be read.
		for i := range requests {
			ev := newEvaluation(requests[i])
			ev.finish(ctx)
			done(i, ev.result)
		}
		return
	}
	pending, runs := e.runs(requests)
	for i, ev := range pending {
		if ev.missing == 0 { // Everything is known already.
			ev.finish(ctx)
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
			for _, t := range c.takers {
				if ev := pending[t.request]; ev.add(ctx, c, took) {
					done(t.request, ev.result)
				}
			}
		}
	})
	e.cache.keep(pending)
	e.memory.keep(requests, pending)
}
