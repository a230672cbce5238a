// Package collector computes KPIs. Its core is one function, Evaluator.Evaluate: a KPI and an instant give the samples of
// that instant. Collector calls it on a schedule and exposes the latest results to Prometheus.
//
// It runs SQL through internal/database only, and knows nothing of HTTP.
package collector

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Request asks for a KPI at an instant.
type Request struct {
	KPI  *config.KPI
	AsOf time.Time

	wanted context.Context // Ends when nobody wants the result any more; nil never ends.
}

// Evaluator evaluates KPIs over the databases of one configuration.
type Evaluator struct {
	databases map[string]*config.Database
	pools     map[string]*database.Pool
}

// NewEvaluator returns an evaluator for the KPIs of cfg. It connects to nothing before it evaluates.
func NewEvaluator(cfg *config.Config) *Evaluator {
	return (*Evaluator)(nil).succeed(cfg)
}

// succeed returns an evaluator for cfg that goes on with the connections to the databases that have not changed; closeAllBut
// closes the others. A nil evaluator is succeeded by a new one.
func (e *Evaluator) succeed(cfg *config.Config) *Evaluator {
	next := &Evaluator{databases: map[string]*config.Database{}, pools: map[string]*database.Pool{}}
	for _, d := range cfg.Databases {
		next.databases[d.Name] = d
		if e != nil && e.databases[d.Name] != nil && d.Same(e.databases[d.Name]) {
			next.pools[d.Name] = e.pools[d.Name]
		} else {
			next.pools[d.Name] = database.Open(d)
		}
	}
	return next
}

// Close waits for running queries to end and closes every connection.
func (e *Evaluator) Close() { e.closeAllBut(&Evaluator{}) }

// closeAllBut does the same for the databases whose connections next does not go on with.
func (e *Evaluator) closeAllBut(next *Evaluator) {
	for name, p := range e.pools {
		if next.pools[name] != p {
			_ = p.Close() // Nothing is lost with a connection that only ever reads.
		}
	}
}

// Evaluate returns one result a request, in their order. It runs one query for each distinct database, SQL and parameter
// values among the requests, as many at once as the databases' max_connections allow. It never returns an error: what goes
// wrong with one KPI is that KPI's Failure.
func (e *Evaluator) Evaluate(ctx context.Context, requests []Request) []Result {
	results := make([]Result, len(requests))
	e.evaluate(ctx, requests, func(i int, r Result) { results[i] = r })
	return results
}

// evaluate calls done for each request as soon as its result is there, one call at a time, and returns after the last.
func (e *Evaluator) evaluate(ctx context.Context, requests []Request, done func(i int, r Result)) {
	pending, runs := e.runs(requests)
	var (
		wg sync.WaitGroup
		mu sync.Mutex // Guards pending and done.
	)
	for _, r := range runs {
		wg.Go(func() {
			took := r.execute(ctx)
			mu.Lock()
			defer mu.Unlock()
			for _, p := range r.parts {
				if ev := pending[p.request]; ev.add(p, took) {
					done(p.request, ev.result)
				}
			}
		})
	}
	wg.Wait()
}

// runs prepares one evaluation a request, and one run for each distinct query among them.
func (e *Evaluator) runs(requests []Request) ([]*evaluation, []*run) {
	evaluations := make([]*evaluation, len(requests))
	byKey := map[string]*run{}
	var runs []*run
	for i, req := range requests {
		ev := newEvaluation(req)
		evaluations[i] = ev
		for _, d := range req.KPI.Databases {
			q := ev.query(d)
			key := runKey(d, q)
			r, ok := byKey[key]
			if !ok {
				r = &run{pool: e.pools[d.Name], database: d, query: q}
				byKey[key] = r
				runs = append(runs, r)
			}
			r.join(i, req, q.Timeout)
		}
	}
	return evaluations, runs
}

// evaluation gathers the parts of one request's result, one a database.
type evaluation struct {
	result  Result
	windows database.Parameters
	missing int
}

func newEvaluation(req Request) *evaluation {
	k := req.KPI
	asOf := req.AsOf.Add(-k.Settle)
	window := k.Period.Window(asOf, k.Calendar)
	previous := k.Period.Previous(asOf, k.Calendar)
	return &evaluation{
		result: Result{KPI: k, AsOf: req.AsOf, Window: window, Elapsed: k.Period.Elapsed(asOf, k.Calendar)},
		windows: database.Parameters{
			AsOf:          asOf,
			PeriodStart:   window.Start,
			PeriodEnd:     window.End,
			PreviousStart: previous.Start,
			PreviousEnd:   previous.End,
			Timezone:      k.Calendar.Location.String(),
		},
		missing: len(k.Databases),
	}
}

func (ev *evaluation) query(d *config.Database) database.Query {
	k := ev.result.KPI
	zone := d.SessionTimezone
	if zone == "" {
		zone = ev.windows.Timezone
	}
	return database.Query{Statement: k.Query.Statement, Parameters: ev.windows, Timezone: zone, Timeout: k.Timeout}
}

