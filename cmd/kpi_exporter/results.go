package main

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// printResults writes results as a table for people, as JSON or as CSV.
func printResults(w io.Writer, output string, results []collector.Result) error {
	switch output {
	case "json":
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(results)
	case "csv":
		return printCSV(w, results)
	}
	return printTable(w, results)
}

func printTable(w io.Writer, results []collector.Result) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(t, "KPI\tLABELS\tVALUE\tTARGET\tATTAINMENT\tSTATUS")
	for _, r := range results {
		row := func(labels, value, goal, attainment, status string) {
			_, _ = fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\n", r.KPI.Name, labels, value, goal, attainment, status)
		}
		for _, f := range failures(r) {
			row(f.labels(), "", "", "", failureText(f.Failure))
		}
		if len(r.Samples) == 0 && r.Failure == nil {
			row("", noSamplesText(r), "", "", "")
		}
		for _, s := range r.Samples {
			row(pairs(r.KPI.LabelNames(), s.Labels), valueText(r.KPI, s), targetText(r.KPI, s),
				format("ratio", s.Attainment, ""), statusText(r, s))
		}
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printMissing(w, results)
	return nil
}

func pairs(names, values []string) string {
	var b strings.Builder
	for i, name := range names {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(name + "=" + values[i])
	}
	return b.String()
}

func format(u config.Unit, v *float64, missing string) string {
	if v == nil {
		return missing
	}
	return u.Format(*v)
}

// targetText says the target as a sentence has it: "≥ 12k", "≤ 3%", "3 to 5".
func targetText(k *config.KPI, s collector.Sample) string {
	var lower, upper string
	for _, b := range s.Bounds {
		switch {
		case b.Tier != "target":
		case b.Side == "lower":
			lower = k.Unit.Format(b.Value)
		default:
			upper = k.Unit.Format(b.Value)
		}
	}
	switch {
	case lower != "" && upper != "":
		return lower + " to " + upper
	case lower != "":
		return "≥ " + lower
	case upper != "":
		return "≤ " + upper
	}
	return ""
}

// statusText says the status, why it is unknown, and that the period still waits for data.
func statusText(r collector.Result, s collector.Sample) string {
	text := strings.ReplaceAll(string(s.Status), "_", " ")
	if s.Reason != "" {
		text += " (" + s.Reason.Text() + ")"
	}
	if r.Incomplete {
		text += ", incomplete"
	}
	return text
}

// noSamplesText explains why a result that did not fail has no samples.
func noSamplesText(r collector.Result) string {
	if r.BeforeData {
		return status.BeforeData.Text()
	}
	return "no rows"
}

// valueText writes a value, or why there is none.
func valueText(k *config.KPI, s collector.Sample) string {
	if s.Value == nil && s.Suppressed {
		return "withheld (fewer than " + strconv.FormatFloat(*k.SuppressBelow, 'f', -1, 64) + ")"
	}
	return format(k.Unit, s.Value, "no value")
}

// failures returns what failed of a result: a failure for each database where others did not fail.
func failures(r collector.Result) []databaseFailure {
	if r.Failure == nil {
		return nil
	}
	if len(r.FailedDatabases) == 0 {
		return []databaseFailure{{Failure: r.Failure}}
	}
	list := make([]databaseFailure, len(r.FailedDatabases))
	for i, f := range r.FailedDatabases {
		list[i] = databaseFailure(f)
	}
	return list
}

type databaseFailure collector.DatabaseFailure

// labels returns the labels of what failed.
func (f databaseFailure) labels() string {
	if f.Database == "" {
		return ""
	}
	return "database=" + f.Database
}

// concerns reports whether the samples with these labels are missing because of the failure.
func (f databaseFailure) concerns(labels []string) bool {
	return f.Database == "" || labels[len(labels)-1] == f.Database
}

func failureText(f *collector.Failure) string { return "failed: " + string(f.Reason) }

