package report

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Table writes results as a table with their rows, and below it which parts of values are missing.
func Table(w io.Writer, results []collector.Result) error {
	t := newTable(w)
	_, _ = fmt.Fprintln(t, "KPI\tLABELS\tVALUE\tTARGET\tATTAINMENT\tSTATUS")
	for _, r := range results {
		for _, row := range Rows(r) {
			printRow(t, r.KPI.Name, row.Labels, row.Value, row.Target, row.Attainment, row.Status)
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	if err := printMissing(w, results); err != nil {
		return err
	}
	return printNotes(w, results)
}

// TrendTable writes n results per KPI, the oldest first, as a table with a row per KPI and label set. If there is one KPI
// only, a row per period and label set follows.
func TrendTable(w io.Writer, results []collector.Result, n int) error {
	t := newTable(w)
	_, _ = fmt.Fprintf(t, "KPI\tLABELS\tPERIOD\tVALUE\tTARGET\tSTATUS\tLAST %d\n", n)
	for periods := range slices.Chunk(results, n) {
		k := periods[0].KPI
		for _, trend := range Trends(periods) {
			printRow(t, k.Name, trend.Labels, k.Period.String(), trend.Value, trend.Target, trend.Status, Sparkline(trend.Values))
		}
	}
	if len(results) == n {
		_, _ = fmt.Fprintln(t)
		printPeriods(t, results)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	return printMissing(w, results)
}

// printPeriods writes one KPI's results, a line per period and label set.
func printPeriods(w io.Writer, results []collector.Result) {
	k := results[0].KPI
	labelled := len(k.LabelNames()) > 0
	row := func(when, labels string, rest ...string) {
		cells := []string{when}
		if labelled {
			cells = append(cells, labels)
		}
		printRow(w, append(cells, rest...)...)
	}
	row("PERIOD", "LABELS", "VALUE", "TARGET", "ATTAINMENT", "STATUS")
	for _, r := range results {
		for _, line := range Rows(r) {
			row(format.Window(k.Period, r.Window), line.Labels, line.Value, line.Target, line.Attainment, line.Status)
		}
	}
}

func newTable(w io.Writer) *tabwriter.Writer { return tabwriter.NewWriter(w, 0, 0, 2, ' ', 0) }

// printRow writes a row of a table, whose Flush returns the error if it cannot be written.
// What a cell says stays in it, whatever a database put there.
func printRow(w io.Writer, cells ...string) {
	shown := make([]string, len(cells))
	for i := range cells {
		shown[i] = format.Visible(cells[i])
	}
	_, _ = fmt.Fprintln(w, strings.Join(shown, "\t"))
}
