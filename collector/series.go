package collector

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Info returns the labels of kpi_info beside kpi, in the order of its family. An empty one has no value.
func Info(cfg *config.Config, k *config.KPI) []series.Label {
	return series.InfoValues{
		Product:        cfg.Product,
		Title:          k.Title,
		Description:    firstRunes(k.Description, 1000),
		Category:       k.Category,
		Objective:      k.Objective,
		ObjectiveTitle: cfg.ObjectiveTitle(k),
		Owner:          k.Owner,
		Level:          k.Level,
		Unit:           string(k.Unit),
		GrafanaUnit:    k.Unit.Grafana(),
		Direction:      string(k.Direction()),
		Period:         k.Period.String(),
		Runbook:        k.Runbook,
		Dashboard:      cfg.DashboardURL(k),
	}.Labels()
}

// Decisions calls yield for every decision about a KPI whose date has come: with the value and the labels beside kpi, in the order
// of its family.
func Decisions(k *config.KPI, now time.Time, yield func(value float64, labels ...series.Label)) {
	for _, d := range k.Decisions {
		if from := d.From(k.Calendar.Location); !from.After(now) {
			yield(unixSeconds(from), series.DecisionValues{ID: d.ID(), Text: d.ShortText(), Owner: d.Owner}.Labels()...)
		}
	}
}

// NextDecision returns when the next decision about a KPI takes effect, zero if none is planned.
func NextDecision(k *config.KPI, now time.Time) time.Time {
	for _, d := range k.Decisions {
		if from := d.From(k.Calendar.Location); from.After(now) {
			return from
		}
	}
	return time.Time{}
}

// Series calls yield for every series that a result without a Failure shows of its period and its samples: with the
// family, the value, and the labels beside kpi, which are the values of the KPI's own in the order of its LabelNames (none
// for those of the period) and more.
func (r Result) Series(yield func(family string, value float64, own []string, more ...series.Label)) {
	yield(series.PeriodStart, unixSeconds(r.Window.Start), nil)
	yield(series.PeriodEnd, unixSeconds(r.Window.End), nil)
	yield(series.PeriodElapsed, r.Elapsed, nil)
	if measured := format.Measured(r.KPI.Period, r.Window); measured != "" {
		yield(series.PeriodInfo, 1, nil, series.Label{Name: series.MeasuredLabel, Value: measured})
	}
	for i := range r.Samples {
		s := &r.Samples[i]
		more := s.Details()
		for _, n := range s.numbers(&more) {
			if n.value != nil {
				yield(n.family, *n.value, s.Labels)
			}
		}
		if v, ok := s.Status.Value(); ok {
			yield(series.Status, v, s.Labels)
		}
		for _, b := range more.Bounds {
			yield(series.Bound, b.Value, s.Labels, series.Label{Name: series.TierLabel, Value: b.Tier}, series.Label{Name: series.SideLabel, Value: b.Side})
		}
		for _, p := range more.Previous {
			yield(series.PreviousValue, p.Value, s.Labels, series.Label{Name: series.ComparedWithLabel, Value: p.ComparedWith})
		}
	}
}

// familyValue is a number of a sample and the family that shows it.
type familyValue struct {
	family string
	value  *float64 // Nil where the sample has none.
}

// numbers returns the numbers of a sample of which each has a family of its own.
func (s *Sample) numbers(more *Details) [10]familyValue {
	return [...]familyValue{
		{series.Value, s.Value},
		{series.Target, more.Target},
		{series.Attainment, more.Attainment},
		{series.SampleSize, s.SampleSize},
		{series.Pace, more.Pace},
		{series.Forecast, more.Forecast},
		{series.ForecastLow, more.ForecastLow},
		{series.ForecastHigh, more.ForecastHigh},
		{series.RangeLow, more.RangeLow},
		{series.RangeHigh, more.RangeHigh},
	}
}

func firstRunes(s string, n int) string {
	count := 0
	for i := range s {
		if count == n {
			return s[:i]
		}
		count++
	}
	return s
}

func unixSeconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }
