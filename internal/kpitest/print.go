package kpitest

import (
	"fmt"
	"io"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// PrintFailures writes what is not as it should be in the checks of one case, and reports whether there is anything.
func PrintFailures(w io.Writer, checks []Check) (failed bool) {
	for _, c := range checks {
		if c.Passed() {
			continue
		}
		if !failed {
			_, _ = fmt.Fprintf(w, "%s: %s\n", c.Case.Position, format.Visible(c.Case.Name))
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
func measured(c Check) string {
	at := func(t time.Time) string { return t.In(c.Expected.KPI.Calendar.Location).Format(time.RFC3339) }
	text := "as of " + at(c.Expected.AsOf)
	if window := c.Got.Window; !window.Start.Equal(window.End) {
		text += ", " + at(window.Start) + " to " + at(window.End)
	}
	return text
}

func printDifferences(w io.Writer, differences []Difference, want, got string) {
	for _, d := range differences {
		labels := ""
		if d.Labels != "" {
			labels = format.Visible(d.Labels) + " "
		}
		_, _ = fmt.Fprintf(w, "    %s%s: %s %s, %s %s\n", labels, d.What, want, format.Visible(d.Want), got, format.Visible(d.Got))
	}
}
