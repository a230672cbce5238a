package collector

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Explanation is what a database makes of a query without running it.
type Explanation struct {
	database.Explanation
	KPIs      []string // Those that share the query, or need its result.
	Database  *config.Database
	Position  document.Position // Where the query is, or the database whose data_until it is, or the formula that cannot read its columns.
	DataUntil bool              // It is the query of data_until.
	Extra     []string          // Columns that no KPI reads.
	Warnings  []document.Problem
	Failure   *Failure // Why the query cannot run, or why a KPI cannot read its columns.
}

// Explain returns one explanation per distinct query of the requests, and after them those of their data_until queries.
func (e *Evaluator) Explain(ctx context.Context, requests []Request) []Explanation {
	_, runs := e.runs(requests)
	runs = slices.DeleteFunc(runs, func(r *run) bool { return r.database == nil }) // The rows of files have been checked.
	runs = withoutEarlier(runs)
	queries := freshnessToExplain(requests)
	explanations := make([]Explanation, len(runs)+len(queries))
	var wg sync.WaitGroup
	for i, r := range runs {
		wg.Go(func() {
			p := &explanations[i]
			p.KPIs, p.Database, p.Position = r.query.KPIs, r.database, r.consumers[0].configQuery().Position
			var err error
			if p.Explanation, err = r.source.Explain(ctx, r.query); err != nil {
				p.Failure = failureOf(err)
				p.Failure.Err = fmt.Errorf("kpi %q: %w", r.query.KPIs[0], p.Failure.Err)
				return
			}
			advice, _ := r.source.InspectQuery(ctx, r.query) // The query runs, whether or not its database can give advice.
			p.Warnings = slices.Concat(r.timezoneWarnings(advice), r.timeFormWarnings(advice), r.groupWarnings(advice), r.arithmeticWarnings(advice), r.remarks(p.Explanation))
			for i := range r.consumers {
				c := &r.consumers[i]
				if err := c.begin(p.Columns); err != nil {
					p.Failure = failureOf(err)
					p.Failure.Err = fmt.Errorf("kpi %q: %w", c.takers[0].owner.Name, p.Failure.Err)
					if c.kpi.IsColumn() {
						p.Position = c.kpi.Position
					}
					return
				}
				p.Extra = c.extra() // The same for all.
			}
		})
	}
	for i, q := range queries {
		wg.Go(func() { explanations[len(runs)+i] = e.explainFreshness(ctx, q) })
	}
	wg.Wait()
	return explanations
}

// withoutEarlier leaves out the runs of queries as of earlier instants where the same query is run as of the present, which
// then stands for those who read only the past of it, too.
func withoutEarlier(runs []*run) []*run {
	isEarlier := func(r *run) bool {
		return !slices.ContainsFunc(r.consumers, func(p consumer) bool { return !p.purpose.earlier() })
	}
	var kept []*run
	for _, r := range runs {
		if !isEarlier(r) {
			kept = append(kept, r)
		}
	}
	for _, r := range runs {
		if !isEarlier(r) {
			continue
		}
		at := slices.IndexFunc(kept, func(other *run) bool {
			return other.database == r.database && other.query.Statement.SQL() == r.query.Statement.SQL()
		})
		if at < 0 {
			kept = append(kept, r)
			continue
		}
		for _, p := range r.consumers {
			kept[at].join(p, r.query.Timeout)
		}
	}
	return kept
}

// explainedFreshness is a freshness query with the KPIs that need it.
type explainedFreshness struct {
	freshnessQuery
	kpis    []string
	timeout time.Duration
}

// freshnessToExplain returns the freshness queries per database, whatever the session's time zone.
func freshnessToExplain(requests []Request) []*explainedFreshness {
	var list []*explainedFreshness
	for _, req := range requests {
		for _, q := range freshnessQueries(req.KPI) {
			if q.table != nil {
				continue
			}
			at := slices.IndexFunc(list, func(p *explainedFreshness) bool {
				return p.database == q.database && p.statement.SQL() == q.statement.SQL()
			})
			if at < 0 {
				at = len(list)
				list = append(list, &explainedFreshness{freshnessQuery: q})
			}
			list[at].kpis = append(list[at].kpis, req.KPI.Name)
			list[at].timeout = max(list[at].timeout, req.KPI.Timeout)
		}
	}
	return list
}

func (e *Evaluator) explainFreshness(ctx context.Context, q *explainedFreshness) Explanation {
	p := Explanation{KPIs: q.kpis, Database: q.database, Position: q.database.Position, DataUntil: true}
	owner := fmt.Sprintf("database %q", q.database.Name)
	if q.query != nil {
		p.Position, owner = q.query.Position, fmt.Sprintf("query %q", q.query.Name)
	}
	query := database.Query{Statement: q.statement, Timezone: q.zone, Timeout: q.timeout, KPIs: q.kpis}
	var err error
	if p.Explanation, err = e.sources[q.database.Name].Explain(ctx, query); err == nil {
		err = oneColumn(p.Columns)
	}
	if p.Failure = failureOf(err); p.Failure != nil {
		p.Failure = failf(p.Failure.Reason, "%s: data_until: %w", owner, p.Failure.Err)
	}
	return p
}
