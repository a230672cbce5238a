package insight

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
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

// D1 to D4 of the methods, measured by queries.
func TestUnusual(t *testing.T) {
	until := at(t, "2026-03-30T00:00:00Z") // A Monday.
	d1 := []float64{100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103}
	weeks := func(last float64) []row { return days(until, 7, append(d1, last)...) }
	d3 := []float64{
		101, 100, 103, 104, 99, 41, 35, 102, 103, 102, 102, 101, 38, 36, 100, 101, 105, 103, 100, 41, 34,
		99, 102, 104, 100, 102, 40, 36, 101, 104, 102, 102, 99, 41, 35, 100, 103, 101, 103, 100, 39, 37,
	}
	equal := slices.Repeat([]float64{5}, 16)
	const weekly = "  k: {title: K, period: week, query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod + "}"
	const daily = "  k: {title: K, period: day, query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod + "}"
	for name, test := range map[string]struct {
		kpi  string
		rows []row
		asOf string
		want string
	}{
		"D1 is usual": {weekly, weeks(88), "2026-03-30T00:00:00Z", "88 z -4.0470 in 87.172 … 121.828, lowest of 16, delta -15"},
		"D2 is low":   {weekly, weeks(84), "2026-03-30T00:00:00Z", "84 z -5.0281 in 87.172 … 121.828 unusual low, lowest of 16, delta -19"},
		"D3 is low on a Monday": {
			daily, days(at(t, "2026-03-31T00:00:00Z"), 1, append(d3, 60)...), "2026-03-31T00:00:00Z",
			"60 z -26.6427 in 93.464 … 105.536 unusual low, delta 23",
		},
		"D4 equal": {weekly, days(until, 7, slices.Concat(equal, []float64{5})...), "2026-03-30T00:00:00Z", "5 in 5.000 … 5.000, delta 0"},
		"D4 first change": {
			weekly, days(until, 7, slices.Concat(equal, []float64{6})...), "2026-03-30T00:00:00Z",
			"6 in 5.000 … 5.000 first after 12, highest of 16, delta 1",
		},
		"too young":  {weekly, days(until, 7, 1, 2, 3, 4, 5, 6), "2026-03-30T00:00:00Z", "6 not_enough_history, highest of 5, streak 5"},
		"no value":   {weekly, days(until, 7, 1, 2, 3, math.NaN()), "2026-03-30T00:00:00Z", "none no_value"},
		"no history": {"  k: {title: K, period: week, data_from: 2027-01-01, query: SELECT 1 AS value}", nil, "2026-03-30T00:00:00Z", "none not_enough_history"},
		"overlapping windows": {
			"  k: {title: K, period: {trailing: 30d}, query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod + "}",
			days(until, 7, d1...), "2026-03-30T00:00:00Z", "415 windows_overlap, highest of 2",
		},
		"a running period": {
			"  k: {title: K, period: {to_date: week}, query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod + "}",
			weeks(84), "2026-04-01T00:00:00Z", "84 running, lowest of 16, delta -19",
		},
		"a small sample": {
			"  k: {title: K, period: week, query: \"SELECT sum(v) AS value, 7 AS sample_size FROM rows WHERE " + inPeriod + "\", target: {at_least: 1, min_sample: 8}}",
			weeks(84), "2026-03-30T00:00:00Z", "84 small_sample, lowest of 16, delta -19",
		},
		"few cases are not unusual": {
			weekly, days(until, 7, 1, 1, 2, 1, 1, 2, 1, 1, 1, 2, 1, 1, 2, 1, 1, 1, 30), "2026-03-30T00:00:00Z",
			"30 z 69.4167 in -0.776 … 2.776, highest of 16, delta 29",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, "", test.kpi, test.rows)
			h := p.history(t, test.asOf, 43)
			if len(test.rows) > 0 {
				h = p.history(t, test.asOf, len(test.rows))
			}
			judged := h.Unusual()
			if len(judged) != 1 {
				t.Fatalf("%d series", len(judged))
			}
			got := describeUnusual(judged[0])
			if got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func describeUnusual(u Unusual) string {
	var b strings.Builder
	b.WriteString("none")
	if u.Value != nil {
		b.Reset()
		fmt.Fprint(&b, *u.Value)
	}
	if u.Z != nil {
		fmt.Fprintf(&b, " z %.4f", *u.Z)
	}
	if u.Reason == "" {
		fmt.Fprintf(&b, " in %.3f … %.3f", u.Usual.Low, u.Usual.High)
	} else {
		b.WriteString(" " + string(u.Reason))
	}
	if u.Unusual {
		b.WriteString(" unusual")
		if u.Low {
			b.WriteString(" low")
		}
	}
	if u.Equal > 0 {
		fmt.Fprintf(&b, " first after %d", u.Equal)
	}
	if u.Highest {
		fmt.Fprintf(&b, ", highest of %d", u.Compared)
	}
	if u.Lowest {
		fmt.Fprintf(&b, ", lowest of %d", u.Compared)
	}
	if u.Streak >= analysis.LeastStreak {
		fmt.Fprintf(&b, ", streak %d", u.Streak)
	}
	if u.Delta != nil {
		fmt.Fprintf(&b, ", delta %v", *u.Delta)
	}
	return b.String()
}

