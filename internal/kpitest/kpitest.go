// Package kpitest runs tests of KPI definitions: it puts fixture rows into a throw-away PostgreSQL schema or a temporary
// SQLite file, evaluates the KPIs over them exactly as the exporter does, and says where the result is not what the test
// expects.
//
// It never touches a database of the KPI file, and resolves none of its secrets.
package kpitest

import (
	"cmp"
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

// Options control how tests are run.
type Options struct {
	Database string         // URL of a PostgreSQL for the fixtures, instead of the one that a test names; "" for that one.
	Run      *regexp.Regexp // Only what matches it, as "case/kpi", is run; nil runs all.
	Cut      bool           // Run everything once more without the rows after the as-of.
}

// Check is one KPI of a case after it was run.
type Check struct {
	Case        *Case
	Expected    *Expectation
	Got         collector.Result
	Differences []Difference // Between what is expected and what came out.
	Cut         []Difference // Between what came out with and without the rows after the as-of: the KPI read the future.
}

// Passed reports whether all is as it should be.
func (c Check) Passed() bool { return len(c.Differences) == 0 && len(c.Cut) == 0 }

// Run runs the cases of a test file, in their order. What it returns beside an error means nothing. The databases of
// t.Config lead to the fixtures from then on, and when it returns to nowhere.
func Run(ctx context.Context, t *File, o Options) ([]Check, error) {
	var checks []Check
	for _, c := range t.Cases {
		for _, e := range c.Expect {
			if o.Run == nil || o.Run.MatchString(c.Name+"/"+e.KPI.Name) {
				checks = append(checks, Check{Case: c, Expected: e})
			}
		}
	}
	if len(checks) == 0 {
		return nil, nil
	}
	databases := map[*Fixtures]*fixtureDB{}
	defer func() {
		for _, s := range databases {
			s.remove(ctx)
		}
	}()
	for _, d := range t.Config.Databases {
		if t.untested(d) { // No case reads it.
			continue
		}
		fx := t.FixturesOf(d.Name)
		if databases[fx] == nil {
			s, err := newFixtureDB(ctx, d.Name, fx, o.Database)
			if err != nil {
				return nil, cmp.Or(context.Cause(ctx), err)
			}
			databases[fx] = s
			if err := s.fill(ctx, fx); err != nil {
				return nil, cmp.Or(context.Cause(ctx), err) // The place of an interrupted statement does not matter.
			}
		}
		redirect(d, databases[fx].url)
	}
	for _, k := range t.Config.KPIs {
		for _, read := range k.Reads() {
			read.Query.DataUntil = nil // Fixtures are all there is.
		}
	}
	results := evaluate(ctx, t.Config, checks)
	for i := range checks {
		checks[i].Got = results[i]
		checks[i].Differences = compare(checks[i].Expected, results[i])
	}
	if o.Cut {
		if err := evaluateTruncated(ctx, t.Config, databases, checks); err != nil {
			return nil, err
		}
	}
	return checks, context.Cause(ctx)
}

// redirect makes a database of the KPI file lead to another place, with what the file says about its session.
func redirect(d *config.Database, url string) {
	to := config.NewDatabase(d.Name, url, "")
	to.MaxConnections = d.MaxConnections
	to.SessionTimezone = d.SessionTimezone
	*d = *to
}

func evaluate(ctx context.Context, cfg *config.Config, checks []Check) []collector.Result {
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	requests := make([]collector.Request, len(checks))
	for i, c := range checks {
		requests[i] = collector.Request{KPI: c.Expected.KPI, AsOf: c.Expected.AsOf}
	}
	return e.Evaluate(ctx, requests)
}

// evaluateTruncated evaluates every check again over what was known at its as-of. The latest comes first, so that each as-of only takes
// away more.
func evaluateTruncated(ctx context.Context, cfg *config.Config, databases map[*Fixtures]*fixtureDB, checks []Check) error {
	byAsOf := map[time.Time][]int{}
	for i, c := range checks {
		at := c.Expected.AsOf.UTC()
		byAsOf[at] = append(byAsOf[at], i)
	}
	var instants []time.Time
	for at := range byAsOf {
		instants = append(instants, at)
	}
	slices.SortFunc(instants, func(a, b time.Time) int { return b.Compare(a) })
	for _, at := range instants {
		for _, s := range databases {
			if err := s.truncateAfter(ctx, at); err != nil {
				return fmt.Errorf("remove the rows after %s: %w", at.Format(time.RFC3339), err)
			}
		}
		of := make([]Check, len(byAsOf[at]))
		for i, check := range byAsOf[at] {
			of[i] = checks[check]
		}
		for i, result := range evaluate(ctx, cfg, of) {
			c := &checks[byAsOf[at][i]]
			c.Cut = compareResults(c.Got, result)
		}
	}
	return nil
}
