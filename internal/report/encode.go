package report

import (
	"encoding/csv"
	"encoding/json"
	"io"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// JSON writes results as an array of objects.
func JSON(w io.Writer, results []collector.Result) error {
	return writeJSON(w, results)
}

// writeJSON writes a document in lines, as people read it too.
func writeJSON(w io.Writer, document any) error {
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(document)
}

// CSV writes results with a column for every label that any KPI has. A result without samples has a line too, whose status
// says why: failed or no_rows. For people, at a terminal, line breaks in a label are escapes; programs get them as they are.
func CSV(w io.Writer, results []collector.Result, forPeople bool) error {
	labels := labelNames(results)
	out := csv.NewWriter(w)
	write := func(head, values, tail []string) { _ = out.Write(slices.Concat(head, values, tail)) } // Flush returns the error.
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
				if forPeople {
					values[slices.Index(labels, name)] = format.Visible(s.Labels[i])
				}
			}
			more := s.Details()
			write(head, values, []string{format.Exact(s.Value), format.Exact(more.Target), format.Exact(more.Attainment), string(s.Status)})
		}
	}
	out.Flush()
	return out.Error()
}

// labelNames returns the names of the labels that any of the KPIs has, sorted.
func labelNames(results []collector.Result) []string {
	var names []string
	for _, r := range results {
		names = append(names, r.KPI.LabelNames()...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
