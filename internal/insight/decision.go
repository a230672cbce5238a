package insight

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// How many closed periods after a decision are compared, at least and at most.
const (
	leastAfter = 2
	mostAfter  = 4
)

// Effect is what followed a decision in one series.
type Effect struct {
	Labels []string // As of Series.
	Total  bool
	analysis.Effect
	Periods int             // How many after the decision are compared with twice as many before it.
	Weeks   bool            // They are weeks: days are compared as the means of whole weeks.
	Due     bool            // As of the newest point it has 2 to 4 periods behind it: a report says so, later ones do not.
	Reason  analysis.Reason // Why nothing is compared; "" if it is.
}

// After compares what followed a decision with what was before it, in each series of a KPI. The decision is made at an
// instant, the start of a local day; the period that holds it is left out.
func (h *History) After(decision time.Time) []Effect {
	list, reason := h.Series()
	if reason != "" {
		return []Effect{{Reason: reason}}
	}
	effects := make([]Effect, len(list))
	for i := range list {
		effects[i] = list[i].after(h, decision)
	}
	return effects
}

func (s *Series) after(h *History, decision time.Time) Effect {
	e := Effect{Labels: s.Labels, Total: s.Total}
	if n := len(h.Points); n > 0 && h.Points[n-1].Withheld {
		e.Reason = Withheld
		return e
	}
	if s.kpi.Period.Overlaps() {
		e.Reason = WindowsOverlap
		return e
	}
	ends := make([]time.Time, len(h.Points))
	for i := range h.Points {
		ends[i] = h.Points[i].Window.End
	}
	values := s.Values()
	if p := s.kpi.Period; p.Kind == period.Last && p.Unit == period.Day && p.N == 1 {
		e.Weeks = true
		values, ends = weeks(values, h.Points, s.kpi.Calendar)
	}
	holds := 0 // The period that holds the decision.
	for holds < len(ends) && !ends[holds].After(decision) {
		holds++
	}
	if holds >= len(ends)-leastAfter {
		e.Reason = NotEnoughHistory
		return e
	}
	after := values[holds+1:]
	e.Due = len(after) <= mostAfter
	e.Periods = min(len(after), mostAfter)
	effect, ok := analysis.BeforeAfter(values[:holds], after[:e.Periods])
	if e.Effect = effect; !ok {
		e.Reason = NotEnoughHistory
	}
	return e
}

// weeks returns the means of the days of each week that the points cover from end to end, nil where a day has no value, and the
// ends of the weeks.
func weeks(values []*float64, points []Point, c period.Calendar) (means []*float64, ends []time.Time) {
	week := period.Period{Kind: period.Last, Unit: period.Week, N: 1}
	for from := 0; from < len(points); {
		end, _ := week.NextClose(points[from].Window.Start, c)
		to := from
		for to < len(points) && points[to].Window.Start.Before(end) {
			to++
		}
		if points[from].Window.Start.Equal(week.Window(end, c).Start) && points[to-1].Window.End.Equal(end) {
			means, ends = append(means, meanOf(values[from:to])), append(ends, end)
		}
		from = to
	}
	return means, ends
}

// meanOf returns the mean of values that must all be there, else nil.
func meanOf(values []*float64) *float64 {
	all := make([]float64, 0, len(values))
	for _, v := range values {
		if v == nil {
			return nil
		}
		all = append(all, *v)
	}
	return new(status.Mean(all))
}
