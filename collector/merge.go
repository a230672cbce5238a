package collector

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// merge adds another part to a total of several rows or several databases, each of which must have a
// value for the total to have one.
func (s *Sample) merge(how config.Merge, part *Sample) {
	s.IsQuotient = false
	s.Numerator = both(s.Numerator, part.Numerator, status.Sum)
	s.Denominator = both(s.Denominator, part.Denominator, status.Sum)
	s.SampleSize = both(s.SampleSize, part.SampleSize, status.Sum)
	switch how {
	case config.MergeRatio:
		s.Value, s.IsQuotient = nil, true
		if s.Numerator != nil && s.Denominator != nil && *s.Denominator != 0 {
			s.Value = both(s.Numerator, s.Denominator, func(x, y float64) float64 { return x / y })
		}
	case config.MergeMin:
		s.Value = both(s.Value, part.Value, func(x, y float64) float64 { return min(x, y) })
	case config.MergeMax:
		s.Value = both(s.Value, part.Value, func(x, y float64) float64 { return max(x, y) })
	default:
		s.add(part)
	}
}

// add adds the value of a part, and keeps the exact sum where it is not whole, so that a formula finds no remainder of a
// total without its parts.
func (s *Sample) add(part *Sample) {
	sum := both(s.Value, part.Value, status.Sum)
	switch {
	case sum == nil:
		s.Value = nil
		s.setExact(nil)
	case status.Whole(*s.Value) && status.Whole(*part.Value) && status.Whole(*sum):
		s.Value = sum // Fast, for many rows.
	default:
		s.setExactly(add(s.exactValue(), part.exactValue()))
	}
}

// overflows reports whether a number of a merged sample is larger than a number can be.
func overflows(s Sample) bool {
	for _, v := range []*float64{s.Value, s.SampleSize, s.Numerator, s.Denominator} {
		if v != nil && (math.IsInf(*v, 0) || math.IsNaN(*v)) { // NaN is the sum of two infinities.
			return true
		}
	}
	return false
}

// both returns nil unless both numbers exist.
func both(x, y *float64, f func(x, y float64) float64) *float64 {
	if x == nil || y == nil {
		return nil
	}
	v := f(*x, *y)
	return &v
}

// mergesDatabases reports whether a KPI is one value of several databases.
func mergesDatabases(k *config.KPI) bool { return k.Merge != "" && len(k.Databases) > 1 }

// mergeDatabases returns the samples of a KPI from those of its databases. Where they are merged, a label set that one of
// them does not have has no value.
func mergeDatabases(k *config.KPI, parts []fromDatabase) []Sample {
	var all []Sample
	if !mergesDatabases(k) {
		if len(parts) == 1 {
			return parts[0].samples
		}
		for _, p := range parts {
			all = append(all, p.samples...)
		}
		return all
	}
	places, counts := map[string]int{}, []int{}
	for _, p := range parts {
		samples := p.samples
		for i := range samples {
			key := labelKey(samples[i].Labels)
			at, ok := places[key]
			if !ok {
				places[key] = len(all)
				all, counts = append(all, samples[i]), append(counts, 1)
				continue
			}
			all[at].merge(k.Merge, &samples[i])
			counts[at]++
		}
	}
	for i := range all {
		if counts[i] < len(k.Databases) {
			all[i] = Sample{Labels: all[i].Labels}
		}
		why := ""
		if all[i].Value == nil {
			why = missingDatabases(k, parts, all[i].Labels)
		}
		all[i].setMissing(why)
		all[i].suppress(k)
	}
	return all
}
