// Package report writes evaluated KPIs for people and for their spreadsheets: tables in words, trends, CSV and JSON. It
// evaluates nothing, and writes only to the writer that it is given.
package report

import (
	"cmp"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Row is one line of a result in words: a sample, or why there is none. What does not apply is "".
type Row struct {
	Labels     string // "plan=pro region=eu".
	Value      string // In the unit of the KPI, or why there is none.
	Target     string // "≥ 12k", "≤ 3%", "3 to 5".
	Attainment string // A whole percentage, rounded down.
	Status     string // "at risk", "unknown (small sample)", "failed: timeout".
}

// Rows puts a result into words: a row per database that failed, where others did not, and a row per sample. A result without
// samples has one row, which says why.
func Rows(r collector.Result) []Row {
	var rows []Row
	for _, f := range failures(r) {
		rows = append(rows, f.row())
	}
	if len(r.Samples) == 0 && r.Failure == nil {
		rows = append(rows, emptyRow(r))
	}
	for _, s := range r.Samples {
		rows = append(rows, sampleRow(r, s))
	}
	return rows
}

func sampleRow(r collector.Result, s collector.Sample) Row {
	return Row{
		Labels:     format.Labels(r.KPI.LabelNames(), s.Labels),
		Value:      ValueText(r.KPI, s),
		Target:     s.TargetText(r.KPI),
		Attainment: attainmentText(s.Details().Attainment),
		Status:     StatusText(r, s),
	}
}

// attainmentText writes an attainment in whole percent; nil is "".
func attainmentText(share *float64) string {
	if share == nil {
		return ""
	}
	return format.WholePercent(*share)
}

// inUnit writes a value in a unit; missing is written for nil.
func inUnit(u quantity.Unit, v *float64, missing string) string {
	if v == nil {
		return missing
	}
	return u.Format(*v)
}

// ValueText writes a value, or why there is none.
func ValueText(k *config.KPI, s collector.Sample) string {
	switch {
	case s.Value == nil && s.Suppressed && k.SuppressBelow == nil:
		return "withheld"
	case s.Value == nil && s.Suppressed:
		return "withheld (fewer than " + format.Digits(*k.SuppressBelow) + ")"
	}
	return cmp.Or(s.ValueText(k), "no value")
}

// StatusText writes the status and why it is unknown, or that the period still waits for data.
func StatusText(r collector.Result, s collector.Sample) string {
	text := s.Status.Text()
	if s.Reason != "" {
		text += " (" + s.ReasonText() + ")"
	}
	if r.Incomplete && s.Reason != status.DataLate { // Else it is said.
		text += ", incomplete"
	}
	return text
}

// emptyRow is the row of a result that did not fail and has no samples. That of a period which waits for data says so.
func emptyRow(r collector.Result) Row {
	row := Row{Value: noSamples(r)}
	if r.Incomplete && r.KPI.Target != nil {
		row.Status = StatusText(r, collector.Sample{Status: status.Unknown, Reason: status.DataLate})
	}
	return row
}

// noSamples explains why a result that did not fail has no samples.
func noSamples(r collector.Result) string {
	if r.BeforeData {
		return status.BeforeData.Text()
	}
	return "no rows"
}

// failure is what failed of a result: one database where others did not fail, else Database is "".
type failure collector.DatabaseFailure

// failures returns what failed of a result.
func failures(r collector.Result) []failure {
	if r.Failure == nil {
		return nil
	}
	if len(r.FailedDatabases) == 0 {
		return []failure{{Failure: r.Failure}}
	}
	list := make([]failure, len(r.FailedDatabases))
	for i, f := range r.FailedDatabases {
		list[i] = failure(f)
	}
	return list
}

// concerns reports whether the samples with these labels are missing because of the failure.
func (f failure) concerns(labels []string) bool {
	return f.Database == "" || labels[len(labels)-1] == f.Database
}

func (f failure) row() Row {
	row := Row{Status: "failed: " + string(f.Failure.Reason)}
	if f.Database != "" {
		row.Labels = format.Labels([]string{"database"}, []string{f.Database})
	}
	return row
}
