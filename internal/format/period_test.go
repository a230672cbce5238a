package format

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

func TestPeriod(t *testing.T) {
	for _, test := range []struct {
		period   period.Period
		words    string
		previous string
		window   string // As of noon on 1 April 2026.
		measured string
	}{
		{period.Period{Kind: period.Last, Unit: period.Day, N: 1}, "of the last complete day", "the previous day", "2026-03-31", "2026-03-31"},
		{period.Period{Kind: period.Last, Unit: period.Day, N: 7}, "of the last 7 complete days", "the previous 7 days", "2026-03-25 to 2026-03-31", "2026-03-25 to 2026-03-31"},
		{period.Period{Kind: period.Last, Unit: period.Month, N: 1}, "of the last complete month", "the previous month", "2026-03", "2026-03"},
		{period.Period{Kind: period.Last, Unit: period.Month, N: 2}, "of the last 2 complete months", "the previous 2 months", "2026-02-01 to 2026-03-31", "2026-02-01 to 2026-03-31"},
		{period.Period{Kind: period.ToDate, Unit: period.Week}, "of the running week so far", "the previous week", "2026-03-30 00:00 to 2026-04-01 12:00", "the running week so far"},
		{period.Period{Kind: period.Trailing, Length: 36 * time.Hour}, "of the trailing 36 hours", "", "2026-03-31 00:00 to 2026-04-01 12:00", "the trailing 36 hours"},
		{period.Period{Kind: period.Trailing, Length: 24 * time.Hour}, "of the trailing day", "", "2026-03-31 12:00 to 2026-04-01 12:00", "the trailing day"},
		{period.Period{Kind: period.Trailing, Months: 1}, "of the trailing month", "", "2026-03-01 12:00 to 2026-04-01 12:00", "the trailing month"},
		{period.Period{}, "at the moment", "", "2026-04-01 12:00", ""},
	} {
		asOf := time.Date(2026, 4, 1, 12, 0, 0, 0, time.UTC)
		calendar := period.Calendar{Location: time.UTC, WeekStart: time.Monday, YearStart: time.January}
		if got := Period(test.period); got != test.words {
			t.Errorf("%s: %q, want %q", test.period, got, test.words)
		}
		if got := PreviousPeriod(test.period); test.previous != "" && got != test.previous {
			t.Errorf("%s: %q, want %q", test.period, got, test.previous)
		}
		if got := Window(test.period, test.period.Window(asOf, calendar)); got != test.window {
			t.Errorf("%s: %q, want %q", test.period, got, test.window)
		}
		if got := Measured(test.period, test.period.Window(asOf, calendar)); got != test.measured {
			t.Errorf("%s: %q, want %q", test.period, got, test.measured)
		}
	}
}
