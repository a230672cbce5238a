package status

import (
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func TestEqual(t *testing.T) {
	times := func(n int, x float64) float64 { // Of many additions.
		sum := 0.0
		for range n {
			sum += x
		}
		return sum
	}
	tests := []struct {
		name string
		a, b float64
		want bool
	}{
		{"the same", 26.0 / 45, 26.0 / 45, true},
		{"rounded to 15 digits", 26.0 / 45, 0.577777777777778, true},
		{"one third of binary and of decimal", 1.0 / 3, 0.333333333333333, true},
		{"a sum of binary fractions", 0.1 + 0.2, 0.3, true},
		{"a sum of ten", times(10, 0.1), 1, true},
		{"neighbours that 15 digits part", 0.5555555555555555, above(0.5555555555555555), true},
		{"neighbours of a power of ten", below(1), 1, true},
		{"the 15th digit", 0.123456789012345, 0.123456789012346, false},
		{"the 15th digit before a power of ten", 0.999999999999999, 1, false},
		{"the 15th digit after a power of ten", 1.00000000000001, 1, false},
		{"counts", 999_999_999_999_999, 1e15, false},
		{"opposite signs", 1e-300, -1e-300, false},
		{"zeros", 0, math.Copysign(0, -1), true},
		{"zero and the least", 0, math.SmallestNonzeroFloat64, false},
		{"the two least", math.SmallestNonzeroFloat64, 2 * math.SmallestNonzeroFloat64, false},
		{"the largest", math.MaxFloat64, below(math.MaxFloat64), true},
		{"the largest and its opposite", math.MaxFloat64, -math.MaxFloat64, false},
		{"infinite", math.Inf(1), math.Inf(1), true},
		{"infinite and the largest", math.Inf(1), math.MaxFloat64, false},
		{"opposite infinities", math.Inf(1), math.Inf(-1), false},
		{"NaN", math.NaN(), math.NaN(), false},
		{"NaN and a number", math.NaN(), 1, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Equal(tt.a, tt.b); got != tt.want {
				t.Errorf("Equal(%v, %v) = %t", tt.a, tt.b, got)
			}
			if Equal(tt.b, tt.a) != Equal(tt.a, tt.b) || Equal(-tt.a, -tt.b) != Equal(tt.a, tt.b) {
				t.Errorf("Equal(%v, %v) depends on order or sign", tt.a, tt.b)
			}
		})
	}
}

// TestDecimalsAreEqualToThemselvesOnly holds for every number: it is equal to its 15 digits, to its neighbours and to their
// 15 digits, and a decimal of 15 digits is not equal to the next one.
func TestDecimalsAreEqualToThemselvesOnly(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	for range 200_000 {
		digits := 100_000_000_000_000 + random.Int64N(900_000_000_000_000)
		exponent := random.IntN(590) - 300
		x, next := scaled(digits, exponent), scaled(digits+1, exponent)
		if Equal(x, next) {
			t.Fatalf("%v is equal to %v", x, next)
		}
		if !Equal(x, above(x)) || !Equal(below(x), x) {
			t.Fatalf("%v is not equal to its neighbours", x)
		}
		y := math.Ldexp(1+random.Float64(), random.IntN(2000)-1000)
		if !Equal(y, round(y)) || !Equal(y, above(y)) || !Equal(y, round(above(y))) || !Equal(y, round(below(y))) {
			t.Fatalf("%v is not equal to its 15 digits, or to a neighbour", y)
		}
	}
}

// fractions calls check with every n/d up to one and its numerator and denominator.
func fractions(check func(n, d int, value float64)) {
	for d := 1; d <= 200; d++ {
		for n := 1; n <= d; n++ {
			check(n, d, float64(n)/float64(d))
		}
	}
}

