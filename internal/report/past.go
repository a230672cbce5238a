package report

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// drawn is how many periods a trend shows.
const drawn = 13

// Past is what a label set, or a total, measured over the last periods, the oldest first. All lists have one element per period.
type Past struct {
	Periods      []string             // What was measured: "2026-03".
	Values       []*float64           // In the KPI's unit; nil where there was none, or it is withheld.
	Lower, Upper []*float64           // The target as it was then; nil where there was none.
	Usual        []*analysis.Interval // Where an ordinary value would have lain; nil where that is not known.
	Running      bool                 // The last period is still running.
}

// pastOf returns the past of a label set, or of the total, up to now.
func pastOf(s *insight.Surveyed, labels []string, total bool) Past {
	series, _ := s.History.Series()
	at := slices.IndexFunc(series, func(one insight.Series) bool { return one.Total == total && slices.Equal(one.Labels, labels) })
	var p Past
	points := s.History.Points
	now := !total && s.Now.Failure == nil && !s.Now.Incomplete && (len(points) == 0 || s.Now.Window.End.After(points[len(points)-1].Window.End))
	most := drawn
	if now {
		most--
	}
	for i := max(0, len(points)-most); i < len(points); i++ {
		sample := sampleOf(points[i].Samples, labels)
		if total && at >= 0 {
			sample = series[at].Samples[i]
		}
		p.add(&points[i].Result, sample)
		if at >= 0 {
			if usual, ok := series[at].Usual(i); ok {
				p.Usual[len(p.Usual)-1] = &usual
			}
		}
	}
	if now {
		p.add(&s.Now, sampleOf(s.Now.Samples, labels))
		p.Running = s.KPI.Period.Kind == period.ToDate
	}
	return p
}

// add adds a period; its sample may be nil.
func (p *Past) add(r *collector.Result, s *collector.Sample) {
	p.Periods = append(p.Periods, format.Window(r.KPI.Period, r.Window))
	var value, lower, upper *float64
	if s != nil {
		value = s.Value
		lower, upper = targetOf(s)
	}
	p.Values, p.Lower, p.Upper = append(p.Values, value), append(p.Lower, lower), append(p.Upper, upper)
	p.Usual = append(p.Usual, nil)
}

// targetOf returns the ends of the target of a sample.
func targetOf(s *collector.Sample) (lower, upper *float64) {
	for i := range s.Bounds {
		switch b := &s.Bounds[i]; {
		case b.Tier != "target":
		case b.Side == "lower":
			lower = &b.Value
		default:
			upper = &b.Value
		}
	}
	return lower, upper
}
