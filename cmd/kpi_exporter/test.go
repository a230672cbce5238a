package main

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/kpitest"
)

func testCommand(cmd *kingpin.CmdClause) command {
	files := cmd.Arg("file", "Files of tests.").Required().Strings()
	database := cmd.Flag("database", "URL of a PostgreSQL, MySQL or MariaDB server for the rows of the tests, which get a database or a schema of their own there; "+
		"it overrides the database named in the test.").PlaceHolder("URL").String()
	pattern := cmd.Flag("run", "Run only the cases and KPIs that match, written as case/kpi.").PlaceHolder("REGEXP").Regexp()
	cut := cmd.Flag("cut", "Repeat each case without the rows after its as-of: a value that changes depends on later rows.").Bool()
	return func(ctx context.Context, env environment) error {
		tests, err := await(ctx, func() ([]*kpitest.File, error) { return loadTests(*files) })
		if err != nil {
			return err
		}
		cases, failed := 0, 0
		for _, t := range tests {
			checks, err := kpitest.Run(ctx, t, kpitest.Options{Database: *database, Run: *pattern, Cut: *cut})
			if err != nil {
				return err
			}
			for len(checks) > 0 {
				n := 1
				for n < len(checks) && checks[n].Case == checks[0].Case {
					n++
				}
				cases++
				if kpitest.PrintFailures(env.stdout, checks[:n]) {
					failed++
				}
				checks = checks[n:]
			}
		}
		switch {
		case cases == 0:
			return fmt.Errorf("no case matches %s", *pattern)
		case failed > 0:
			_, _ = fmt.Fprintf(env.stdout, "%d of %s failed\n", failed, format.Count(cases, "case"))
			return errReported
		}
		_, _ = fmt.Fprintf(env.stdout, "%s, %s: all as expected\n", format.Count(len(tests), "file"), format.Count(cases, "case"))
		return nil
	}
}

// loadTests reads all files of tests. The error has what is wrong with each of them.
func loadTests(files []string) ([]*kpitest.File, error) {
	var all document.Problems
	tests := make([]*kpitest.File, len(files))
	for i, name := range files {
		var err error
		tests[i], err = kpitest.Load(name)
		if problems, ok := errors.AsType[document.Problems](err); ok {
			for _, p := range problems {
				if !slices.Contains(all, p) { // A KPI file that two files of tests name.
					all = append(all, p)
				}
			}
		} else if err != nil {
			return nil, err
		}
	}
	if len(all) > 0 {
		return nil, all
	}
	return tests, nil
}
