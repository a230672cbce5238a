package insight

import (
	"fmt"
	"math"
	"strings"
	"testing"
	"time"
)

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
