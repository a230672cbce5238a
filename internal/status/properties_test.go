package status

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// property runs check on many bounds of every kind: negative, zero and positive, one end and two, of many magnitudes,
// with and without critical.
func property(t *testing.T, check func(t *testing.T, random *rand.Rand, b Bounds)) {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		low, high := number(random), number(random)
		if low > high {
			low, high = high, low
		}
		target := []Range{atLeast(low), atMost(high), between(low, high)}[random.IntN(3)]
		b := Bounds{Target: target}
		if random.IntN(2) == 0 {
			b.Critical = Tolerance{Amount: math.Abs(number(random)), Relative: random.IntN(2) == 0}.Beyond(target)
		}
		check(t, random, b)
		if t.Failed() {
			return
		}
	}
}

// number returns 0 often, else a number of either sign between 1e-6 and 1e6.
func number(random *rand.Rand) float64 {
	if random.IntN(5) == 0 {
		return 0
	}
	return math.Copysign(math.Pow(10, random.Float64()*12-6), random.Float64()-0.5)
}

// show spells the bounds out for a failure.
func show(b Bounds) string {
	return cmp.Diff(Bounds{}, b)
}

func TestAttainmentIsOneAtABound(t *testing.T) {
	measured := 0
	property(t, func(t *testing.T, _ *rand.Rand, b Bounds) {
		for _, bound := range []*float64{b.Target.Lower, b.Target.Upper} {
			if bound == nil {
				continue
			}
			got, ok := Attainment(*bound, b)
			if ok && got != 1 {
				t.Errorf("at the bound %v the attainment is %v, want 1, of\n%s", *bound, got, show(b))
			}
			if !ok && *bound != 0 {
				t.Errorf("at the bound %v there is no attainment of\n%s", *bound, show(b))
			}
			if ok && *bound == 0 {
				measured++
			}
		}
	})
	if measured == 0 {
		t.Error("no target of 0 was measured")
	}
}

func TestAttainmentIsMonotone(t *testing.T) {
	property(t, func(t *testing.T, random *rand.Rand, b Bounds) {
		worse, better := number(random), number(random)
		if worse > better {
			worse, better = better, worse
		}
		switch lowerEnd, upperEnd := b.Target.Lower, b.Target.Upper; {
		case upperEnd == nil: // More is better.
		case lowerEnd == nil, worse >= *lowerEnd: // Less is better.
			worse, better = better, worse
		case better > *upperEnd: // On both sides of the range.
			return
		}
		low, lowOK := Attainment(worse, b)
		high, highOK := Attainment(better, b)
		if lowOK && highOK && low > high {
			t.Errorf("%v attains %v, but %v, which is no worse, %v, of\n%s", worse, low, better, high, show(b))
		}
	})
}

func TestAttainmentAgreesWithStatus(t *testing.T) {
	property(t, func(t *testing.T, random *rand.Rand, b Bounds) {
		value := number(random)
		status := Judge(value, b)
		got, ok := Attainment(value, b)
		if ok && status == OnTarget && got < 1 || ok && status != OnTarget && got > 1 {
			t.Errorf("%v is %s and attains %v of\n%s", value, status, got, show(b))
		}
	})
}

func TestStatusGetsNoBetterAwayFromTheTarget(t *testing.T) {
	rank := func(value float64, b Bounds) float64 {
		number, _ := Judge(value, b).Value()
		return number
	}
	property(t, func(t *testing.T, random *rand.Rand, b Bounds) {
		near, further := math.Abs(number(random)), math.Abs(number(random))
		if near > further {
			near, further = further, near
		}
		if end := b.Target.Lower; end != nil && rank(*end-near, b) > rank(*end-further, b) {
			t.Errorf("%v below the lower end is worse than %v, of\n%s", near, further, show(b))
		}
		if end := b.Target.Upper; end != nil && rank(*end+near, b) > rank(*end+further, b) {
			t.Errorf("%v above the upper end is worse than %v, of\n%s", near, further, show(b))
		}
	})
}

func TestNearestIsATargetBound(t *testing.T) {
	property(t, func(t *testing.T, random *rand.Rand, b Bounds) {
		value := number(random)
		got, ok := Nearest(value, b)
		if !ok {
			t.Fatalf("no nearest bound of\n%s", show(b))
		}
		for _, bound := range []*float64{b.Target.Lower, b.Target.Upper} {
			if bound != nil && math.Abs(value-*bound) < math.Abs(value-got) {
				t.Errorf("the nearest to %v is %v, but %v is nearer", value, got, *bound)
			}
		}
	})
}

func FuzzJudge(f *testing.F) {
	nan, inf := math.NaN(), math.Inf(1)
	f.Add(1.0, 2.0, 3.0, 0.1, true, uint8(0))
	f.Add(0.0, 0.0, 0.0, 0.0, false, uint8(7))
	f.Add(nan, 1.0, 2.0, 0.1, true, uint8(3))
	f.Add(1.0, nan, nan, nan, false, uint8(15))
	f.Add(inf, -inf, inf, inf, true, uint8(15))
	f.Add(-inf, inf, -inf, 0.0, true, uint8(11))
	f.Add(math.MaxFloat64, -math.MaxFloat64, math.MaxFloat64, 1.0, true, uint8(7))
	f.Fuzz(func(t *testing.T, value, low, high, amount float64, relative bool, ends uint8) {
		var b Bounds
		if ends&1 != 0 {
			b.Target.Lower = &low
		}
		if ends&2 != 0 {
			b.Target.Upper = &high
		}
		if ends&4 != 0 {
			b.Critical = Tolerance{Amount: amount, Relative: relative}.Beyond(b.Target)
		}
		if ends&8 != 0 {
			b.Critical.Lower = &high
		}

		empty, known := b.Target == Range{}, b.Target.known()
		status := Judge(value, b)
		if _, judged := status.Value(); judged && (empty || !known) || empty != (status == NoTarget) || !known && status != Unknown {
			t.Errorf("%v is %s, of\n%s", value, status, show(b))
		}
		if attained, ok := Attainment(value, b); ok && (empty || !known || math.IsNaN(attained) || math.IsInf(attained, 0)) {
			t.Errorf("%v attains %v, of\n%s", value, attained, show(b))
		}
		if _, ok := Nearest(value, b); ok != (known && !empty) {
			t.Errorf("there is a nearest bound: %t, of\n%s", ok, show(b))
		}
	})
}
