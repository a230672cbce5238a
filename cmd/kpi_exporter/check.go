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
)

// soon is how long before a target's plan ends there is still time to write the next one.
const soon = 30 * 24 * time.Hour

func checkCommand(cmd *kingpin.CmdClause) command {
	connect := cmd.Flag("connect", "Plan every query in its database, too, and list the dearest first.").Bool()
	return func(ctx context.Context, env environment) int {
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		for _, p := range cfg.ExpiringTargets(time.Now(), soon) {
			_, _ = fmt.Fprintf(env.stderr, "%s\n", p)
		}
		_, err := fmt.Fprintf(env.stdout, "%s: %s, %s: no errors\n", env.configFile,
			plural(len(cfg.KPIs), "KPI"), plural(len(cfg.Databases), "database"))
		good := true
		if *connect && err == nil {
			plans := planAll(ctx, cfg)
			if err := context.Cause(ctx); err != nil {
				env.complain(err)
				return exitProblem
			}
			good = complainOfPlans(env, plans)
			err = printPlans(env, plans)
		}
		if err != nil {
			env.complain(err)
			return exitProblem
		}
		if !good {
			return exitProblem
		}
		return exitOK
	}
}

// planAll has every distinct query planned as of now.
func planAll(ctx context.Context, cfg *config.Config) []collector.Plan {
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	now := time.Now().Truncate(time.Second)
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: now}
	}
	return e.Plan(ctx, requests)
}

// complainOfPlans writes what stops a query to stderr, and what makes its result doubtful. It says whether nothing stops
// any. A database that cannot be reached is one complaint, however many queries need it.
func complainOfPlans(env environment, plans []collector.Plan) (good bool) {
	good = true
	unreachable := map[string]bool{}
	for _, p := range plans {
		switch {
		case p.Failure != nil && p.Failure.Reason == collector.ReasonConnect:
			good = false
			if sentence := errors.Unwrap(p.Failure.Err).Error(); !unreachable[p.Database.Name] {
				unreachable[p.Database.Name] = true
				prefix := fmt.Sprintf("database %q: ", p.Database.Name)
				_, _ = fmt.Fprintf(env.stderr, "%s: %s%s\n", p.Database.Position, prefix, strings.TrimPrefix(sentence, prefix))
			}
		case p.Failure != nil:
			good = false
			_, _ = fmt.Fprintf(env.stderr, "%s: %v\n", p.Position, p.Failure)
		case len(p.NaiveTimestamps) > 0 && p.Database.SessionTimezone == "":
			_, _ = fmt.Fprintf(env.stderr, "%s: warning: kpi %s reads timestamps without time zone, which are compared in the session's zone, the KPI's: %s\n"+
				"  hint: say session_timezone on database %q (UTC, if that is what they hold)\n",
				p.Position, strings.Join(p.KPIs, ", "), strings.Join(p.NaiveTimestamps, ", "), p.Database.Name)
		}
	}
	return good
}

// printPlans lists the KPIs' queries that can run, the dearest first.
func printPlans(env environment, plans []collector.Plan) error {
	plans = slices.DeleteFunc(plans, func(p collector.Plan) bool { return p.Failure != nil || p.DataUntil })
	if len(plans) == 0 {
		return nil
	}
	slices.SortStableFunc(plans, func(a, b collector.Plan) int { return cmp.Compare(b.Cost, a.Cost) })
	var out bytes.Buffer
	table := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "\nCOST\tDATABASE\tKPIS")
	for _, p := range plans {
		cost := "-" // The engine estimates none.
		if p.HasCost {
			cost = fmt.Sprintf("%.0f", p.Cost)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", cost, p.Database.Name, strings.Join(p.KPIs, ", "))
	}
	_ = table.Flush() // A buffer takes everything.
	_, err := env.stdout.Write(out.Bytes())
	return err
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
