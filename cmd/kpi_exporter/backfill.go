package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/backfill"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// backfillFlags are the flags of the command line.
type backfillFlags struct {
	names               *[]string
	from, to, step      *string
	blocks, output      *string
	remoteWrite, verify *string
	replace, prometheus *string
	httpConfig          *string
	labels              *[]string
	sparse, force       *bool
}

func backfillCommand(cmd *kingpin.CmdClause) command {
	f := backfillFlags{
		names: cmd.Arg("kpi", "KPIs to evaluate (default: all).").Strings(),
		from: cmd.Flag("from", "First instant: "+period.TimeForms+".").
			Required().String(),
		to: cmd.Flag("to", "Last instant, inclusive; nothing is evaluated in the future.").Required().String(),
		step: cmd.Flag("step", "Interval between evaluations of instant, trailing and to-date KPIs: 4m, 1h, 1d, 1w, 1mo, 1y, days and longer in "+
			"the KPI's time zone. Other KPIs are evaluated when a period is complete.").Default("1d").String(),
		blocks:      cmd.Flag("blocks", "Data folder of a Prometheus to write blocks into, all recorded names included.").String(),
		output:      cmd.Flag("output", "File to write, for promtool tsdb create-blocks-from openmetrics.").String(),
		remoteWrite: cmd.Flag("remote-write", "URL to send the samples to, by Prometheus remote write.").String(),
		verify: cmd.Flag("verify", "URL of a Prometheus: write nothing, and list where it differs from what is evaluated today. With --remote-write: read back from "+
			"it the first and the last samples that were sent.").String(),
		replace:    cmd.Flag("replace", "URL of a Prometheus: once the file is complete, delete from it what the file replaces.").String(),
		prometheus: cmd.Flag("prometheus", "URL of the Prometheus that the history is for: warn if it has samples in the range.").String(),
		httpConfig: cmd.Flag("http.config.file", "HTTP client configuration for these URLs, in promtool's format: credentials, TLS, headers.").String(),
		labels:     cmd.Flag("label", "Label to add to every series, as name=value; job=kpi by default. Repeatable.").Strings(),
		sparse:     cmd.Flag("sparse", "Write one sample per step, instead of repeating it every 4 minutes until the next.").Bool(),
		force: cmd.Flag("force", "Overwrite an existing file, or write blocks beside samples that are there, and discard what another backfill left unfinished.").
			Bool(),
	}
	return f.run
}

// destinations opens what the flags name.
type destinations struct {
	remoteWrite, verify, replace, prometheus *backfill.Prometheus
}

func (f backfillFlags) run(ctx context.Context, env environment) error {
	if err := f.check(); err != nil {
		return usageError{err}
	}
	cfg, err := env.load(ctx)
	if err != nil {
		return err
	}
	job, skipped, err := f.job(cfg, time.Now())
	if err != nil {
		return usageError{err}
	}
	c, err := httpClient(ctx, *f.httpConfig, 5*time.Minute) // A Prometheus may think long about a year.
	if err != nil {
		return err
	}
	defer c.CloseIdleConnections()
	bar := newProgress(env)
	to, err := f.destinations(c, bar.line)
	if err != nil {
		return usageError{err}
	}
	for _, k := range skipped {
		_, _ = fmt.Fprintln(env.stderr, "warning: "+backfill.SkipReason(k))
	}
	if len(job.Ranges) == 0 {
		return errors.New("there is no KPI to backfill")
	}

	job.Progress = func(r backfill.Report) { bar.show(r.Earlier+r.Done+r.Incomplete, r.Failed, r.Total) }
	job.Failed = func(err error) { bar.line(fmt.Sprintf("error: %v", err)) }
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	if to.verify != nil && to.remoteWrite == nil {
		return f.runVerify(ctx, env, e, job, to.verify, bar)
	}
	return f.runWrite(ctx, env, e, job, to, bar)
}

// destinations opens the servers that the flags name, of which said tells when they let a request wait.
func (f backfillFlags) destinations(c client, said func(string)) (to destinations, err error) {
	for _, d := range []struct {
		flag, url string
		server    **backfill.Prometheus
	}{
		{"remote-write", *f.remoteWrite, &to.remoteWrite},
		{"verify", *f.verify, &to.verify},
		{"replace", *f.replace, &to.replace},
		{"prometheus", *f.prometheus, &to.prometheus},
	} {
		if d.url == "" {
			continue
		}
		if *d.server, err = backfill.NewPrometheus(d.url, c.Client, c.secrets); err != nil {
			return to, fmt.Errorf("--%s: %w", d.flag, err)
		}
		(*d.server).OnWait(said)
	}
	return to, nil
}

// check refuses flags that do not go together.
func (f backfillFlags) check() error {
	said := 0
	for _, flag := range []string{*f.blocks, *f.output, cmp.Or(*f.remoteWrite, *f.verify)} {
		if flag != "" {
			said++
		}
	}
	switch {
	case said != 1:
		return errors.New("give one of --blocks, --output, --remote-write and --verify; only --verify may follow --remote-write")
	case *f.replace != "" && *f.output == "":
		return errors.New("--replace needs --output: Prometheus hides what is sent to it in a range that was deleted")
	case *f.force && *f.output == "" && *f.blocks == "":
		return errors.New("--force needs --blocks or --output")
	}
	return nil
}

