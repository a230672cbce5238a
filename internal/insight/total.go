package insight

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Sum returns the sum of samples; false if there are none or one has no value.
func Sum(samples []collector.Sample) (float64, bool) {
	sum := 0.0
	for i := range samples {
		if samples[i].Value == nil {
			return 0, false
		}
		sum = status.Sum(sum, *samples[i].Value)
	}
	return sum, len(samples) > 0 && !math.IsInf(sum, 0)
}

// Ratio returns the sum of the numerators of samples over that of their denominators, as a sample with both, or why there is none.
// Unless the KPI merges its rows to a ratio, each of them must have that of its own numerator and denominator as its value.
func Ratio(k *config.KPI, samples []collector.Sample) (collector.Sample, analysis.Reason) {
	var total analysis.Quotient
	for i := range samples {
		s := &samples[i]
		switch {
		case s.Numerator == nil || s.Denominator == nil:
			return collector.Sample{}, analysis.NoValue
		case k.Merge != config.MergeRatio && !s.IsRatio():
			return collector.Sample{}, NotTheQuotient
		case *s.Denominator < 0:
			return collector.Sample{}, analysis.NegativeDenominator
		}
		total.Numerator = status.Sum(total.Numerator, *s.Numerator)
		total.Denominator = status.Sum(total.Denominator, *s.Denominator)
	}
	switch {
	case len(samples) == 0:
		return collector.Sample{}, analysis.NoValue
	case total.Denominator == 0:
		return collector.Sample{}, analysis.NoDenominator
	}
	return collector.Sample{
		Value: new(total.Numerator / total.Denominator), SampleSize: size(samples),
		Numerator: &total.Numerator, Denominator: &total.Denominator, IsQuotient: true,
	}, ""
}

// size returns the sum of the sample sizes, nil where one has none.
func size(samples []collector.Sample) *float64 {
	sum := 0.0
	for i := range samples {
		if samples[i].SampleSize == nil {
			return nil
		}
		sum = status.Sum(sum, *samples[i].SampleSize)
	}
	return &sum
}
