package period

import (
	"testing"
)

func TestPrevious(t *testing.T) {
	tests := []struct {
		name, period, asOf string
		start, end         string
	}{
		{"instant", "instant", "2026-04-01T10:00:00+02:00", "2026-04-01T10:00:00+02:00", "2026-04-01T10:00:00+02:00"},
		{"day of 23 hours", "day", "2026-03-31T00:00:00+02:00", "2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		{"month", "month", "2026-04-10T00:00:00+02:00", "2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00"},
		{"days", "days:7", "2026-04-01T10:00:00+02:00", "2026-03-18T00:00:00+01:00", "2026-03-25T00:00:00+01:00"},
		{"trailing hours", "trailing:30d", "2026-04-01T10:00:00+02:00", "2026-01-31T09:00:00+01:00", "2026-03-02T09:00:00+01:00"},
		{
			"trailing months are counted from as-of", "trailing:1mo", "2026-03-31T10:00:00+02:00",
			"2026-01-31T10:00:00+01:00", "2026-02-28T10:00:00+01:00",
		},
		{
			"month to date, whole days", "to_date:month", "2026-03-16T00:00:00+01:00",
			"2026-02-01T00:00:00+01:00", "2026-02-16T00:00:00+01:00",
		},
		{
			"month to date, by the clock", "to_date:month", "2026-05-16T12:00:00+02:00",
			"2026-04-01T00:00:00+02:00", "2026-04-16T12:00:00+02:00",
		},
		{
			"month to date, the clock put forward before", "to_date:month", "2026-04-16T00:00:00+02:00",
			"2026-03-01T00:00:00+01:00", "2026-03-16T00:00:00+01:00",
		},
		{
			"month to date, a time left out", "to_date:month", "2026-04-29T02:30:00+02:00",
			"2026-03-01T00:00:00+01:00", "2026-03-29T03:00:00+02:00",
		},
		{
			"month to date, a time that comes twice", "to_date:month", "2026-11-25T02:30:00+01:00",
			"2026-10-01T00:00:00+02:00", "2026-10-25T02:30:00+02:00",
		},
		{
			"month to date, the second of the two", "to_date:month", "2026-10-25T02:30:00+01:00",
			"2026-09-01T00:00:00+02:00", "2026-09-25T02:30:00+02:00",
		},
		{
			"month to date, in whole seconds", "to_date:month", "2026-05-01T00:00:01.9+02:00",
			"2026-04-01T00:00:00+02:00", "2026-04-01T00:00:01+02:00",
		},
		{
			"month to date at its start", "to_date:month", "2026-05-01T00:00:00+02:00",
			"2026-04-01T00:00:00+02:00", "2026-04-01T00:00:00+02:00",
		},
		{
			"month to date, as many days as the month before has", "to_date:month", "2026-03-29T00:00:00+01:00",
			"2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00",
		},
		{
			"month to date, more than that", "to_date:month", "2026-03-31T12:00:00+02:00",
			"2026-02-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00",
		},
		{
			"month to date, the last day of a short one", "to_date:month", "2026-02-28T12:00:00+01:00",
			"2026-01-01T00:00:00+01:00", "2026-01-28T12:00:00+01:00",
		},
		{
			"month to date, its last instant", "to_date:month", "2026-02-28T23:59:59.999999999+01:00",
			"2026-01-01T00:00:00+01:00", "2026-01-29T00:00:00+01:00",
		},
		{
			"quarter to date", "to_date:quarter", "2026-05-16T00:00:00+02:00",
			"2026-01-01T00:00:00+01:00", "2026-02-16T00:00:00+01:00",
		},
		{
			"quarter to date, a day that its month did not have", "to_date:quarter", "2026-05-30T12:00:00+02:00",
			"2026-01-01T00:00:00+01:00", "2026-03-01T00:00:00+01:00",
		},
		{
			"quarter to date, the last day of a longer one", "to_date:quarter", "2026-12-31T12:00:00+01:00",
			"2026-07-01T00:00:00+02:00", "2026-10-01T00:00:00+02:00",
		},
		{
			"week to date, the clock put forward on Sunday", "to_date:week", "2026-04-05T12:00:00+02:00",
			"2026-03-23T00:00:00+01:00", "2026-03-29T12:00:00+02:00",
		},
		{
			"day to date, after 23 hours", "to_date:day", "2026-03-30T12:00:00+02:00",
			"2026-03-29T00:00:00+01:00", "2026-03-29T12:00:00+02:00",
		},
		{
			"year to date, 29 February", "to_date:year", "2028-02-29T12:00:00+01:00",
			"2027-01-01T00:00:00+01:00", "2027-03-01T00:00:00+01:00",
		},
		{
			"year to date, after it", "to_date:year", "2028-03-01T00:00:00+01:00",
			"2027-01-01T00:00:00+01:00", "2027-03-01T00:00:00+01:00",
		},
		{"year to date", "to_date:year", "2026-12-31T23:59:59+01:00", "2025-01-01T00:00:00+01:00", "2025-12-31T23:59:59+01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := parseString(t, tt.period).Previous(mustTime(t, tt.asOf), berlin(t))
			if want := tt.start + " " + tt.end; got.String() != want {
				t.Errorf("%s before %s\n got %s\nwant %s", tt.period, tt.asOf, got, want)
			}
		})
	}
}
