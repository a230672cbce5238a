package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// maxNamedLabels is how many label sets a note names.
const maxNamedLabels = 5

// printMissing writes below a table which part of a value is missing, a line for each KPI and part, however many label sets
// and periods lack it.
func printMissing(w io.Writer, results []collector.Result) {
	type note struct {
		kpi, why string
		labels   []string
	}
	var notes []*note
	byText := map[[2]string]*note{}
	for _, r := range results {
		for _, s := range r.Samples {
			if s.Missing == "" {
				continue
			}
			key := [2]string{r.KPI.Name, s.Missing}
			n := byText[key]
			if n == nil {
				n = &note{kpi: r.KPI.Name, why: s.Missing}
				byText[key], notes = n, append(notes, n)
			}
			if labels := pairs(r.KPI.LabelNames(), s.Labels); labels != "" && !slices.Contains(n.labels, labels) {
				n.labels = append(n.labels, labels)
			}
		}
	}
	for i, n := range notes {
		if i == 0 {
			_, _ = fmt.Fprintln(w)
		}
		_, _ = fmt.Fprintf(w, "%s has no value%s: %s\n", n.kpi, labelsText(n.labels), n.why)
	}
}

// labelsText names label sets, the first few of them.
func labelsText(sets []string) string {
	if len(sets) == 0 {
		return ""
	}
	more := ""
	if n := len(sets) - maxNamedLabels; n > 0 {
		sets, more = sets[:maxNamedLabels], fmt.Sprintf(" and %d more", n)
	}
	return " for " + strings.Join(sets, "; ") + more
}
