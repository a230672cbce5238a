package status

import (
	"math"
	"testing"
)

func TestChangeFrom(t *testing.T) {
	share := func(amount float64) Change { return Change{Amount: amount, Relative: true} }
	absolute := func(amount float64) Change { return Change{Amount: amount} }
	tests := []struct {
		name   string
		change Change
		past   float64
		want   float64
	}{
		{"nothing", share(0), 100, 100},
		{"more", share(0.1), 100, 110},
		{"less", share(-0.1), 100, 90},
		{"of a negative value, better is nearer to zero", share(0.1), -100, -90},
		{"of a negative value, worse is further away", share(-0.1), -100, -110},
		{"of zero", share(0.1), 0, 0},
		{"in the unit", absolute(5), 100, 105},
		{"in the unit, of a negative value", absolute(5), -100, -95},
		{"percentage points", absolute(0.02), 0.3, 0.32},
		{"as people compute it", share(0.2), 1.1, 1.32},
		{"of what is not known", share(0.1), math.NaN(), math.NaN()},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.change.From(tt.past); !same(got, tt.want) {
				t.Errorf("From(%v) = %v, want %v", tt.past, got, tt.want)
			}
		})
	}
}

func TestMedianAndMean(t *testing.T) {
	tests := []struct {
		name         string
		values       []float64
		median, mean float64
	}{
		{"none", nil, math.NaN(), math.NaN()},
		{"one", []float64{3}, 3, 3},
		{"odd", []float64{9, 1, 2}, 2, 4},
		{"even", []float64{10, 1, 2, 3}, 2.5, 4},
		{"negative", []float64{-4, -1, -2}, -2, -7.0 / 3},
		{"as people compute it", []float64{0.1, 0.2, 0.3}, 0.2, 0.2},
		{"the largest", []float64{math.MaxFloat64, math.MaxFloat64}, math.MaxFloat64, math.MaxFloat64},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Median(tt.values); !same(got, tt.median) {
				t.Errorf("Median = %v, want %v", got, tt.median)
			}
			if got := Mean(tt.values); !same(got, tt.mean) {
				t.Errorf("Mean = %v, want %v", got, tt.mean)
			}
		})
	}
}

// same reports whether two numbers agree in 15 digits, or are both NaN.
func same(a, b float64) bool { return round(a) == round(b) || math.IsNaN(a) && math.IsNaN(b) }
