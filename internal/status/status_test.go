package status

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/google/go-cmp/cmp"
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
