package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/kpitest"
)

func testCommand(cmd *kingpin.CmdClause) command {
	files := cmd.Arg("file", "Files of tests.").Required().Strings()
	database := cmd.Flag("database", "URL of a PostgreSQL for the rows of the tests, which get a database or a schema of their own there; "+
		"it overrides the database named in the test.").PlaceHolder("URL").String()
	pattern := cmd.Flag("run", "Run only the cases and KPIs that match, written as case/kpi.").PlaceHolder("REGEXP").Regexp()
	cut := cmd.Flag("cut", "Repeat each case without the rows after its as-of: a value that changes depends on later rows.").Bool()
	return func(ctx context.Context, env environment) error {
		tests, err := loadTests(env, *files)
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
				if printCase(env.stdout, checks[:n]) {
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

// loadTests reads all files of tests, and prints what is wrong with each of them.
func loadTests(env environment, files []string) (tests []*kpitest.File, err error) {
	for _, name := range files {
		t, problem := kpitest.Load(name)
		if problem != nil {
			env.printError(problem)
			err = errReported
		}
		tests = append(tests, t)
	}
	return tests, err
}

// printCase writes what is not as it should be in one case, and reports whether there is anything.
func printCase(w io.Writer, checks []kpitest.Check) (failed bool) {
	for _, c := range checks {
		if c.Passed() {
			continue
		}
		if !failed {
			_, _ = fmt.Fprintf(w, "%s: %s\n", c.Case.Position, c.Case.Name)
			failed = true
		}
		_, _ = fmt.Fprintf(w, "  %s %s\n", c.Expected.KPI.Name, measured(c))
		printDifferences(w, c.Differences, "want", "got")
		if len(c.Cut) > 0 {
			_, _ = fmt.Fprintln(w, "    reads the future: the value changes without the rows after the as-of")
			printDifferences(w, c.Cut, "with them", "without")
		}
	}
	return failed
}

// measured describes what was requested of the KPI: a period that its as-of closes, or an instant.
func measured(c kpitest.Check) string {
	at := func(t time.Time) string { return t.In(c.Expected.KPI.Calendar.Location).Format(time.RFC3339) }
	text := "as of " + at(c.Expected.AsOf)
	if window := c.Got.Window; !window.Start.Equal(window.End) {
		text += ", " + at(window.Start) + " to " + at(window.End)
	}
	return text
}

func printDifferences(w io.Writer, differences []kpitest.Difference, want, got string) {
	for _, d := range differences {
		labels := ""
		if d.Labels != "" {
			labels = d.Labels + " "
		}
		_, _ = fmt.Fprintf(w, "    %s%s: %s %s, %s %s\n", labels, d.What, want, d.Want, got, d.Got)
	}
}
