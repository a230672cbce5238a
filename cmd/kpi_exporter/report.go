package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

func reportCommand(cmd *kingpin.CmdClause) command {
	names := cmd.Arg("kpi", "KPIs to report on (default: all).").Strings()
	asOf := cmd.Flag("as-of", "Instant of the report: "+period.TimeForms+"; now by default.").String()
	var ownForm [3]bool // Of --period, --format and --output.
	unit := cmd.Flag("period", "How far back \"changed\" looks: day, week, month or quarter.").Default("week").IsSetByUser(&ownForm[0]).Enum("day", "week", "month", "quarter")
	format := cmd.Flag("format", "text, markdown, html or json.").Default("text").IsSetByUser(&ownForm[1]).Enum("text", "markdown", "html", "json")
	output := cmd.Flag("output", "File to write, instead of standard output.").IsSetByUser(&ownForm[2]).String()
	send := cmd.Flag("send", "Name of a report of the file, which is sent to its owners by mail and Slack.").String()
	dryRun := cmd.Flag("dry-run", "With --send: print what would be sent, and read no secret.").Bool()
	return func(ctx context.Context, env environment) error {
		if err := checkSend(*send, *dryRun, len(*names) > 0 || slices.Contains(ownForm[:], true)); err != nil {
			return usageError{err}
		}
		cfg, err := env.load(ctx)
		if err != nil {
			return err
		}
		kpis, err := selectKPIs(cfg, *names)
		if err != nil {
			return usageError{err}
		}
		at, err := readAsOf(*asOf, time.Now(), cfg.Calendar.Location)
		if err != nil {
			return usageError{err}
		}
		if *send != "" {
			return env.sendReport(ctx, cfg, *send, at, *dryRun)
		}
		r, err := env.report(ctx, cfg, kpis, at, reportUnit(*unit))
		if err != nil {
			return err
		}
		write := map[string]func(io.Writer) error{"text": r.Text, "markdown": r.Markdown, "html": r.HTML, "json": r.JSON}[*format]
		if *output == "" {
			return write(env.stdout)
		}
		var content bytes.Buffer
		if err := write(&content); err != nil {
			return err
		}
		return writeFile(ctx, *output, content.Bytes())
	}
}

// report reads what a report is made from, and says on stderr what failed of it.
func (env environment) report(ctx context.Context, cfg *config.Config, kpis []*config.KPI, asOf time.Time, unit period.Unit) (report.Report, error) {
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	bar := newProgress(env)
	before := report.Before(asOf, unit, cfg.Calendar)
	draft := report.Begin(cfg, asOf, unit)
	var results []collector.Result // Without their samples.
	for one := range insight.NewReader(cfg, e).Survey(ctx, kpis, asOf, before, func(read, most int) { bar.show(read, 0, most) }) {
		if _, err := await(ctx, func() (struct{}, error) { draft.Add(&one); return struct{}{}, nil }); err != nil {
			break
		}
		one.Now.Samples = nil
		results = append(results, one.Now)
	}
	bar.clear()
	if err := context.Cause(ctx); err != nil {
		return report.Report{}, err
	}
	for _, text := range append(report.IncompleteData(results), report.Failures(results, 1)...) {
		_, _ = fmt.Fprintln(env.stderr, "warning: "+text)
	}
	return await(ctx, func() (report.Report, error) { return draft.Report(), nil })
}

func reportUnit(name string) period.Unit {
	return map[string]period.Unit{"day": period.Day, "week": period.Week, "month": period.Month, "quarter": period.Quarter}[name]
}
