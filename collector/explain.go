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

// Plan is what a database makes of a query without running it.
type Plan struct {
	database.Explanation
	KPIs      []string // Those that share the query, or need its result.
	Database  *config.Database
	Position  document.Position // Where the query is, or the database whose data_until it is, or the formula that cannot read its columns.
	DataUntil bool              // It is the query of data_until.
	Extra     []string          // Columns that no KPI reads.
	Warnings  []document.Problem
	Failure   *Failure // Why the query cannot run, or why a KPI cannot read its columns.
}

// Plan has every distinct query of the requests planned, and after them the queries for their data_until.
func (e *Evaluator) Plan(ctx context.Context, requests []Request) []Plan {
	_, runs := e.runs(requests)
	runs = withoutEarlier(runs)
	queries := freshnessToPlan(requests)
	plans := make([]Plan, len(runs)+len(queries))
	var wg sync.WaitGroup
	for i, r := range runs {
		wg.Go(func() {
			p := &plans[i]
			p.KPIs, p.Database, p.Position = r.query.KPIs, r.database, r.consumers[0].configQuery().Position
			var err error
			if p.Explanation, err = r.source.Explain(ctx, r.query); err != nil {
				p.Failure = failureOf(err)
				p.Failure.Err = fmt.Errorf("kpi %q: %w", r.query.KPIs[0], p.Failure.Err)
				return
			}
			advice, _ := r.source.Inspect(ctx, r.query) // The query runs, whether or not its database can give advice.
			p.Warnings = append(r.timeDoubts(advice.Compared), r.formDoubts(advice.Forms)...)
			for i := range r.consumers {
				c := &r.consumers[i]
				if err := c.begin(p.Columns); err != nil {
					p.Failure = failureOf(err)
					p.Failure.Err = fmt.Errorf("kpi %q: %w", c.owner.Name, p.Failure.Err)
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
		wg.Go(func() { plans[len(runs)+i] = e.planFreshness(ctx, q) })
	}
	wg.Wait()
	return plans
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

// plannedFreshness is a freshness query with the KPIs that need it.
type plannedFreshness struct {
	freshnessQuery
	kpis    []string
	timeout time.Duration
}

// freshnessToPlan returns the freshness queries per database, whatever the session's time zone.
func freshnessToPlan(requests []Request) []*plannedFreshness {
	var list []*plannedFreshness
	for _, req := range requests {
		for _, q := range freshnessQueries(req.KPI) {
			at := slices.IndexFunc(list, func(p *plannedFreshness) bool {
				return p.database == q.database && p.statement.SQL() == q.statement.SQL()
			})
			if at < 0 {
				at = len(list)
				list = append(list, &plannedFreshness{freshnessQuery: q})
			}
			list[at].kpis = append(list[at].kpis, req.KPI.Name)
			list[at].timeout = max(list[at].timeout, req.KPI.Timeout)
		}
	}
	return list
}

func (e *Evaluator) planFreshness(ctx context.Context, q *plannedFreshness) Plan {
	p := Plan{KPIs: q.kpis, Database: q.database, Position: q.database.Position, DataUntil: true}
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
		p.Failure = &Failure{p.Failure.Reason, fmt.Errorf("%s: data_until: %w", owner, p.Failure.Err)}
	}
	return p
}
