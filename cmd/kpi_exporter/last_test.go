package main

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

func TestLastInstants(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	day := period.Period{Kind: period.Last, Unit: period.Day, N: 1}
	tests := []struct {
		name   string
		period period.Period
		settle time.Duration
		asOf   string
		want   string
	}{
		{
			"days, one of 23 hours", day, 0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"days at midnight", day, 0, "2026-03-30T00:00:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T00:00:00+02:00",
		},
		{
			"days that settle", day, 36 * time.Hour, "2026-03-31T13:00:00+02:00",
			"2026-03-29T13:00:00+02:00 2026-03-30T13:00:00+02:00 2026-03-31T13:00:00+02:00",
		},
		{
			"days that have not settled", day, 36 * time.Hour, "2026-03-31T11:00:00+02:00",
			"2026-03-28T12:00:00+01:00 2026-03-29T13:00:00+02:00 2026-03-31T11:00:00+02:00",
		},
		{
			"weeks",
			period.Period{Kind: period.Last, Unit: period.Week, N: 1},
			0, "2026-04-01T12:00:00+02:00",
			"2026-03-16T00:00:00+01:00 2026-03-23T00:00:00+01:00 2026-04-01T12:00:00+02:00",
		},
		{
			"quarters",
			period.Period{Kind: period.Last, Unit: period.Quarter, N: 1},
			0, "2026-05-01T00:00:00+02:00",
			"2025-10-01T00:00:00+02:00 2026-01-01T00:00:00+01:00 2026-05-01T00:00:00+02:00",
		},
		{
			"30 days move by one",
			period.Period{Kind: period.Last, Unit: period.Day, N: 30},
			0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T00:00:00+01:00 2026-03-29T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"12 months move by one",
			period.Period{Kind: period.Last, Unit: period.Month, N: 12},
			0, "2026-03-30T09:15:00+02:00",
			"2026-01-01T00:00:00+01:00 2026-02-01T00:00:00+01:00 2026-03-30T09:15:00+02:00",
		},
		{
			"the same local time of the same day of each month",
			period.Period{Kind: period.ToDate, Unit: period.Month},
			0, "2026-05-16T12:00:00+02:00",
			"2026-03-16T12:00:00+01:00 2026-04-16T12:00:00+02:00 2026-05-16T12:00:00+02:00",
		},
		{
			"the same local time of the same day of each month, settled",
			period.Period{Kind: period.ToDate, Unit: period.Month},
			time.Hour, "2026-05-16T13:00:00+02:00",
			"2026-03-16T13:00:00+01:00 2026-04-16T13:00:00+02:00 2026-05-16T13:00:00+02:00",
		},
		{
			"instant",
			period.Period{},
			0, "2026-03-30T09:15:00+02:00",
			"2026-03-28T09:15:00+01:00 2026-03-29T09:15:00+02:00 2026-03-30T09:15:00+02:00",
		},
		{
			"an hour that is skipped",
			period.Period{},
			0, "2026-03-30T02:30:00+02:00",
			"2026-03-28T02:30:00+01:00 2026-03-29T03:30:00+02:00 2026-03-30T02:30:00+02:00",
		},
		{
			"trailing",
			period.Period{Kind: period.Trailing, Length: 12 * time.Hour},
			time.Hour, "2026-10-26T00:00:00+01:00",
			"2026-10-24T00:00:00+02:00 2026-10-25T00:00:00+02:00 2026-10-26T00:00:00+01:00",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			asOf, err := time.Parse(time.RFC3339, tt.asOf)
			if err != nil {
				t.Fatal(err)
			}
			k := &config.KPI{
				Period: tt.period, Settle: tt.settle,
				Calendar: period.Calendar{Location: berlin, WeekStart: time.Monday, YearStart: time.January},
			}
			var got []string
			for _, at := range lastInstants(k, asOf, 3) {
				got = append(got, at.In(berlin).Format(time.RFC3339))
			}
			if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
			if one := lastInstants(k, asOf, 1); len(one) != 1 || !one[0].Equal(asOf) {
				t.Errorf("the last one alone is %v", one)
			}
		})
	}
}

func TestSparkline(t *testing.T) {
	none := math.NaN()
	for name, test := range map[string]struct {
		values []float64
		want   string
	}{
		"rises":                {[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		"below zero":           {[]float64{-1, -8, -4.5}, "█▁▅"},
		"a gap":                {[]float64{none, 1, none, 3}, " ▁ █"},
		"none now":             {[]float64{1, 3, none}, "▁█"},
		"flat":                 {[]float64{5, 5, none, 5}, "▄▄ ▄"},
		"flat at zero":         {[]float64{0, 0}, "▄▄"},
		"flat but for the sum": {[]float64{0.1 + 0.2, 0.3}, "▄▄"},
		"one":                  {[]float64{12}, "▄"},
		"as far as it goes":    {[]float64{-math.MaxFloat64, 0, math.MaxFloat64}, "▁▅█"},
		"as near as it goes":   {[]float64{0, math.SmallestNonzeroFloat64 * 4}, "▁█"},
		"no values":            {[]float64{none, none}, ""},
		"no periods":           {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var values []*float64
			for _, v := range test.values {
				if math.IsNaN(v) {
					values = append(values, nil)
				} else {
					values = append(values, &v)
				}
			}
			if got := sparkline(values); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
