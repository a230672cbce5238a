package period

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEarlier(t *testing.T) {
	tests := []struct {
		name, period, asOf string
		n                  int
		windows            string // Those measured at the instants, one per line.
	}{
		{"days over a day of 23 hours", "day", "2026-03-31T09:00:00+02:00", 2, `
			2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00
			2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00`},
		{"days over a day of 25 hours", "day", "2026-10-27T00:00:00+01:00", 2, `
			2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00
			2026-10-24T00:00:00+02:00 2026-10-25T00:00:00+02:00`},
		{"weeks", "week", "2026-04-01T12:00:00+02:00", 2, `
			2026-03-16T00:00:00+01:00 2026-03-23T00:00:00+01:00
			2026-03-09T00:00:00+01:00 2026-03-16T00:00:00+01:00`},
		{"stretches of days lie end to end", "days:30", "2026-04-10T12:00:00+02:00", 2, `
			2026-02-09T00:00:00+01:00 2026-03-11T00:00:00+01:00
			2026-01-10T00:00:00+01:00 2026-02-09T00:00:00+01:00`},
		{"months of any length", "month", "2028-04-01T00:00:00+02:00", 3, `
			2028-02-01T00:00:00+01:00 2028-03-01T00:00:00+01:00
			2028-01-01T00:00:00+01:00 2028-02-01T00:00:00+01:00
			2027-12-01T00:00:00+01:00 2028-01-01T00:00:00+01:00`},
		{"quarters", "quarter", "2026-10-05T00:00:00+02:00", 1, `
			2026-04-01T00:00:00+02:00 2026-07-01T00:00:00+02:00`},
		{"the same days of the months to date", "to_date:month", "2026-05-16T12:00:00+02:00", 2, `
			2026-04-01T00:00:00+02:00 2026-04-16T12:00:00+02:00
			2026-03-01T00:00:00+01:00 2026-03-16T12:00:00+01:00`},
		{"the months to date where one is too short", "to_date:month", "2026-03-31T09:00:00+02:00", 2, `
			2026-02-01T00:00:00+01:00 2026-03-01T00:00:00+01:00
			2026-01-01T00:00:00+01:00 2026-01-31T09:00:00+01:00`},
		{"nothing of the months to date", "to_date:month", "2026-05-01T00:00:00+02:00", 1, `
			2026-04-01T00:00:00+02:00 2026-04-01T00:00:00+02:00`},
		{"nearly all of the days to date", "to_date:day", "2026-03-30T23:59:59+02:00", 1, `
			2026-03-29T00:00:00+01:00 2026-03-29T23:59:59+02:00`},
		{"instant", "instant", "2026-05-16T12:00:00+02:00", 1, ""},
		{"trailing", "trailing:30d", "2026-05-16T12:00:00+02:00", 1, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, c := parseString(t, tt.period), berlin(t)
			var got []string
			for _, asOf := range p.Earlier(mustTime(t, tt.asOf), tt.n, c) {
				got = append(got, p.Window(asOf, c).String())
			}
			if diff := cmp.Diff(lines(tt.windows), got); diff != "" {
				t.Errorf("windows (-want +got):\n%s", diff)
			}
		})
	}
}

// lines returns the lines of a text without their indentation.
func lines(text string) []string {
	var list []string
	for line := range strings.Lines(strings.TrimSpace(text)) {
		list = append(list, strings.TrimSpace(line))
	}
	return list
}