// add takes in what one database gave and says whether it was the last part.
func (ev *evaluation) add(p part, took time.Duration) bool {
	res := &ev.result
	res.Duration = max(res.Duration, took)
	if p.failure != nil && res.Failure == nil {
		err := p.failure.Err
		place := fmt.Sprintf("database %q: ", p.database)
		if (res.KPI.DatabaseLabel || p.failure.Reason == ReasonConnect) && !strings.HasPrefix(err.Error(), place) {
			err = fmt.Errorf("%s%w", place, err)
		}
		res.Failure = &Failure{Reason: p.failure.Reason, Err: fmt.Errorf("kpi %q: %w", res.KPI.Name, err)}
	}
	res.Samples = append(res.Samples, p.samples...)
	ev.missing--
	if ev.missing > 0 {
		return false
	}
	if res.Failure != nil {
		res.Samples = nil
	}
	slices.SortFunc(res.Samples, func(a, b Sample) int { return slices.Compare(a.Labels, b.Labels) })
	return true
}

// run is one execution of a query, shared by every KPI that needs just that.
type run struct {
	pool     *database.Pool
	database *config.Database
	query    database.Query
	parts    []part
}

// part is what a run gives to one request.
type part struct {
	request  int
	wanted   context.Context
	kpi      *config.KPI
	database string
	reader   *reader
	samples  []Sample
	failure  *Failure
}

// runKey is equal for queries that would give the same rows: parameters that the SQL does not use do not count.
func runKey(d *config.Database, q database.Query) string {
	var b strings.Builder
	b.WriteString(d.Name)
	b.WriteByte(0)
	b.WriteString(q.Timezone) // The session's, which the SQL may depend on unseen.
	b.WriteByte(0)
	p := q.Parameters
	for _, at := range []struct {
		name string
		time time.Time
	}{
		{"as_of", p.AsOf},
		{"period_start", p.PeriodStart},
		{"period_end", p.PeriodEnd},
		{"previous_start", p.PreviousStart},
		{"previous_end", p.PreviousEnd},
	} {
		if q.Statement.Uses(at.name) {
			fmt.Fprintf(&b, "%s=%d\x00", at.name, at.time.UnixMicro())
		}
	}
	if q.Statement.Uses("timezone") {
		b.WriteString(p.Timezone)
	}
	b.WriteByte(0)
	b.WriteString(q.Statement.SQL())
	return b.String()
}

func (r *run) join(request int, req Request, timeout time.Duration) {
	r.parts = append(r.parts, part{request: request, wanted: req.wanted, kpi: req.KPI, database: r.database.Name})
	r.query.KPIs = append(r.query.KPIs, req.KPI.Name)
	r.query.Timeout = max(r.query.Timeout, timeout)
}

// whileWanted returns a context that ends with ctx, or when nobody wants any part of the run any more.
func (r *run) whileWanted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	var left atomic.Int64
	left.Add(int64(len(r.parts)))
	var stops []func() bool
	for i := range r.parts {
		if wanted := r.parts[i].wanted; wanted != nil {
			stops = append(stops, context.AfterFunc(wanted, func() {
				if left.Add(-1) == 0 {
					cancel()
				}
			}))
		}
	}
	return ctx, func() {
		cancel()
		for _, stop := range stops {
			stop()
		}
	}
}

// errAllFailed stops a run whose every reader has failed.
var errAllFailed = failf(ReasonInternal, "no KPI reads on")

// execute runs the query, fills in the parts and returns what that took, the wait for a connection not counted.
func (r *run) execute(ctx context.Context) time.Duration {
	ctx, cancel := r.whileWanted(ctx)
	defer cancel()
	started := time.Now()
	r.query.Began = func() { started = time.Now() }
	err := r.pool.Run(ctx, r.query, func(columns []database.Column) (func([]database.Value) error, error) {
		good := r.each(func(p *part) (err error) {
			p.reader, err = newReader(p.kpi, p.database, columns)
			return err
		})
		if good == 0 {
			return nil, errAllFailed
		}
		return func(row []database.Value) error {
			if r.each(func(p *part) error { return p.reader.add(row) }) == 0 {
				return errAllFailed
			}
			return nil
		}, nil
	})
	failure := failureOf(err)
	r.each(func(p *part) error {
		if failure != nil {
			return failure
		}
		p.samples = p.reader.finish()
		return nil
	})
	return time.Since(started)
}

// each calls f for the parts that have not failed, turns what goes wrong, a panic too, into that part's failure, and
// returns how many parts are still good.
func (r *run) each(f func(*part) error) (good int) {
	for i := range r.parts {
		p := &r.parts[i]
		if p.failure != nil {
			continue
		}
		func() {
			defer func() {
				if x := recover(); x != nil {
					p.failure = failf(ReasonInternal, "panic: %v\n%s", x, debug.Stack())
				}
			}()
			p.failure = failureOf(f(p))
		}()
		if p.failure == nil {
			good++
		}
	}
	return good
}
