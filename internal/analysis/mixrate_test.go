package analysis

import (
	"cmp"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
)

func ratio(value string, n0, d0, n1, d1 float64) RatioPart {
	return RatioPart{value, Quotient{n0, d0}, Quotient{n1, d1}}
}

// inPoints writes a decomposition in percentage points, segments by name.
func inPoints(d MixRate) string {
	segments := slices.SortedFunc(slices.Values(d.Segments), func(a, b MixRateEffect) int { return cmp.Compare(a.Value, b.Value) })
	var all []string
	for _, s := range segments {
		text := fmt.Sprintf("%s %s %s", s.Value, points(s.Rate), points(s.Mix))
		if s.New {
			text += " new"
		}
		if s.Gone {
			text += " gone"
		}
		all = append(all, text)
	}
	return fmt.Sprintf("%s; rate %s, mix %s, together %s", strings.Join(all, ", "), points(d.Rate), points(d.Mix), points(d.To-d.From))
}

// points rounds to 1e-6 points, without a negative zero.
func points(x float64) string {
	return fmt.Sprintf("%g", math.Round(1e8*x)/1e6+0)
}

func TestDecomposeRatio(t *testing.T) {
	for name, test := range map[string]struct {
		parts []RatioPart
		want  string
	}{
		"B1, Simpson's paradox": {
			[]RatioPart{ratio("basic", 50, 1000, 96, 2000), ratio("pro", 10, 1000, 4, 500)},
			"basic -0.13 0.42, pro -0.07 0.78; rate -0.2, mix 1.2, together 1",
		},
		"B1 reversed": {
			[]RatioPart{ratio("basic", 96, 2000, 50, 1000), ratio("pro", 4, 500, 10, 1000)},
			"basic 0.13 -0.42, pro 0.07 -0.78; rate 0.2, mix -1.2, together -1",
		},
		"B2, new and gone": {
			[]RatioPart{ratio("web", 40, 400, 45, 500), ratio("app", 60, 600, 0, 0), ratio("api", 0, 0, 30, 100)},
			"api 0 3.125 new, app 0 0.75 gone, web -0.616667 -0.758333; rate -0.616667, mix 3.116667, together 2.5",
		},
		"B3": {
			[]RatioPart{ratio("a", 30, 100, 40, 160), ratio("b", 20, 400, 24, 240)},
			"a -1.5 2.9, b 3.5 1.1; rate 2, mix 4, together 6",
		},
		"a segment without cases": {
			[]RatioPart{ratio("a", 1, 10, 2, 10), ratio("none", 0, 0, 0, 0)},
			"a 10 0; rate 10, mix 0, together 10",
		},
		"negative numerators": {
			[]RatioPart{ratio("a", -5, 50, 5, 50), ratio("b", 10, 50, 10, 50)},
			"a 10 0, b 0 0; rate 10, mix 0, together 10",
		},
	} {
		t.Run(name, func(t *testing.T) {
			got, reason := DecomposeRatio(test.parts)
			if reason != "" {
				t.Fatal(reason)
			}
			if diff := gocmp.Diff(test.want, inPoints(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func TestDecomposeRatioWithoutDenominator(t *testing.T) {
	for name, test := range map[string]struct {
		parts  []RatioPart
		reason Reason
	}{
		"nothing before":                    {[]RatioPart{ratio("a", 0, 0, 1, 10)}, NoDenominator},
		"nothing after":                     {[]RatioPart{ratio("a", 1, 10, 0, 0)}, NoDenominator},
		"no segments":                       {nil, NoDenominator},
		"a segment with a numerator only":   {[]RatioPart{ratio("a", 1, 10, 1, 10), ratio("b", 3, 0, 1, 10)}, NoDenominator},
		"a negative denominator":            {[]RatioPart{ratio("a", 1, 10, 1, 10), ratio("b", 1, 5, 1, -5)}, NegativeDenominator},
		"a negative one, and nothing after": {[]RatioPart{ratio("a", 1, -10, 0, 0)}, NegativeDenominator},
	} {
		t.Run(name, func(t *testing.T) {
			if _, reason := DecomposeRatio(test.parts); reason != test.reason {
				t.Errorf("reason %q, want %q", reason, test.reason)
			}
		})
	}
}

// TestMixRateProperties checks random ratios, segments that come and go among them.
func TestMixRateProperties(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	quotient := func() Quotient {
		if random.IntN(6) == 0 {
			return Quotient{}
		}
		d := float64(1 + random.IntN(100_000))
		return Quotient{math.Round(d * (2*random.Float64() - 0.5)), d}
	}
	near := func(what string, got, want, size float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-12*max(1, math.Abs(size)) {
			t.Fatalf("%s: %v, want %v", what, got, want)
		}
	}
	for range 2000 {
		parts := []RatioPart{{"s", Quotient{1, 2}, Quotient{1, 3}}} // One that is always there.
		for i := range random.IntN(12) {
			parts = append(parts, RatioPart{fmt.Sprintf("s%02d", i), quotient(), quotient()})
		}
		d, reason := DecomposeRatio(parts)
		if reason != "" {
			t.Fatal(reason)
		}
		near("rate and mix", d.Rate+d.Mix, d.To-d.From, d.To)

		swapped := slices.Clone(parts)
		for i, p := range swapped {
			swapped[i].Before, swapped[i].After = p.After, p.Before
		}
		random.Shuffle(len(swapped), func(i, j int) { swapped[i], swapped[j] = swapped[j], swapped[i] })
		back, _ := DecomposeRatio(swapped)
		byValue := map[string]MixRateEffect{}
		for _, s := range back.Segments {
			byValue[s.Value] = s
		}
		for _, s := range d.Segments {
			near("rate of "+s.Value+", swapped", byValue[s.Value].Rate, -s.Rate, 1)
			near("mix of "+s.Value+", swapped", byValue[s.Value].Mix, -s.Mix, 1)
		}

		// Two segments of equal rates in both periods, or the two as one.
		before, after := Quotient{30, 100}, Quotient{20, 80}
		twice := func(q Quotient, n float64) Quotient { return Quotient{n * q.Numerator, n * q.Denominator} }
		apart, _ := DecomposeRatio(append(slices.Clone(parts), RatioPart{"x", before, after}, RatioPart{"y", twice(before, 2), twice(after, 5)}))
		merged, _ := DecomposeRatio(append(slices.Clone(parts), RatioPart{"x", twice(before, 3), twice(after, 6)}))
		near("rate of merged segments", merged.Rate, apart.Rate, 1)
		near("mix of merged segments", merged.Mix, apart.Mix, 1)
	}
}
