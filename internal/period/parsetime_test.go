package period

import (
	"testing"
	"time"
)

func TestParseTime(t *testing.T) {
	tests := []struct{ name, text, zone, want string }{
		{"date", "2026-04-01", "Europe/Berlin", "2026-04-01T00:00:00+02:00"},
		{"RFC 3339", "2026-04-01T06:00:00Z", "Europe/Berlin", "2026-04-01T08:00:00+02:00"},
		{"RFC 3339 with an offset", "2026-04-01T06:00:00-07:00", "UTC", "2026-04-01T13:00:00Z"},
		{"RFC 3339 with a fraction", "2026-04-01T06:00:00.25Z", "UTC", "2026-04-01T06:00:00.25Z"},
		{"date without a midnight", "2026-09-06", "America/Santiago", "2026-09-06T01:00:00-03:00"},
		{"date with two midnights", "2026-11-01", "America/Havana", "2026-11-01T00:00:00-04:00"},
		{"date left out", "2011-12-30", "Pacific/Apia", "2011-12-31T00:00:00+14:00"},
		{"local time", "2026-04-01T06:00:00", "Europe/Berlin", "2026-04-01T06:00:00+02:00"},
		{"local time to the minute", "2026-04-01T06:00", "America/New_York", "2026-04-01T06:00:00-04:00"},
		{"local time with a fraction", "2026-04-01T06:00:00.5", "UTC", "2026-04-01T06:00:00.5Z"},
		{"local time with a blank", "2026-04-01 06:00:00", "Europe/Berlin", "2026-04-01T06:00:00+02:00"},
		{"local time to the minute with a blank", "1998-03-16 12:00", "Europe/Berlin", "1998-03-16T12:00:00+01:00"},
		{"local midnight is the date", "2026-04-01T00:00", "Europe/Berlin", "2026-04-01T00:00:00+02:00"},
		{"local midnight left out is the date", "2026-09-06T00:00", "America/Santiago", "2026-09-06T01:00:00-03:00"},
		{"local time left out", "2026-03-29T02:30", "Europe/Berlin", "2026-03-29T03:00:00+02:00"},
		{"local time that comes twice", "2026-10-25T02:30", "Europe/Berlin", "2026-10-25T02:30:00+02:00"},
		{"the second of the two", "2026-10-25T02:30+01:00", "Europe/Berlin", "2026-10-25T02:30:00+01:00"},
		{"local time of a date left out", "2011-12-30T12:00", "Pacific/Apia", "2011-12-31T00:00:00+14:00"},
		{"offset with a blank", "2026-04-01 06:00:00Z", "Europe/Berlin", "2026-04-01T08:00:00+02:00"},
		{"offset to the minute", "2026-04-01T06:00-07:00", "UTC", "2026-04-01T13:00:00Z"},
		{"offset after a blank", "2026-04-01T06:00:00 -07:00", "UTC", "2026-04-01T13:00:00Z"},
		{"offset without a colon", "2026-04-01T06:00:00+0200", "UTC", "2026-04-01T04:00:00Z"},
		{"as date and git write it", "2026-04-01 06:00:00 +0200", "UTC", "2026-04-01T04:00:00Z"},
		{"as PostgreSQL writes it", "2026-04-01 06:00:00.5+02", "UTC", "2026-04-01T04:00:00.5Z"},
		{"leap day", "2028-02-29", "UTC", "2028-02-29T00:00:00Z"},
		{"first year", "0001-01-01", "Asia/Kolkata", "0001-01-01T00:00:00+05:53"},
		{"last year", "9999-12-31", "UTC", "9999-12-31T00:00:00Z"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := ParseTime(tt.text, mustLoad(t, tt.zone))
			if err != nil || got.Format(time.RFC3339Nano) != tt.want {
				t.Errorf("got %s, %v, want %s", got.Format(time.RFC3339Nano), err, tt.want)
			}
		})
	}
}

func TestParseTimeErrors(t *testing.T) {
	const neither = ": write 2026-04-01, 2026-04-01T06:00 (local time) or 2026-04-01T06:00:00+02:00"
	tests := []struct{ name, text, want string }{
		{"empty", "", neither},
		{"word", "yesterday", neither},
		{"word as long as a date", "wednesdays", neither},
		{"an hour alone", "2026-04-01T06", neither},
		{"two blanks", "2026-04-01  06:00", neither},
		{"two blanks before the offset", "2026-04-01T06:00  +02:00", neither},
		{"an offset alone", "2026-04-01 +02:00", neither},
		{"an offset of minutes only", "2026-04-01T06:00+2", neither},
		{"no such offset", "2026-04-01T06:00+0299", ": time zone offset minute out of range"},
		{"the name of a zone", "2026-04-01T06:00 CET", neither},
		{"a time alone", "06:00", neither},
		{"short", "2026-4-1", neither},
		{"no such day", "2026-02-29", ": day out of range"},
		{"no such month", "2026-13-01", ": month out of range"},
		{"no such day with a time", "2026-02-30T00:00:00Z", ": day out of range"},
		{"no such local day", "2026-02-30T00:00", ": day out of range"},
		{"no such local hour", "2026-02-20 24:00", ": hour out of range"},
		{"no such local minute", "2026-02-20T23:60:00", ": minute out of range"},
		{"no such second", "2026-02-20T23:59:60", ": second out of range"},
		{"no such hour", "2026-02-20T24:00:00Z", ": hour out of range"},
		{"year 0", "0000-05-01", ": the year is not between 1 and 9999"},
		{"year 0 with a time", "0000-05-01T00:00:00Z", ": the year is not between 1 and 9999"},
		{"year 10000 in the zone", "9999-12-31T23:30:00Z", ": the year is not between 1 and 9999"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			want := `time "` + tt.text + `"` + tt.want
			if got, err := ParseTime(tt.text, mustLoad(t, "Europe/Berlin")); err == nil || err.Error() != want {
				t.Errorf("got %s, %v\nwant error %s", got, err, want)
			}
		})
	}
}

func FuzzParseTime(f *testing.F) {
	for _, seed := range []string{"2026-04-01", "2026-04-01T06:00:00Z", "0001-01-01", "9999-12-31T23:59:59.999999999-23:59", "2060-12-31", "2026-10-25 02:30", "2026-09-06T00:00:00.5"} {
		f.Add(seed)
	}
	loc := mustLoad(f, "America/Santiago")
	f.Fuzz(func(t *testing.T, text string) {
		at, err := ParseTime(text, loc)
		if err != nil {
			return
		}
		if y := at.Year(); y < 1 || y > 9999 {
			t.Errorf("%q is in the year %d", text, y)
		}
		if at.Year() < 1911 { // Local mean time has seconds, which RFC 3339 offsets have not.
			return
		}
		again, err := ParseTime(at.Format(time.RFC3339Nano), loc)
		if err != nil || !again.Equal(at) {
			t.Errorf("%s reads back as %s, %v", at, again, err)
		}
	})
}
