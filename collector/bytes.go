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
	more := s.Details()
	n := bytesBehind(s.Labels, s.Value, s.SampleSize, s.Numerator, s.Denominator, more.Attainment, more.Pace, more.Forecast, more.ForecastLow,
		more.ForecastHigh, more.RangeLow, more.RangeHigh, more.Target)
	if s.More != nil {
		n += int(reflect.TypeFor[Details]().Size())
	}
	return n + len(more.Missing) + cap(more.Bounds)*int(reflect.TypeFor[BoundValue]().Size()) + cap(more.Previous)*int(reflect.TypeFor[Previous]().Size())
}

// bytesBehind returns how much memory the labels and the numbers of a sample take, beside the sample that refers to them.
func bytesBehind(labels []string, numbers ...*float64) (n int) {
	const text, number = 16, 8
	for _, label := range labels {
		n += text + len(label)
	}
	for _, v := range numbers {
		if v != nil {
			n += number
		}
	}
	return n
}
