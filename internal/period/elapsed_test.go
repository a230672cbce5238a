package period

import (
	"math"
	"testing"
	"time"
)

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
