package insight

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// maxSeries is how many label sets of a KPI without a total are judged, each on its own.
const maxSeries = 10

// Series is what a KPI, or one of its label sets, measured: one element per point of a history, the oldest first.
type Series struct {
	Labels  []string            // Values, in the order of config.KPI.LabelNames; none for a total, and for a KPI without labels.
	Total   bool                // It is the total of a KPI with labels, which is never judged by a target.
	Samples []*collector.Sample // Nil where the period has no row, or it is withheld.

	kpi *config.KPI
}

// Series returns the series of a KPI: its only one, or its total or, without a total, one per label set of the newest period.
// For more than ten label sets there is none, with the reason TooManyParts.
func (h *History) Series() ([]Series, analysis.Reason) {
	k := h.KPI
	if len(k.LabelNames()) == 0 {
		return []Series{h.series(nil)}, ""
	}
	if total, ok := h.total(); ok {
		return []Series{total}, ""
	}
	if len(h.Points) == 0 {
		return nil, NotEnoughHistory
	}
	newest := h.Points[len(h.Points)-1].Samples
	if len(newest) > maxSeries {
		return nil, TooManyParts
	}
	list := make([]Series, len(newest))
	for i := range newest {
		list[i] = h.series(newest[i].Labels)
	}
	return list, ""
}

// series returns the series of a label set.
func (h *History) series(labels []string) Series {
	s := Series{Labels: labels, Samples: make([]*collector.Sample, len(h.Points)), kpi: h.KPI}
	for i := range h.Points {
		p := &h.Points[i]
		at := slices.IndexFunc(p.Samples, func(s collector.Sample) bool { return slices.Equal(s.Labels, labels) })
		if at >= 0 && !p.Samples[at].Suppressed {
			s.Samples[i] = &p.Samples[at]
		}
	}
	return s
}

// total returns the series of the total; false if the parts of the KPI make none.
func (h *History) total() (Series, bool) {
	all := make([][]collector.Sample, len(h.Points))
	for i := range h.Points {
		all[i] = h.Points[i].Samples
	}
	how := TotalOf(h.KPI, all...)
	if how != config.MergeSum && how != config.MergeRatio {
		return Series{}, false
	}
	s := Series{Total: true, Samples: make([]*collector.Sample, len(h.Points)), kpi: h.KPI}
	for i := range h.Points {
		if h.Points[i].Withheld {
			continue
		}
		sum, reason := Total(h.KPI, how, h.Points[i].Samples)
		if reason == NotTheQuotient {
			return Series{}, false
		}
		if reason == "" {
			s.Samples[i] = &sum
		}
	}
	return s, true
}

// Total returns the total of samples that add up, or are summed to a ratio, or why there is none.
func Total(k *config.KPI, how config.Merge, samples []collector.Sample) (collector.Sample, analysis.Reason) {
	if how == config.MergeRatio {
		return Ratio(k, samples)
	}
	sum, ok := Sum(samples)
	if !ok {
		return collector.Sample{}, analysis.NoValue
	}
	return collector.Sample{Value: &sum, SampleSize: size(samples)}, ""
}

// Values returns the values, nil where there is none.
func (s *Series) Values() []*float64 {
	values := make([]*float64, len(s.Samples))
	for i, sample := range s.Samples {
		if sample != nil {
			values[i] = sample.Value
		}
	}
	return values
}

// newest returns the newest sample, nil where there is none.
func (s *Series) newest() *collector.Sample {
	if len(s.Samples) == 0 {
		return nil
	}
	return s.Samples[len(s.Samples)-1]
}

// until returns the values up to and with a point, as internal/analysis judges them.
func (s *Series) until(at int) analysis.Series {
	a := analysis.Series{Values: s.Values()[:at+1], Season: analysis.NoSeason}
	k := s.kpi
	several := k.Period.Kind == period.Last && k.Period.N > 1
	switch unit := k.Period.HistoryUnit(); {
	case several:
	case unit == period.Day:
		a.Season = analysis.DaySeason
	case unit == period.Month:
		a.Season = analysis.MonthSeason
	}
	if newest := s.Samples[at]; newest != nil {
		a.HasDenominator = newest.Denominator != nil
	}
	return a
}

// Usual returns where an ordinary value of a point would have lain, judged by the points before it; false where that is not
// known.
func (s *Series) Usual(at int) (analysis.Interval, bool) {
	if s.kpi.Period.Overlaps() {
		return analysis.Interval{}, false
	}
	j, ok := s.until(at).Judge()
	return j.Usual, ok
}