// Which series of a KPI with labels are judged.
func TestSeries(t *testing.T) {
	asOf := at(t, "2026-03-10T00:00:00Z")
	var two, many []row
	for i := range 3 {
		day := asOf.AddDate(0, 0, i-3)
		two = append(two, row{at: day, a: "x", v: 0.5, n: 5.0, d: 10.0}, row{at: day, a: "y", v: 0.25, n: 5.0, d: 20.0})
		for part := range 11 {
			many = append(many, row{at: day, a: fmt.Sprint(part), v: float64(part), d: 10.0})
		}
	}
	small := append([]row{}, two...)
	small[0].d = 4.0 // The first day, of which one part is withheld.
	kpi := func(columns, more string) string {
		return "  k: {title: K, period: day, labels: [a], query: \"SELECT a, " + columns + " FROM rows WHERE " + inPeriod + "\"" + more + "}"
	}
	for name, test := range map[string]struct {
		kpi  string
		rows []row
		want string
	}{
		"a sum":                      {kpi("v AS value", ", merge: sum"), two, "total 0.75 0.75 0.75"},
		"a sum of many parts":        {kpi("v AS value", ", merge: sum"), many, "total 55 55 55"},
		"a ratio":                    {kpi("n AS numerator, d AS denominator", ""), two, "total 0.3333333333333333 0.3333333333333333 0.3333333333333333"},
		"parts that overlap":         {kpi("n AS numerator, d AS denominator", ", merge: none"), two, "x 0.5 0.5 0.5; y 0.25 0.25 0.25"},
		"no quotient":                {kpi("v * 100 AS value, n AS numerator, d AS denominator", ""), two, "x 50 50 50; y 25 25 25"},
		"nothing is said":            {kpi("v AS value", ""), two, "x 0.5 0.5 0.5; y 0.25 0.25 0.25"},
		"nothing is said about many": {kpi("v AS value", ""), many, "too_many_parts"},
		"a withheld part hides its total": {
			kpi("v AS value, d AS sample_size", ", merge: sum, suppress_below: 5"), small, "total none 0.75 0.75",
		},
		"a withheld part alone": {kpi("v AS value, d AS sample_size", ", suppress_below: 5"), small, "x none 0.5 0.5; y 0.25 0.25 0.25"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, "", test.kpi, test.rows)
			h := p.history(t, "2026-03-10T00:00:00Z", 3)
			list, reason := h.Series()
			got := []string{}
			for i := range list {
				words := strings.Join(list[i].Labels, "/")
				if list[i].Total {
					words = "total"
				}
				for _, v := range list[i].Values() {
					if v == nil {
						words += " none"
					} else {
						words += fmt.Sprint(" ", *v)
					}
				}
				got = append(got, words)
			}
			if reason != "" {
				got = append(got, string(reason))
			}
			if diff := cmp.Diff(test.want, strings.Join(got, "; ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

// A newest period of which a part is withheld is not judged.
func TestUnusualWithheld(t *testing.T) {
	asOf := at(t, "2026-03-10T00:00:00Z")
	rows := []row{{at: asOf.AddDate(0, 0, -1), a: "x", v: 1.0, d: 3.0}, {at: asOf.AddDate(0, 0, -1), a: "y", v: 1.0, d: 9.0}}
	p := open(t, "", `  all: {title: All, from: q, labels: [], merge: sum}
  parts: {title: Parts, from: q, sample_size: d, suppress_below: 5}
queries:
  q: {period: day, labels: [a], query: "SELECT a, v AS value, d FROM rows WHERE `+inPeriod+`"}`, rows)
	h := p.history(t, "2026-03-10T00:00:00Z", 1)
	if u := h.Unusual(); len(u) != 1 || u[0].Reason != Withheld || u[0].Value != nil {
		t.Errorf("%+v", u)
	}
	if e := h.After(asOf); len(e) != 1 || e[0].Reason != Withheld {
		t.Errorf("%+v", e)
	}
}

// F1 to F3 of the methods, measured by queries.
func TestAfter(t *testing.T) {
	before := []float64{50, 52, 49, 51, 53, 50, 52, 51, 49, 50, 53, 52, 50, 51, 52, 49, 51, 50, 53, 51, 50, 52, 51, 50}
	series := func(before []float64, held float64, after ...float64) []float64 {
		return append(append(append([]float64{}, before...), held), after...)
	}
	until := at(t, "2026-03-30T00:00:00Z")
	asDays := func(weeks []float64) []float64 {
		var list []float64
		for _, v := range weeks {
			for day := range 7 {
				list = append(list, v+float64(day-3)*10)
			}
		}
		return list
	}
	const query = "query: SELECT sum(v) AS value FROM rows WHERE " + inPeriod + "}"
	const weekly = "  k: {title: K, period: week, " + query
	for name, test := range map[string]struct {
		kpi      string
		rows     []row
		decision string
		asOf     string
		want     string
	}{
		"F1": {weekly, days(until, 7, series(before, 90, 57, 58)...), "2026-03-12T00:00:00Z", "", "2 after: 50.75 → 57.5, 6.75 of 19, p 0.05, due, 2026-02-09 to 2026-03-30"},
		"F2": {weekly, days(until, 7, series(before, 90, 52, 53)...), "2026-03-12T00:00:00Z", "", "2 after: 50.75 → 52.5, 1.75 of 19, p 0.15, due, 2026-02-09 to 2026-03-30"},
		"F3": {weekly, days(until, 7, series(before[1:], 90, 57, 58)...), "2026-03-12T00:00:00Z", "", "2 after: 50.75 → 57.5, 6.75 of 18, due, 2026-02-09 to 2026-03-30"},
		"on the first day of a week": {
			weekly, days(until, 7, series(before, 90, 57, 58)...), "2026-03-09T00:00:00Z", "", "2 after: 50.75 → 57.5, 6.75 of 19, p 0.05, due, 2026-02-09 to 2026-03-30",
		},
		"not due yet":   {weekly, days(until, 7, series(before, 90, 57, 58)...), "2026-03-18T00:00:00Z", "", "not_enough_history"},
		"in the future": {weekly, days(until, 7, series(before, 90, 57, 58)...), "2026-04-18T00:00:00Z", "", "not_enough_history"},
		"no longer due": {
			weekly, days(until, 7, series(before, 90, 57, 58, 57, 58, 9)...), "2026-02-19T00:00:00Z", "", "4 after: 51 → 57.5, 6.5 of 13, 2025-12-22 to 2026-03-23",
		},
		"a gap before": {
			weekly, days(until, 7, series(append(append([]float64{}, before[:23]...), math.NaN()), 90, 57, 58)...), "2026-03-12T00:00:00Z", "", "2 after not_enough_history, due",
		},
		"days are compared as weeks": {
			"  k: {title: K, period: day, " + query, days(until, 1, asDays(series(before, 90, 57, 58))...), "2026-03-12T00:00:00Z", "",
			"2 weeks after: 50.75 → 57.5, 6.75 of 19, p 0.05, due, 2026-02-09 to 2026-03-30",
		},
		"a running week does not count": {
			"  k: {title: K, period: day, " + query, days(until.AddDate(0, 0, 3), 1, append(asDays(series(before, 90, 57, 58)), 1, 1, 1)...), "2026-03-12T00:00:00Z", "2026-04-02T00:00:00Z",
			"2 weeks after: 50.75 → 57.5, 6.75 of 19, p 0.05, due, 2026-02-09 to 2026-03-30",
		},
		"overlapping windows": {"  k: {title: K, period: {trailing: 12mo}, " + query, days(until, 7, before...), "2026-01-12T00:00:00Z", "", "windows_overlap"},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, "", test.kpi, test.rows)
			asOf := test.asOf
			if asOf == "" {
				asOf = "2026-03-30T00:00:00Z"
			}
			h := p.history(t, asOf, len(test.rows))
			effects := h.After(at(t, test.decision))
			if len(effects) != 1 {
				t.Fatalf("%d series", len(effects))
			}
			if got := describeEffect(effects[0]); got != test.want {
				t.Errorf("got  %s\nwant %s", got, test.want)
			}
		})
	}
}

func describeEffect(e Effect) string {
	var words []string
	unit := ""
	if e.Weeks {
		unit = "weeks "
	}
	if e.Periods > 0 {
		words = append(words, fmt.Sprintf("%d %safter", e.Periods, unit))
	}
	text := strings.Join(words, "")
	if e.Reason != "" {
		text = strings.TrimSpace(text + " " + string(e.Reason))
	} else {
		text += fmt.Sprintf(": %v → %v, %v of %d", e.Before, e.After, e.Delta, e.Comparable)
	}
	if e.P != nil {
		text += fmt.Sprintf(", p %v", *e.P)
	}
	if e.Due {
		text += ", due"
	}
	if e.Reason == "" {
		text += fmt.Sprintf(", %s to %s", e.Window.Start.Format(time.DateOnly), e.Window.End.Format(time.DateOnly))
	}
	return text
}

// The band of a chart is what each point was judged by.
func TestUsual(t *testing.T) {
	until := at(t, "2026-03-30T00:00:00Z")
	p := open(t, "", "  k: {title: K, period: week, query: SELECT sum(v) AS value FROM rows WHERE "+inPeriod+"}",
		days(until, 7, 100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103, 84))
	h := p.history(t, "2026-03-30T00:00:00Z", 17)
	list, _ := h.Series()
	if band, ok := list[0].Usual(16); !ok || math.Abs(band.Low-87.172) > 0.001 || math.Abs(band.High-121.828) > 0.001 {
		t.Errorf("band of the newest: %v %t", band, ok)
	}
	if _, ok := list[0].Usual(15); ok {
		t.Error("a band of eleven residuals")
	}
}