func TestLastYear(t *testing.T) {
	tests := []struct {
		name, period, asOf string
		year               time.Month // January, if not said.
		window             string     // The one measured then; "" for none.
	}{
		{
			name: "a Tuesday is compared with a Tuesday", period: "day", asOf: "2026-04-01T09:00:00+02:00",
			window: "2025-04-01T00:00:00+02:00 2025-04-02T00:00:00+02:00",
		},
		{
			name: "a day whose last year's is in winter", period: "day", asOf: "2026-03-30T09:00:00+02:00",
			window: "2025-03-30T00:00:00+01:00 2025-03-31T00:00:00+02:00",
		},
		{
			name: "29 February", period: "day", asOf: "2028-03-01T00:00:00+01:00",
			window: "2027-03-02T00:00:00+01:00 2027-03-03T00:00:00+01:00",
		},
		{
			name: "days", period: "days:7", asOf: "2026-04-01T09:00:00+02:00",
			window: "2025-03-26T00:00:00+01:00 2025-04-02T00:00:00+02:00",
		},
		{
			name: "week", period: "week", asOf: "2026-04-01T09:00:00+02:00",
			window: "2025-03-24T00:00:00+01:00 2025-03-31T00:00:00+02:00",
		},
		{
			name: "week after one of 53", period: "week", asOf: "2027-01-06T00:00:00+01:00",
			window: "2025-12-29T00:00:00+01:00 2026-01-05T00:00:00+01:00",
		},
		{
			name: "weeks", period: "weeks:4", asOf: "2026-04-01T09:00:00+02:00",
			window: "2025-03-03T00:00:00+01:00 2025-03-31T00:00:00+02:00",
		},
		{
			name: "February after a leap year", period: "month", asOf: "2029-03-10T00:00:00+01:00",
			window: "2028-02-01T00:00:00+01:00 2028-03-01T00:00:00+01:00",
		},
		{
			name: "months", period: "months:12", asOf: "2026-04-10T00:00:00+02:00",
			window: "2024-04-01T00:00:00+02:00 2025-04-01T00:00:00+02:00",
		},
		{
			name: "quarter", period: "quarter", asOf: "2026-04-10T00:00:00+02:00",
			window: "2025-01-01T00:00:00+01:00 2025-04-01T00:00:00+02:00",
		},
		{
			name: "fiscal quarter", period: "quarter", year: time.February, asOf: "2026-05-10T00:00:00+02:00",
			window: "2025-02-01T00:00:00+01:00 2025-05-01T00:00:00+02:00",
		},
		{
			name: "year", period: "year", asOf: "2026-04-10T00:00:00+02:00",
			window: "2024-01-01T00:00:00+01:00 2025-01-01T00:00:00+01:00",
		},
		{
			name: "month to date", period: "to_date:month", asOf: "2028-02-15T12:00:00+01:00",
			window: "2027-02-01T00:00:00+01:00 2027-02-15T12:00:00+01:00",
		},
		{
			name: "month to date, 29 February", period: "to_date:month", asOf: "2028-02-29T12:00:00+01:00",
			window: "2027-02-01T00:00:00+01:00 2027-03-01T00:00:00+01:00",
		},
		{
			name: "quarter to date, 29 February", period: "to_date:quarter", asOf: "2028-02-29T12:00:00+01:00",
			window: "2027-01-01T00:00:00+01:00 2027-03-01T00:00:00+01:00",
		},
		{
			name: "year to date, of a leap year", period: "to_date:year", asOf: "2028-07-02T01:00:00+02:00",
			window: "2027-01-01T00:00:00+01:00 2027-07-02T01:00:00+02:00",
		},
		{
			name: "fiscal year to date", period: "to_date:year", year: time.February, asOf: "2027-01-16T00:00:00+01:00",
			window: "2025-02-01T00:00:00+01:00 2026-01-16T00:00:00+01:00",
		},
		{
			name: "fiscal quarter to date", period: "to_date:quarter", year: time.February, asOf: "2027-01-16T00:00:00+01:00",
			window: "2025-11-01T00:00:00+01:00 2026-01-16T00:00:00+01:00",
		},
		{
			name: "week to date", period: "to_date:week", asOf: "2026-04-01T12:00:00+02:00",
			window: "2025-03-31T00:00:00+02:00 2025-04-02T12:00:00+02:00",
		},
		{name: "instant", period: "instant", asOf: "2026-04-01T12:00:00+02:00"},
		{name: "trailing", period: "trailing:12mo", asOf: "2026-04-01T12:00:00+02:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			p, c := parseString(t, tt.period), berlin(t)
			c.YearStart = max(tt.year, time.January)
			got := ""
			if asOf, ok := p.LastYear(mustTime(t, tt.asOf), c); ok {
				got = p.Window(asOf, c).String()
			}
			if got != tt.window {
				t.Errorf("%s at %s\n got %s\nwant %s", tt.period, tt.asOf, got, tt.window)
			}
		})
	}
}

func TestAgo(t *testing.T) {
	tests := []struct {
		name, asOf   string
		days, months int
		want         string
	}{
		{"a week, the clock put forward between", "2026-04-01T10:00:00+02:00", 7, 0, "2026-03-25T10:00:00+01:00"},
		{"a week, the clock put back between", "2026-10-28T10:00:00+01:00", 7, 0, "2026-10-21T10:00:00+02:00"},
		{"a week, to a time left out", "2026-04-05T02:30:00+02:00", 7, 0, "2026-03-29T03:30:00+02:00"},
		{"a week, to a time that comes twice", "2026-11-01T02:30:00+01:00", 7, 0, "2026-10-25T02:30:00+01:00"},
		{"a month before the 31st", "2026-03-31T10:00:00+02:00", 0, 1, "2026-02-28T10:00:00+01:00"},
		{"a month before the 31st in a leap year", "2028-03-31T10:00:00+02:00", 0, 1, "2028-02-29T10:00:00+01:00"},
		{"a quarter before 31 May", "2026-05-31T10:00:00+02:00", 0, 3, "2026-02-28T10:00:00+01:00"},
		{"a year before 29 February", "2028-02-29T10:00:00+01:00", 0, 12, "2027-02-28T10:00:00+01:00"},
		{"asked in another zone", "2026-03-31T08:00:00Z", 0, 1, "2026-02-28T10:00:00+01:00"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asOf, c := mustTime(t, tt.asOf), berlin(t)
			got := c.DaysBefore(asOf, tt.days)
			if tt.months > 0 {
				got = c.MonthsBefore(asOf, tt.months)
			}
			if got.Format(time.RFC3339) != tt.want {
				t.Errorf("got %s, want %s", got.Format(time.RFC3339), tt.want)
			}
		})
	}
}

