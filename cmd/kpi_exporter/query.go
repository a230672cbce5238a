package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

func queryCommand(cmd *kingpin.CmdClause) command {
	names := cmd.Arg("kpi", "KPIs to evaluate; all by default.").Strings()
	asOf := cmd.Flag("as-of", "Instant of evaluation: a date or time in the KPI's time zone (2026-04-01, 2026-04-01T06:00), or RFC 3339 with an offset; now by default.").String()
	explain := cmd.Flag("explain", "Describe each KPI in a sentence, and evaluate nothing.").Bool()
	output := cmd.Flag("output", "table, json or csv.").Default("table").Enum("table", "json", "csv")
	history := false // Whether --last was said.
	last := cmd.Flag("last", "The last N periods up to as-of, oldest first; N days for the periods instant and trailing.").
		PlaceHolder("N").Default("1").IsSetByUser(&history).String()
	return func(ctx context.Context, env environment) error {
		n, err := strconv.Atoi(*last)
		if err != nil || n < 1 || n > maxLast {
			return usageError{fmt.Errorf("--last: %q is not a whole number from 1 to %d", *last, maxLast)}
		}
		cfg, err := env.load()
		if err != nil {
			return err
		}
		kpis, err := selectKPIs(cfg, *names)
		if err != nil {
			return usageError{err}
		}
		if *explain {
			return env.explain(kpis)
		}
		requests, err := requestsAt(kpis, *asOf, time.Now())
		if err != nil {
			return usageError{err}
		}
		e := collector.NewEvaluator(cfg)
		defer e.Close()
		results := e.Evaluate(ctx, lastPeriods(requests, n))
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if history && *output == "table" {
			err = printHistory(env.stdout, results, n)
		} else {
			err = printResults(env.stdout, *output, results)
		}
		if err != nil {
			return err
		}
		warnOfIncomplete(env.stderr, results)
		if !cfg.Off(config.UnusedColumn) {
			warnOfExtra(env.stderr, results)
		}
		if printFailures(env.stderr, results, n) {
			return errReported
		}
		return nil
	}
}

// explain says what KPIs are.
func (env environment) explain(kpis []*config.KPI) error {
	for _, k := range kpis {
		if _, err := fmt.Fprintln(env.stdout, catalog.Sentence(k)); err != nil {
			return err
		}
	}
	return nil
}

// selectKPIs returns the KPIs of these names in their order, or all.
func selectKPIs(cfg *config.Config, names []string) ([]*config.KPI, error) {
	if len(names) == 0 {
		return cfg.KPIs, nil
	}
	kpis := make([]*config.KPI, len(names))
	for i, name := range names {
		if kpis[i] = cfg.KPI(name); kpis[i] == nil {
			return nil, fmt.Errorf("kpi %q is not in %s; %s", name, cfg.Files[0], cmp.Or(cfg.NearestKPI(name), "query without a name shows all"))
		}
	}
	return kpis, nil
}

// requestsAt asks for each KPI as of a time, which without an offset is one in the KPI's time zone.
func requestsAt(kpis []*config.KPI, asOf string, now time.Time) ([]collector.Request, error) {
	requests := make([]collector.Request, len(kpis))
	for i, k := range kpis {
		t := now.Truncate(time.Second)
		if asOf != "" {
			var err error
			if t, err = period.ParseTime(asOf, k.Calendar.Location); err != nil {
				return nil, fmt.Errorf("--as-of: %w", err)
			}
		}
		requests[i] = collector.Request{KPI: k, AsOf: t}
	}
	return requests, nil
}
