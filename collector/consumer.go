package collector

import (
	"context"
	"fmt"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// consumer takes what a run reads, for one request or for all that need the same of it.
type consumer struct {
	takers   []taker
	reading  // What runs: the KPI requested or, for a formula, one of its inputs.
	database string
	purpose  purpose
	rows     int           // How many are expected; 0: nobody knows.
	reader   *reader       // Reads values.
	targets  *targetReader // Reads targets.
	samples  []Sample      // Not judged.
	failure  *Failure
}

// taker is a request that needs what a consumer takes.
type taker struct {
	request int
	wanted  context.Context
	owner   *config.KPI // The KPI requested.
}

// shareKey is equal for consumers of a run that take the same in the same way.
type shareKey struct {
	readingKey
	kpi      *config.KPI
	database string
	purpose  purpose
}

func (c *consumer) shareKey() shareKey { return shareKey{c.key(), c.kpi, c.database, c.purpose} }

// alone reports whether the only taker of a consumer changes what it takes: it judges the samples, or has its target there.
func (c *consumer) alone() bool { return c.purpose == forTargets || c.kpi == c.takers[0].owner }

// purpose is what a request needs a consumer for.
type purpose int

const (
	forValue        purpose = iota // At the requested instant.
	forEarlierInput                // At an earlier instant, from which a formula computes the value.
	forLookback                    // At an earlier instant, for bounds and comparisons, which are unknown without it.
	forTargets                     // That a named query gives.
)

func (p purpose) earlier() bool { return p == forEarlierInput || p == forLookback }

// configQuery returns the query whose result the consumer reads.
func (c *consumer) configQuery() *config.Query {
	if c.purpose == forTargets {
		return c.kpi.Target.From
	}
	return c.kpi.Query
}

// begin makes the reader of the columns.
func (c *consumer) begin(columns []database.Column) (err error) {
	if c.purpose == forTargets {
		c.targets, err = newTargetReader(c.kpi, columns)
		return err
	}
	if c.reader, err = newReader(c.kpi, c.database, columns); err == nil {
		c.reader.earlier = c.purpose.earlier()
		c.reader.expect(c.rows)
	}
	return err
}

func (c *consumer) add(row []database.Value) error {
	if c.purpose == forTargets {
		return c.targets.add(row)
	}
	return c.reader.add(row)
}

func (c *consumer) finish() {
	if c.purpose != forTargets {
		c.samples = c.reader.finish()
	}
}

// invalid returns how many label values that it read are not UTF-8.
func (c *consumer) invalid() (n uint64) {
	if c.reader != nil {
		n = c.reader.invalid
	}
	if c.targets != nil {
		n += c.targets.invalid
	}
	return n
}

// extra returns the columns that no KPI reads, of a consumer that has begun.
func (c *consumer) extra() []string {
	if c.purpose == forTargets {
		return c.targets.extra
	}
	return c.reader.extra
}

// explain returns the failure as that of a KPI that was requested: where and in what it happened.
func (c *consumer) explain(owner *config.KPI) *Failure {
	err := c.failure.Err
	switch c.purpose {
	case forEarlierInput, forLookback:
		err = fmt.Errorf("its value as of %s: %w", c.asOf().In(c.kpi.Calendar.Location).Format(time.RFC3339), err)
	case forTargets:
		err = fmt.Errorf("its target from query %q: %w", c.kpi.Target.From.Name, err)
	}
	f := failureIn(c.kpi, c.database, c.failure.Reason, err)
	if owner.Formula != nil && c.kpi != owner {
		f = &Failure{ReasonInput, fmt.Errorf("kpi %q: input of its formula: %w", owner.Name, f), f.unreached}
	}
	return f
}
