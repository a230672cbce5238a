package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/kpidiff"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/revision"
)

func diffCommand(cmd *kingpin.CmdClause) command {
	const form = "a KPI file, or one of a git revision such as HEAD~1:kpi.yaml."
	before := cmd.Arg("old", "What it was: "+form).Required().String()
	after := cmd.Arg("new", "What it is: "+form).Required().String()
	connect := cmd.Flag("connect", "Also evaluate the KPIs that differ, each side in the databases of its own file, and compare values and statuses.").Bool()
	timed, counted := false, false // Whether --as-of and --last were given.
	asOf := cmd.Flag("as-of", "With --connect: instant of evaluation: "+period.TimeForms+"; now by default.").IsSetByUser(&timed).String()
	last := cmd.Flag("last", "With --connect: how many periods up to --as-of are compared.").PlaceHolder("N").Default("6").IsSetByUser(&counted).String()
	output := cmd.Flag("format", "text, markdown or json.").Default("text").Enum("text", "markdown", "json")
	return func(ctx context.Context, env environment) error {
		n, err := readLast(*last)
		if err != nil {
			return usageError{err}
		}
		if !*connect && (timed || counted) {
			return usageError{errors.New("--as-of and --last belong to --connect")}
		}
		files, err := await(ctx, func() ([]*config.Config, error) { return readBoth(ctx, *before, *after) })
		if ctx.Err() != nil {
			return err
		}
		if err != nil {
			return usageError{err}
		}
		compared, err := await(ctx, func() (*kpidiff.Diff, error) { return kpidiff.Compare(files[0], files[1]), nil })
		if err != nil {
			return err
		}
		d := report.Diff{Diff: compared, Old: *before, New: *after, Periods: n}
		at, err := readAsOf(*asOf, time.Now().In(files[1].Calendar.Location), files[1].Calendar.Location)
		if err != nil {
			return usageError{err}
		}
		var failures []string
		if *connect {
			d.AsOf = at
			if failures, err = compareValues(ctx, &d, files); err != nil {
				return err
			}
		}
		write := map[string]func(io.Writer) error{"text": d.Text, "markdown": d.Markdown, "json": d.JSON}[*output]
		if err := write(env.stdout); err != nil {
			return err
		}
		if err := env.printFailures(failures); err != nil || !d.Effect() {
			return err
		}
		return errReported
	}
}

// readBoth reads two KPI files. The error has the problems of both.
func readBoth(ctx context.Context, names ...string) ([]*config.Config, error) {
	var all document.Problems
	files := make([]*config.Config, len(names))
	for i, name := range names {
		var err error
		files[i], err = readVersion(ctx, name)
		if problems, ok := errors.AsType[document.Problems](err); ok {
			all = append(all, problems...)
		} else if err != nil {
			return nil, err
		}
	}
	if len(all) > 0 {
		return nil, all.Sorted() // A broken file that both include, or that is on both sides, is said once.
	}
	return files, nil
}

// readVersion reads a KPI file from the disk or, as REV:path where the disk has no file of that name, from a git revision.
func readVersion(ctx context.Context, name string) (*config.Config, error) {
	_, err := os.Stat(name)
	if err == nil {
		return loadFile(name)
	}
	rev, path, ok := revision.Split(name)
	if failed, is := errors.AsType[*fs.PathError](err); is && !ok && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %w", name, failed.Err)
	}
	if !ok && strings.HasSuffix(name, ":") {
		return nil, fmt.Errorf("%s names a revision and no file: write %[1]skpi.yaml", name)
	}
	if !ok {
		return nil, fmt.Errorf("there is no file %s: name a KPI file, or one of a git revision such as HEAD~1:kpi.yaml", name)
	}
	tree, err := revision.Open(ctx, rev)
	if err != nil {
		return nil, err
	}
	at := tree.Path(path)
	if _, err := tree.Read(at, true); errors.Is(err, fs.ErrNotExist) {
		here := "./" + path
		if _, err := tree.Read(tree.Path(here), true); err == nil {
			return nil, fmt.Errorf("there is no file %s at the root of revision %q: write %[2]s:%[3]s for the one from here", path, rev, here)
		}
		return nil, fmt.Errorf("there is no file %s in revision %q", path, rev)
	}
	return config.LoadWith(at, config.Options{Checks: lint.IDs(), Files: tree})
}

// compareValues evaluates the KPIs that differ, of each file in its own databases, and returns what failed.
func compareValues(ctx context.Context, d *report.Diff, files []*config.Config) (failures []string, err error) {
	before, after := d.Evaluated()
	results := make([][]collector.Result, len(files))
	for i, kpis := range [][]*config.KPI{before, after} {
		requests := make([]collector.Request, len(kpis))
		for j, k := range kpis {
			requests[j] = collector.Request{KPI: k, AsOf: d.AsOf}
		}
		e := collector.NewEvaluator(files[i])
		results[i] = e.Evaluate(ctx, collector.LastPeriods(requests, d.Periods))
		e.Close()
		if err := context.Cause(ctx); err != nil {
			return nil, err
		}
		for _, text := range failuresOf(results[i], d.Periods) {
			failures = append(failures, files[i].Files[0]+": "+text)
		}
	}
	d.SetValues(results[0], results[1], d.Periods)
	return failures, nil
}

// failuresOf says what failed of one side's results, n for each KPI: a database that cannot be reached once, however many KPIs need it.
func failuresOf(results []collector.Result, n int) []string {
	type unreachable struct {
		text   string // About the first KPI that needs it.
		others int
	}
	var texts []string
	var list []*unreachable
	byCause := map[string]*unreachable{}
	for periods := range slices.Chunk(results, n) {
		at := slices.IndexFunc(periods, func(r collector.Result) bool { return connectError(r) != nil })
		if at < 0 {
			texts = append(texts, report.Failures(periods, n)...)
			continue
		}
		cause := connectError(periods[at]).Error()
		if known := byCause[cause]; known != nil {
			known.others++
			continue
		}
		byCause[cause] = &unreachable{text: report.Failures(periods[at:at+1], 1)[0]}
		list = append(list, byCause[cause])
	}
	for _, u := range list {
		if u.others > 0 {
			u.text += "; " + format.Count(u.others, "other KPI") + " cannot be evaluated for the same reason"
		}
		texts = append(texts, u.text)
	}
	return texts
}

// connectError returns why a database was not reached, nil for any other result.
func connectError(r collector.Result) *database.Error {
	if r.Failure == nil {
		return nil
	}
	if err, ok := errors.AsType[*database.Error](r.Failure); ok && collector.FailureReason(err.Reason) == collector.ReasonConnect {
		return err
	}
	return nil
}
