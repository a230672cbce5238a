package collector

import (
	"math"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
)

// sameQuotient is how far a value may lie from numerator / denominator and still be their quotient: databases round.
const sameQuotient = 1e-9

// IsRatio reports whether the value is the quotient of the numerator and the denominator, which must exist; none is that by 0.
func (s *Sample) IsRatio() bool {
	switch {
	case s.IsQuotient, *s.Denominator == 0 && s.Value == nil:
		return true
	case *s.Denominator == 0 || s.Value == nil:
		return false
	}
	quotient := *s.Numerator / *s.Denominator
	return math.Abs(*s.Value-quotient) <= sameQuotient*math.Abs(quotient)
}

// Cases returns how many cases of how many others the value of a KPI is the quotient of. It is false where the value is not such a ratio, or
// where the denominator is an amount of money, or is not the sample size.
func (s *Sample) Cases(k *config.KPI) (analysis.Quotient, bool) {
	if s.Value == nil || s.Numerator == nil || s.Denominator == nil || s.SampleSize == nil || *s.SampleSize != *s.Denominator ||
		!s.IsRatio() || !k.CountsCases() {
		return analysis.Quotient{}, false
	}
	return analysis.Quotient{Numerator: *s.Numerator, Denominator: *s.Denominator}, true
}

// setRange sets the range of the underlying rate.
func (d *Details) setRange(q analysis.Quotient) {
	if i, ok := analysis.Wilson(q.Numerator, q.Denominator); ok {
		d.RangeLow, d.RangeHigh = &i.Low, &i.High
	}
}
