package period

import (
	"math/rand/v2"
	"testing"
	"time"
	_ "time/tzdata"
)

func mustLoad(t testing.TB, name string) *time.Location {
	t.Helper()
	loc, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return loc
}

func mustTime(t testing.TB, s string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339Nano, s)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func mustWall(t testing.TB, s string) time.Time {
	t.Helper()
	wall, err := time.Parse("2006-01-02 15:04:05", s)
	if err != nil {
		t.Fatal(err)
	}
	return wall
}

func TestWallTimes(t *testing.T) {
	tests := []struct {
		name, zone, wall string
		first, same      string
	}{
		{"plain", "Europe/Berlin", "2026-04-01 00:00:00", "2026-04-01T00:00:00+02:00", "2026-04-01T00:00:00+02:00"},
		{"UTC", "UTC", "2026-04-01 00:00:00", "2026-04-01T00:00:00Z", "2026-04-01T00:00:00Z"},
		{"hour left out", "Europe/Berlin", "2026-03-29 02:30:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00"},
		{"start of the gap", "Europe/Berlin", "2026-03-29 02:00:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:00:00+02:00"},
		{"end of the gap", "Europe/Berlin", "2026-03-29 03:00:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:00:00+02:00"},
		{"hour that comes twice", "Europe/Berlin", "2026-10-25 02:30:00", "2026-10-25T02:30:00+02:00", "2026-10-25T02:30:00+01:00"},
		{"start of that hour", "Europe/Berlin", "2026-10-25 02:00:00", "2026-10-25T02:00:00+02:00", "2026-10-25T02:00:00+01:00"},
		{"end of that hour", "Europe/Berlin", "2026-10-25 03:00:00", "2026-10-25T03:00:00+01:00", "2026-10-25T03:00:00+01:00"},
		{"midnight left out", "America/Santiago", "2026-09-06 00:00:00", "2026-09-06T01:00:00-03:00", "2026-09-06T01:00:00-03:00"},
		{"midnight left out", "Africa/Cairo", "2026-04-24 00:00:00", "2026-04-24T01:00:00+03:00", "2026-04-24T01:00:00+03:00"},
		{"midnight twice", "America/Havana", "2026-11-01 00:00:00", "2026-11-01T00:00:00-04:00", "2026-11-01T00:00:00-05:00"},
		{"evening before twice", "Africa/Cairo", "2026-10-30 00:00:00", "2026-10-30T00:00:00+02:00", "2026-10-30T00:00:00+02:00"},
		{"half an hour left out", "Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-04T02:30:00+11:00", "2026-10-04T02:45:00+11:00"},
		{"half an hour twice", "Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-05T01:45:00+11:00", "2026-04-05T01:45:00+10:30"},
		{"no change in 45 minutes", "Asia/Kathmandu", "2026-04-01 00:00:00", "2026-04-01T00:00:00+05:45", "2026-04-01T00:00:00+05:45"},
		{"date left out", "Pacific/Apia", "2011-12-30 10:00:00", "2011-12-31T00:00:00+14:00", "2011-12-31T10:00:00+14:00"},
		{"one minute into the new day", "America/St_Johns", "2010-11-07 00:00:00", "2010-11-07T00:00:00-02:30", "2010-11-07T00:00:00-03:30"},
		{"leap year's last day by rule", "Europe/Berlin", "2060-12-31 12:00:00", "2060-12-31T12:00:00+01:00", "2060-12-31T12:00:00+01:00"},
		{"year's end by rule", "Australia/Sydney", "2061-01-01 00:00:00", "2061-01-01T00:00:00+11:00", "2061-01-01T00:00:00+11:00"},
		{"before zones", "Asia/Manila", "1844-12-31 12:00:00", "1845-01-01T00:00:00+08:03", "1845-01-01T12:00:00+08:03"},
		{"year 1", "UTC", "0001-01-01 00:00:00", "0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"},
		{"year 9999", "America/New_York", "9999-12-31 23:59:59", "9999-12-31T23:59:59-05:00", "9999-12-31T23:59:59-05:00"},
	}
	for _, tt := range tests {
		t.Run(tt.zone+" "+tt.name, func(t *testing.T) {
			loc, wall := mustLoad(t, tt.zone), mustWall(t, tt.wall)
			if got := firstAt(wall, loc).Format(time.RFC3339); got != tt.first {
				t.Errorf("firstAt = %s, want %s", got, tt.first)
			}
			if got := sameClockAt(wall, loc).Format(time.RFC3339); got != tt.same {
				t.Errorf("sameClockAt = %s, want %s", got, tt.same)
			}
		})
	}
}