// alignedStatus is how a value is judged once it is aligned, its attainment being 1 at a target.
func alignedStatus(t *testing.T, value float64, b Bounds) Status {
	t.Helper()
	aligned := b.Align(value)
	if !Equal(aligned, value) {
		t.Errorf("%v becomes %v", value, aligned)
	}
	status := Judge(aligned, b)
	if got, ok := Attainment(aligned, b); status == OnTarget && ok && got != 1 {
		t.Errorf("%v is on target and attains %v", value, got)
	}
	return status
}

// exactly expects that a value which is mathematically the bound meets it as a target, whichever way is better, and is at
// risk where it is the critical bound.
func exactly(t *testing.T, what string, value, bound float64) bool {
	t.Helper()
	for _, r := range []Range{atLeast(bound), atMost(bound), between(bound, bound)} {
		if got := alignedStatus(t, value, Bounds{Target: r}); got != OnTarget {
			t.Errorf("%s: %v is %s by the bound %v", what, value, got, bound)
		}
	}
	for _, b := range []Bounds{bounds(atLeast(math.Inf(1)), atLeast(bound)), bounds(atMost(math.Inf(-1)), atMost(bound))} {
		if got := alignedStatus(t, value, b); got != AtRisk {
			t.Errorf("%s: %v is %s by the critical bound %v", what, value, got, bound)
		}
	}
	return !t.Failed()
}

func TestConstantHistoryMeetsItself(t *testing.T) {
	none := Tolerance{Relative: true}
	fractions(func(_, d int, fraction float64) {
		values := []float64{fraction, -fraction}
		if d <= 20 {
			values = append(values, fraction*1e-310, fraction*1e9, fraction*math.MaxFloat64)
		}
		for _, value := range values {
			for _, c := range []Change{{}, {Relative: true}} {
				exactly(t, "the change", value, c.From(value))
			}
			for _, n := range []int{1, 2, 3, 6} {
				history := make([]float64, n)
				for i := range history {
					history[i] = value
				}
				if mean, median := Mean(history), Median(history); mean != value || median != value {
					t.Fatalf("%d times %v have the mean %v and the median %v", n, value, mean, median)
				}
			}
			exactly(t, "the tolerance", value, *none.Beyond(atLeast(value)).Lower)
			if t.Failed() {
				t.FailNow()
			}
		}
	})
}

// TestChangedHistoryMeetsItself has values that are n/d changed by a whole percentage, as SQL and as a formula would
// compute them.
func TestChangedHistoryMeetsItself(t *testing.T) {
	fractions(func(n, d int, past float64) {
		for _, percent := range []int{-99, -50, -33, -10, -5, -1, 1, 5, 7, 10, 20, 100, 250} {
			change := Change{Amount: float64(percent) / 100, Relative: true}
			value := float64(n*(100+percent)) / float64(d*100)
			exactly(t, "the change", value, change.From(past))
			tolerance := Tolerance{Amount: math.Abs(change.Amount), Relative: true}
			critical := tolerance.Beyond(between(past, past))
			if percent < 0 {
				exactly(t, "the tolerance below", value, *critical.Lower)
			} else {
				exactly(t, "the tolerance above", value, *critical.Upper)
			}
			if t.Failed() {
				t.FailNow()
			}
		}
	})
}

// TestMeanOfFractions has a value that is the mean of two others.
func TestMeanOfFractions(t *testing.T) {
	fractions(func(n, d int, value float64) {
		for apart := 1; apart < n; apart = 3*apart + n%3 {
			less, more := float64(n-apart)/float64(d), float64(n+apart)/float64(d)
			if !exactly(t, "the mean", value, Mean([]float64{less, more})) || !exactly(t, "the median", value, Median([]float64{more, less})) {
				t.FailNow()
			}
		}
	})
}

func TestProratedFractions(t *testing.T) {
	fractions(func(n, d int, elapsed float64) {
		for _, whole := range []int{1, 7, 30, 1000, 12_345, 999_999_999} {
			if elapsed >= MinElapsed && !exactly(t, "the share", float64(whole*n)/float64(d), Prorate(float64(whole), elapsed)) {
				t.FailNow()
			}
		}
	})
}

