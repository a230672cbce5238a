package period

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
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

func TestFullElapsedJudged(t *testing.T) {
	tests := []struct {
		name, period, asOf string
		full               string
		elapsed            float64
		judged             string
	}{
		{
			"instant", "instant", "2026-04-01T10:00:00+02:00",
			"2026-04-01T10:00:00+02:00 2026-04-01T10:00:00+02:00", 1, "2026-04-01T10:00:00+02:00",
		},
		{
			"trailing", "trailing:12h", "2026-04-01T12:00:00+02:00",
			"2026-04-01T00:00:00+02:00 2026-04-01T12:00:00+02:00", 1, "2026-04-01T12:00:00+02:00",
		},
		{
			"quarter is judged by its own bound", "quarter", "2026-10-01T00:00:00+02:00",
			"2026-07-01T00:00:00+02:00 2026-10-01T00:00:00+02:00", 1, "2026-09-30T23:59:59.999999999+02:00",
		},
		{
			"month to date", "to_date:month", "2026-06-16T00:00:00+02:00",
			"2026-06-01T00:00:00+02:00 2026-07-01T00:00:00+02:00", 0.5, "2026-06-30T23:59:59.999999999+02:00",
		},
		{
			"month to date at its start", "to_date:month", "2026-06-01T00:00:00+02:00",
			"2026-06-01T00:00:00+02:00 2026-07-01T00:00:00+02:00", 0, "2026-06-30T23:59:59.999999999+02:00",
		},
		{
			"day to date, of 25 hours", "to_date:day", "2026-10-25T11:30:00+01:00",
			"2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00", 0.5, "2026-10-25T23:59:59.999999999+01:00",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, asOf, c := parseString(t, tt.period), mustTime(t, tt.asOf), berlin(t)
			if got := p.Full(asOf, c).String(); got != tt.full {
				t.Errorf("Full\n got %s\nwant %s", got, tt.full)
			}
			if got := p.Elapsed(asOf, c); math.Abs(got-tt.elapsed) > 1e-12 {
				t.Errorf("Elapsed = %v, want %v", got, tt.elapsed)
			}
			if got := p.Judged(asOf, c).Format(time.RFC3339Nano); got != tt.judged {
				t.Errorf("Judged = %s, want %s", got, tt.judged)
			}
		})
	}
}

func TestNextClose(t *testing.T) {
	tests := []struct {
		name, period, zone, after, want string
	}{
		{"day", "day", "Europe/Berlin", "2026-04-01T10:00:00+02:00", "2026-04-02T00:00:00+02:00"},
		{"at a close, the next", "day", "Europe/Berlin", "2026-04-01T00:00:00+02:00", "2026-04-02T00:00:00+02:00"},
		{"just before a close", "day", "Europe/Berlin", "2026-03-31T23:59:59.999999999+02:00", "2026-04-01T00:00:00+02:00"},
		{"days move on daily", "days:30", "Europe/Berlin", "2026-04-01T10:00:00+02:00", "2026-04-02T00:00:00+02:00"},
		{"weeks move on weekly", "weeks:4", "Europe/Berlin", "2026-04-01T10:00:00+02:00", "2026-04-06T00:00:00+02:00"},
		{"quarter", "quarter", "Europe/Berlin", "2026-04-01T10:00:00+02:00", "2026-07-01T00:00:00+02:00"},
		{"year", "year", "Europe/Berlin", "2026-04-01T10:00:00+02:00", "2027-01-01T00:00:00+01:00"},
		{"midnight left out", "day", "America/Santiago", "2026-09-05T12:00:00-04:00", "2026-09-06T01:00:00-03:00"},
		{"between two midnights", "day", "America/Havana", "2026-11-01T00:30:00-04:00", "2026-11-02T00:00:00-05:00"},
		{"date left out", "day", "Pacific/Apia", "2011-12-29T12:00:00-10:00", "2011-12-31T00:00:00+14:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c := Calendar{Location: mustLoad(t, tt.zone), WeekStart: time.Monday, YearStart: time.January}
			got, ok := parseString(t, tt.period).NextClose(mustTime(t, tt.after), c)
			if !ok || got.Format(time.RFC3339) != tt.want {
				t.Errorf("got %s, %v, want %s", got.Format(time.RFC3339Nano), ok, tt.want)
			}
		})
	}
	for _, name := range []string{"instant", "trailing:30d", "trailing:12mo", "to_date:month"} {
		t.Run(name, func(t *testing.T) {
			if got, ok := parseString(t, name).NextClose(mustTime(t, "2026-04-01T10:00:00+02:00"), berlin(t)); ok || !got.IsZero() {
				t.Errorf("got %s, %v, want none", got, ok)
			}
		})
	}
}

