package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// checker checks a file and says what it finds.
type checker struct {
	environment
	show func(document.Problem)
}

func checkCommand(cmd *kingpin.CmdClause) command {
	connect := cmd.Flag("connect", "Also plan every query in its database and list the most expensive first, and evaluate the earliest period that each KPI looks back to.").Bool()
	output := cmd.Flag("format", "text, or github for findings on the lines of a pull request.").Default("text").Enum("text", "github")
	return func(ctx context.Context, env environment) error {
		c := checker{env, func(p document.Problem) { _, _ = fmt.Fprintln(env.stderr, p) }}
		if *output == "github" {
			c.show = func(p document.Problem) { annotate(env.stdout, p) }
		}
		return c.check(ctx, *connect)
	}
}

// check shows errors and warnings. It returns errReported where it has shown an error.
func (c checker) check(ctx context.Context, connect bool) error {
	cfg, err := c.read()
	if problems, ok := errors.AsType[document.Problems](err); ok {
		for _, p := range problems {
			c.show(p)
		}
		return errReported
	}
	if err != nil {
		return err
	}
	for _, p := range slices.Concat(cfg.Warnings, lint.Run(cfg, time.Now())) {
		c.show(p)
	}
	failed := 0
	if connect {
		e := collector.NewEvaluator(cfg)
		defer e.Close()
		requests := requestsNow(cfg)
		plans := e.Explain(ctx, requests)
		if err := context.Cause(ctx); err != nil {
			return err
		}
		c.showDatabaseWarnings(ctx, cfg, e, requests)
		if failed = c.showPlanProblems(cfg, plans); failed == 0 && !cfg.Off(lint.DataFrom) {
			pasts := e.EmptyPasts(ctx, requests)
			if err := context.Cause(ctx); err != nil {
				return err
			}
			c.showEmptyPasts(pasts)
		}
		if err := printPlans(c.environment, plans); err != nil {
			return err
		}
	}
	if err := c.printVerdict(cfg, failed); err != nil {
		return err
	}
	if failed > 0 {
		return errReported
	}
	return nil
}

// printVerdict prints what was checked and how many errors there are. Nothing follows it.
func (c checker) printVerdict(cfg *config.Config, failed int) error {
	verdict := "no errors"
	if failed > 0 {
		verdict = format.Count(failed, "error")
	}
	_, err := fmt.Fprintf(c.stdout, "%s: %s, %s: %s\n", c.configFile, format.Count(len(cfg.KPIs), "KPI"), format.Count(len(cfg.Databases), "database"), verdict)
	return err
}

// requestsNow requests every KPI as of now.
func requestsNow(cfg *config.Config) []collector.Request {
	now := time.Now().Truncate(time.Second)
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: now}
	}
	return requests
}

// showPlanProblems shows what stops a query, and what makes its result doubtful. It returns how many errors it has shown. A
// database that cannot be reached is one error, however many queries need it.
func (c checker) showPlanProblems(cfg *config.Config, plans []collector.Explanation) (failed int) {
	unreachable := map[string]bool{}
	for _, p := range plans {
		switch {
		case p.Failure != nil && p.Failure.Reason == collector.ReasonConnect:
			if sentence := errors.Unwrap(p.Failure.Err).Error(); !unreachable[p.Database.Name] {
				failed++
				unreachable[p.Database.Name] = true
				prefix := fmt.Sprintf("database %q: ", p.Database.Name)
				c.show(document.Problem{Position: p.Database.Position, Message: prefix + strings.TrimPrefix(sentence, prefix)})
			}
		case p.Failure != nil:
			failed++
			c.show(document.Problem{Position: p.Position, Message: p.Failure.Error()})
		}
		for _, w := range p.Warnings {
			if !cfg.Off(w.Check) {
				c.show(w)
			}
		}
		if len(p.Extra) > 0 && !cfg.Off(lint.UnusedColumn) {
			c.show(extraProblem(p))
		}
	}
	return failed
}

// showDatabaseWarnings warns of what is doubtful about the databases themselves.
func (c checker) showDatabaseWarnings(ctx context.Context, cfg *config.Config, e *collector.Evaluator, requests []collector.Request) {
	if cfg.Off(lint.RoleRights) && cfg.Off(lint.Standby) {
		return
	}
	for _, w := range e.Inspect(ctx, requests) {
		if !cfg.Off(w.Check) {
			c.show(w)
		}
	}
}

// showEmptyPasts warns, once per database, of KPIs that look back to when there was no data.
func (c checker) showEmptyPasts(pasts []collector.EmptyPast) {
	for _, p := range pasts {
		date := func(at time.Time) string { return at.Format(time.DateOnly) }
		verb := "looks"
		if len(p.KPIs) > 1 {
			verb = "look"
		}
		c.show(document.Problem{
			Position: p.Database.Position,
			Message: fmt.Sprintf("kpi %s %s back to %s, where there is no value or 0; the first value is that of %s",
				strings.Join(p.KPIs, ", "), verb, date(p.Empty), date(p.First)),
			Hint: fmt.Sprintf("set `data_from: %s` on database %s, or the day on which its data begins on a query or KPI, so that earlier periods are not used as a baseline",
				date(p.Begins), p.Database.Name),
			Warning: true,
			Check:   lint.DataFrom,
		})
	}
}

// extraProblem warns of columns that no KPI reads.
func extraProblem(p collector.Explanation) document.Problem {
	return document.Problem{
		Position: p.Position,
		Message:  "no KPI reads " + format.Columns(p.Extra) + " of the result",
		Hint:     "name it as the value: of a KPI, list it in labels:, or leave it out",
		Warning:  true,
		Check:    lint.UnusedColumn,
	}
}

// printPlans lists the queries that can run, the most expensive first.
func printPlans(env environment, plans []collector.Explanation) error {
	plans = slices.DeleteFunc(plans, func(p collector.Explanation) bool { return p.Failure != nil || p.DataUntil })
	if len(plans) == 0 {
		return nil
	}
	slices.SortStableFunc(plans, func(a, b collector.Explanation) int { return cmp.Compare(b.Cost, a.Cost) })
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "COST\tDATABASE\tKPIS")
	for _, p := range plans {
		cost := "-" // The engine estimates none.
		if p.HasCost {
			cost = fmt.Sprintf("%.0f", p.Cost)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", cost, p.Database.Name, strings.Join(p.KPIs, ", "))
	}
	_ = table.Flush() // A buffer takes everything.
	out.WriteByte('\n')
	_, err := env.stdout.Write(out.Bytes())
	return err
}
