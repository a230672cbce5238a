package insight

import (
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Reasons why the newest value of a series is not judged, besides Withheld and analysis.NoValue.
const (
	NotEnoughHistory analysis.Reason = "not_enough_history"
	WindowsOverlap   analysis.Reason = "windows_overlap" // Neighbouring values share most of what they measure.
	TooManyParts     analysis.Reason = "too_many_parts"  // More label sets than are judged, and no total.
	SmallSample      analysis.Reason = "small_sample"    // Fewer observations than min_sample.
	Running          analysis.Reason = "running"         // A period to date is judged by its pace.
)

// Unusual is what the past of a series says about its newest value.
type Unusual struct {
	Labels []string // As of Series.
	Total  bool
	Value  *float64
	analysis.Judgement
	Reason analysis.Reason // Why it is not judged; "" if it is.

	Highest, Lowest bool // Among all Compared values before it.
	Compared        int
	Streak          int // How often in a row the value rose, or negative, fell.

	Delta, Size *float64 // By how much it differs from the value before, and how much that is in usual differences; nil if not known.
}

// Unusual judges the newest value of each series of a KPI.
func (h *History) Unusual() []Unusual {
	list, reason := h.Series()
	if reason != "" {
		return []Unusual{{Reason: reason}}
	}
	judged := make([]Unusual, len(list))
	for i := range list {
		judged[i] = list[i].unusual(h)
	}
	return judged
}

func (s *Series) unusual(h *History) Unusual {
	u := Unusual{Labels: s.Labels, Total: s.Total}
	newest := len(h.Points) - 1
	if newest < 0 {
		u.Reason = NotEnoughHistory
		return u
	}
	if h.Points[newest].Withheld {
		u.Reason = Withheld
		return u
	}
	sample := s.newest()
	if sample == nil || sample.Value == nil {
		u.Reason = analysis.NoValue
		return u
	}
	u.Value = sample.Value
	values := s.Values()
	u.Highest, u.Lowest, u.Compared = analysis.Extreme(values)
	u.Streak = analysis.Streak(values)
	if delta, size, ok := analysis.Move(values); ok {
		u.Delta, u.Size = &delta, &size
	}
	switch {
	case s.kpi.Period.Overlaps():
		u.Reason = WindowsOverlap
	case s.kpi.Period.Kind == period.ToDate:
		u.Reason = Running
	case isSmall(s.kpi, s.label, sample.SampleSize):
		u.Reason = SmallSample
	default:
		j, ok := s.until(newest).Judge()
		if u.Judgement = j; !ok {
			u.Reason = NotEnoughHistory
		}
	}
	return u
}

// label returns the value of a label.
func (s *Series) label(name string) string {
	if s.Total {
		return ""
	}
	return valueOf(s.kpi.LabelNames(), s.Labels, name)
}
