package period

import (
	"math/rand/v2"
	"testing"
	"time"
)

func mustCron(t testing.TB, expr string) Cron {
	t.Helper()
	c, err := ParseCron(expr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestCronNext(t *testing.T) {
	tests := []struct {
		name, cron, zone, after string
		want                    []string // Consecutive firings.
	}{
		{
			"daily", "0 6 * * *", "Europe/Berlin", "2026-04-01T05:59:59.9+02:00",
			[]string{"2026-04-01T06:00:00+02:00", "2026-04-02T06:00:00+02:00"},
		},
		{"strictly after", "0 6 * * *", "Europe/Berlin", "2026-04-01T06:00:00+02:00", []string{"2026-04-02T06:00:00+02:00"}},
		{"a nanosecond after", "0 6 * * *", "UTC", "2026-04-01T06:00:00.000000001Z", []string{"2026-04-02T06:00:00Z"}},
		{
			"same local time over a change", "0 6 * * *", "Europe/Berlin", "2026-03-28T06:00:00+01:00",
			[]string{"2026-03-29T06:00:00+02:00", "2026-03-30T06:00:00+02:00"},
		},
		{"working days", "30 7 * * mon-fri", "UTC", "2026-04-03T08:00:00Z", []string{"2026-04-06T07:30:00Z"}},
		{"day of month or day of week", "0 0 1 * mon", "UTC", "2026-04-01T00:00:00Z", []string{"2026-04-06T00:00:00Z"}},
		{
			"skipped time at the end of the gap", "30 2 * * *", "Europe/Berlin", "2026-03-28T02:30:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		},
		{
			"skipped times on one instant are one", "*/15 * * * *", "Europe/Berlin", "2026-03-29T01:30:00+01:00",
			[]string{"2026-03-29T01:45:00+01:00", "2026-03-29T03:00:00+02:00", "2026-03-29T03:15:00+02:00"},
		},
		{
			"skipped and plain on one instant are one", "0,30 2,3 * * *", "Europe/Berlin", "2026-03-29T00:00:00+01:00",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-29T03:30:00+02:00", "2026-03-30T02:00:00+02:00"},
		},
		{
			"repeated time the first time", "30 2 * * *", "Europe/Berlin", "2026-10-24T02:30:00+02:00",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		},
		{
			"repeated hour once", "*/15 * * * *", "Europe/Berlin", "2026-10-25T02:30:00+02:00",
			[]string{"2026-10-25T02:45:00+02:00", "2026-10-25T03:00:00+01:00"},
		},
		{
			"from within the repetition", "*/15 * * * *", "Europe/Berlin", "2026-10-25T02:10:00+01:00",
			[]string{"2026-10-25T03:00:00+01:00"},
		},
		{
			"midnight left out", "0 0 * * *", "America/Santiago", "2026-09-05T00:00:00-04:00",
			[]string{"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		},
		{
			"midnight twice", "0 0 * * *", "America/Havana", "2026-10-31T00:00:00-04:00",
			[]string{"2026-11-01T00:00:00-04:00", "2026-11-02T00:00:00-05:00"},
		},
		{
			"half an hour left out", "*/10 2 * * *", "Australia/Lord_Howe", "2026-10-04T01:00:00+10:30",
			[]string{"2026-10-04T02:30:00+11:00", "2026-10-04T02:40:00+11:00"},
		},
		{
			"half an hour twice", "0,45 1 * * *", "Australia/Lord_Howe", "2026-04-05T01:00:00+11:00",
			[]string{"2026-04-05T01:45:00+11:00", "2026-04-06T01:00:00+10:30"},
		},
		{
			"date left out", "0 6,18 * * *", "Pacific/Apia", "2011-12-29T18:00:00-10:00",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T06:00:00+14:00"},
		},
		{"29 February", "0 0 29 2 *", "UTC", "2026-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		{"29 February eight years on", "0 0 29 2 *", "UTC", "2096-03-01T00:00:00Z", []string{"2104-02-29T00:00:00Z"}},
		{"last day of a leap year", "0 12 31 12 *", "America/New_York", "2060-12-31T00:00:00-05:00", []string{"2060-12-31T12:00:00-05:00"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			c, loc, at := mustCron(t, tt.cron), mustLoad(t, tt.zone), mustTime(t, tt.after)
			for _, want := range tt.want {
				at = c.Next(at, loc)
				if got := at.Format(time.RFC3339Nano); got != want {
					t.Fatalf("%q: got %s, want %s", tt.cron, got, want)
				}
			}
		})
	}
}

func TestCronNever(t *testing.T) {
	after := mustTime(t, "2026-04-01T00:00:00Z")
	for name, c := range map[string]Cron{"30 February": mustCron(t, "0 0 30 2 *"), "zero value": {}} {
		if got := c.Next(after, time.UTC); !got.IsZero() {
			t.Errorf("%s fires at %s", name, got)
		}
	}
}

func TestCronSundayIsSeven(t *testing.T) {
	for seven, zero := range map[string]string{
		"7": "0", "1,7": "0,1", "5-7": "0,5,6", "Fri-7": "0,5,6", "0-7": "0-6", "sun-7": "0-6", "7-7": "0", "1-7/3": "0,1,4",
		"1-7/2": "0,1,3,5", "5-7/4294967295": "5", "1,5-7/2": "0,1,5", "*/7": "0",
	} {
		got, want := mustCron(t, "0 6 * * "+seven), mustCron(t, "0 6 * * "+zero)
		if got.spec != want.spec {
			t.Errorf("day-of-week %s is not the same as %s", seven, zero)
		}
		if got.String() != "0 6 * * "+seven {
			t.Errorf("day-of-week %s shows as %q", seven, got)
		}
	}
}

func TestCronString(t *testing.T) {
	c := mustCron(t, "  0\t6  * * 1-5 ")
	if got, want := c.String(), "0 6 * * 1-5"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if c != mustCron(t, c.String()) {
		t.Errorf("%q does not read back as itself", c)
	}
}

func TestParseCronErrors(t *testing.T) {
	const (
		shape = "(minute hour day-of-month month day-of-week)"
		as    = ", as *, a value, a range 1-5, a list 1,3 or steps */2"
	)
	tests := []struct{ name, cron, want string }{
		{"empty", "", "0 fields, want 5 " + shape},
		{"one field", "5", "1 field, want 5 " + shape},
		{"three fields", "*/15 * *", "3 fields, want 5 " + shape},
		{"seconds", "0 0 6 * * *", "6 fields, want 5 " + shape},
		{"descriptor", "@daily", "write five fields " + shape + `, such as "0 6 * * *"`},
		{"every", "@every 1h", "write five fields " + shape + `, such as "0 6 * * *"`},
		{"zone", "TZ=UTC 0 6 * * *", "no time zone here: the fields are local times of the zone the cron runs in"},
		{"zone alone", "CRON_TZ=UTC", "no time zone here: the fields are local times of the zone the cron runs in"},
		{"minute", "60 * * * *", `minute "60": want 0 to 59` + as},
		{"hour", "0 24 * * *", `hour "24": want 0 to 23` + as},
		{"day of month", "0 0 0 * *", `day-of-month "0": want 1 to 31` + as},
		{"month", "0 0 1 13 *", `month "13": want 1 to 12 or jan to dec` + as},
		{"day of week", "0 0 * * 8", `day-of-week "8": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"backward to Sunday", "0 0 * * 8-7", `day-of-week "8-7": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"no step to Sunday", "0 0 * * 1-7/0", `day-of-week "1-7/0": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"step from Sunday", "0 0 * * 7/2", `day-of-week "7/2": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"sign to Sunday", "0 0 * * +5-7", `day-of-week "+5-7": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"word", "0 six * * *", `hour "six": want 0 to 23` + as},
		{"backward range", "0 0 * * fri-mon", `day-of-week "fri-mon": want 0 to 7 (0 and 7 are Sunday) or sun to sat` + as},
		{"no step", "*/0 * * * *", `minute "*/0": want 0 to 59` + as},
		{"hole in a list", "1,,2 * * * *", `minute "1,,2": want 0 to 59` + as},
		{"comma alone", ", * * * *", `minute ",": want 0 to 59` + as},
		{"sign", "+5 * * * *", `minute "+5": want 0 to 59` + as},
		{"star and range", "*-5 * * * *", `minute "*-5": want 0 to 59` + as},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := `cron "` + tt.cron + `": ` + tt.want
			if _, err := ParseCron(tt.cron); err == nil || err.Error() != want {
				t.Errorf("got  %v\nwant %s", err, want)
			}
		})
	}
}

// TestCronFiresForEveryLocalTime compares with a plain search: a firing is the first instant whose local clock shows a
// time that is due, or the end of a gap that swallowed one.
func TestCronFiresForEveryLocalTime(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	hourly, all := mustCron(t, "*/20 * * * *"), mustCron(t, "* * * * *")
	for _, zone := range testZones() {
		t.Run(zone, func(t *testing.T) {
			loc := mustLoad(t, zone)
			for range 40 {
				at := randomInstant(random, loc)
				for range 20 {
					next := hourly.Next(at, loc)
					if !next.After(at) {
						t.Fatalf("after %s comes %s", at, next)
					}
					// Every wall time due between the two is later than the first instant of at, and none fires in between.
					for wall := hourly.nextWall(wallAt(at, loc)); wall.Before(wallAt(next, loc)); wall = hourly.nextWall(wall) {
						if first := firstAt(wall, loc); first.After(at) && first.Before(next) {
							t.Fatalf("between %s and %s, %s was due at %s", at, next, wall, first)
						}
					}
					if again := all.Next(next.Add(-1), loc); !again.Equal(next) {
						t.Fatalf("%s is not the first instant of its local minute, or the end of a gap: %s is", next, again)
					}
					at = next
				}
			}
		})
	}
}

func FuzzParseCron(f *testing.F) {
	for _, seed := range []string{"*/15 * * * *", "0 6 * * mon-fri", "0 0 30 2 *", "TZ=", "@daily", ",,,, * * * *", "1-5/2,7 * ? jan *", "0 0 * * 1-7/3,7"} {
		f.Add(seed)
	}
	loc := mustLoad(f, "Europe/Berlin")
	f.Fuzz(func(t *testing.T, expr string) {
		c, err := ParseCron(expr)
		if err != nil {
			return
		}
		if again, err := ParseCron(c.String()); err != nil || again != c {
			t.Errorf("%q reads back as %+v, %v, want %+v", c, again, err, c)
		}
		after := mustTime(t, "2026-10-25T02:30:00+02:00")
		if next := c.Next(after, loc); !next.IsZero() && !next.After(after) {
			t.Errorf("%q fires at %s, not after %s", c, next, after)
		}
	})
}