// TestWindowsTile holds for every zone, calendar and instant: consecutive windows leave no gap and do not overlap.
func TestWindowsTile(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 200 {
				asOf := randomInstant(random, loc)
				c := Calendar{loc, time.Weekday(random.IntN(7)), time.Month(1 + random.IntN(12))}
				unit := Unit(random.IntN(5))
				checkLast(t, Period{Kind: Last, Unit: unit, N: 1}, asOf, c)
				checkLast(t, Period{Kind: Last, Unit: unit, N: 2 + random.IntN(40)}, asOf, c)
				checkToDate(t, Period{Kind: ToDate, Unit: unit}, asOf, c)
				checkTrailing(t, Period{Kind: Trailing, Months: 1 + random.IntN(30)}, asOf, c)
				checkTrailing(t, Period{Kind: Trailing, Length: time.Duration(1+random.IntN(1000)) * time.Hour}, asOf, c)
				if t.Failed() {
					t.Fatalf("as of %s, %+v", asOf, c)
				}
			}
		})
	}
}

func checkLast(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w := p.Window(asOf, c)
	if !w.Start.Before(w.End) || w.End.After(asOf) {
		t.Errorf("%s: window %s", p, w)
	}
	if diff := cmp.Diff(w, p.Window(w.End, c)); diff != "" {
		t.Errorf("%s: window at its own end (-want +got):\n%s", p, diff)
	}
	before := p.Window(w.Start, c)
	if !before.End.Equal(w.Start) {
		t.Errorf("%s: window %s, before it %s", p, w, before)
	}
	if diff := cmp.Diff(before, p.Previous(asOf, c)); diff != "" {
		t.Errorf("%s: Previous (-want +got):\n%s", p, diff)
	}
	next, ok := p.NextClose(asOf, c)
	if !ok || !next.After(asOf) {
		t.Errorf("%s: NextClose %s, %v", p, next, ok)
	}
	if diff := cmp.Diff(w, p.Window(next.Add(-1), c)); diff != "" {
		t.Errorf("%s: window moved before NextClose %s (-want +got):\n%s", p, next, diff)
	}
	if w := p.Window(next, c); !w.End.Equal(next) {
		t.Errorf("%s: window at NextClose %s is %s", p, next, w)
	}
	if p.N == 1 {
		if after := p.Window(next, c); !after.Start.Equal(w.End) {
			t.Errorf("%s: window %s, after it %s", p, w, after)
		}
	}
	if judged := p.Judged(asOf, c); judged.Before(w.Start) || !judged.Before(w.End) {
		t.Errorf("%s: judged at %s, outside of %s", p, judged, w)
	}
}

func checkToDate(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w, full := p.Window(asOf, c), p.Full(asOf, c)
	if !w.Start.Equal(full.Start) || !w.End.Equal(asOf) || asOf.Before(full.Start) || !asOf.Before(full.End) {
		t.Errorf("%s: window %s, full %s", p, w, full)
	}
	last := Period{Kind: Last, Unit: p.Unit, N: 1}.Window(asOf, c)
	if !last.End.Equal(full.Start) {
		t.Errorf("%s: running %s, last complete %s", p, full, last)
	}
	previous := p.Previous(asOf, c)
	if !previous.Start.Equal(last.Start) || previous.End.Before(previous.Start) || previous.End.After(last.End) {
		t.Errorf("%s: previous %s, outside of %s", p, previous, last)
	}
	if elapsed := p.Elapsed(asOf, c); elapsed < 0 || elapsed >= 1 {
		t.Errorf("%s: elapsed %v", p, elapsed)
	}
}

func checkTrailing(t *testing.T, p Period, asOf time.Time, c Calendar) {
	t.Helper()
	w, previous := p.Window(asOf, c), p.Previous(asOf, c)
	if !w.End.Equal(asOf) || !w.Start.Before(w.End) {
		t.Errorf("%s: window %s", p, w)
	}
	if !previous.End.Equal(w.Start) || !previous.Start.Before(previous.End) {
		t.Errorf("%s: window %s, previous %s", p, w, previous)
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
