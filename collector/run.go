package collector

import (
	"context"
	"fmt"
	"runtime/debug"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// run is one execution of a query, shared by every KPI that needs just that.
type run struct {
	pool     *database.Pool
	database *config.Database
	query    database.Query
	parts    []part
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

func (r *run) join(p part, timeout time.Duration) {
	r.parts = append(r.parts, p)
	if !slices.Contains(r.query.KPIs, p.owner.Name) {
		r.query.KPIs = append(r.query.KPIs, p.owner.Name)
	}
	r.query.Timeout = max(r.query.Timeout, timeout)
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
		for i := range r.parts {
			r.parts[i].failure = nil // Of rows that a conflict made void.
		}
		if r.each(func(p *part) error { return p.begin(columns) }) == 0 {
			return nil, errAllFailed
		}
		return func(row []database.Value) error {
			if r.each(func(p *part) error { return p.add(row) }) == 0 {
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
		p.finish()
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
