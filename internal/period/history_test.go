package period

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestHistory(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := Calendar{berlin, time.Monday, time.January}
	for name, test := range map[string]struct {
		period Period
		asOf   string
		want   []string
	}{
		"day over the change of the clock": {Period{Kind: Last, Unit: Day, N: 1}, "2026-03-30T12:00:00+02:00", []string{
			"2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00", "2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00",
		}},
		"week": {Period{Kind: Last, Unit: Week, N: 1}, "2026-04-01T12:00:00+02:00", []string{
			"2026-03-23T00:00:00+01:00 2026-03-30T00:00:00+02:00", "2026-03-16T00:00:00+01:00 2026-03-23T00:00:00+01:00",
		}},
		"days do not overlap": {Period{Kind: Last, Unit: Day, N: 30}, "2026-04-01T12:00:00+02:00", []string{
			"2026-03-02T00:00:00+01:00 2026-04-01T00:00:00+02:00", "2026-01-31T00:00:00+01:00 2026-03-02T00:00:00+01:00",
		}},
		"to date is whole": {Period{Kind: ToDate, Unit: Month}, "2026-04-10T12:00:00+02:00", []string{
			"2026-03-01T00:00:00+01:00 2026-04-01T00:00:00+02:00", "2026-02-01T00:00:00+01:00 2026-03-01T00:00:00+01:00",
			"2026-01-01T00:00:00+01:00 2026-02-01T00:00:00+01:00",
		}},
		"to date at its end": {Period{Kind: ToDate, Unit: Week}, "2026-03-29T23:59:59.999999999+02:00", []string{
			"2026-03-23T00:00:00+01:00 2026-03-30T00:00:00+02:00", "2026-03-16T00:00:00+01:00 2026-03-23T00:00:00+01:00",
		}},
		"instant": {Period{}, "2026-04-01T00:00:00+02:00", []string{
			"2026-04-01T00:00:00+02:00 2026-04-01T00:00:00+02:00", "2026-03-01T00:00:00+01:00 2026-03-01T00:00:00+01:00",
		}},
		"trailing a month": {Period{Kind: Trailing, Length: 28 * day}, "2026-04-10T12:00:00+02:00", []string{
			"2026-03-03T23:00:00+01:00 2026-04-01T00:00:00+02:00", "2026-02-01T00:00:00+01:00 2026-03-01T00:00:00+01:00",
		}},
		"trailing a week": {Period{Kind: Trailing, Length: 7 * day}, "2026-04-10T12:00:00+02:00", []string{
			"2026-03-30T00:00:00+02:00 2026-04-06T00:00:00+02:00", "2026-03-22T23:00:00+01:00 2026-03-30T00:00:00+02:00",
		}},
		"trailing a day": {Period{Kind: Trailing, Length: day}, "2026-04-10T12:00:00+02:00", []string{
			"2026-04-09T00:00:00+02:00 2026-04-10T00:00:00+02:00", "2026-04-08T00:00:00+02:00 2026-04-09T00:00:00+02:00",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			asOf, err := time.Parse(time.RFC3339Nano, test.asOf)
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, at := range test.period.History(asOf, len(test.want), c) {
				w := test.period.Window(at, c)
				got = append(got, w.Start.Format(time.RFC3339)+" "+w.End.Format(time.RFC3339))
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
	if got := (Period{}).History(time.Now(), 0, c); got != nil {
		t.Errorf("no history is %v", got)
	}
}

// Windows of one period never overlap unless Overlaps says so, and the grid is the same at any time of the day.
func TestHistoryDoesNotOverlap(t *testing.T) {
	for _, zone := range []string{"UTC", "Europe/Berlin", "Africa/Cairo", "Pacific/Apia", "America/Sao_Paulo"} {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		c := Calendar{location, time.Sunday, time.April}
		for words, overlaps := range map[string]bool{
			"day": false, "week": false, "month": false, "quarter": false, "year": false, "instant": false, "days 7": false, "months 12": false,
			"to_date day": false, "to_date week": false, "to_date month": false, "to_date quarter": false, "to_date year": false,
			"trailing 12h": false, "trailing 1d": false, "trailing 2d": true, "trailing 7d": false, "trailing 8d": true,
			"trailing 28d": false, "trailing 30d": true, "trailing 1mo": false, "trailing 12mo": true,
		} {
			var p Period
			if key, value, isMap := strings.Cut(words, " "); isMap {
				p, err = ParseMap(key, value)
			} else {
				p, err = Parse(words)
			}
			if err != nil {
				t.Fatal(err)
			}
			if p.Overlaps() != overlaps {
				t.Errorf("%s: Overlaps is %t", words, !overlaps)
			}
			asOf := time.Date(2012, 2, 3, 13, 14, 15, 0, location)
			list := p.History(asOf, 40, c)
			if diff := cmp.Diff(list, p.History(asOf.Add(2*time.Hour), 40, c)); diff != "" {
				t.Errorf("%s in %s: later that day:\n%s", words, zone, diff)
			}
			for i := 1; i < len(list); i++ {
				newer, older := p.Window(list[i-1], c), p.Window(list[i], c)
				change := time.Hour // A day or a week may be shorter by a change of the clock.
				if zone == "Pacific/Apia" && p.Kind == Trailing {
					change = day // It had no 30 December 2011.
				}
				if !overlaps && older.End.After(newer.Start.Add(change)) || !list[i].Before(list[i-1]) {
					t.Errorf("%s in %s: %v overlaps %v", words, zone, older, newer)
				}
			}
		}
	}
}
