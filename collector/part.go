package collector

import (
	"context"
	"fmt"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// part is what a run gives to one request.
type part struct {
	request  int
	wanted   context.Context
	owner    *config.KPI // That is asked for.
	kpi      *config.KPI // That is read: the same or, of a formula, one that it is computed from.
	database string
	role     role
	asOf     time.Time     // Before settle.
	reader   *reader       // Of values.
	targets  *targetReader // Of targets.
	samples  []Sample      // Not judged.
	failure  *Failure
}

// role is what a request needs a part for.
type role int

const (
	values        role = iota // Of the instant that is asked for.
	earlierValues             // Of an earlier one, which a formula computes the value from.
	pastValues                // Of an earlier one, for bounds and comparisons, which are unknown without them.
	targets                   // That a named query gives.
)

func (r role) earlier() bool { return r == earlierValues || r == pastValues }

// configQuery returns the query that the part is a result of.
func (p *part) configQuery() *config.Query {
	if p.role == targets {
		return p.kpi.Target.From
	}
	return p.kpi.Query
}

// begin makes the part's reader.
func (p *part) begin(columns []database.Column) (err error) {
	if p.role == targets {
		p.targets, err = newTargetReader(p.kpi, columns)
		return err
	}
	if p.reader, err = newReader(p.kpi, p.database, columns); err == nil {
		p.reader.earlier = p.role.earlier()
	}
	return err
}

func (p *part) add(row []database.Value) error {
	if p.role == targets {
		return p.targets.add(row)
	}
	return p.reader.add(row)
}

func (p *part) finish() {
	if p.role != targets {
		p.samples = p.reader.finish()
	}
}

// invalid returns how many label values of the part are not UTF-8.
func (p *part) invalid() (n uint64) {
	if p.reader != nil {
		n = p.reader.invalid
	}
	if p.targets != nil {
		n += p.targets.invalid
	}
	return n
}

// explain returns the part's failure as the KPI's: where it happened, and of what.
func (p *part) explain() *Failure {
	err := p.failure.Err
	switch p.role {
	case earlierValues, pastValues:
		err = fmt.Errorf("its value as of %s: %w", p.asOf.In(p.kpi.Calendar.Location).Format(time.RFC3339), err)
	case targets:
		err = fmt.Errorf("its target from query %q: %w", p.kpi.Target.From.Name, err)
	}
	f := failureIn(p.kpi, p.database, p.failure.Reason, err)
	if p.kpi != p.owner {
		f = &Failure{Reason: ReasonInput, Err: fmt.Errorf("kpi %q: input of its formula: %w", p.owner.Name, f)}
	}
	return f
}
