package collector

import (
	"math/big"
	"reflect"
	"testing"
	"unsafe"
)

// TestDetails sets each field of the details alone, and finds it in the sample and not in a copy.
func TestDetails(t *testing.T) {
	all := Details{
		Bounds: []BoundValue{{}}, Target: new(1.0), Attainment: new(1.0), Pace: new(1.0), Forecast: new(1.0), ForecastLow: new(1.0), ForecastHigh: new(1.0),
		PaceMethod: PaceLinear, PacePeriods: 1, RangeLow: new(1.0), RangeHigh: new(1.0), Previous: []Previous{{}}, Missing: "it", unbound: "it", exact: big.NewRat(1, 3),
	}
	from := reflect.ValueOf(&all).Elem()
	for i := range from.NumField() {
		name := from.Type().Field(i).Name
		t.Run(name, func(t *testing.T) {
			var d Details
			into := reflect.NewAt(from.Field(i).Type(), unsafe.Add(unsafe.Pointer(&d), from.Type().Field(i).Offset)).Elem()
			into.Set(reflect.NewAt(from.Field(i).Type(), unsafe.Pointer(from.Field(i).UnsafeAddr())).Elem())
			if into.IsZero() {
				t.Fatal("the test does not set it")
			}
			var s Sample
			before := s
			s.SetDetails(d)
			if got := s.Details(); !reflect.DeepEqual(got, d) {
				t.Errorf("%+v, want %+v", got, d)
			}
			after := s
			s.SetDetails(Details{})
			if s.More != nil || before.More != nil || after.More == nil {
				t.Errorf("there are details: %v, %v before and %v in a copy", s.More, before.More, after.More)
			}
		})
	}
}

// TestSampleIsSmall fails where every sample has what only some need.
func TestSampleIsSmall(t *testing.T) {
	if size := unsafe.Sizeof(Sample{}); size > 104 {
		t.Errorf("a sample has %d bytes: what only some have belongs to Details", size)
	}
}
