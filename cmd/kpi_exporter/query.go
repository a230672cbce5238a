package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// maxLast is how many periods a person can look at; more are what backfill is for.
const maxLast = 1000

func queryCommand(cmd *kingpin.CmdClause) command {
	names := cmd.Arg("kpi", "KPIs to evaluate (default: all).").Strings()
	asOf := cmd.Flag("as-of", "Instant of evaluation: "+period.TimeForms+"; now by default.").String()
	explain := cmd.Flag("explain", "Describe each KPI in a sentence, and evaluate nothing.").Bool()
	output := cmd.Flag("output", "table, json or csv.").Default("table").Enum("table", "json", "csv")
	why := cmd.Flag("why", "Explain what changed, by labels or by the operands of a formula.").Bool()
	compared := false // Whether --against was given.
	against := cmd.Flag("against", "With --why: previous or last_year.").Default("previous").IsSetByUser(&compared).Enum("previous", "last_year")
	history := false // Whether --last was given.
	last := cmd.Flag("last", "Show the last N periods up to --as-of, oldest first; for instant and trailing KPIs, the last N days.").
		PlaceHolder("N").Default("1").IsSetByUser(&history).String()
	return func(ctx context.Context, env environment) error {
		n, err := readLast(*last)
		if err != nil {
			return usageError{err}
		}
		switch {
		case compared && !*why:
			return usageError{errors.New("--against belongs to --why")}
		case *why && (history || *explain || *output == "csv"):
			return usageError{errors.New("--why cannot be combined with --last, --explain or --output csv")}
		}
		cfg, err := env.load(ctx)
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
		if *why {
			return env.why(ctx, insight.NewReader(cfg, e), requests, *against == "last_year", *output)
		}
		results := e.Evaluate(ctx, collector.LastPeriods(requests, n))
		if err := context.Cause(ctx); err != nil {
			return err
		}
		if err := env.printResults(results, *output, history, n); err != nil {
			return err
		}
		return env.printWarnings(cfg, results, n)
	}
}

// printResults writes n results per KPI in a format; trend is a table over the periods.
func (env environment) printResults(results []collector.Result, output string, trend bool, n int) error {
	switch {
	case output == "json":
		return report.JSON(env.stdout, results)
	case output == "csv":
		return report.CSV(env.stdout, results, env.onTerminal)
	case trend:
		return report.TrendTable(env.stdout, results, n)
	}
	return report.Table(env.stdout, results)
}

// why explains what changed up to the instants of the requests.
func (env environment) why(ctx context.Context, r *insight.Reader, requests []collector.Request, lastYear bool, output string) error {
	comparisons := make([]insight.Request, len(requests))
	for i, request := range requests {
		comparisons[i] = insight.Request{KPI: request.KPI, AsOf: request.AsOf, LastYear: lastYear}
	}
	explanations := r.Explain(ctx, comparisons)
	if err := context.Cause(ctx); err != nil {
		return err
	}
	write := report.Why
	if output == "json" {
		write = report.WhyJSON
	}
	if err := write(env.stdout, explanations); err != nil {
		return err
	}
	return env.printFailures(report.WhyFailures(explanations))
}

// printWarnings writes the warnings about n results per KPI, and what failed of them: then it returns errReported.
func (env environment) printWarnings(cfg *config.Config, results []collector.Result, n int) error {
	warnings := report.IncompleteData(results)
	if !cfg.Off(lint.UnusedColumn) {
		warnings = append(warnings, report.ExtraColumns(results)...)
	}
	for _, text := range warnings {
		_, _ = fmt.Fprintln(env.stderr, "warning: "+text)
	}
	return env.printFailures(report.Failures(results, n))
}

// printFailures writes what failed; then it returns errReported.
func (env environment) printFailures(failures []string) error {
	for _, text := range failures {
		_, _ = fmt.Fprintln(env.stderr, "error: "+text)
	}
	if len(failures) > 0 {
		return errReported
	}
	return nil
}

// explain describes KPIs in words.
func (env environment) explain(kpis []*config.KPI) error {
	for _, k := range kpis {
		if _, err := fmt.Fprintln(env.stdout, format.Visible(catalog.Sentence(k))); err != nil {
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

// readLast reads the number of periods of --last.
func readLast(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || n > maxLast {
		return 0, fmt.Errorf("--last: %q is not a whole number from 1 to %d", text, maxLast)
	}
	return n, nil
}

// readAsOf reads the instant of --as-of, which without an offset is in a time zone; now, in whole seconds, if it is "".
func readAsOf(text string, now time.Time, zone *time.Location) (time.Time, error) {
	if text == "" {
		return now.Truncate(time.Second), nil
	}
	at, err := period.ParseTime(text, zone)
	if err != nil {
		return at, fmt.Errorf("--as-of: %w", err)
	}
	return at, nil
}

// requestsAt requests each KPI as of a time, which without an offset is in the KPI's time zone.
func requestsAt(kpis []*config.KPI, asOf string, now time.Time) ([]collector.Request, error) {
	requests := make([]collector.Request, len(kpis))
	for i, k := range kpis {
		at, err := readAsOf(asOf, now, k.Calendar.Location)
		if err != nil {
			return nil, err
		}
		requests[i] = collector.Request{KPI: k, AsOf: at}
	}
	return requests, nil
}