// printCSV writes a column for every label that any KPI has. A result without samples has a line too, whose status says
// why: failed or no_rows.
func printCSV(w io.Writer, results []collector.Result) error {
	var labels []string
	for _, r := range results {
		for _, name := range r.KPI.LabelNames() {
			if !slices.Contains(labels, name) {
				labels = append(labels, name)
			}
		}
	}
	slices.Sort(labels)
	out := csv.NewWriter(w)
	write := func(head, values, tail []string) { _ = out.Write(slices.Concat(head, values, tail)) } // Flush tells the error.
	write([]string{"kpi", "as_of", "period_start", "period_end"}, labels, []string{"value", "target", "attainment", "status"})
	for _, r := range results {
		at := func(t time.Time) string { return t.In(r.KPI.Calendar.Location).Format(time.RFC3339Nano) }
		names := r.KPI.LabelNames()
		head := []string{r.KPI.Name, at(r.AsOf), at(r.Window.Start), at(r.Window.End)}
		for _, f := range failures(r) {
			values := make([]string, len(labels))
			if f.Database != "" {
				values[slices.Index(labels, "database")] = f.Database
			}
			write(head, values, []string{"", "", "", "failed"})
		}
		if len(r.Samples) == 0 && r.Failure == nil {
			write(head, make([]string, len(labels)), []string{"", "", "", "no_rows"})
		}
		for _, s := range r.Samples {
			values := make([]string, len(labels))
			for i, name := range names {
				values[slices.Index(labels, name)] = s.Labels[i]
			}
			write(head, values, []string{exact(s.Value), exact(s.Target), exact(s.Attainment), string(s.Status)})
		}
	}
	out.Flush()
	return out.Error()
}

// exact writes every digit, and an exponent only where there would be many zeros without it.
func exact(v *float64) string {
	if v == nil {
		return ""
	}
	format := byte('f')
	if size := math.Abs(*v); size >= 1e15 || size < 1e-6 && size > 0 {
		format = 'e'
	}
	return strconv.FormatFloat(*v, format, -1, 64)
}

// warnOfIncomplete says once for each of the data that is behind how far it reaches and which KPIs need more, so that nobody
// takes their values for final.
func warnOfIncomplete(w io.Writer, results []collector.Result) {
	type load struct {
		collector.Data
		zone *time.Location
		kpis []string
	}
	var loads []*load
	for _, r := range results {
		if r.Failure != nil || !r.Incomplete && !r.Clipped {
			continue
		}
		for _, d := range r.Data {
			if !d.Until.Equal(r.DataUntil) { // Other data is what is missing.
				continue
			}
			i := slices.IndexFunc(loads, func(l *load) bool { return l.Name == d.Name })
			if i < 0 {
				i, loads = len(loads), append(loads, &load{Data: d, zone: r.KPI.Calendar.Location})
			}
			if l := loads[i]; !slices.Contains(l.kpis, r.KPI.Name) {
				l.kpis = append(l.kpis, r.KPI.Name)
			}
		}
	}
	const most = 10
	for _, l := range loads {
		reach := "has not arrived at all (data_until returns no row, or NULL)"
		if !l.Until.IsZero() {
			reach = "reaches only to " + l.Until.In(l.zone).Format(time.RFC3339)
		}
		names := strings.Join(l.kpis[:min(most, len(l.kpis))], ", ")
		if more := len(l.kpis) - most; more > 0 {
			names += fmt.Sprintf(" and %d more", more)
		}
		_, _ = fmt.Fprintf(w, "warning: the data of %q %s; waiting for it: %s\n", l.Name, reach, names)
	}
}

// warnOfExtra says once of each query which of its columns no KPI reads.
func warnOfExtra(w io.Writer, results []collector.Result) {
	said := map[string]bool{}
	for _, r := range results {
		for _, e := range r.Extra {
			text := fmt.Sprintf("warning: query %q: no KPI reads %s of its result", e.Query.Name, columnsText(e.Columns))
			if !said[text] {
				said[text] = true
				_, _ = fmt.Fprintln(w, text)
			}
		}
	}
}