// An offset of more than a day, which no real zone has, must not confuse either.
func TestFixedZoneBeyondADay(t *testing.T) {
	loc := time.FixedZone("far", 100*60*60)
	wall := mustWall(t, "2026-04-01 00:00:00")
	want := mustTime(t, "2026-03-27T20:00:00Z")
	if got := firstAt(wall, loc); !got.Equal(want) {
		t.Errorf("firstAt = %s, want %s", got.UTC(), want)
	}
	if got := sameClockAt(wall, loc); !got.Equal(want) {
		t.Errorf("sameClockAt = %s, want %s", got.UTC(), want)
	}
}

// testZones are zones with something to get wrong: changes at midnight, by half an hour or by a day, over the year's end,
// backwards (Dublin's standard time is in summer), twice within weeks (Casablanca around Ramadan), or by minutes and seconds.
func testZones() []string {
	return []string{
		"UTC", "Europe/Berlin", "Europe/Dublin", "Europe/Amsterdam", "America/New_York", "America/St_Johns", "America/Santiago",
		"America/Havana", "America/Sao_Paulo", "America/Asuncion", "America/Juneau", "America/Caracas", "America/Nuuk",
		"America/Scoresbysund", "Africa/Cairo", "Africa/Casablanca", "Africa/Monrovia", "Asia/Amman", "Asia/Beirut",
		"Asia/Gaza", "Asia/Kathmandu", "Asia/Kolkata", "Asia/Manila", "Asia/Pyongyang", "Asia/Tehran", "Antarctica/Troll",
		"Australia/Lord_Howe", "Australia/Sydney", "Pacific/Apia", "Pacific/Chatham", "Pacific/Kwajalein", "Pacific/Kiritimati",
	}
}

// TestFirstAtIsTheFirst compares with a plain search, minute by minute, of the three days around.
func TestFirstAtIsTheFirst(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 60 {
				at := randomInstant(random, loc)
				wall := wallAt(at, loc).Truncate(time.Minute)
				if random.IntN(2) == 0 {
					wall = dateAt(at, loc)
				}
				want := wall.Add(-36 * time.Hour).In(loc)
				for wallAt(want, loc).Before(wall) {
					want = want.Add(time.Minute)
				}
				got := firstAt(wall, loc)
				// Offsets with seconds put the first instant within the minute that the search steps over.
				if got.After(want) || want.Sub(got) >= time.Minute || wallAt(got, loc).Before(wall) {
					t.Fatalf("firstAt(%s) = %s, want %s", wall.Format(time.DateTime), got, want)
				}
				if !wallAt(got.Add(-1), loc).Before(wall) {
					t.Fatalf("firstAt(%s) = %s, which is not the first", wall.Format(time.DateTime), got)
				}
			}
		})
	}
}

// randomInstant prefers what is hard: a few hours around a change of the clock, or around the end of a year.
func randomInstant(random *rand.Rand, loc *time.Location) time.Time {
	low := time.Date(1900, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	high := time.Date(2100, 1, 1, 0, 0, 0, 0, time.UTC).Unix()
	at := time.Unix(low+random.Int64N(high-low), 0).In(loc)
	near := time.Duration(random.IntN(72*60)-36*60) * time.Minute
	switch random.IntN(4) {
	case 0:
		return at
	case 1:
		return time.Date(at.Year(), time.December, 31, 12, 0, 0, 0, time.UTC).Add(near).In(loc)
	}
	if end := zoneEnd(at); !end.IsZero() {
		at = end
	}
	if random.IntN(3) == 0 {
		near = 0
	}
	return at.Add(near)
}
