package collector

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// freshnessTTL is how long a fetched freshness is used, and how soon a KPI that waits for data tries again.
const freshnessTTL = time.Minute

// evaluateReady evaluates requests whose data reaches equally far, as groupByData groups them.
//
// A request that waits is evaluated as of the instant that the data reaches: that is the last period that is covered or, for
// a period that moves with as-of, the one up to there. A request that does not wait differs in one point: a complete period
// that the data does not cover is evaluated all the same, marked, and not judged. Data that is late at the instant
// requested leaves nothing to be judged, so a load that stalls never looks like a missed target.
func (e *Evaluator) evaluateReady(ctx context.Context, requests []Request, done func(i int, r Result)) {
	queries := freshnessQueries(requests[0].KPI)
	if len(queries) == 0 {
		e.evaluateAll(ctx, requests, done)
		return
	}
	reach, failed := e.dataUntil(ctx, queries, requests)
	var (
		ready   []Request
		results []Result // What is known of each ready one beforehand.
		indexes []int
	)
	for i, req := range requests {
		reach := reach.with(req)
		until := reach.until()
		var failure *Failure
		if req.failed, failure = failed.of(req.KPI); failure != nil {
			r := newEvaluation(req).result
			r.Failure = failure
			done(i, r)
			continue
		}
		moved, r := req.upTo(until)
		r.Data = reach.of(req.KPI)
		if r.skipped {
			done(i, r)
			continue
		}
		moved.partial = r.Incomplete || r.Clipped
		ready, results, indexes = append(ready, moved), append(results, r), append(indexes, i)
	}
	e.evaluateAll(ctx, ready, func(n int, r Result) {
		known := &results[n]
		r.DataUntil, r.Data, r.Incomplete, r.Clipped, r.scheduledAsOf, r.movedBack = known.DataUntil, known.Data, known.Incomplete, known.Clipped, known.scheduledAsOf, known.movedBack
		if r.Clipped {
			r.AsOf = known.scheduledAsOf
		}
		if r.Incomplete || r.Clipped && r.lateFor(r.scheduledAsOf) {
			r = r.Waiting()
		}
		done(indexes[n], r)
	})
}

// upTo returns the request as it is evaluated when the data reaches until, and what is known of its result beforehand. A
// zero until means that there is no data yet.
func (req Request) upTo(until time.Time) (Request, Result) {
	result := newEvaluation(req).result
	result.DataUntil = until
	switch {
	case !until.IsZero() && !until.Before(readUntil(req)):
		return req, result
	case !req.waitForData && (until.IsZero() || req.KPI.Period.Kind == period.Last):
		result.Incomplete = true
		return req, result
	case until.IsZero():
		result.movedBack, result.skipped = true, true
		return req, result
	}
	moved := req
	moved.AsOf, moved.KnownAt = req.KPI.AsOf(config.Settled{Time: until.Truncate(time.Second)}), req.known()
	r := newEvaluation(moved).result
	r.DataUntil, r.scheduledAsOf, r.movedBack, r.Clipped = until, req.AsOf, true, !req.waitForData
	r.skipped = req.last != nil && !r.Window.End.After(req.last.Window.End) && !req.knowsMore()
	return moved, r
}

// knowsMore reports whether rows of files have become known since the existing result was made.
func (req Request) knowsMore() bool {
	return slices.ContainsFunc(req.KPI.Tables(), func(t *valuesfile.Table) bool {
		at, more := t.NextKnown(req.last.scheduledAsOf)
		return more && !at.After(req.known())
	})
}

// readUntil returns where the last of the windows ends that a KPI is computed from. A formula over different periods is as of
// an instant, but may read only older ones.
func readUntil(req Request) time.Time {
	var until time.Time
	for r := range readings(req.KPI, req.AsOf) {
		if end := r.windows().PeriodEnd; end.After(until) {
			until = end
		}
	}
	return until
}

// freshnessQuery reports how far the data of a database reaches, or the rows of a file.
type freshnessQuery struct {
	table     *valuesfile.Table // The rows of a file; then there is neither a database nor a statement.
	database  *config.Database
	statement engine.Statement
	zone      string
	query     *config.Query // Whose statement it is; nil: the database's.
	inputs    []*config.KPI // What is read of the requested KPI, once its data has arrived.
}

