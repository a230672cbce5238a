package status

import (
	"math"
	"testing"
)

func TestProrateAndForecast(t *testing.T) {
	unknown := math.NaN()
	tests := []struct {
		name                         string
		number, elapsed, rate, ahead float64
	}{
		{"half of it", 900, 0.5, 450, 1800},
		{"a third", 900, 1.0 / 3, 300, 2700},
		{"all of it", 900, 1, 900, 900},
		{"negative", -900, 0.5, -450, -1800},
		{"exactly a tenth", 900, float64(3*24) / float64(30*24), 90, 9000},
		{"before a tenth", 900, below(0.1), unknown, unknown},
		{"at the start", 900, 0, unknown, unknown},
		{"too large a forecast", math.MaxFloat64, 0.5, math.MaxFloat64 / 2, unknown},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Prorate(tt.number, tt.elapsed); !same(got, tt.rate) {
				t.Errorf("Prorate = %v, want %v", got, tt.rate)
			}
			got, ok := Forecast(tt.number, tt.elapsed)
			if want := !math.IsNaN(tt.ahead); ok != want || ok && !same(got, tt.ahead) {
				t.Errorf("Forecast = %v, %t, want %v", got, ok, tt.ahead)
			}
		})
	}
}

func TestPace(t *testing.T) {
	absent := math.NaN()
	tests := []struct {
		name   string
		value  float64
		target Range
		want   float64
	}{
		{"none", 1, Range{}, absent},
		{"not known", 1, atLeast(math.NaN()), absent},
		{"at least: behind", 400, atLeast(500), 0.8},
		{"at least: ahead", 600, atLeast(500), 1.2},
		{"at most: ahead of what was allowed", 600, atMost(500), 1.2},
		{"at most: below", 400, atMost(500), 0.8},
		{"negative", -400, atLeast(-500), 0.8},
		{"of nothing", 400, atMost(0), absent},
		{"between: inside", 4, between(3, 5), 1},
		{"between: exactly low", 3, between(3, 5), 1},
		{"between: below", 2.4, between(3, 5), 0.8},
		{"between: above", 6, between(3, 5), 1.2},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Pace(tt.value, Bounds{Target: tt.target})
			if want := !math.IsNaN(tt.want); ok != want || ok && !same(got, tt.want) {
				t.Errorf("Pace(%v) = %v, %t, want %v", tt.value, got, ok, tt.want)
			}
		})
	}
}
