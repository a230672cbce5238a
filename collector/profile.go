package collector

import (
	"math"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

const (
	profilePeriods = 6 // Earlier periods that a profile takes.
	profileWeeks   = 8 // Whole weeks whose days give the weights.
)

// profile is what pace: profile knows of the shape of a period: how earlier ones went, and what the days of a week bring.
type profile struct {
	at      time.Time    // Up to when is measured, settled.
	running bool         // Else all of the period is measured, and nothing is to be foreseen.
	units   []pastUnit   // Earlier periods, the nearest first.
	daily   *config.KPI  // Measures days; nil where weekdays do not count.
	days    []pastValues // In whole weeks, the oldest first.
	first   time.Weekday // The weekday of the first of them.
}

// daily returns the KPI as it measures single local days; nil for a formula. It has no target and compares with nothing.
func daily(k *config.KPI) *config.KPI {
	if k.Formula != nil {
		return nil
	}
	d := k.Derived("-daily")
	d.Period = period.Period{Kind: period.Last, Unit: period.Day, N: 1}
	return d
}

// pastUnit is an earlier period: what it came to, and how far it had come.
type pastUnit struct {
	period.EarlierUnit
	whole, partly pastValues
}

// pastValues are the values of one instant by their labels, as labelKey joins them; known is false where they were not read.
type pastValues struct {
	at     config.Settled
	known  bool
	values map[string]float64
}

// newProfile returns what is to be read for a profile; nil if the KPI's target takes none.
func newProfile(k *config.KPI, at config.Settled) *profile {
	if k.Target == nil || !k.Target.Profile {
		return nil
	}
	c := k.Calendar
	p := &profile{at: at.Time, running: !at.Equal(k.Period.Full(at.Time, c).End.Add(-1))}
	if !p.running {
		return p
	}
	for _, u := range k.Period.EarlierUnits(at.Time, profilePeriods, c) {
		p.units = append(p.units, pastUnit{u, pastValues{at: config.Settled{Time: u.End.Add(-1)}}, pastValues{at: config.Settled{Time: u.At}}})
	}
	if unit := k.Period.Unit; unit == period.Week || unit == period.Month {
		p.daily = daily(k)
	}
	if p.daily != nil {
		end := period.Period{Kind: period.Last, Unit: period.Week, N: profileWeeks}.Window(at.Time, c).End
		p.first = c.WeekStart
		p.days = make([]pastValues, 7*profileWeeks)
		for i, t := 0, end; i < len(p.days); i++ {
			p.days[len(p.days)-1-i] = pastValues{at: config.Settled{Time: t}}
			t = p.daily.Period.Earlier(t, 1, c)[0]
		}
	}
	return p
}

// reads calls f for every KPI and instant that the profile takes.
func (p *profile) reads(k *config.KPI, f func(k *config.KPI, v *pastValues)) {
	if p == nil {
		return
	}
	for i := range p.units {
		f(k, &p.units[i].whole)
		f(k, &p.units[i].partly)
	}
	for i := range p.days {
		f(p.daily, &p.days[i])
	}
}

// fill takes the values from what was read. What begins before the data, or failed for a reason of its instant, stays unknown.
func (ev *evaluation) fillProfile() (failure *Failure) {
	ev.profile.reads(ev.result.KPI, func(k *config.KPI, v *pastValues) {
		asOf := k.AsOf(v.at)
		if failure != nil || anyBeforeData(ev.shared.readings(k, asOf)) || ev.missingFor(k, asOf) != nil {
			return
		}
		samples, why := ev.samples(k, asOf)
		switch {
		case why == nil:
		case why.ofItsInstant():
			return
		default:
			failure = why
			return
		}
		v.known, v.values = true, make(map[string]float64, len(samples))
		for i := range samples {
			if s := &samples[i]; s.Value != nil {
				v.values[labelKey(s.Labels)] = *s.Value
			}
		}
	})
	return failure
}

// expectation is what is to be expected of a label set by now.
type expectation struct {
	share   float64             // How much of the period's value, by now; NaN where that is not known.
	periods int                 // Earlier periods that it is based on; 0: in a straight line.
	elapsed float64             // Share of the period's weight.
	past    []analysis.PastPace // By period.
}

// of returns what is to be expected of a label set. It is false with too few earlier periods, or without weights: then the pace
// is linear.
func (p *profile) of(k *config.KPI, key string) (expectation, bool) {
	if !p.running {
		return expectation{share: 1}, true
	}
	weights, weighted := p.weights(key)
	if p.daily != nil && !weighted {
		return expectation{}, false
	}
	elapsed := func(w period.Window, at time.Time) float64 {
		if p.daily == nil {
			return float64(at.Sub(w.Start)) / float64(w.End.Sub(w.Start))
		}
		days, first, passed := k.Calendar.Days(w, at)
		return weights.Elapsed(first, days, passed)
	}
	e := expectation{elapsed: elapsed(k.Period.Full(p.at, k.Calendar), p.at)}
	for i := range p.units {
		u := &p.units[i]
		whole, ok := u.whole.values[key]
		partly, okPartly := u.partly.values[key]
		if ok && okPartly {
			e.past = append(e.past, analysis.PastPace{Share: partly / whole, Elapsed: elapsed(u.Window, u.At)})
		}
	}
	if e.periods = len(e.past); e.periods < analysis.LeastPeriods {
		return expectation{}, false
	}
	e.share = math.NaN()
	if f, ok := analysis.Forecast(0, e.elapsed, e.past); ok {
		e.share, e.periods = f.Expected, f.Periods
	}
	return e, true
}

// weights returns what the days of a week bring of a label set. A day on which it has no row, or no value, brings nothing.
func (p *profile) weights(key string) (analysis.Weights, bool) {
	days := make([]*float64, len(p.days))
	for i := range p.days {
		if d := &p.days[i]; d.known {
			days[i] = new(d.values[key])
		}
	}
	return analysis.WeekdayWeights(days, p.first)
}

// forecast fills in where the running period of a value will end.
func (e *expectation) forecast(d *Details, value float64) {
	if len(e.past) == 0 { // All of the period is measured.
		d.Forecast = &value
		return
	}
	if f, ok := analysis.Forecast(value, e.elapsed, e.past); ok {
		d.Forecast, d.ForecastLow, d.ForecastHigh = &f.Value, f.Low, f.High
	}
}