// name returns the name of the query or database that has the data_until. A query without a name is known by its file.
func (q freshnessQuery) name() string {
	if q.query != nil {
		return cmp.Or(q.query.Name, q.query.File)
	}
	return q.database.Name
}

// due returns the instant at which data that reaches until should reach further: at the end of the first period that it does
// not cover, after settle. KPIs that measure up to as-of expect the data of each local day at its end.
func (q freshnessQuery) due(until time.Time) time.Time {
	var first time.Time
	for _, k := range q.inputs {
		p := k.Period
		if p.Kind != period.Last {
			p = oneDay
		}
		closed, ok := p.NextClose(until, k.Calendar)
		if at := k.AsOf(config.Settled{Time: closed}); ok && (first.IsZero() || at.Before(first)) {
			first = at
		}
	}
	return first
}

// freshnessQueries returns what must be fetched before a KPI is evaluated: the data_until of its named query, else those of its databases.
func freshnessQueries(k *config.KPI) []freshnessQuery {
	var list []freshnessQuery
	add := func(q freshnessQuery, read *config.KPI) {
		at := slices.IndexFunc(list, func(other freshnessQuery) bool { return other.key() == q.key() })
		if at < 0 {
			at, list = len(list), append(list, q)
		}
		list[at].inputs = append(list[at].inputs, read)
	}
	for _, read := range k.Reads() {
		if read.Values != nil {
			add(freshnessQuery{table: read.Values, query: read.Query}, read)
		}
		for _, d := range read.Databases {
			q := freshnessQuery{database: d, statement: d.DataUntil, zone: sessionZone(d, read)}
			if read.Query.DataUntil != nil {
				q.statement, q.query = read.Query.DataUntilFor(d), read.Query
			}
			if q.statement == nil {
				continue
			}
			add(q, read)
		}
	}
	return list
}

// key is equal for queries that give the same.
func (q freshnessQuery) key() string {
	if q.table != nil {
		return fmt.Sprintf("\x00%s\x00%s\x00%p", q.query.Name, q.query.File, q.table)
	}
	return strings.Join([]string{q.database.Name, q.zone, q.statement.SQL()}, "\x00")
}

// groupByData groups the indexes of requests by the data they need: none waits for a query that it does not need.
func groupByData(requests []Request) [][]int {
	var groups [][]int
	places := map[string]int{}
	for i, req := range requests {
		var keys []string
		for _, q := range freshnessQueries(req.KPI) {
			keys = append(keys, q.key())
		}
		key := strings.Join(keys, "\x01")
		at, ok := places[key]
		if !ok {
			at = len(groups)
			places[key] = at
			groups = append(groups, nil)
		}
		groups[at] = append(groups[at], i)
	}
	return groups
}

// freshnessCache holds how far the data was found to reach.
type freshnessCache struct {
	mu    sync.Mutex
	byKey map[string]*freshnessEntry
}

// freshnessEntry is what one query gave.
type freshnessEntry struct {
	mu        sync.Mutex // Held while the query runs, so that nobody else runs it.
	fetchedAt time.Time  // Zero: never, or in vain.
	until     time.Time
}

// dataReach holds how far the data reaches, by the keys of the queries: zero where there is no data yet.
type dataReach map[string]time.Time

// with returns the same with how far the rows of files reach that a request reads, as it knows them.
func (d dataReach) with(req Request) dataReach {
	all := maps.Clone(d)
	for _, q := range freshnessQueries(req.KPI) {
		if q.table != nil {
			all[q.key()] = q.table.Until(req.known())
		}
	}
	return all
}

// until returns how far all of the data reaches, zero if some has not arrived at all.
func (d dataReach) until() (until time.Time) {
	first := true
	for _, t := range d {
		if first || t.Before(until) {
			until, first = t, false
		}
	}
	return until
}

// of returns how far the data reaches that a KPI waits for, once per name: where several databases or session zones answer for
// one name, as far as the least of them.
func (d dataReach) of(k *config.KPI) []Data {
	var list []Data
	for _, q := range freshnessQueries(k) {
		until, known := d[q.key()]
		if !known {
			continue
		}
		data := Data{Name: q.name(), Until: until, ByHand: q.table != nil}
		if !until.IsZero() {
			data.due = q.due(until)
		}
		if at := slices.IndexFunc(list, func(other Data) bool { return other.Name == data.Name }); at < 0 {
			list = append(list, data)
		} else {
			list[at].merge(data)
		}
	}
	return list
}

