package insight

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// explainParts explains the change of a total by its parts, label by label. A KPI with labels has one only if it says so with
// merge, or if its values are quotients.
func (c *comparison) explainParts(x *Explanation) {
	at := c.whole
	if c.parts != nil {
		at = *c.parts
	}
	before, after := c.result(at.before), c.result(at.after)
	if x.failure(after, before) {
		return
	}
	k := c.split
	switch how := TotalOf(x.KPI, before.Samples, after.Samples); how {
	case config.MergeNone:
		x.fail(NoTotal)
	case config.MergeMin, config.MergeMax:
		x.fail(MergeMinMax)
	case config.MergeSum:
		explainSum(x, k, before.Samples, after.Samples)
	case config.MergeRatio:
		explainRatio(x, k, before.Samples, after.Samples)
	default:
		explainChange(x, k, before.Samples, after.Samples)
	}
	slices.SortStableFunc(x.Attributions, func(a, b Attribution) int { return bySize(a.largest(), b.largest()) })
}

// TotalOf returns how the parts of a KPI make its total: as merge says, or as a ratio where it says nothing and any of the
// samples has a numerator and a denominator. "" means that it has none.
func TotalOf(k *config.KPI, samples ...[]collector.Sample) config.Merge {
	if k.Total != "" {
		return k.Total
	}
	if k.Formula != nil {
		return ""
	}
	quotients := false
	for _, list := range samples {
		for i := range list {
			quotients = quotients || list[i].Numerator != nil && list[i].Denominator != nil
		}
	}
	if quotients || k.HasQuotient() {
		return config.MergeRatio
	}
	return ""
}

// explainSum splits the change of a sum.
func explainSum(x *Explanation, k *config.KPI, before, after []collector.Sample) {
	from, ok := Sum(before)
	to, okAfter := Sum(after)
	if len(x.KPI.LabelNames()) == 0 { // The whole is known, whatever the rows are.
		ok, okAfter = ok || len(before) == 0, okAfter || len(after) == 0
	} else if ok && okAfter {
		x.between(&from, &to)
	}
	if !ok || !okAfter {
		x.fail(analysis.NoValue)
		return
	}
	x.Alike = true
	for at, name := range k.LabelNames() {
		segments := segmentsBy(at, before, after, (*cell).addValue)
		parts := make([]analysis.Part, len(segments))
		small := make(map[string]bool, len(segments))
		for i, s := range segments {
			parts[i], small[s.value] = analysis.Part{Value: s.value, Before: s.before.sum(), After: s.after.sum()}, s.small(x.KPI, name)
		}
		c := analysis.Contribute(parts)
		x.Alike = x.Alike && c.Alike
		a := Attribution{Label: name, Method: Contribution, OneSign: c.OneSign && c.From != c.To, Segments: make([]Segment, len(c.Segments))}
		for i := range c.Segments {
			s := &c.Segments[i]
			a.Segments[i] = Segment{
				Value: s.Value, Contribution: &s.Amount, Points: s.Points, Unexpected: s.Unexpected,
				New: s.New, Gone: s.Gone, Small: small[s.Value],
			}
		}
		x.Attributions = append(x.Attributions, a)
	}
}

// explainRatio splits the change of a ratio of sums.
func explainRatio(x *Explanation, k *config.KPI, before, after []collector.Sample) {
	was, reason := Ratio(x.KPI, before)
	is, reasonAfter := Ratio(x.KPI, after)
	if reason = cmp.Or(reason, reasonAfter); reason != "" {
		x.fail(reason)
		return
	}
	if len(x.KPI.LabelNames()) > 0 {
		x.between(was.Value, is.Value)
		x.Chance = chance(x, &was, &is)
	}
	for at, name := range k.LabelNames() {
		segments := segmentsBy(at, before, after, (*cell).addQuotient)
		parts := make([]analysis.RatioPart, len(segments))
		small := make(map[string]bool, len(segments))
		for i, s := range segments {
			parts[i], small[s.value] = analysis.RatioPart{Value: s.value, Before: s.before.quotient, After: s.after.quotient}, s.small(x.KPI, name)
		}
		m, reason := analysis.DecomposeRatio(parts)
		if reason != "" {
			x.fail(reason)
			return
		}
		a := Attribution{Label: name, Method: MixRate, Rate: &m.Rate, Mix: &m.Mix, Segments: make([]Segment, len(m.Segments))}
		for i := range m.Segments {
			s := &m.Segments[i]
			a.Segments[i] = Segment{Value: s.Value, Rate: &s.Rate, Mix: &s.Mix, New: s.New, Gone: s.Gone, Small: small[s.Value]}
		}
		x.Attributions = append(x.Attributions, a)
	}
}

