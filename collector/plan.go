package collector

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Plan is what a database makes of a query without running it.
type Plan struct {
	database.Plan
	KPIs     []string // Those that share the query.
	Database *config.Database
	Failure  *Failure // Why the query cannot run, or why a KPI cannot read its columns.
}

// Plan has every distinct query of the requests planned.
func (e *Evaluator) Plan(ctx context.Context, requests []Request) []Plan {
	_, runs := e.runs(requests)
	runs = slices.DeleteFunc(runs, func(r *run) bool { // The same query as of earlier instants.
		return !slices.ContainsFunc(r.parts, func(p part) bool { return p.role != earlierValues })
	})
	plans := make([]Plan, len(runs))
	var wg sync.WaitGroup
	for i, r := range runs {
		wg.Go(func() {
			p := &plans[i]
			p.KPIs, p.Database = r.query.KPIs, r.database
			var err error
			if p.Plan, err = r.pool.Plan(ctx, r.query); err != nil {
				p.Failure = failureOf(err)
				p.Failure.Err = fmt.Errorf("kpi %q: %w", r.query.KPIs[0], p.Failure.Err)
				return
			}
			for i := range r.parts {
				part := &r.parts[i]
				if err := part.begin(p.Columns); err != nil {
					p.Failure = failureOf(err)
					p.Failure.Err = fmt.Errorf("kpi %q: %w", part.kpi.Name, p.Failure.Err)
					return
				}
			}
		})
	}
	wg.Wait()
	return plans
}