// dataUntil returns how far the data reaches in all databases that answered, and which failed.
func (e *Evaluator) dataUntil(ctx context.Context, queries []freshnessQuery, requests []Request) (reach dataReach, failed freshnessFailures) {
	reach = make(dataReach, len(queries))
	for _, q := range queries {
		if q.table != nil {
			continue
		}
		t, err := e.fetch(ctx, q, requests)
		if err != nil {
			failed = append(failed, freshnessFailure{q.database.Name, failureOf(err)})
			continue
		}
		reach[q.key()] = t
	}
	return reach, failed
}

// freshnessFailures are the databases that did not report how far their data reaches.
type freshnessFailures []freshnessFailure

type freshnessFailure struct {
	database string
	why      *Failure
}

// of returns what that means for a KPI: the databases that are left out, or why it fails.
func (f freshnessFailures) of(k *config.KPI) (without map[string]*Failure, failure *Failure) {
	for _, by := range f {
		why := failureIn(k, by.database, by.why.Reason, fmt.Errorf("data_until: %w", by.why.Err))
		if !standsAlone(k) {
			return nil, why
		}
		if without == nil {
			without = map[string]*Failure{}
		}
		without[by.database] = why
	}
	if len(without) == len(k.Databases) {
		all := Result{KPI: k}
		all.failDatabases(without)
		return nil, all.Failure
	}
	return without, nil
}

// fetch runs one query, at most once per freshnessTTL.
func (e *Evaluator) fetch(ctx context.Context, q freshnessQuery, requests []Request) (time.Time, error) {
	e.freshness.mu.Lock()
	if e.freshness.byKey == nil {
		e.freshness.byKey = map[string]*freshnessEntry{}
	}
	r := e.freshness.byKey[q.key()]
	if r == nil {
		r = &freshnessEntry{}
		e.freshness.byKey[q.key()] = r
	}
	e.freshness.mu.Unlock()

	r.mu.Lock()
	defer r.mu.Unlock()
	if now := time.Now(); !r.fetchedAt.IsZero() && now.Sub(r.fetchedAt) < freshnessTTL {
		return r.until, nil
	}
	query := database.Query{Statement: q.statement, Timezone: q.zone}
	for _, req := range requests {
		query.KPIs = append(query.KPIs, req.KPI.Name)
		query.Timeout = max(query.Timeout, req.KPI.Timeout)
	}
	r.fetchedAt = time.Time{}
	started, until, rows := time.Now(), time.Time{}, 0
	err := e.sources[q.database.Name].Run(ctx, query, func(columns []database.Column) (func([]database.Value) error, error) {
		if err := oneColumn(columns); err != nil {
			return nil, err
		}
		rows = 0
		return func(row []database.Value) (err error) {
			if rows++; rows > 1 {
				return failf(ReasonDuplicate, "the result has more than one row")
			}
			until, err = instant(&row[0])
			return err
		}, nil
	})
	if err != nil {
		return time.Time{}, err
	}
	r.fetchedAt, r.until = started, until
	return until, nil
}

// oneColumn checks the columns of a freshness query.
func oneColumn(columns []database.Column) error {
	if len(columns) != 1 {
		return failf(ReasonColumn, "the result has %d columns, want one: the instant up to which the data is complete", len(columns))
	}
	return nil
}

// instant returns a timestamp, or a number of Unix seconds, as a time: zero for NULL, when nothing was loaded yet.
func instant(v *database.Value) (time.Time, error) {
	if v.Null() {
		return time.Time{}, nil
	}
	n, err := v.Number()
	const year9999 = 253402300800
	if err == nil && !(n >= 0 && n < year9999) {
		err = fmt.Errorf("%g is not an instant: select a timestamp, or Unix seconds", n)
	}
	if err != nil {
		return time.Time{}, failf(ReasonValue, "%w", err)
	}
	seconds, fraction := math.Modf(n)
	return time.Unix(int64(seconds), int64(fraction*1e9)), nil
}
