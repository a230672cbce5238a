package pages

import (
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// typeset writes the minus of negative numbers as print has it.
func typeset(text string) string { return format.Minus(text) }

// usualText writes where an ordinary value would lie. Of what has never been negative, nobody expects a negative value.
func (k kpi) usualText(usual analysis.Interval) string {
	if usual.Low < 0 && k.neverNegative() {
		return format.AtMost + k.KPI.Unit.Format(usual.High)
	}
	return typeset(k.KPI.Unit.Format(usual.Low) + " to " + k.KPI.Unit.Format(usual.High))
}

// neverNegative reports whether no value of the history is below 0.
func (k kpi) neverNegative() bool {
	for i := range k.History.Points {
		for j := range k.History.Points[i].Samples {
			if v := k.History.Points[i].Samples[j].Value; v != nil && *v < 0 {
				return false
			}
		}
	}
	return true
}

// cutBand ends at 0 the band of what is usual, where no value is below 0: it would take the room of the line.
func cutBand(l *chart.Line) {
	for _, v := range l.Values {
		if v != nil && *v < 0 {
			return
		}
	}
	for i, low := range l.Low {
		if low != nil && *low < 0 {
			l.Low[i] = new(float64)
		}
	}
}
