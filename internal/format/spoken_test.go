package format

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

func TestSpoken(t *testing.T) {
	noon := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
	midnight := time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name   string
		period period.Period
		asOf   time.Time
		year   time.Month
		want   string
		short  string
	}{
		{"instant", period.Period{}, noon, time.January, "1 Apr 2026, 12:00", "1 Apr 2026"},
		{"day", period.Period{Kind: period.Last, Unit: period.Day, N: 1}, noon, time.January, "31 Mar 2026", "31 Mar 2026"},
		{"days", period.Period{Kind: period.Last, Unit: period.Day, N: 7}, noon, time.January, "7 days to 31 Mar 2026", "31 Mar 2026"},
		{"week", period.Period{Kind: period.Last, Unit: period.Week, N: 1}, noon, time.January, "week to 29 Mar 2026", "29 Mar 2026"},
		{"month", period.Period{Kind: period.Last, Unit: period.Month, N: 1}, noon, time.January, "March 2026", "Mar 2026"},
		{"quarter", period.Period{Kind: period.Last, Unit: period.Quarter, N: 1}, noon, time.January, "Q1 2026", "Q1 2026"},
		{"quarter of another year", period.Period{Kind: period.Last, Unit: period.Quarter, N: 1}, noon, time.February, "quarter from Nov 2025", "quarter from Nov 2025"},
		{"year", period.Period{Kind: period.Last, Unit: period.Year, N: 1}, noon, time.January, "2025", "2025"},
		{"year of another begin", period.Period{Kind: period.Last, Unit: period.Year, N: 1}, noon, time.February, "year from Feb 2025", "year from Feb 2025"},
		{"trailing", period.Period{Kind: period.Trailing, Length: 30 * 24 * time.Hour}, noon, time.January, "30 days to 1 Apr 2026", "1 Apr 2026"},
		{"trailing to midnight", period.Period{Kind: period.Trailing, Months: 12}, midnight, time.January, "12 months to 31 Mar 2026", "31 Mar 2026"},
		{"running day", period.Period{Kind: period.ToDate, Unit: period.Day}, noon, time.January, "day from 1 Apr 2026 so far", "1 Apr 2026"},
		{"closed month to date", period.Period{Kind: period.ToDate, Unit: period.Month}, midnight.Add(-1), time.January, "March 2026", "Mar 2026"},
		{"running month", period.Period{Kind: period.ToDate, Unit: period.Month}, noon, time.January, "April 2026 so far", "Apr 2026"},
		{"running year", period.Period{Kind: period.ToDate, Unit: period.Year}, noon, time.January, "2026 so far", "2026"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c := period.Calendar{Location: time.UTC, WeekStart: time.Monday, YearStart: test.year}
			if got := Spoken(test.period, test.period.Window(test.asOf, c)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
			if got := SpokenShort(test.period, test.period.Window(test.asOf, c)); got != test.short {
				t.Errorf("%q, want %q", got, test.short)
			}
		})
	}
}
