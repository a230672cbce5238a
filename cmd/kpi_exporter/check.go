package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
)

func checkCommand(cmd *kingpin.CmdClause) command {
	connect := cmd.Flag("connect", "Plan every query in its database.").Bool()
	return func(ctx context.Context, env environment) int {
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		_, _ = fmt.Fprintf(env.stdout, "%s: %s, %s: no errors\n", env.configFile,
			plural(len(cfg.KPIs), "KPI"), plural(len(cfg.Databases), "database"))
		if *connect && !planAll(ctx, env, cfg) {
			return exitProblem
		}
		return exitOK
	}
}

// planAll plans every query, prints the dearest first and says whether all of them can run.
func planAll(ctx context.Context, env environment, cfg *config.Config) bool {
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	now := time.Now().Truncate(time.Second)
	requests := make([]collector.Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: now}
	}
	plans := e.Plan(ctx, requests)
	slices.SortStableFunc(plans, func(a, b collector.Plan) int { return cmp.Compare(b.Cost, a.Cost) })

	good := true
	table := tabwriter.NewWriter(env.stdout, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "COST\tDATABASE\tKPIS")
	for _, p := range plans {
		names := strings.Join(p.KPIs, ", ")
		if p.Failure != nil {
			good = false
			_, _ = fmt.Fprintf(env.stderr, "error: %s: %v\n", p.Failure.Reason, p.Failure)
			continue
		}
		cost := "-"
		if p.HasCost {
			cost = fmt.Sprintf("%.0f", p.Cost)
		}
		_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", cost, p.Database.Name, names)
		if len(p.NaiveTimestamps) > 0 {
			_, _ = fmt.Fprintf(env.stderr, "warning: kpi %s reads %s, which have no time zone and are compared in the session's: "+
				"say session_timezone on database %q (UTC, if that is what they hold)\n", names, strings.Join(p.NaiveTimestamps, ", "), p.Database.Name)
		}
	}
	_ = table.Flush()
	return good
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
