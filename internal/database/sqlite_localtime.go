package database

import (
	"context"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// boundInUTC reports whether the side of a comparison that has an instant would be another one if the instant was local time
// in place of UTC, so that it is a day, a month or a year of UTC, however it is made. It tries every day of a year, or one a
// month where the side is read from tables.
func (s *session) boundInUTC(ctx context.Context, c sqltext.Comparison) bool {
	zone, err := time.LoadLocation(s.Parameters.Timezone)
	if err != nil {
		return false
	}
	bounds, step := c.BoundAlone, 1
	if bounds == nil {
		bounds, step = c.Values, 30
	}
	for days := 0; days < 366; days += step {
		utc := s.Parameters.earlier(0, days, zone)
		bound, local := s.with(utc).side(ctx, bounds, "bound"), s.with(utc.wall(zone)).side(ctx, bounds, "bound")
		if bound.form != "" && local.form != "" && bound.text != local.text {
			return true
		}
	}
	return false
}

// valueInUTC reports whether a day, a month or a year that is made of an instant is not always that of the KPI's time zone.
func (s *session) valueInUTC(ctx context.Context, f Forms) bool {
	zone, err := time.LoadLocation(s.Parameters.Timezone)
	if err != nil || f.ReadValues == nil {
		return false
	}
	instant, ok := map[Form]string{
		FormText: ":as_of", FormISO: "strftime('%Y-%m-%dT%H:%M:%SZ', :as_of)", FormMinutes: "strftime('%Y-%m-%d %H:%M', :as_of)",
		FormSeconds: "unixepoch(:as_of)", FormMilliseconds: "unixepoch(:as_of) * 1000", FormMicroseconds: "unixepoch(:as_of) * 1000000",
		FormJulian: "julianday(:as_of)",
	}[f.Read]
	if !ok {
		return false
	}
	made, err := f.MadeOf("(" + instant + ")")
	if err != nil {
		return false
	}
	for month := range 12 {
		for hour := range 48 { // The hours of the last day of a month, and of the first.
			p := s.Parameters
			p.AsOf = time.Date(p.AsOf.Year(), p.AsOf.Month()-time.Month(month), 0, hour, 30, 0, 0, zone)
			if v := s.with(p).side(ctx, made, "value"); v.form == f.Value && v.text != p.AsOf.Format(f.Value.Layout()) {
				return true
			}
		}
	}
	return false
}

// with returns a session whose query has other parameters.
func (s *session) with(p Parameters) *session {
	j := *s.job
	j.Parameters = p
	other := *s
	other.job = &j
	return &other
}

// earlier returns the parameters some months and days earlier, at the same local time. What is not the beginning of a local day is
// another hour then.
func (p Parameters) earlier(months, days int, zone *time.Location) Parameters {
	return p.each(func(t time.Time) time.Time {
		local := t.In(zone)
		if local.Add(-time.Second).Day() == local.Day() {
			local = local.Add(time.Duration((2*months+days)%24) * time.Hour)
		}
		return local.AddDate(0, -months, -days)
	})
}

// wall returns the parameters with what clocks in the zone read in place of UTC.
func (p Parameters) wall(zone *time.Location) Parameters {
	return p.each(func(t time.Time) time.Time {
		_, offset := t.In(zone).Zone()
		return t.Add(time.Duration(offset) * time.Second)
	})
}

// each returns the parameters with their instants changed.
func (p Parameters) each(change func(time.Time) time.Time) Parameters {
	for _, t := range []*time.Time{&p.AsOf, &p.PeriodStart, &p.PeriodEnd, &p.PreviousStart, &p.PreviousEnd} {
		*t = change(*t)
	}
	return p
}
