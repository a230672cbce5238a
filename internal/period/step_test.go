package period

import (
	"strings"
	"testing"
	"time"
)

func TestParseStep(t *testing.T) {
	for text, want := range map[string]Step{
		"30s": {Length: 30 * time.Second},
		"4m":  {Length: 4 * time.Minute},
		"1h":  {Length: time.Hour},
		"1d":  {Days: 1},
		"2w":  {Days: 14},
		"1mo": {Months: 1},
		"1y":  {Months: 12},
	} {
		if got, err := ParseStep(text); err != nil || got != want {
			t.Errorf("%s: got %v, %v, want %v", text, got, err, want)
		}
	}
	for _, text := range []string{"", "1", "d", "0d", "-1d", "1.5h", "1d12h", "1 d", "1day", "010d", "101y", "99999999999d"} {
		if got, err := ParseStep(text); err == nil || !strings.Contains(err.Error(), "step ") {
			t.Errorf("%q: got %v, %v, want an error", text, got, err)
		}
	}
}

func TestStepAfter(t *testing.T) {
	tests := []struct {
		name, zone, from, step string
		want                   []string // Of one step, two steps, and so on.
	}{
		{
			"midnights while the clock is put forward", "Europe/Berlin", "2026-03-28T00:00:00+01:00", "1d",
			[]string{"2026-03-29T00:00:00+01:00", "2026-03-30T00:00:00+02:00"},
		},
		{
			"midnights while the clock is put back", "Europe/Berlin", "2026-10-24T00:00:00+02:00", "1d",
			[]string{"2026-10-25T00:00:00+02:00", "2026-10-26T00:00:00+01:00"},
		},
		{
			"a midnight that is left out", "America/Santiago", "2026-09-05T00:00:00-04:00", "1d",
			[]string{"2026-09-06T01:00:00-03:00", "2026-09-07T00:00:00-03:00"},
		},
		{
			"a clock time that is left out", "Europe/Berlin", "2026-03-28T02:30:00+01:00", "1d",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-30T02:30:00+02:00"},
		},
		{
			"a clock time that comes twice", "Europe/Berlin", "2026-10-24T02:30:00+02:00", "1d",
			[]string{"2026-10-25T02:30:00+02:00", "2026-10-26T02:30:00+01:00"},
		},
		{
			"hours are hours", "Europe/Berlin", "2026-03-29T01:00:00+01:00", "1h",
			[]string{"2026-03-29T03:00:00+02:00", "2026-03-29T04:00:00+02:00"},
		},
		{
			"months from their last day", "UTC", "2026-01-31T00:00:00Z", "1mo",
			[]string{"2026-02-28T00:00:00Z", "2026-03-31T00:00:00Z", "2026-04-30T00:00:00Z"},
		},
		{
			"weeks", "Europe/Berlin", "2026-03-23T06:00:00+01:00", "1w",
			[]string{"2026-03-30T06:00:00+02:00"},
		},
		{
			"years from a leap day", "UTC", "2024-02-29T00:00:00Z", "1y",
			[]string{"2025-02-28T00:00:00Z", "2026-02-28T00:00:00Z", "2027-02-28T00:00:00Z", "2028-02-29T00:00:00Z"},
		},
		{
			"a date that is left out", "Pacific/Apia", "2011-12-29T00:00:00-10:00", "1d",
			[]string{"2011-12-31T00:00:00+14:00", "2011-12-31T00:00:00+14:00", "2012-01-01T00:00:00+14:00"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			step, err := ParseStep(test.step)
			if err != nil {
				t.Fatal(err)
			}
			loc, from := mustLoad(t, test.zone), mustTime(t, test.from)
			if got := step.After(from, 0, loc); !got.Equal(from) {
				t.Errorf("no step: %s", got)
			}
			for i, want := range test.want {
				if got := step.After(from, i+1, loc).Format(time.RFC3339); got != want {
					t.Errorf("step %d: got %s, want %s", i+1, got, want)
				}
			}
		})
	}
}
