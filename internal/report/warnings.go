package report

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// IncompleteData says, once for each of the data that is behind, how far it reaches and which KPIs need more, so that nobody
// takes their values for final.
func IncompleteData(results []collector.Result) []string {
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
			i := slices.IndexFunc(loads, func(l *load) bool { return l.Name == d.Name && l.Until.Equal(d.Until) })
			if i < 0 {
				i, loads = len(loads), append(loads, &load{Data: d, zone: r.KPI.Calendar.Location})
			}
			if l := loads[i]; !slices.Contains(l.kpis, r.KPI.Name) {
				l.kpis = append(l.kpis, r.KPI.Name)
			}
		}
	}
	const most = 10
	lines := make([]string, len(loads))
	for i, l := range loads {
		reach := "has not arrived at all (data_until returns no row, or NULL)"
		switch {
		case l.Until.IsZero() && l.ByHand:
			reach = "has not arrived at all (no row is known)"
		case !l.Until.IsZero():
			reach = "reaches only to " + l.Until.In(l.zone).Format(time.RFC3339)
		}
		lines[i] = fmt.Sprintf("the data of %q %s; waiting for it: %s", l.Name, reach, firstOf(l.kpis, most, ", "))
	}
	return lines
}

// ExtraColumns says, once per query, which of its columns no KPI reads.
func ExtraColumns(results []collector.Result) []string {
	var lines []string
	for _, r := range results {
		for _, e := range r.Extra {
			line := fmt.Sprintf("query %q: no KPI reads %s of its result", e.Query.Name, format.Columns(e.Columns))
			if !slices.Contains(lines, line) {
				lines = append(lines, line)
			}
		}
	}
	return lines
}

// Failures reports what went wrong in n results per KPI, and only once what went wrong in several of them.
func Failures(results []collector.Result, n int) []string {
	var lines []string
	for periods := range slices.Chunk(results, n) {
		var messages []string
		times := map[string]int{}
		for _, r := range periods {
			if r.Failure == nil {
				continue
			}
			message := fmt.Sprintf("%s: %v", r.Failure.Reason, r.Failure)
			if times[message]++; times[message] == 1 {
				messages = append(messages, message)
			}
		}
		for _, message := range messages {
			if n > 1 {
				message = fmt.Sprintf("%s (%d of %d periods)", message, times[message], n)
			}
			lines = append(lines, message)
		}
	}
	return lines
}

// firstOf joins the first names of many, and adds how many more there are.
func firstOf(names []string, most int, separator string) string {
	text := strings.Join(names[:min(most, len(names))], separator)
	if more := len(names) - most; more > 0 {
		text += fmt.Sprintf(" and %d more", more)
	}
	return text
}
