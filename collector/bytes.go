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
	n := 0
	for _, label := range s.Labels {
		n += text + len(label)
	}
	more := s.Details()
	for _, v := range []*float64{
		s.Value, s.SampleSize, s.Numerator, s.Denominator, more.Attainment, more.Pace, more.Forecast, more.ForecastLow, more.ForecastHigh,
		more.RangeLow, more.RangeHigh, more.Target,
	} {
		if v != nil {
			n += number
		}
	}
	if s.More != nil {
		n += int(reflect.TypeFor[Details]().Size())
	}
	return n + len(more.Missing) + cap(more.Bounds)*int(reflect.TypeFor[BoundValue]().Size()) + cap(more.Previous)*int(reflect.TypeFor[Previous]().Size())
}
