package collector

import (
	"context"
	"fmt"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// run is one execution of a query, shared by every KPI that needs just that, or the rows of a file for one of them.
type run struct {
	source    database.Source
	database  *config.Database // Nil for the rows of a file.
	query     database.Query
	consumers []consumer
	shared    map[shareKey]int // The places of the consumers that may have several takers.
	owners    map[string]bool  // The names in query.KPIs.
}

// sharedRuns are the runs that some requests need, each once.
type sharedRuns struct {
	sources map[string]database.Source // By the names of the databases.
	byKey   map[string]*run
	ofFiles map[tableKey]*run
	runs    []*run // In the order in which they were first needed.
}

// tableKey is equal for what reads the same rows of a file in the same way.
type tableKey struct {
	table        *valuesfile.Table
	start, known int64 // In Unix nanoseconds.
	shareKey
}

func newSharedRuns(sources map[string]database.Source) sharedRuns {
	return sharedRuns{sources: sources, byKey: map[string]*run{}, ofFiles: map[tableKey]*run{}}
}

// join adds a consumer to the run of a query, which begins to exist with its first.
func (s *sharedRuns) join(d *config.Database, q database.Query, c consumer) {
	key := runKey(d, q)
	r, ok := s.byKey[key]
	if !ok {
		r = &run{source: s.sources[d.Name], database: d, query: q}
		s.byKey[key] = r
		s.runs = append(s.runs, r)
	}
	c.database = d.Name
	r.join(c, q.Timeout)
	r.query.MaxBytes = max(r.query.MaxBytes, q.MaxBytes)
}

// take adds a run that gives a consumer the rows of a table for its window, as they were known at an instant.
func (s *sharedRuns) take(t *valuesfile.Table, w database.Parameters, known time.Time, c consumer) {
	key := tableKey{t, w.PeriodStart.UnixNano(), known.UnixNano(), c.shareKey()}
	r, ok := s.ofFiles[key]
	if !ok {
		r = &run{source: database.Rows{Names: t.Columns(), Values: t.Rows(w.PeriodStart, known)}}
		s.ofFiles[key] = r
		s.runs = append(s.runs, r)
	}
	r.join(c, 0)
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

// join adds a consumer, or its taker to one that takes the same.
func (r *run) join(c consumer, timeout time.Duration) {
	r.query.Timeout = max(r.query.Timeout, timeout)
	if r.owners == nil {
		r.owners, r.shared = map[string]bool{}, map[shareKey]int{}
	}
	for _, t := range c.takers {
		if name := t.owner.Name; !r.owners[name] {
			r.owners[name] = true
			r.query.KPIs = append(r.query.KPIs, name)
		}
	}
	if !c.alone() {
		key := c.shareKey()
		if at, ok := r.shared[key]; ok {
			r.consumers[at].takers = append(r.consumers[at].takers, c.takers...)
			return
		}
		r.shared[key] = len(r.consumers)
	}
	r.consumers = append(r.consumers, c)
}

// errAllFailed stops a run whose every consumer has failed.
var errAllFailed = failf(ReasonInternal, "every KPI sharing this query has failed")

// execute runs the query for its consumers and returns how long that took, the wait for a connection not counted.
func (r *run) execute(ctx context.Context) time.Duration {
	ctx, cancel := r.whileWanted(ctx)
	defer cancel()
	started := time.Now()
	r.query.Began = func() { started = time.Now() }
	err := r.source.Run(ctx, r.query, func(columns []database.Column) (func([]database.Value) error, error) {
		for i := range r.consumers {
			r.consumers[i].failure = nil // It came from rows that a conflict has voided.
		}
		if r.each(func(c *consumer) error { return c.begin(columns) }) == 0 {
			return nil, errAllFailed
		}
		return func(row []database.Value) error {
			if r.each(func(c *consumer) error { return c.add(row) }) == 0 {
				return errAllFailed
			}
			return nil
		}, nil
	})
	failure := failureOf(err)
	r.each(func(c *consumer) error {
		if failure != nil {
			return failure
		}
		c.finish()
		return nil
	})
	return time.Since(started)
}

// each calls f for the consumers that have not failed, turns what goes wrong, a panic too, into the failure of that one, and
// returns how many are still good.
func (r *run) each(f func(*consumer) error) (good int) {
	for i := range r.consumers {
		c := &r.consumers[i]
		if c.failure != nil {
			continue
		}
		func() {
			defer func() {
				if x := recover(); x != nil {
					c.failure = failf(ReasonInternal, "panic: %v\n%s", x, debug.Stack())
				}
			}()
			c.failure = failureOf(f(c))
		}()
		if c.failure == nil {
			good++
		}
	}
	return good
}

// whileWanted returns a context that ends with ctx, or when no request is left that wants it.
func (r *run) whileWanted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	var left atomic.Int64
	for i := range r.consumers {
		left.Add(int64(len(r.consumers[i].takers)))
	}
	var stops []func() bool
	for i := range r.consumers {
		for _, t := range r.consumers[i].takers {
			if t.wanted != nil {
				stops = append(stops, context.AfterFunc(t.wanted, func() {
					if left.Add(-1) == 0 {
						cancel()
					}
				}))
			}
		}
	}
	return ctx, func() {
		cancel()
		for _, stop := range stops {
			stop()
		}
	}
}
