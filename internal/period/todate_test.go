package period

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestEarlierUnits(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{berlin, time.Monday, time.January}
	for name, test := range map[string]struct {
		unit Unit
		asOf string
		want []string
	}{
		"month": {Month, "2026-06-16T00:00:00+02:00", []string{ // Half of it.
			"2026-05-01T00:00:00+02:00 2026-05-16T12:00:00+02:00 2026-06-01T00:00:00+02:00",
			"2026-04-01T00:00:00+02:00 2026-04-16T00:00:00+02:00 2026-05-01T00:00:00+02:00",
			"2026-03-01T00:00:00+01:00 2026-03-16T11:30:00+01:00 2026-04-01T00:00:00+02:00", // An hour short.
		}},
		"within the hour": {Week, "2026-06-10T07:59:59.5+02:00", []string{
			"2026-06-01T00:00:00+02:00 2026-06-03T07:00:00+02:00 2026-06-08T00:00:00+02:00",
			"2026-05-25T00:00:00+02:00 2026-05-27T07:00:00+02:00 2026-06-01T00:00:00+02:00",
		}},
		"at its beginning": {Month, "2026-06-01T00:00:00+02:00", []string{
			"2026-05-01T00:00:00+02:00 2026-05-01T00:00:00+02:00 2026-06-01T00:00:00+02:00",
		}},
		"year": {Year, "2024-07-02T00:00:00+02:00", []string{
			"2023-01-01T00:00:00+01:00 2023-07-02T12:00:09+02:00 2024-01-01T00:00:00+01:00",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			asOf, err := time.Parse(time.RFC3339Nano, test.asOf)
			if err != nil {
				t.Fatal(err)
			}
			p := Period{Kind: ToDate, Unit: test.unit}
			var got []string
			for _, u := range p.EarlierUnits(asOf, len(test.want), c) {
				got = append(got, fmt.Sprintf("%s %s %s", u.Start.Format(time.RFC3339), u.At.Format(time.RFC3339), u.End.Format(time.RFC3339)))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}

func TestDays(t *testing.T) {
	for name, test := range map[string]struct {
		zone, start, end, at string
		want                 string
	}{
		"June":                    {"UTC", "2026-06-01", "2026-07-01", "2026-06-06T12:00:00Z", "30 days from Monday, 5.5 passed"},
		"at its start":            {"UTC", "2026-06-01", "2026-07-01", "2026-06-01T00:00:00Z", "30 days from Monday, 0 passed"},
		"at its end":              {"UTC", "2026-06-01", "2026-07-01", "2026-07-01T00:00:00Z", "30 days from Monday, 30 passed"},
		"a day of 23 hours":       {"Europe/Berlin", "2026-03-01", "2026-04-01", "2026-03-29T12:30:00+02:00", "31 days from Sunday, 28.5 passed"},
		"a day that was left out": {"Pacific/Apia", "2011-12-01", "2012-01-01", "2011-12-31T12:00:00+14:00", "31 days from Thursday, 30.5 passed"},
	} {
		t.Run(name, func(t *testing.T) {
			location, err := time.LoadLocation(test.zone)
			if err != nil {
				t.Fatal(err)
			}
			day := func(text string) time.Time {
				v, err := time.ParseInLocation(time.DateOnly, text, location)
				if err != nil {
					t.Fatal(err)
				}
				return v
			}
			at, err := time.Parse(time.RFC3339, test.at)
			if err != nil {
				t.Fatal(err)
			}
			c := Calendar{location, time.Monday, time.January}
			days, first, passed := c.Days(Window{day(test.start), day(test.end)}, at)
			if got := fmt.Sprintf("%d days from %s, %v passed", days, first, passed); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