// job returns what to evaluate, and the KPIs to skip because they have no past.
func (f backfillFlags) job(cfg *config.Config, now time.Time) (job backfill.Job, skipped []*config.KPI, err error) {
	job = backfill.Job{Config: cfg, Now: now.Truncate(time.Second), Sparse: *f.sparse, Labels: map[string]string{"job": "kpi"}}
	kpis, err := selectKPIs(cfg, *f.names)
	if err != nil {
		return job, nil, err
	}
	for _, text := range *f.labels {
		name, value, ok := strings.Cut(text, "=")
		if !ok {
			return job, nil, fmt.Errorf("--label %s: write name=value", text)
		}
		job.Labels[name] = value
	}
	if err := backfill.CheckLabels(kpis, job.Labels); err != nil {
		return job, nil, fmt.Errorf("--label: %w", err)
	}
	step, err := period.ParseStep(*f.step)
	if err != nil {
		return job, nil, fmt.Errorf("--step: %w", err)
	}
	for _, k := range kpis {
		r := backfill.Range{KPI: k, Step: step}
		if r.From, err = wholeSeconds("--from", *f.from, k); err != nil {
			return job, nil, err
		}
		if r.To, err = wholeSeconds("--to", *f.to, k); err != nil {
			return job, nil, err
		}
		switch {
		case r.To.Before(r.From):
			return job, nil, errors.New("--to is before --from")
		case r.From.After(job.Now):
			return job, nil, errors.New("--from is in the future")
		}
		if !k.HasPast() {
			skipped = append(skipped, k)
			continue
		}
		job.Ranges = append(job.Ranges, r)
	}
	return job, skipped, nil
}

func wholeSeconds(flag, text string, k *config.KPI) (time.Time, error) {
	t, err := period.ParseTime(text, k.Calendar.Location)
	if err == nil && t.Nanosecond() != 0 {
		err = fmt.Errorf("time %q has a fraction of a second", text)
	}
	if err != nil {
		return t, fmt.Errorf("%s: %w", flag, err)
	}
	return t, nil
}

func (f backfillFlags) runWrite(ctx context.Context, env environment, e *collector.Evaluator, job backfill.Job, to destinations, bar *progress) error {
	if to.prometheus != nil {
		held, err := to.prometheus.Held(ctx, job)
		if err != nil {
			return fmt.Errorf("--prometheus: %w", err)
		}
		if len(held) > 0 && to.replace == nil {
			_, _ = fmt.Fprintf(env.stderr, "warning: %s already has samples in this range of %s; where both have a sample at the same instant, the older may win: see --verify, and --replace to delete the old ones\n",
				to.prometheus, strings.Join(held, ", "))
		}
	}
	var (
		report backfill.Report
		sent   backfill.Sent
		err    error
	)
	switch {
	case to.remoteWrite != nil:
		report, sent, err = to.remoteWrite.RemoteWrite(ctx, e, job)
	case *f.blocks != "":
		report, err = backfill.Blocks{Dir: *f.blocks, Force: *f.force}.Write(ctx, e, job)
	default:
		var last func() error
		if to.replace != nil {
			last = func() error { return to.replace.Delete(ctx, job) }
		}
		report, err = backfill.File{Path: *f.output, Force: *f.force}.Write(ctx, e, job, last)
	}
	bar.clear()
	if err != nil {
		env.printError(err)
	}
	if report.Total > 0 {
		_, _ = fmt.Fprintln(env.stdout, report.Summary(cmp.Or(*f.blocks, *f.output, "remote write"), len(job.Ranges)))
	}
	arrived := true
	switch {
	case err != nil || to.remoteWrite == nil:
	case to.verify != nil:
		arrived = f.readBack(ctx, env, job, to.verify, sent)
	default:
		_, _ = fmt.Fprintln(env.stderr, "The server accepted the samples. To check that it keeps them, add --verify with the URL for queries.")
	}
	switch {
	case err == nil && report.Failed == 0 && arrived:
		return nil
	case err == nil && report.Failed == 0:
	case to.remoteWrite != nil:
		_, _ = fmt.Fprintln(env.stderr, "Not everything was sent. It is safe to send samples again.")
	case report.Total > 0:
		_, _ = fmt.Fprintf(env.stderr, "%s Run the same command again to resume where it failed, as long as the KPI file has not changed.\n", f.notWritten())
	}
	return errReported
}

// readBack says what has arrived of what was sent, and reports whether all that it looked for has.
func (f backfillFlags) readBack(ctx context.Context, env environment, job backfill.Job, server *backfill.Prometheus, sent backfill.Sent) bool {
	_, _ = fmt.Fprintf(env.stderr, "Reading back from %s, which may take a minute.\n", server)
	found, err := server.ReadBack(ctx, job, sent)
	if err != nil {
		env.printError(fmt.Errorf("--verify: %w", err))
		return false
	}
	if len(found.Dropped) > 0 {
		env.printError(errors.New(backfill.DroppedText(server.String(), found.Dropped, sent.KPIs())))
	}
	if len(found.Unread) > 0 {
		env.printError(errors.New(backfill.UnreadText(server.String(), found.Unread)))
	}
	if len(found.Dropped)+len(found.Unread) > 0 {
		return false
	}
	_, _ = fmt.Fprintf(env.stdout, "%s holds the first and the last samples of %s\n", server, format.Count(sent.KPIs(), "KPI"))
	return true
}

// notWritten says that no output was written.
func (f backfillFlags) notWritten() string {
	if *f.output == "" {
		return "No block was written."
	}
	return *f.output + " was not written."
}

func (f backfillFlags) runVerify(ctx context.Context, env environment, e *collector.Evaluator, job backfill.Job, server *backfill.Prometheus, bar *progress) error {
	table := backfill.NewDifferenceTable(env.stdout, job.Config)
	v, err := server.Verify(ctx, e, job, table.Add)
	bar.clear()
	table.Flush()
	if err != nil {
		env.printError(err)
	}
	_, _ = fmt.Fprintln(env.stdout, v.Summary(server.String()))
	if err != nil || v.Failed > 0 || v.Differences > 0 {
		return errReported
	}
	return nil
}
