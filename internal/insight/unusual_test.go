package insight

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
)

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
