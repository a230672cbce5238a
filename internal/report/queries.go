package report

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// QueryProblems returns what stops queries, and what makes their results doubtful, each at its place in the KPI file. A database
// that cannot be reached is one error, however many queries need it.
func QueryProblems(queries []collector.Explanation) []document.Problem {
	var problems []document.Problem
	unreachable := map[string]bool{}
	for _, q := range queries {
		switch {
		case q.Failure != nil && q.Failure.Reason == collector.ReasonConnect:
			if sentence := errors.Unwrap(q.Failure.Err).Error(); !unreachable[q.Database.Name] {
				unreachable[q.Database.Name] = true
				prefix := fmt.Sprintf("database %q: ", q.Database.Name)
				problems = append(problems, document.Problem{Position: q.Database.Position, Message: prefix + strings.TrimPrefix(sentence, prefix)})
			}
		case q.Failure != nil:
			problems = append(problems, document.Problem{Position: q.Position, Message: q.Failure.Error()})
		}
		problems = append(problems, q.Warnings...)
		if len(q.Extra) > 0 {
			problems = append(problems, extraProblem(q))
		}
	}
	return problems
}

// extraProblem warns of columns that no KPI reads.
func extraProblem(q collector.Explanation) document.Problem {
	return document.Problem{
		Position: q.Position,
		Message:  "no KPI reads " + format.Columns(q.Extra) + " of the result",
		Hint:     "name it as the value: of a KPI, list it in labels:, or leave it out",
		Warning:  true,
		Check:    lint.UnusedColumn,
	}
}

// EmptyPasts warns, once per database, of KPIs that look back to when there was no data.
func EmptyPasts(pasts []collector.EmptyPast) []document.Problem {
	problems := make([]document.Problem, len(pasts))
	for i, p := range pasts {
		date := func(at time.Time) string { return at.Format(time.DateOnly) }
		names := make([]string, len(p.KPIs))
		for i, name := range p.KPIs {
			names[i] = strconv.Quote(name)
		}
		subject := "KPI " + names[0] + " looks"
		if len(names) > 1 {
			subject = "KPIs " + strings.Join(names, ", ") + " look"
		}
		problems[i] = document.Problem{
			Position: p.Database.Position,
			Message: fmt.Sprintf("%s back to %s, where there is no value or 0; the first value is that of %s",
				subject, date(p.Empty), date(p.First)),
			Hint: fmt.Sprintf("set `data_from: %s` on database %s, or the day on which its data begins on a query or KPI, so that earlier periods are not used as a baseline",
				date(p.Begins), p.Database.Name),
			Warning: true,
			Check:   lint.DataFrom,
		}
	}
	return problems
}

// Costs writes a table of the queries that can run, the most expensive first, and an empty line behind it. It writes nothing if
// there are none.
func Costs(w io.Writer, queries []collector.Explanation) error {
	queries = slices.DeleteFunc(slices.Clone(queries), func(q collector.Explanation) bool { return q.Failure != nil || q.DataUntil })
	if len(queries) == 0 {
		return nil
	}
	slices.SortStableFunc(queries, func(a, b collector.Explanation) int { return cmp.Compare(b.Cost, a.Cost) })
	t := newTable(w)
	printRow(t, "COST", "DATABASE", "KPIS")
	for _, q := range queries {
		cost := "-" // The engine estimates none.
		if q.HasCost {
			cost = fmt.Sprintf("%.0f", q.Cost)
		}
		printRow(t, cost, q.Database.Name, strings.Join(q.KPIs, ", "))
	}
	if err := t.Flush(); err != nil {
		return err
	}
	_, err := fmt.Fprintln(w)
	return err
}
