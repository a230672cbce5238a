package main

import (
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
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// maxLast is how many periods a person can look at; more are what backfill is for.
const maxLast = 1000

// lastPeriods asks for the last n periods of what each request asks for, the oldest first.
func lastPeriods(requests []collector.Request, n int) []collector.Request {
	all := make([]collector.Request, 0, n*len(requests))
	for _, r := range requests {
		for _, asOf := range lastInstants(r.KPI, r.AsOf, n) {
			all = append(all, collector.Request{KPI: r.KPI, AsOf: asOf})
		}
	}
	return all
}

// lastInstants returns the instants at which the last n periods of a KPI are evaluated, the oldest first and asOf last.
// An earlier day, week, month, quarter or year is evaluated when it closed, an earlier one to date at the corresponding
// time. Stretches of several units move on by one of them, and what is measured up to as-of moves on by a day.
func lastInstants(k *config.KPI, asOf time.Time, n int) []time.Time {
	list := []time.Time{asOf}
	switch p := k.Period; p.Kind {
	case period.Last, period.ToDate:
		p.N = 1
		for _, t := range p.Earlier(asOf.Add(-k.Settle), n-1, k.Calendar) {
			list = append(list, t.Add(k.Settle))
		}
	case period.Instant, period.Trailing:
		for days := 1; days < n; days++ {
			list = append(list, k.Calendar.DaysBefore(asOf, days))
		}
	}
	slices.Reverse(list)
	return list
}

// printHistory writes n results a KPI, the oldest first, as a table with a row a KPI and label set. One KPI alone is
// followed by a line a period.
func printHistory(w io.Writer, results []collector.Result, n int) error {
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintf(t, "KPI\tLABELS\tPERIOD\tVALUE\tTARGET\tSTATUS\tLAST %d\n", n)
	for periods := range slices.Chunk(results, n) {
		printRows(t, periods)
	}
	if len(results) == n {
		_, _ = fmt.Fprintln(t)
		printPeriods(t, results)
	}
	if err := t.Flush(); err != nil {
		return err
	}
	printMissing(w, results)
	return nil
}

// series is what a label set was over some periods.
type series struct {
	labels []string
	values []*float64        // Nil where there was no value, or no row.
	now    *collector.Sample // Of the last period; nil if it has none.
}

// seriesOf returns the series of one KPI's results, sorted by labels.
func seriesOf(periods []collector.Result) []*series {
	var list []*series
	byLabels := map[string]*series{}
	for i, r := range periods {
		for j := range r.Samples {
			sample := &r.Samples[j]
			key := strings.Join(sample.Labels, "\x00")
			s := byLabels[key]
			if s == nil {
				s = &series{labels: sample.Labels, values: make([]*float64, len(periods))}
				byLabels[key] = s
				list = append(list, s)
			}
			s.values[i] = sample.Value
			if i == len(periods)-1 {
				s.now = sample
			}
		}
	}
	slices.SortFunc(list, func(a, b *series) int { return slices.Compare(a.labels, b.labels) })
	return list
}

// printRows writes the rows of one KPI: what is now, and a sparkline of what was.
func printRows(w io.Writer, periods []collector.Result) {
	now := periods[len(periods)-1]
	k := now.KPI
	row := func(labels, value, goal, status, line string) {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", k.Name, labels, k.Period, value, goal, status, line)
	}
	all := seriesOf(periods)
	if len(all) == 0 && now.Failure == nil {
		row("", noSamplesText(now), "", "", "")
	}
	failed := failures(now)
	for _, f := range failed {
		if !slices.ContainsFunc(all, func(s *series) bool { return f.concerns(s.labels) }) {
			row(f.labels(), "", "", failureText(f.Failure), "")
		}
	}
	for _, s := range all {
		labels, line := pairs(k.LabelNames(), s.labels), sparkline(s.values)
		at := slices.IndexFunc(failed, func(f databaseFailure) bool { return f.concerns(s.labels) })
		switch {
		case at >= 0:
			row(labels, "", "", failureText(failed[at].Failure), line)
		case s.now == nil:
			row(labels, "no row", "", "", line)
		default:
			row(labels, valueText(k, *s.now), targetText(k, *s.now), statusText(now, *s.now), line)
		}
	}
}

// printPeriods writes one KPI's results, a line for each period and label set.
func printPeriods(w io.Writer, results []collector.Result) {
	k := results[0].KPI
	labelled := len(k.LabelNames()) > 0
	row := func(when, labels string, rest ...string) {
		cells := []string{when}
		if labelled {
			cells = append(cells, labels)
		}
		_, _ = fmt.Fprintln(w, strings.Join(append(cells, rest...), "\t"))
	}
	row("PERIOD", "LABELS", "VALUE", "TARGET", "ATTAINMENT", "STATUS")
	for _, r := range results {
		when := periodText(r)
		for _, f := range failures(r) {
			row(when, f.labels(), "", "", "", failureText(f.Failure))
		}
		if len(r.Samples) == 0 && r.Failure == nil {
			row(when, "", noSamplesText(r), "", "", "")
		}
		for _, s := range r.Samples {
			row(when, pairs(k.LabelNames(), s.Labels), valueText(k, s), targetText(k, s),
				format("ratio", s.Attainment, ""), statusText(r, s))
		}
	}
}

// periodText names what a result measured: 2026-03-29, 2026-03, 2026-03-23 to 2026-03-29 with both days in it, or where
// it does not consist of whole days, the local times at which it begins and ends.
func periodText(r collector.Result) string {
	const minutes = "2006-01-02 15:04"
	start, end, p := r.Window.Start, r.Window.End, r.KPI.Period
	switch p.Kind {
	case period.Instant:
		return end.Format(minutes)
	case period.Trailing, period.ToDate:
		return start.Format(minutes) + " to " + end.Format(minutes)
	}
	if p.Unit == period.Month && p.N == 1 {
		return start.Format("2006-01")
	}
	first, last := start.Format(time.DateOnly), end.Add(-1).Format(time.DateOnly)
	if first == last {
		return first
	}
	return first + " to " + last
}

// sparkline draws values from the smallest to the largest of them, a blank for each that is missing. Values that differ
// by no more than rounding are one level line.
func sparkline(values []*float64) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	// Halved, since the distance between two numbers can be more than the largest number.
	height := high/2 - low/2
	flat := height <= 1e-9*max(math.Abs(low), math.Abs(high))
	var b strings.Builder
	for _, v := range values {
		switch {
		case v == nil:
			b.WriteByte(' ')
		case flat:
			b.WriteRune('▄')
		default:
			b.WriteRune(blocks[int(math.Round((*v/2-low/2)/height*7))])
		}
	}
	return strings.TrimRight(b.String(), " ")
}

// printFailures writes what went wrong, the same with a KPI in several of its n periods once.
func printFailures(w io.Writer, results []collector.Result, n int) (failed bool) {
	for periods := range slices.Chunk(results, n) {
		var messages []string
		times := map[string]int{}
		for _, r := range periods {
			if r.Failure == nil {
				continue
			}
			message := fmt.Sprintf("error: %s: %v", r.Failure.Reason, r.Failure)
			if times[message]++; times[message] == 1 {
				messages = append(messages, message)
			}
		}
		for _, message := range messages {
			failed = true
			if n > 1 {
				message += " (" + strconv.Itoa(times[message]) + " of " + strconv.Itoa(n) + " periods)"
			}
			_, _ = fmt.Fprintln(w, message)
		}
	}
	return failed
}
