package analysis

import (
	"fmt"
	"math"
	"testing"
)

func TestWilson(t *testing.T) {
	for _, test := range []struct {
		x, n float64
		want string
	}{
		{1, 6, "3.005 … 56.350"},
		{0, 10, "0.000 … 27.753"},
		{10, 10, "72.247 … 100.000"},
		{27, 900, "2.070 … 4.330"},
		{7, 200, "1.706 … 7.047"},
		{50, 1000, "3.813 … 6.531"},
	} {
		t.Run(fmt.Sprintf("%v of %v", test.x, test.n), func(t *testing.T) {
			i, ok := Wilson(test.x, test.n)
			if got := fmt.Sprintf("%.3f … %.3f", 100*i.Low, 100*i.High); !ok || got != test.want {
				t.Errorf("%s, %v; want %s", got, ok, test.want)
			}
		})
	}
	for name, q := range map[string]Quotient{
		"no cases": {0, 0}, "more than all": {11, 10}, "negative": {-1, 10}, "part of a case": {0.5, 10}, "of part of a case": {1, 10.5},
		"not a number": {math.NaN(), 10}, "infinite": {1, math.Inf(1)},
	} {
		t.Run(name, func(t *testing.T) {
			if i, ok := Wilson(q.Numerator, q.Denominator); ok {
				t.Errorf("%v, want none", i)
			}
		})
	}
	for n := 1.0; n < 60; n++ {
		for x := 0.0; x <= n; x++ {
			i, _ := Wilson(x, n)
			other, _ := Wilson(n-x, n)
			if !i.Contains(x/n) || math.Abs(1-other.High-i.Low) > 1e-12 {
				t.Errorf("%v of %v: %v does not hold the rate, or is not that of the other cases mirrored: %v", x, n, i, other)
			}
		}
	}
}

func TestNewcombe(t *testing.T) {
	for _, test := range []struct {
		before, after Quotient
		want          string
	}{
		{Quotient{48, 80}, Quotient{56, 70}, "0.2000 0.0524 … 0.3339"}, // Newcombe's own example.
		{Quotient{27, 900}, Quotient{36, 900}, "0.0100 -0.0072 … 0.0275"},
		{Quotient{60, 2000}, Quotient{120, 2000}, "0.0300 0.0172 … 0.0431"},
	} {
		t.Run(fmt.Sprint(test.before, test.after), func(t *testing.T) {
			delta, i, ok := Newcombe(test.before, test.after)
			if got := fmt.Sprintf("%.4f %.4f … %.4f", delta, i.Low, i.High); !ok || got != test.want {
				t.Errorf("%s, %v; want %s", got, ok, test.want)
			}
			delta, back, _ := Newcombe(test.after, test.before)
			if math.Abs(back.Low+i.High) > 1e-12 || delta >= 0 {
				t.Errorf("the other way round: %v %v", delta, back)
			}
		})
	}
	if _, _, ok := Newcombe(Quotient{1, 0}, Quotient{1, 2}); ok {
		t.Error("a difference from no cases")
	}
	if _, _, ok := Newcombe(Quotient{1, 2}, Quotient{1.5, 2}); ok {
		t.Error("a difference to parts of cases")
	}
}

func TestCases(t *testing.T) {
	for _, test := range []struct {
		name      string
		got, want float64
	}{
		{"7 of 200 against at most 3 %", CasesAbove(Quotient{7, 200}, 0.03), 1},
		{"6 of 200 against at most 3 %", CasesAbove(Quotient{6, 200}, 0.03), 0},
		{"8 of 100 against at most 7 %", CasesAbove(Quotient{8, 100}, 0.07), 1},
		{"41 of 90 against at least 50 %", CasesBelow(Quotient{41, 90}, 0.5), 4},
		{"41 of 91 against at least 50 %", CasesBelow(Quotient{41, 91}, 0.5), 5},
		{"50 of 90 against at least 50 %", CasesBelow(Quotient{50, 90}, 0.5), 0},
		{"6 of 100 against at least 7 %", CasesBelow(Quotient{6, 100}, 0.07), 1},
	} {
		if test.got != test.want {
			t.Errorf("%s: %v cases, want %v", test.name, test.got, test.want)
		}
	}
}
