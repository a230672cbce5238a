package status

import (
	"math"
	"testing"
)

func atLeast(bound float64) Range      { return Range{Lower: &bound} }
func atMost(bound float64) Range       { return Range{Upper: &bound} }
func between(low, high float64) Range  { return Range{Lower: &low, Upper: &high} }
func bounds(target, crit Range) Bounds { return Bounds{Target: target, Critical: crit} }

// above and below are the neighbours of x, where a boundary is decided.
func above(x float64) float64 { return math.Nextafter(x, math.Inf(1)) }
func below(x float64) float64 { return math.Nextafter(x, math.Inf(-1)) }

func TestStatusValue(t *testing.T) {
	tests := map[Status]struct {
		value float64
		ok    bool
	}{
		OnTarget:  {0, true},
		AtRisk:    {1, true},
		OffTarget: {2, true},
		NoTarget:  {0, false},
		Unknown:   {0, false},
		"":        {0, false},
	}
	for status, want := range tests {
		if value, ok := status.Value(); value != want.value || ok != want.ok {
			t.Errorf("%q has the value %v, %t, want %v, %t", status, value, ok, want.value, want.ok)
		}
	}
}

func TestJudge(t *testing.T) {
	tests := []struct {
		name   string
		value  float64
		bounds Bounds
		want   Status
	}{
		{"no bounds", 1, Bounds{}, NoTarget},
		{"only critical and stretch", 1, Bounds{Critical: atLeast(2), Stretch: atLeast(3)}, NoTarget},

		{"at least: exactly", 10, bounds(atLeast(10), Range{}), OnTarget},
		{"at least: above", above(10), bounds(atLeast(10), Range{}), OnTarget},
		{"at least: any miss without critical", below(10), bounds(atLeast(10), Range{}), OffTarget},
		{"at least: miss within critical", below(10), bounds(atLeast(10), atLeast(8)), AtRisk},
		{"at least: exactly critical", 8, bounds(atLeast(10), atLeast(8)), AtRisk},
		{"at least: past critical", below(8), bounds(atLeast(10), atLeast(8)), OffTarget},
		{"at least: stretch changes nothing", 10, Bounds{Target: atLeast(10), Stretch: atLeast(20)}, OnTarget},

		{"at most: exactly", 10, bounds(atMost(10), Range{}), OnTarget},
		{"at most: below", below(10), bounds(atMost(10), Range{}), OnTarget},
		{"at most: any miss without critical", above(10), bounds(atMost(10), Range{}), OffTarget},
		{"at most: miss within critical", above(10), bounds(atMost(10), atMost(12)), AtRisk},
		{"at most: exactly critical", 12, bounds(atMost(10), atMost(12)), AtRisk},
		{"at most: past critical", above(12), bounds(atMost(10), atMost(12)), OffTarget},

		{"between: exactly low", 3, bounds(between(3, 5), between(2, 7)), OnTarget},
		{"between: exactly high", 5, bounds(between(3, 5), between(2, 7)), OnTarget},
		{"between: inside", 4, bounds(between(3, 5), between(2, 7)), OnTarget},
		{"between: just below", below(3), bounds(between(3, 5), between(2, 7)), AtRisk},
		{"between: just above", above(5), bounds(between(3, 5), between(2, 7)), AtRisk},
		{"between: exactly low critical", 2, bounds(between(3, 5), between(2, 7)), AtRisk},
		{"between: exactly high critical", 7, bounds(between(3, 5), between(2, 7)), AtRisk},
		{"between: past low critical", below(2), bounds(between(3, 5), between(2, 7)), OffTarget},
		{"between: past high critical", above(7), bounds(between(3, 5), between(2, 7)), OffTarget},
		{"between: no critical below", below(3), bounds(between(3, 5), atMost(7)), OffTarget},
		{"between: no critical above", above(5), bounds(between(3, 5), atLeast(2)), OffTarget},
		{"between: critical below only, miss below", 2.5, bounds(between(3, 5), atLeast(2)), AtRisk},
		{"between: one point", 3, bounds(between(3, 3), Range{}), OnTarget},

		{"negative target: miss within critical", -11, bounds(atLeast(-10), atLeast(-12)), AtRisk},
		{"negative target: past critical", -13, bounds(atLeast(-10), atLeast(-12)), OffTarget},
		{"zero target: exactly", 0, bounds(atMost(0), atMost(3)), OnTarget},
		{"zero target: negative zero", math.Copysign(0, -1), bounds(atLeast(0), Range{}), OnTarget},
		{"zero target: exactly critical", 3, bounds(atMost(0), atMost(3)), AtRisk},

		{"critical moved past the target: meets", 10, bounds(atLeast(10), atLeast(12)), OnTarget},
		{"critical moved past the target: misses", below(10), bounds(atLeast(10), atLeast(12)), OffTarget},
		{"critical at the target: misses", below(10), bounds(atLeast(10), atLeast(10)), OffTarget},
		{"ends moved past each other: nothing meets", 4, bounds(between(5, 3), Range{}), OffTarget},

		{"infinite value", math.Inf(1), bounds(atLeast(10), Range{}), OnTarget},
		{"infinite miss", math.Inf(-1), bounds(atLeast(10), atLeast(8)), OffTarget},
		{"NaN is never good", math.NaN(), bounds(atLeast(10), atLeast(8)), OffTarget},

		{"at most what is not known", 1, bounds(atMost(math.NaN()), Range{}), Unknown},
		{"between, the other end not known", 1, bounds(between(3, math.NaN()), Range{}), Unknown},
		{"met, critical not known", 10, bounds(atLeast(10), atLeast(math.NaN())), OnTarget},
		{"missed, critical not known", 9, bounds(atLeast(10), atLeast(math.NaN())), Unknown},
		{"missed, the other critical not known", 2, bounds(between(3, 5), between(1, math.NaN())), AtRisk},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Judge(tt.value, tt.bounds); got != tt.want {
				t.Errorf("Judge(%v) = %s, want %s", tt.value, got, tt.want)
			}
		})
	}
}

