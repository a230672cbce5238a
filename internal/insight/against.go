package insight

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Against is what a value is compared with.
type Against string

// What values are compared with. Instant KPIs have no previous period, and instant and trailing ones no same period of last
// year; they are compared with what they were at the same local time a month, or a year, earlier.
const (
	PreviousPeriod     Against = "previous_period"
	SamePeriodLastYear Against = "same_period_last_year"
	AMonthAgo          Against = "a_month_ago"
	AYearAgo           Against = "a_year_ago"
)

// Previous returns as of when the period before is measured: of trailing KPIs the one that ends where the trailing period
// begins, for instant ones, a month earlier. For a period to date, it is the same share of the period before.
func Previous(k *config.KPI, asOf time.Time) (time.Time, Against) {
	at := k.Settled(asOf).Time
	if end, whole := wholeToDate(k, at); whole {
		return k.AsOf(config.Settled{Time: unitOf(k).Earlier(end, 1, k.Calendar)[0]}).Add(-1), PreviousPeriod
	}
	switch k.Period.Kind {
	case period.Last, period.ToDate:
		return k.AsOf(config.Settled{Time: k.Period.Earlier(at, 1, k.Calendar)[0]}), PreviousPeriod
	case period.Trailing:
		return k.AsOf(config.Settled{Time: k.Period.Window(at, k.Calendar).Start}), PreviousPeriod
	}
	return k.AsOf(config.Settled{Time: k.Calendar.MonthsBefore(at, 1)}), AMonthAgo
}

// LastYear returns as of when the same is measured a year earlier.
func LastYear(k *config.KPI, asOf time.Time) (time.Time, Against) {
	at := k.Settled(asOf).Time
	if end, whole := wholeToDate(k, at); whole {
		t, _ := unitOf(k).LastYear(end, k.Calendar)
		return k.AsOf(config.Settled{Time: t}).Add(-1), SamePeriodLastYear
	}
	if t, ok := k.Period.LastYear(at, k.Calendar); ok {
		return k.AsOf(config.Settled{Time: t}), SamePeriodLastYear
	}
	return k.AsOf(config.Settled{Time: k.Calendar.MonthsBefore(at, 12)}), AYearAgo
}

// wholeToDate reports whether a period to date is measured as of its last instant, and thus as a whole, and when it ends.
func wholeToDate(k *config.KPI, at time.Time) (end time.Time, whole bool) {
	if k.Period.Kind != period.ToDate {
		return time.Time{}, false
	}
	end = k.Period.Full(at, k.Calendar).End
	return end, at.Equal(end.Add(-1))
}

// unitOf returns the complete period of which a period to date is a part.
func unitOf(k *config.KPI) period.Period {
	return period.Period{Kind: period.Last, Unit: k.Period.Unit, N: 1}
}
