package period

import (
	"testing"
	"time"
)

func (w Window) String() string {
	return w.Start.Format(time.RFC3339Nano) + " " + w.End.Format(time.RFC3339Nano)
}

func TestWindow(t *testing.T) {
	tests := []struct {
		name, period, zone, asOf string
		week                     *time.Weekday // Monday, if not said.
		year                     time.Month    // January, if not said.
		start, end               string
	}{
		{
			name: "instant", period: "instant", zone: "Europe/Berlin", asOf: "2026-04-01T10:00:00Z",
			start: "2026-04-01T12:00:00+02:00", end: "2026-04-01T12:00:00+02:00",
		},

		// The last complete units.
		{
			name: "as-of at midnight closes the day before", period: "day", zone: "Europe/Berlin", asOf: "2026-04-01T00:00:00+02:00",
			start: "2026-03-31T00:00:00+02:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "a nanosecond before midnight does not", period: "day", zone: "Europe/Berlin", asOf: "2026-03-31T23:59:59.999999999+02:00",
			start: "2026-03-30T00:00:00+02:00", end: "2026-03-31T00:00:00+02:00",
		},
		{
			name: "as-of in another zone", period: "day", zone: "Europe/Berlin", asOf: "2026-03-31T15:00:00-07:00",
			start: "2026-03-31T00:00:00+02:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "week from Monday", period: "week", zone: "Europe/Berlin", asOf: "2026-04-01T00:00:00+02:00",
			start: "2026-03-23T00:00:00+01:00", end: "2026-03-30T00:00:00+02:00",
		},
		{
			name: "week closed on Monday", period: "week", zone: "Europe/Berlin", asOf: "2026-03-30T00:00:00+02:00",
			start: "2026-03-23T00:00:00+01:00", end: "2026-03-30T00:00:00+02:00",
		},
		{
			name: "week from Sunday", period: "week", zone: "America/New_York", week: new(time.Sunday), asOf: "2026-03-10T00:00:00-04:00",
			start: "2026-03-01T00:00:00-05:00", end: "2026-03-08T00:00:00-05:00",
		},
		{
			name: "week from Saturday", period: "week", zone: "Africa/Cairo", week: new(time.Saturday), asOf: "2026-05-01T12:00:00+03:00",
			start: "2026-04-18T00:00:00+02:00", end: "2026-04-25T00:00:00+03:00",
		},
		{
			name: "month", period: "month", zone: "Europe/Berlin", asOf: "2026-04-01T00:00:00+02:00",
			start: "2026-03-01T00:00:00+01:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "month of February in a leap year", period: "month", zone: "UTC", asOf: "2028-03-31T23:00:00Z",
			start: "2028-02-01T00:00:00Z", end: "2028-03-01T00:00:00Z",
		},
		{
			name: "month over new year", period: "month", zone: "UTC", asOf: "2026-01-31T00:00:00Z",
			start: "2025-12-01T00:00:00Z", end: "2026-01-01T00:00:00Z",
		},
		{
			name: "quarter", period: "quarter", zone: "Europe/Berlin", asOf: "2026-05-15T00:00:00+02:00",
			start: "2026-01-01T00:00:00+01:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "year", period: "year", zone: "Europe/Berlin", asOf: "2026-05-15T00:00:00+02:00",
			start: "2025-01-01T00:00:00+01:00", end: "2026-01-01T00:00:00+01:00",
		},
		{
			name: "days", period: "days:30", zone: "Europe/Berlin", asOf: "2026-04-01T10:00:00+02:00",
			start: "2026-03-02T00:00:00+01:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "weeks", period: "weeks:4", zone: "Europe/Berlin", asOf: "2026-04-01T10:00:00+02:00",
			start: "2026-03-02T00:00:00+01:00", end: "2026-03-30T00:00:00+02:00",
		},
		{
			name: "months", period: "months:12", zone: "Europe/Berlin", asOf: "2026-04-30T10:00:00+02:00",
			start: "2025-04-01T00:00:00+02:00", end: "2026-04-01T00:00:00+02:00",
		},

		// Fiscal years.
		{
			name: "fiscal year from February", period: "year", year: time.February, zone: "UTC", asOf: "2026-01-31T23:59:59Z",
			start: "2024-02-01T00:00:00Z", end: "2025-02-01T00:00:00Z",
		},
		{
			name: "fiscal year closed", period: "year", year: time.February, zone: "UTC", asOf: "2026-02-01T00:00:00Z",
			start: "2025-02-01T00:00:00Z", end: "2026-02-01T00:00:00Z",
		},
		{
			name: "fiscal quarter from February", period: "quarter", year: time.February, zone: "UTC", asOf: "2026-05-01T00:00:00Z",
			start: "2026-02-01T00:00:00Z", end: "2026-05-01T00:00:00Z",
		},
		{
			name: "fiscal quarter over new year", period: "quarter", year: time.February, zone: "UTC", asOf: "2026-03-10T00:00:00Z",
			start: "2025-11-01T00:00:00Z", end: "2026-02-01T00:00:00Z",
		},
		{
			name: "fiscal year from October to date", period: "to_date:year", year: time.October, zone: "UTC", asOf: "2026-05-01T00:00:00Z",
			start: "2025-10-01T00:00:00Z", end: "2026-05-01T00:00:00Z",
		},
		{
			name: "fiscal quarter from October to date", period: "to_date:quarter", year: time.October, zone: "UTC", asOf: "2026-09-30T01:00:00Z",
			start: "2026-07-01T00:00:00Z", end: "2026-09-30T01:00:00Z",
		},

		// Changes of the clock.
		{
			name: "day of 23 hours", period: "day", zone: "Europe/Berlin", asOf: "2026-03-30T08:00:00+02:00",
			start: "2026-03-29T00:00:00+01:00", end: "2026-03-30T00:00:00+02:00",
		},
		{
			name: "day of 25 hours", period: "day", zone: "Europe/Berlin", asOf: "2026-10-26T08:00:00+01:00",
			start: "2026-10-25T00:00:00+02:00", end: "2026-10-26T00:00:00+01:00",
		},
		{
			name: "day begins at one, Santiago", period: "day", zone: "America/Santiago", asOf: "2026-09-07T00:00:00-03:00",
			start: "2026-09-06T01:00:00-03:00", end: "2026-09-07T00:00:00-03:00",
		},
		{
			name: "day before it ends there, Santiago", period: "day", zone: "America/Santiago", asOf: "2026-09-06T01:00:00-03:00",
			start: "2026-09-05T00:00:00-04:00", end: "2026-09-06T01:00:00-03:00",
		},
		{
			name: "day begins at one, Cairo", period: "day", zone: "Africa/Cairo", asOf: "2026-04-25T03:00:00+03:00",
			start: "2026-04-24T01:00:00+03:00", end: "2026-04-25T00:00:00+03:00",
		},
		{
			name: "last hour of the day twice, Cairo", period: "day", zone: "Africa/Cairo", asOf: "2026-10-30T00:00:00+02:00",
			start: "2026-10-29T00:00:00+03:00", end: "2026-10-30T00:00:00+02:00",
		},
		{
			name: "midnight twice, at the first", period: "day", zone: "America/Havana", asOf: "2026-11-01T00:00:00-04:00",
			start: "2026-10-31T00:00:00-04:00", end: "2026-11-01T00:00:00-04:00",
		},
		{
			name: "midnight twice, at the second", period: "day", zone: "America/Havana", asOf: "2026-11-01T00:00:00-05:00",
			start: "2026-10-31T00:00:00-04:00", end: "2026-11-01T00:00:00-04:00",
		},
		{
			name: "midnight twice, the day after", period: "day", zone: "America/Havana", asOf: "2026-11-02T00:00:00-05:00",
			start: "2026-11-01T00:00:00-04:00", end: "2026-11-02T00:00:00-05:00",
		},
		{
			name: "half an hour less", period: "day", zone: "Australia/Lord_Howe", asOf: "2026-10-05T00:00:00+11:00",
			start: "2026-10-04T00:00:00+10:30", end: "2026-10-05T00:00:00+11:00",
		},
		{
			name: "half an hour more", period: "day", zone: "Australia/Lord_Howe", asOf: "2026-04-06T00:00:00+10:30",
			start: "2026-04-05T00:00:00+11:00", end: "2026-04-06T00:00:00+10:30",
		},
		{
			name: "offset of 45 minutes", period: "day", zone: "Asia/Kathmandu", asOf: "2026-03-31T18:15:00Z",
			start: "2026-03-31T00:00:00+05:45", end: "2026-04-01T00:00:00+05:45",
		},
		{
			name: "evening before comes again after the new day began", period: "day", zone: "America/St_Johns", asOf: "2010-11-06T23:30:00-03:30",
			start: "2010-11-06T00:00:00-02:30", end: "2010-11-07T00:00:00-02:30",
		},
		{
			name: "date left out: the day before the 31st is the 29th", period: "day", zone: "Pacific/Apia", asOf: "2011-12-31T00:00:00+14:00",
			start: "2011-12-29T00:00:00-10:00", end: "2011-12-31T00:00:00+14:00",
		},
		{
			name: "date left out: the day after", period: "day", zone: "Pacific/Apia", asOf: "2012-01-01T00:00:00+14:00",
			start: "2011-12-31T00:00:00+14:00", end: "2012-01-01T00:00:00+14:00",
		},
		{
			name: "date left out counts in days", period: "days:3", zone: "Pacific/Apia", asOf: "2012-01-01T00:00:00+14:00",
			start: "2011-12-29T00:00:00-10:00", end: "2012-01-01T00:00:00+14:00",
		},
		{
			name: "week begins on a date left out", period: "week", week: new(time.Friday), zone: "Pacific/Apia", asOf: "2012-01-06T00:00:00+14:00",
			start: "2011-12-31T00:00:00+14:00", end: "2012-01-06T00:00:00+14:00",
		},
		{
			name: "last day of a leap year, by rule", period: "day", zone: "America/New_York", asOf: "2060-12-31T12:00:00-05:00",
			start: "2060-12-30T00:00:00-05:00", end: "2060-12-31T00:00:00-05:00",
		},

		// Leap years.
		{
			name: "29 February", period: "day", zone: "UTC", asOf: "2028-03-01T00:00:00Z",
			start: "2028-02-29T00:00:00Z", end: "2028-03-01T00:00:00Z",
		},
		{
			name: "no 29 February in 2100", period: "day", zone: "UTC", asOf: "2100-03-01T00:00:00Z",
			start: "2100-02-28T00:00:00Z", end: "2100-03-01T00:00:00Z",
		},
		{
			name: "year of 366 days", period: "year", zone: "UTC", asOf: "2029-01-01T00:00:00Z",
			start: "2028-01-01T00:00:00Z", end: "2029-01-01T00:00:00Z",
		},

		// Trailing.
		{
			name: "30 days are 720 hours", period: "trailing:30d", zone: "Europe/Berlin", asOf: "2026-04-01T10:00:00+02:00",
			start: "2026-03-02T09:00:00+01:00", end: "2026-04-01T10:00:00+02:00",
		},
		{
			name: "hours", period: "trailing:1d12h", zone: "UTC", asOf: "2026-04-01T10:00:00Z",
			start: "2026-03-30T22:00:00Z", end: "2026-04-01T10:00:00Z",
		},
		{
			name: "12 months at the same local time", period: "trailing:12mo", zone: "Europe/Berlin", asOf: "2026-03-29T10:00:00+02:00",
			start: "2025-03-29T10:00:00+01:00", end: "2026-03-29T10:00:00+02:00",
		},
		{
			name: "a month before the 31st", period: "trailing:1mo", zone: "UTC", asOf: "2026-03-31T10:30:00Z",
			start: "2026-02-28T10:30:00Z", end: "2026-03-31T10:30:00Z",
		},
		{
			name: "a month before the 31st in a leap year", period: "trailing:1mo", zone: "UTC", asOf: "2028-03-31T10:30:00Z",
			start: "2028-02-29T10:30:00Z", end: "2028-03-31T10:30:00Z",
		},
		{
			name: "12 months before 29 February", period: "trailing:12mo", zone: "UTC", asOf: "2028-02-29T00:00:00Z",
			start: "2027-02-28T00:00:00Z", end: "2028-02-29T00:00:00Z",
		},
		{
			name: "13 months over two new years", period: "trailing:13mo", zone: "UTC", asOf: "2026-01-15T00:00:00Z",
			start: "2024-12-15T00:00:00Z", end: "2026-01-15T00:00:00Z",
		},
		{
			name: "start left out", period: "trailing:1mo", zone: "Europe/Berlin", asOf: "2026-04-29T02:30:00+02:00",
			start: "2026-03-29T03:30:00+02:00", end: "2026-04-29T02:30:00+02:00",
		},
		{
			name: "start comes twice", period: "trailing:1mo", zone: "Europe/Berlin", asOf: "2026-11-25T02:30:00+01:00",
			start: "2026-10-25T02:30:00+01:00", end: "2026-11-25T02:30:00+01:00",
		},
		{
			name: "as-of comes twice, the first", period: "trailing:1mo", zone: "Europe/Berlin", asOf: "2026-10-25T02:30:00+02:00",
			start: "2026-09-25T02:30:00+02:00", end: "2026-10-25T02:30:00+02:00",
		},
		{
			name: "fractions of a second", period: "trailing:1mo", zone: "UTC", asOf: "2026-03-31T10:30:00.5Z",
			start: "2026-02-28T10:30:00.5Z", end: "2026-03-31T10:30:00.5Z",
		},

		// To date.
		{
			name: "day to date", period: "to_date:day", zone: "Europe/Berlin", asOf: "2026-03-29T12:00:00+02:00",
			start: "2026-03-29T00:00:00+01:00", end: "2026-03-29T12:00:00+02:00",
		},
		{
			name: "week to date", period: "to_date:week", zone: "UTC", asOf: "2026-04-05T12:00:00Z",
			start: "2026-03-30T00:00:00Z", end: "2026-04-05T12:00:00Z",
		},
		{
			name: "month to date", period: "to_date:month", zone: "Europe/Berlin", asOf: "2026-04-15T12:00:00+02:00",
			start: "2026-04-01T00:00:00+02:00", end: "2026-04-15T12:00:00+02:00",
		},
		{
			name: "month to date at its start is empty", period: "to_date:month", zone: "Europe/Berlin", asOf: "2026-04-01T00:00:00+02:00",
			start: "2026-04-01T00:00:00+02:00", end: "2026-04-01T00:00:00+02:00",
		},
		{
			name: "day to date at one o'clock is empty", period: "to_date:day", zone: "America/Santiago", asOf: "2026-09-06T01:00:00-03:00",
			start: "2026-09-06T01:00:00-03:00", end: "2026-09-06T01:00:00-03:00",
		},
		{
			name: "day to date at the second midnight", period: "to_date:day", zone: "America/Havana", asOf: "2026-11-01T00:00:00-05:00",
			start: "2026-11-01T00:00:00-04:00", end: "2026-11-01T00:00:00-05:00",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Calendar{Location: mustLoad(t, tt.zone), WeekStart: time.Monday, YearStart: max(tt.year, time.January)}
			if tt.week != nil {
				c.WeekStart = *tt.week
			}
			got := parseString(t, tt.period).Window(mustTime(t, tt.asOf), c)
			if want := tt.start + " " + tt.end; got.String() != want {
				t.Errorf("%s at %s\n got %s\nwant %s", tt.period, tt.asOf, got, want)
			}
		})
	}
}

