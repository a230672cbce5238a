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
// begins, of instant ones a month earlier.
func Previous(k *config.KPI, asOf time.Time) (time.Time, Against) {
	at := asOf.Add(-k.Settle)
	switch k.Period.Kind {
	case period.Last, period.ToDate:
		return k.Period.Earlier(at, 1, k.Calendar)[0].Add(k.Settle), PreviousPeriod
	case period.Trailing:
		return k.Period.Window(at, k.Calendar).Start.Add(k.Settle), PreviousPeriod
	}
	return k.Calendar.MonthsBefore(at, 1).Add(k.Settle), AMonthAgo
}

// LastYear returns as of when the same is measured a year earlier.
func LastYear(k *config.KPI, asOf time.Time) (time.Time, Against) {
	at := asOf.Add(-k.Settle)
	if t, ok := k.Period.LastYear(at, k.Calendar); ok {
		return t.Add(k.Settle), SamePeriodLastYear
	}
	return k.Calendar.MonthsBefore(at, 12).Add(k.Settle), AYearAgo
}
