package status

import (
	"math"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestToleranceBeyond(t *testing.T) {
	share := func(amount float64) Tolerance { return Tolerance{Amount: amount, Relative: true} }
	absolute := func(amount float64) Tolerance { return Tolerance{Amount: amount} }
	tests := []struct {
		name      string
		tolerance Tolerance
		target    Range
		want      Range
	}{
		{"no target", share(0.1), Range{}, Range{}},
		{"share of at least", share(0.1), atLeast(12_000), atLeast(10_800)},
		{"share of at most", share(0.1), atMost(200), atMost(220)},
		{"share of between", share(0.1), between(3, 5), between(2.7, 5.5)},
		{"share of a negative at least", share(0.1), atLeast(-10), atLeast(-11)},
		{"share of a negative at most", share(0.1), atMost(-10), atMost(-9)},
		{"share of 0", share(0.1), atMost(0), atMost(0)},
		{"absolute", absolute(2), between(3, 5), between(1, 7)},
		{"absolute beyond 0", absolute(2), atMost(0), atMost(2)},
		{"absolute beyond a negative bound", absolute(2), atLeast(-10), atLeast(-12)},
		{"percentage points", absolute(0.02), atLeast(0.3), atLeast(0.28)},
		{"no tolerance", share(0), between(3, 5), between(3, 5)},
		{"all of it", share(1), atLeast(12), atLeast(0)},

		// Binary arithmetic misses most of these by the last digit.
		{"3% + 10%", share(0.1), atMost(0.03), atMost(0.033)},
		{"70% + 10%", share(0.1), atMost(0.7), atMost(0.77)},
		{"5% + 20%", share(0.2), atMost(0.05), atMost(0.06)},
		{"1.1 + 10%", share(0.1), atMost(1.1), atMost(1.21)},
		{"3% - 5%", share(0.05), atLeast(0.03), atLeast(0.0285)},
		{"70% - 5%", share(0.05), atLeast(0.7), atLeast(0.665)},

		{"large", share(0.1), atMost(1e300), atMost(1.1e300)},
		{"largest, rounded up past it", absolute(0), atMost(math.MaxFloat64), atMost(math.MaxFloat64)},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := tt.tolerance.Beyond(tt.target)
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("critical (-want +got):\n%s", diff)
			}
		})
	}
}

// Every percentage with every tolerance in percent gives the number that a person computes, so that a value written as
// that number is at risk.
func TestToleranceIsDecimal(t *testing.T) {
	for percent := 1; percent <= 99; percent++ {
		for tolerance := 1; tolerance <= 50; tolerance++ {
			target, relative := float64(percent)/100, Tolerance{Amount: float64(tolerance) / 100, Relative: true}
			low := decimal(t, percent*(100-tolerance))
			high := decimal(t, percent*(100+tolerance))
			critical := relative.Beyond(between(target, target))
			if *critical.Lower != low || *critical.Upper != high {
				t.Errorf("%d%% with a tolerance of %d%% ends at %v and %v, want %v and %v",
					percent, tolerance, *critical.Lower, *critical.Upper, low, high)
			}
		}
	}
}

// decimal is the float64 of a number of ten-thousandths as it is written.
func decimal(t *testing.T, tenThousandths int) float64 {
	t.Helper()
	return scaled(int64(tenThousandths), -4)
}

// scaled is the float64 of digits with an exponent.
func scaled(digits int64, exponent int) float64 {
	x, err := strconv.ParseFloat(strconv.FormatInt(digits, 10)+"e"+strconv.Itoa(exponent), 64)
	if err != nil {
		panic(err)
	}
	return x
}