func berlin(t testing.TB) Calendar {
	return Calendar{Location: mustLoad(t, "Europe/Berlin"), WeekStart: time.Monday, YearStart: time.January}
}

func TestWindowDropsTheMonotonicClock(t *testing.T) {
	now := time.Now()
	if got := (Period{}).Window(now, berlin(t)); got.End != now.Round(0).In(got.End.Location()) {
		t.Errorf("window %#v", got)
	}
}

func TestWindowOfNoLength(t *testing.T) {
	asOf := mustTime(t, "2026-10-25T02:30:00+02:00") // The first of the two.
	if got := (Period{Kind: Trailing}).Window(asOf, berlin(t)); !got.Start.Equal(asOf) || !got.End.Equal(asOf) {
		t.Errorf("window %s, want it empty at as-of", got)
	}
}

func BenchmarkWindow(b *testing.B) {
	asOf := mustTime(b, "2026-04-15T12:00:00+02:00")
	for _, p := range []Period{
		{Kind: Last, Unit: Day, N: 1},
		{Kind: Last, Unit: Month, N: 12},
		{Kind: Trailing, Months: 12},
		{Kind: ToDate, Unit: Month},
	} {
		b.Run(p.String(), func(b *testing.B) {
			c := berlin(b)
			b.ReportAllocs()
			for b.Loop() {
				p.Window(asOf, c)
			}
		})
	}
}
