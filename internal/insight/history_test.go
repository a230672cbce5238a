package insight

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// history reads the history of the first KPI.
func (p product) history(t testing.TB, asOf string, n int) History {
	t.Helper()
	return p.Histories(t.Context(), []HistoryRequest{{p.KPIs[0], at(t, asOf), n}}, nil)[0]
}

// describe writes the points of a history: the start of each and its values.
func describe(h History) string {
	var b strings.Builder
	for i := range h.Points {
		p := &h.Points[i]
		fmt.Fprintf(&b, "%s", p.Window.Start.Format("01-02"))
		for _, s := range p.Samples {
			text := "none"
			if s.Value != nil {
				text = fmt.Sprint(*s.Value)
			}
			fmt.Fprintf(&b, " %s%s", strings.Join(s.Labels, "/"), text)
		}
		if p.Withheld {
			b.WriteString(" withheld")
		}
		b.WriteString("\n")
	}
	if h.Stopped != nil {
		fmt.Fprintf(&b, "stopped: %s\n", h.Stopped.Reason)
	}
	return b.String()
}

func TestHistories(t *testing.T) {
	until := at(t, "2026-03-10T00:00:00Z")
	nan := math.NaN()
	rows := days(until, 1, 1, 2, 3, nan, 5, 6, 7, 8, 9, 10, 11, 12)
	const sum = "query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod
	for name, test := range map[string]struct {
		top, kpi, want string
		n              int
	}{
		"days": {
			"", "  k: {title: K, period: day, " + sum + "}",
			"03-05 8\n03-06 9\n03-07 10\n03-08 11\n03-09 12\n", 5,
		},
		"a day without value stays": {
			"", "  k: {title: K, period: day, " + sum + "}",
			"02-26 1\n02-27 2\n02-28 3\n03-01 none\n03-02 5\n03-03 6\n03-04 7\n03-05 8\n03-06 9\n03-07 10\n03-08 11\n03-09 12\n", 12,
		},
		"until the data begins": {
			"", "  k: {title: K, period: day, data_from: 2026-03-07, " + sum + "}",
			"03-07 10\n03-08 11\n03-09 12\n", 12,
		},
		"until a period fails": {
			"", "  k: {title: K, period: day, query: \"SELECT CASE WHEN v = 7 THEN 'x' ELSE v END AS value FROM rows WHERE " + inPeriod + "\"}",
			"03-05 8\n03-06 9\n03-07 10\n03-08 11\n03-09 12\nstopped: value\n", 12,
		},
		"weeks do not overlap": {
			"", "  k: {title: K, period: {days: 4}, " + sum + "}",
			"02-26 6\n03-02 26\n03-06 42\n", 3,
		},
		"to date, closed": {
			"", "  k: {title: K, period: {to_date: week}, " + sum + "}",
			"02-23 6\n03-02 56\n", 2,
		},
		"settled": {
			"", "  k: {title: K, period: day, settle: 2d, " + sum + "}",
			"03-06 9\n03-07 10\n", 2,
		},
		"none of a number that is the same at any time": {
			"", "  k: {title: K, period: instant, query: SELECT count(*) AS value FROM rows}", "", 9,
		},
		"what the data does not cover yet is left out": {
			"", "  k: {title: K, from: q}\nqueries:\n  q: {period: day, data_until: \"SELECT " + fmt.Sprint(at(t, "2026-03-08T12:00:00Z").Unix()) + "\", " + sum + "}",
			"03-05 8\n03-06 9\n03-07 10\n", 5,
		},
		"none asked for": {"", "  k: {title: K, period: day, " + sum + "}", "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, test.top, test.kpi, rows)
			if diff := cmp.Diff(test.want, describe(p.history(t, "2026-03-10T15:00:00Z", test.n))); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// KPIs of one named query share runs, and progress says how far the reading is.
func TestHistoriesShareRuns(t *testing.T) {
	p := open(t, "", `  a: {title: A, from: q, value: v}
  b: {title: B, from: q, value: w}
queries:
  q: {period: day, query: "SELECT sum(v) AS v, count(*) AS w FROM rows WHERE `+inPeriod+`"}
`, days(at(t, "2026-03-10T00:00:00Z"), 1, 1, 2, 3))
	var progress []string
	asOf := at(t, "2026-03-10T00:00:00Z")
	both := p.Histories(t.Context(), []HistoryRequest{{p.KPIs[0], asOf, 20}, {p.KPIs[1], asOf, 3}},
		func(read, most int) { progress = append(progress, fmt.Sprintf("%d/%d", read, most)) })
	if got := len(both[0].Points) + len(both[1].Points); got != 23 {
		t.Errorf("%d points", got)
	}
	if diff := cmp.Diff([]string{"11/23", "19/23", "23/23"}, progress); diff != "" {
		t.Errorf("progress, -want +got:\n%s", diff)
	}
}