func TestAttainment(t *testing.T) {
	absent := math.NaN()
	tests := []struct {
		name   string
		value  float64
		bounds Bounds
		want   float64
	}{
		{"no target", 1, Bounds{Critical: atLeast(2)}, absent},

		{"at least: exactly", 10, bounds(atLeast(10), Range{}), 1},
		{"at least: above", 12.5, bounds(atLeast(10), Range{}), 1.25},
		{"at least: below", 7.5, bounds(atLeast(10), Range{}), 0.75},
		{"at least: nothing", 0, bounds(atLeast(10), Range{}), 0},
		{"at least: less than nothing", -5, bounds(atLeast(10), Range{}), -0.5},
		{"at least: critical is not a scale", 7.5, bounds(atLeast(10), atLeast(5)), 0.75},

		{"at most: exactly", 10, bounds(atMost(10), Range{}), 1},
		{"at most: below", 7.5, bounds(atMost(10), Range{}), 1.25},
		{"at most: above", 12.5, bounds(atMost(10), Range{}), 0.75},
		{"at most: far above", 30, bounds(atMost(10), Range{}), -1},

		{"at least, negative: exactly", -10, bounds(atLeast(-10), Range{}), 1},
		{"at least, negative: better", -5, bounds(atLeast(-10), Range{}), 1.5},
		{"at least, negative: worse", -15, bounds(atLeast(-10), Range{}), 0.5},
		{"at most, negative: better", -15, bounds(atMost(-10), Range{}), 1.5},
		{"at most, negative: worse", -5, bounds(atMost(-10), Range{}), 0.5},

		{"at least 0: exactly", 0, bounds(atLeast(0), atLeast(-4)), 1},
		{"at least 0: better", 2, bounds(atLeast(0), atLeast(-4)), 1.5},
		{"at least 0: at critical", -4, bounds(atLeast(0), atLeast(-4)), 0},
		{"at most 0: exactly", 0, bounds(atMost(0), atMost(4)), 1},
		{"at most 0: worse", 2, bounds(atMost(0), atMost(4)), 0.5},
		{"at most 0: better", -2, bounds(atMost(0), atMost(4)), 1.5},
		{"at most 0, no critical", 2, bounds(atMost(0), Range{}), absent},
		{"at most 0, no critical: exactly", 0, bounds(atMost(0), Range{}), absent},
		{"at most 0, critical 0", 2, bounds(atMost(0), atMost(0)), absent},
		{"at most 0, critical on the other side", 2, bounds(atMost(0), atLeast(-4)), absent},

		{"between: exactly low", 4, bounds(between(4, 8), Range{}), 1},
		{"between: exactly high", 8, bounds(between(4, 8), Range{}), 1},
		{"between: inside", 5, bounds(between(4, 8), Range{}), 1},
		{"between: below", 3, bounds(between(4, 8), Range{}), 0.75},
		{"between: above", 10, bounds(between(4, 8), Range{}), 0.75},
		{"between -8 and -4: below", -10, bounds(between(-8, -4), Range{}), 0.75},
		{"between -8 and -4: above", -3, bounds(between(-8, -4), Range{}), 0.75},
		{"between 0 and 8: inside", 5, bounds(between(0, 8), Range{}), 1},
		{"between 0 and 8: exactly low", 0, bounds(between(0, 8), Range{}), 1},
		{"between 0 and 8: below, no critical", -1, bounds(between(0, 8), atMost(10)), absent},
		{"between 0 and 8: below", -1, bounds(between(0, 8), between(-2, 10)), 0.5},

		{"overflow", math.MaxFloat64, bounds(atLeast(-math.MaxFloat64), Range{}), absent},
		{"tiny target", 1, bounds(atLeast(math.SmallestNonzeroFloat64), Range{}), absent},
		{"infinite value", math.Inf(1), bounds(atLeast(10), Range{}), absent},
		{"infinite miss", math.Inf(-1), bounds(between(4, 8), Range{}), absent},
		{"infinite bound", 1, bounds(atMost(math.Inf(1)), Range{}), absent},
		{"NaN", math.NaN(), bounds(between(4, 8), Range{}), absent},
		{"NaN bound", 1, bounds(atLeast(math.NaN()), Range{}), absent},
		{"between, one end not known", 2, bounds(between(3, math.NaN()), Range{}), absent},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Attainment(tt.value, tt.bounds)
			if wantOK := !math.IsNaN(tt.want); ok != wantOK || ok && got != tt.want {
				t.Errorf("Attainment(%v) = %v, %t, want %v, %t", tt.value, got, ok, tt.want, wantOK)
			}
		})
	}
}

func TestNearest(t *testing.T) {
	tests := []struct {
		name   string
		value  float64
		target Range
		want   float64
		ok     bool
	}{
		{"none", 1, Range{}, 0, false},
		{"at least", 100, atLeast(3), 3, true},
		{"at most", -100, atMost(5), 5, true},
		{"between: below", -100, between(3, 5), 3, true},
		{"between: above", 100, between(3, 5), 5, true},
		{"between: nearer to low", 3.9, between(3, 5), 3, true},
		{"between: nearer to high", 4.1, between(3, 5), 5, true},
		{"between: as near to both", 4, between(3, 5), 3, true},
		{"ends moved past each other", 4.9, between(5, 3), 5, true},
		{"NaN", math.NaN(), between(3, 5), 3, true},
		{"not known", 1, atLeast(math.NaN()), 0, false},
		{"between, one end not known", 1, between(3, math.NaN()), 0, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, ok := Nearest(tt.value, Bounds{Target: tt.target})
			if got != tt.want || ok != tt.ok {
				t.Errorf("Nearest(%v) = %v, %t, want %v, %t", tt.value, got, ok, tt.want, tt.ok)
			}
		})
	}
}
