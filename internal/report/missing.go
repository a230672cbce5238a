package report

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// maxNamedLabels is how many label sets a note names.
const maxNamedLabels = 5

// printMissing writes below a table which part of a value is missing, a line for each KPI and part, however many label sets
// and periods lack it.
func printMissing(w io.Writer, results []collector.Result) error {
	notes := missingNotes(results)
	if len(notes) == 0 {
		return nil
	}
	for i := range notes {
		notes[i] = format.Visible(notes[i])
	}
	_, err := fmt.Fprintf(w, "\n%s\n", strings.Join(notes, "\n"))
	return err
}

func missingNotes(results []collector.Result) []string {
	type note struct {
		kpi, why string
		labels   []string
	}
	var notes []*note
	byText := map[[2]string]*note{}
	for _, r := range results {
		for _, s := range r.Samples {
			why := s.Details().Missing
			if why == "" {
				continue
			}
			key := [2]string{r.KPI.Name, why}
			n := byText[key]
			if n == nil {
				n = &note{kpi: r.KPI.Name, why: why}
				byText[key], notes = n, append(notes, n)
			}
			if labels := format.Labels(r.KPI.LabelNames(), s.Labels); labels != "" && !slices.Contains(n.labels, labels) {
				n.labels = append(n.labels, labels)
			}
		}
	}
	lines := make([]string, len(notes))
	for i, n := range notes {
		whose := ""
		if len(n.labels) > 0 {
			whose = " for " + firstOf(n.labels, maxNamedLabels, "; ")
		}
		lines[i] = fmt.Sprintf("%s has no value%s: %s", n.kpi, whose, n.why)
	}
	return lines
}
