package collector

import "reflect"

// Bytes returns how much memory samples take with all that is theirs alone.
func Bytes(samples []Sample) int {
	n := cap(samples) * int(reflect.TypeFor[Sample]().Size())
	for i := range samples {
		n += samples[i].bytes()
	}
	return n
}

// bytes returns what the sample refers to.
func (s *Sample) bytes() int {
	const text, number = 16, 8
	n := len(s.Missing)
	for _, label := range s.Labels {
		n += text + len(label)
	}
	for _, v := range []*float64{
		s.Value, s.SampleSize, s.Numerator, s.Denominator, s.Attainment, s.Pace, s.Forecast, s.ForecastLow, s.ForecastHigh, s.RangeLow, s.RangeHigh, s.Target,
	} {
		if v != nil {
			n += number
		}
	}
	return n + cap(s.Bounds)*int(reflect.TypeFor[BoundValue]().Size()) + cap(s.Previous)*int(reflect.TypeFor[Previous]().Size())
}