func TestInDecimal(t *testing.T) {
	tests := []struct {
		name      string
		got, want float64
	}{
		{"nearly all of it", Change{Amount: -0.99999, Relative: true}.From(100), 0.001},
		{"all of it", Change{Amount: -1, Relative: true}.From(0.1), 0},
		{"down to nothing", Change{Amount: -0.3}.From(0.3), 0},
		{"a little less", Change{Amount: -99.9}.From(100), 0.1},
		{"tiny", Change{Amount: 0.5, Relative: true}.From(4e-320), 6e-320},
		{"too large", Change{Amount: 1, Relative: true}.From(math.MaxFloat64), math.Inf(1)},
		{"of infinity", Change{Amount: 1, Relative: true}.From(math.Inf(1)), math.NaN()},
		{"a mean that cancels out", Mean([]float64{1e16, 1, -1e16}), 1.0 / 3},
		{"a sum", Sum(0.1, 0.2), 0.3},
		{"a difference", Sum(100.3, -100.1), 0.2},
		{"growth", Sum(201.0/200, -1), 0.005},
		{"a sum of counts", Sum(1<<53-2, 1), 1<<53 - 1},
		{"a sum of counts beyond", Sum(1<<53, 1), 1 << 53},
		{"a sum too large", Sum(math.MaxFloat64, math.MaxFloat64), math.Inf(1)},
		{"a sum with infinity", Sum(math.Inf(-1), 1), math.Inf(-1)},
		{"a sum with what is not known", Sum(math.NaN(), 1), math.NaN()},
		{"half way", Interpolate(0.1, 0.3, 1, 2), 0.2},
		{"a third of the way down", Interpolate(1, 0.1, 1, 3), 0.7},
		{"at the end", Interpolate(1e17, 0.1, 5, 5), 0.1},
		{"at the beginning", Interpolate(0.1, 1e17, 0, 5), 0.1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.got != tt.want && !(math.IsNaN(tt.got) && math.IsNaN(tt.want)) {
				t.Errorf("got %v, want %v", tt.got, tt.want)
			}
		})
	}
}

func TestAlign(t *testing.T) {
	tests := []struct {
		name        string
		value, want float64
		bounds      Bounds
	}{
		{"nothing to align with", 0.1 + 0.2, 0.1 + 0.2, Bounds{}},
		{"the target", 0.1 + 0.2, 0.3, bounds(atMost(0.3), atMost(0.4))},
		{"the critical bound", 0.1 + 0.2, 0.3, bounds(atMost(0.2), atMost(0.3))},
		{"the stretch goal", 0.1 + 0.2, 0.3, Bounds{Target: atLeast(0.2), Stretch: atLeast(0.3)}},
		{"the upper end", 0.1 + 0.2, 0.3, bounds(between(0.2, 0.3), Range{})},
		{"the target before the critical bound", 0.1 + 0.2, 0.3, bounds(atLeast(0.3), atLeast(below(0.3)))},
		{"what is not known", 1, 1, bounds(atLeast(math.NaN()), Range{})},
		{"none of them", 0.31, 0.31, bounds(between(0.3, 0.32), Range{})},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.bounds.Align(tt.value); got != tt.want {
				t.Errorf("got %v, want %v", got, tt.want)
			}
		})
	}
}

// However a sum is computed, it is that of the decimals.
func TestSumIsExact(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		scale := math.Pow10(random.IntN(9))
		number := func() float64 {
			return float64(random.Int64N(1e9)-5e8) * math.Pow10(random.IntN(4)) / scale
		}
		x, y := number(), number()
		want, _ := new(big.Rat).Add(Exact(x), Exact(y)).Float64()
		if got := Sum(x, y); got != want {
			t.Fatalf("%v + %v is %v, want %v", x, y, got, want)
		}
	}
}