// TestEarlierIsPrevious holds for every zone, calendar and instant: the period measured one before is Previous, and that of
// last year ends at its as-of, or a nanosecond later with its unit.
func TestEarlierIsPrevious(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 100 {
				asOf := randomInstant(random, loc)
				c := Calendar{loc, time.Weekday(random.IntN(7)), time.Month(1 + random.IntN(12))}
				unit := Unit(random.IntN(5))
				for _, p := range []Period{{Kind: Last, Unit: unit, N: 1 + random.IntN(5)}, {Kind: ToDate, Unit: unit}} {
					if diff := cmp.Diff(p.Previous(asOf, c), p.Window(p.Earlier(asOf, 1, c)[0], c)); diff != "" {
						t.Errorf("%s as of %s: the period before (-Previous +Earlier):\n%s", p, asOf, diff)
					}
					before, ok := p.LastYear(asOf, c)
					if got := p.Window(before, c); !ok || !got.End.Equal(before) && !got.End.Equal(before.Add(1)) || !before.Before(asOf) {
						t.Errorf("%s as of %s: last year at %s, %t, measures %s", p, asOf, before, ok, got)
					}
				}
			}
		})
	}
}

// TestCorrespondingDays holds for every zone and calendar: to date, at the first instant of a day, as many whole days are
// measured of the earlier unit, or all days of its month; at any other time of day it is the same time of that day.
func TestCorrespondingDays(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 300 {
				c := Calendar{loc, time.Weekday(random.IntN(7)), time.Month(1 + random.IntN(12))}
				p := Period{Kind: ToDate, Unit: Unit(random.IntN(5))}
				asOf := randomInstant(random, loc)
				if random.IntN(2) == 0 {
					asOf = c.start(date{dateAt(asOf, loc)})
				}
				checkCorresponding(t, p, asOf, p.Previous(asOf, c), c, map[Unit]int{Day: 1, Week: 7}[p.Unit], map[Unit]int{Month: 1, Quarter: 3, Year: 12}[p.Unit])
				before, _ := p.LastYear(asOf, c)
				days := map[Unit]int{Day: 364, Week: 364}[p.Unit]
				checkCorresponding(t, p, asOf, p.Window(before, c), c, days, (364-days)/30)
			}
		})
	}
}

// checkCorresponding expects that a window ends the given days, or months, before asOf by the local calendar.
func checkCorresponding(t *testing.T, p Period, asOf time.Time, w Window, c Calendar, days, months int) {
	t.Helper()
	today, full := dateAt(asOf, c.Location), p.Full(w.Start, c)
	if p.Full(asOf, c).Start.After(c.start(date{today})) { // The clock was put back over the start of the unit.
		return
	}
	wanted := today.AddDate(0, 0, -days)
	cut := false // The month is too short.
	if months > 0 {
		month := today.AddDate(0, -months, 1-today.Day())
		wanted = month.AddDate(0, 0, today.Day()-1)
		if next := month.AddDate(0, 1, 0); !wanted.Before(next) {
			wanted, cut = next, true
		}
	}
	if p.Unit == Day && c.start(date{wanted}).Equal(c.start(date{wanted}.add(Day, 1))) { // The zone left the date out.
		wanted = dateAt(full.Start, c.Location)
	}
	first, clock := c.start(date{wanted}), wallAt(asOf, c.Location).Sub(today)
	switch {
	case !first.Before(full.End):
		if !w.End.Equal(full.End) {
			t.Errorf("%s as of %s: %s, want all of %s", p, asOf, w, full)
		}
	case cut, asOf.Equal(c.start(date{today})):
		if !w.End.Equal(first) {
			t.Errorf("%s as of %s: %s, want it to end with a day at %s", p, asOf, w, first)
		}
	case !w.End.Equal(full.End): // Else the clock was put back over its end.
		if got := wallAt(w.End, c.Location); got.Before(wanted.Add(clock)) || !got.Equal(wanted.Add(clock)) && !w.End.Equal(firstAt(got, c.Location)) {
			t.Errorf("%s as of %s: %s, want it to end on %s at %s", p, asOf, w, wanted.Format(time.DateOnly), clock)
		}
	}
}

// TestCorrespondingNeverGoesBack holds while the local clock does not go back either.
func TestCorrespondingNeverGoesBack(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 300 {
				c := Calendar{loc, time.Weekday(random.IntN(7)), time.Month(1 + random.IntN(12))}
				p := Period{Kind: ToDate, Unit: Unit(random.IntN(5))}
				asOf := randomInstant(random, loc)
				later := asOf.Add(time.Duration(random.IntN(30*24*60)) * time.Minute)
				if !p.Full(asOf, c).Start.Equal(p.Full(later, c).Start) || !wallAt(asOf, loc).Before(wallAt(later, loc)) {
					continue
				}
				first, second := p.Previous(asOf, c), p.Previous(later, c)
				if second.End.Before(first.End) {
					t.Errorf("%s: %s as of %s, but %s as of %s", p, first, asOf, second, later)
				}
			}
		})
	}
}
