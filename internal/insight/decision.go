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
	Window  period.Window   // From the start of the first of them to the end of the last; zero if nothing is compared.
	Due     bool            // As of the newest point it has 2 to 4 periods behind it: a report says so, later ones do not.
	Reason  analysis.Reason // Why nothing is compared; "" if it is.
}

// After compares what followed a decision with what was before it, in each series of a KPI. The decision is made at an
// instant, the start of a local day; the period that holds it is left out.
func (h *History) After(decision time.Time) []Effect {
	list, reason := h.Series()
	if reason != "" {
		return []Effect{{Reason: reason, Due: h.line(nil).split(decision).due()}}
	}
	effects := make([]Effect, len(list))
	for i := range list {
		effects[i] = list[i].after(h, decision)
	}
	return effects
}

func (s *Series) after(h *History, decision time.Time) Effect {
	line := h.line(s.Values())
	at := line.split(decision)
	e := Effect{Labels: s.Labels, Total: s.Total, Weeks: line.weeks, Due: at.due()}
	switch n := len(h.Points); {
	case n > 0 && h.Points[n-1].Withheld:
		e.Reason = Withheld
		return e
	case s.kpi.Period.Overlaps():
		e.Reason = WindowsOverlap
		return e
	case at.after < leastAfter:
		e.Reason = NotEnoughHistory
		return e
	}
	e.Periods = min(at.after, mostAfter)
	last := at.holds + e.Periods
	effect, ok := analysis.BeforeAfter(line.values[:at.holds], line.values[at.holds+1:last+1])
	if e.Effect = effect; !ok {
		e.Reason = NotEnoughHistory
		return e
	}
	e.Window = period.Window{Start: line.windows[at.holds-2*e.Periods].Start, End: line.windows[last].End}
	return e
}

// line is a series as decisions are judged by it: of days the means of whole weeks.
type line struct {
	values  []*float64
	windows []period.Window
	weeks   bool
}

// line returns values of the history, one per point or none, as decisions are judged by them.
func (h *History) line(values []*float64) line {
	if values == nil {
		values = make([]*float64, len(h.Points))
	}
	if p := h.KPI.Period; p.Kind == period.Last && p.Unit == period.Day && p.N == 1 {
		return weeksOf(values, h.Points, h.KPI.Calendar)
	}
	l := line{values: values, windows: make([]period.Window, len(h.Points))}
	for i := range h.Points {
		l.windows[i] = h.Points[i].Window
	}
	return l
}

// split is where a decision divides a line: the period that holds it, and how many follow.
type split struct{ holds, after int }

func (l line) split(decision time.Time) split {
	holds := 0
	for holds < len(l.windows) && !l.windows[holds].End.After(decision) {
		holds++
	}
	return split{holds, max(0, len(l.windows)-holds-1)}
}

func (s split) due() bool { return leastAfter <= s.after && s.after <= mostAfter }

// weeksOf returns the means of the days of each week that the points cover from end to end, nil where a day has no value.
func weeksOf(values []*float64, points []Point, c period.Calendar) line {
	week := period.Period{Kind: period.Last, Unit: period.Week, N: 1}
	l := line{weeks: true}
	for from := 0; from < len(points); {
		end, _ := week.NextClose(points[from].Window.Start, c)
		to := from
		for to < len(points) && points[to].Window.Start.Before(end) {
			to++
		}
		whole := week.Window(end, c)
		if points[from].Window.Start.Equal(whole.Start) && points[to-1].Window.End.Equal(end) {
			l.values, l.windows = append(l.values, meanOf(values[from:to])), append(l.windows, whole)
		}
		from = to
	}
	return l
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