// explainChange lists what each label set changed by, where there is no total.
func explainChange(x *Explanation, k *config.KPI, before, after []collector.Sample) {
	names := k.LabelNames()
	a := Attribution{Label: strings.Join(names, ", "), Method: Change}
	places := map[string]int{}
	for side, samples := range [][]collector.Sample{before, after} {
		for i := range samples {
			s := &samples[i]
			value := labelSet(names, s.Labels)
			at, ok := places[value]
			if !ok {
				at = len(a.Segments)
				places[value] = at
				a.Segments = append(a.Segments, Segment{Value: value, Gone: true})
			}
			g := &a.Segments[at]
			g.Small = g.Small || isSmall(x.KPI, func(name string) string { return valueOf(names, s.Labels, name) }, s.SampleSize)
			if side == 0 {
				g.From = s.Value
				continue
			}
			g.To, g.New, g.Gone = s.Value, !ok, false
		}
	}
	known := false
	for i := range a.Segments {
		g := &a.Segments[i]
		if g.From != nil && g.To != nil {
			g.Delta, known = new(status.Sum(*g.To, -*g.From)), true
		}
		known = known || g.From != nil || g.To != nil
	}
	if !known {
		x.fail(analysis.NoValue)
		return
	}
	slices.SortFunc(a.Segments, func(p, q Segment) int { return cmp.Or(bySize(p.weight(), q.weight()), cmp.Compare(p.Value, q.Value)) })
	x.Attributions = []Attribution{a}
}

// labelSet writes a label set: the value alone where there is one label, "plan=pro, region=eu" where there are several.
func labelSet(names, labels []string) string {
	if len(names) == 1 {
		return labels[0]
	}
	pairs := make([]string, len(names))
	for i, name := range names {
		pairs[i] = name + "=" + labels[i]
	}
	return strings.Join(pairs, ", ")
}

func valueOf(names, labels []string, name string) string {
	if at := slices.Index(names, name); at >= 0 {
		return labels[at]
	}
	return ""
}

// segment is one value of a label, summed over the other labels.
type segment struct {
	value         string
	before, after cell
}

// cell is a segment in one of the periods.
type cell struct {
	rows       int
	value      float64
	quotient   analysis.Quotient
	sampleSize float64 // NaN where a row has none.
}

// segmentsBy sums samples by the value of their label at a place; add adds the numbers of a sample.
func segmentsBy(at int, before, after []collector.Sample, add func(*cell, *collector.Sample)) []segment {
	var segments []segment
	places := map[string]int{}
	for side, samples := range [][]collector.Sample{before, after} {
		for i := range samples {
			s := &samples[i]
			place, ok := places[s.Labels[at]]
			if !ok {
				place = len(segments)
				places[s.Labels[at]] = place
				segments = append(segments, segment{value: s.Labels[at]})
			}
			c := &segments[place].before
			if side == 1 {
				c = &segments[place].after
			}
			add(c, s)
			c.count(s)
		}
	}
	return segments
}

func (c *cell) addValue(s *collector.Sample) { c.value = status.Sum(c.value, *s.Value) }

func (c *cell) addQuotient(s *collector.Sample) {
	c.quotient.Numerator = status.Sum(c.quotient.Numerator, *s.Numerator)
	c.quotient.Denominator = status.Sum(c.quotient.Denominator, *s.Denominator)
}

// count counts the row and its observations.
func (c *cell) count(s *collector.Sample) {
	c.rows++
	if s.SampleSize == nil {
		c.sampleSize = math.NaN()
	} else {
		c.sampleSize += *s.SampleSize
	}
}

// sum returns the value, nil without a row.
func (c *cell) sum() *float64 {
	if c.rows == 0 {
		return nil
	}
	return &c.value
}

// small reports whether the segment has fewer observations than the target needs, in a period in which it has any row.
func (s *segment) small(k *config.KPI, label string) bool {
	lookup := func(name string) string {
		if name == label {
			return s.value
		}
		return ""
	}
	for _, c := range []cell{s.before, s.after} {
		if size := c.sampleSize; c.rows > 0 && !math.IsNaN(size) && isSmall(k, lookup, &size) {
			return true
		}
	}
	return false
}

// isSmall reports whether a sample is smaller than the min_sample of the KPI's target for these labels.
func isSmall(k *config.KPI, label func(name string) string, size *float64) bool {
	if k.Target == nil || size == nil {
		return false
	}
	least := k.Target.For(label).MinSample
	return least != nil && *size < *least && !status.Equal(*size, *least)
}

// largest returns the weight of the largest segment.
func (a *Attribution) largest() float64 {
	largest := 0.0
	for i := range a.Segments {
		largest = max(largest, math.Abs(a.Segments[i].weight()))
	}
	return largest
}

// weight is what segments, and the labels that they are of, are ordered by.
func (s *Segment) weight() float64 {
	switch {
	case s.Unexpected != nil:
		return *s.Unexpected
	case s.Contribution != nil:
		return *s.Contribution
	case s.Rate != nil:
		return *s.Rate + *s.Mix
	case s.Delta != nil:
		return *s.Delta
	}
	return 0
}
