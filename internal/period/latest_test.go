package period

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestLatest(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	calendar := Calendar{Location: berlin, WeekStart: time.Monday, YearStart: time.January}
	day := Period{Kind: Last, Unit: Day, N: 1}
	tests := []struct {
		name   string
		period Period
		settle time.Duration
		asOf   string
		want   string
	}{
		{
			"days, one of 23 hours", day, 0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"days at midnight", day, 0, "2026-03-30T00:00:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00",
		},
		{
			"days that settle", day, 36 * time.Hour, "2026-03-31T13:00:00+02:00",
			"2026-03-29T13:00:00+02:00 2026-03-30T13:00:00+02:00 2026-03-31T13:00:00+02:00",
		},
		{
			"days that have not settled", day, 36 * time.Hour, "2026-03-31T11:00:00+02:00",
			"2026-03-28T12:00:00+01:00 2026-03-29T13:00:00+02:00 2026-03-31T11:00:00+02:00",
		},
		{
			"weeks",
			Period{Kind: Last, Unit: Week, N: 1},
			0, "2026-04-01T12:00:00+02:00",
			"2026-03-16T00:00:00+01:00 2026-03-23T00:00:00+01:00 2026-04-01T12:00:00+02:00",
		},
		{
			"quarters",
			Period{Kind: Last, Unit: Quarter, N: 1},
			0, "2026-05-01T00:00:00+02:00",
			"2025-10-01T00:00:00+02:00 2026-01-01T00:00:00+01:00 2026-05-01T00:00:00+02:00",
		},
		{
			"30 days move by one",
			Period{Kind: Last, Unit: Day, N: 30},
			0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"12 months move by one",
			Period{Kind: Last, Unit: Month, N: 12},
			0, "2026-03-30T09:15:00+02:00",
			"2026-01-01T00:00:00+01:00 2026-02-01T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"the same local time of the same day of each month",
			Period{Kind: ToDate, Unit: Month},
			0, "2026-05-16T12:00:00+02:00",
			"2026-03-16T12:00:00+01:00 2026-04-16T12:00:00+02:00 2026-05-16T12:00:00+02:00",
		},
		{
			"the same local time of the same day of each month, settled",
			Period{Kind: ToDate, Unit: Month},
			time.Hour, "2026-05-16T13:00:00+02:00",
			"2026-03-16T13:00:00+01:00 2026-04-16T13:00:00+02:00 2026-05-16T13:00:00+02:00",
		},
		{
			"instant",
			Period{},
			0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T09:15:00+01:00 2026-03-29T09:15:00+02:00 2026-03-30T09:15:00+02:00",
		},
		{
			"an hour that is skipped",
			Period{},
			0, "2026-03-30T02:30:00+02:00",
			"2026-03-28T02:30:00+01:00 2026-03-29T03:30:00+02:00 2026-03-30T02:30:00+02:00",
		},
		{
			"trailing",
			Period{Kind: Trailing, Length: 12 * time.Hour},
			time.Hour, "2026-10-26T00:00:00+01:00",
			"2026-10-24T00:00:00+02:00 2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asOf, err := time.Parse(time.RFC3339, tt.asOf)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range tt.period.Latest(asOf, 3, tt.settle, calendar) {
				got = append(got, at.In(berlin).Format(time.RFC3339))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if one := tt.period.Latest(asOf, 1, tt.settle, calendar); len(one) != 1 || !one[0].Equal(asOf) {
				t.Errorf("the last one alone is %v", one)
			}
		})
	}
}
