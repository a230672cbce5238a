package report

import (
	"math"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Trend is a label set over some periods.
type Trend struct {
	Row               // The last period.
	Values []*float64 // In the unit of the KPI, the oldest first; nil where there was no value, or no row.
}

// Trends returns the trends of one KPI, sorted by labels, from its results of at least one period, the oldest first. What
// failed in the last period and has no label set to be beside comes first.
func Trends(periods []collector.Result) []Trend {
	now := periods[len(periods)-1]
	all := seriesOf(periods)
	if len(all) == 0 && now.Failure == nil {
		return []Trend{{Row: emptyRow(now)}}
	}
	var trends []Trend
	failed := failures(now)
	for _, f := range failed {
		if !slices.ContainsFunc(all, func(s *series) bool { return f.concerns(s.labels) }) {
			trends = append(trends, Trend{Row: f.row()})
		}
	}
	for _, s := range all {
		row := Row{Value: "no row"}
		if s.now != nil {
			row = sampleRow(now, *s.now)
		}
		if at := slices.IndexFunc(failed, func(f failure) bool { return f.concerns(s.labels) }); at >= 0 {
			row = failed[at].row()
		}
		row.Labels = format.Labels(now.KPI.LabelNames(), s.labels)
		trends = append(trends, Trend{row, s.values})
	}
	return trends
}

// series is what a label set was over some periods.
type series struct {
	labels []string
	values []*float64
	now    *collector.Sample // The sample of the last period; nil if it has none.
}

// seriesOf returns the series of one KPI's results, sorted by labels.
func seriesOf(periods []collector.Result) []*series {
	var list []*series
	byLabels := map[string]*series{}
	for i, r := range periods {
		for j := range r.Samples {
			sample := &r.Samples[j]
			key := strings.Join(sample.Labels, "\x00")
			s := byLabels[key]
			if s == nil {
				s = &series{labels: sample.Labels, values: make([]*float64, len(periods))}
				byLabels[key] = s
				list = append(list, s)
			}
			s.values[i] = sample.Value
			if i == len(periods)-1 {
				s.now = sample
			}
		}
	}
	slices.SortFunc(list, func(a, b *series) int { return slices.Compare(a.labels, b.labels) })
	return list
}

// Sparkline draws values from the smallest to the largest of them, a blank for each that is nil. Values that differ by no more
// than rounding are one level line.
func Sparkline(values []*float64) string {
	blocks := []rune("▁▂▃▄▅▆▇█")
	low, high := math.Inf(1), math.Inf(-1)
	for _, v := range values {
		if v != nil {
			low, high = min(low, *v), max(high, *v)
		}
	}
	// Halved, since the distance between two numbers can be more than the largest number.
	height := high/2 - low/2
	flat := height <= 1e-9*max(math.Abs(low), math.Abs(high))
	var b strings.Builder
	for _, v := range values {
		switch {
		case v == nil:
			b.WriteByte(' ')
		case flat:
			b.WriteRune('▄')
		default:
			b.WriteRune(blocks[int(math.Round((*v/2-low/2)/height*7))])
		}
	}
	return strings.TrimRight(b.String(), " ")
}
