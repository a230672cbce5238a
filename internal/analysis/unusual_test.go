package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"
)

var (
	d1 = []float64{100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103}
	d3 = []float64{
		101, 100, 103, 104, 99, 41, 35, 102, 103, 102, 102, 101, 38, 36, 100, 101, 105, 103, 100, 41, 34,
		99, 102, 104, 100, 102, 40, 36, 101, 104, 102, 102, 99, 41, 35, 100, 103, 101, 103, 100, 39, 37,
	}
)

func then(past []float64, newest ...float64) []*float64 {
	return numbers(append(slices.Clone(past), newest...)...)
}

func repeat(v float64, n int) []float64 { return slices.Repeat([]float64{v}, n) }

func without(values []*float64, positions ...int) []*float64 {
	for _, p := range positions {
		values[p] = nil
	}
	return values
}

func describe(j Judgement, ok bool) string {
	if !ok {
		return "not enough history"
	}
	text := fmt.Sprintf("usual %.3f … %.3f", j.Usual.Low, j.Usual.High)
	if j.Z != nil {
		text += fmt.Sprintf(", z %.4f", *j.Z)
	}
	switch {
	case j.Unusual && j.Low:
		text += ": unusual, low"
	case j.Unusual:
		text += ": unusual, high"
	case j.Equal > 0:
		text += fmt.Sprintf(": first change after %d equal", j.Equal)
	}
	return text
}

func TestJudge(t *testing.T) {
	for name, test := range map[string]struct {
		series Series
		want   string
	}{
		"D1, usual":                    {Series{then(d1, 88), NoSeason, false}, "usual 87.172 … 121.828, z -4.0470"},
		"D2, low":                      {Series{then(d1, 84), NoSeason, false}, "usual 87.172 … 121.828, z -5.0281: unusual, low"},
		"high":                         {Series{then(d1, 125), NoSeason, false}, "usual 87.172 … 121.828, z 5.0281: unusual, high"},
		"D3, a Monday":                 {Series{then(d3, 60), DaySeason, false}, "usual 93.464 … 105.536, z -26.6427: unusual, low"},
		"D3, another Monday":           {Series{then(d3, 100), DaySeason, false}, "usual 93.464 … 105.536, z 0.3372"},
		"D4, equal":                    {Series{then(repeat(5, 16), 5), NoSeason, true}, "usual 5.000 … 5.000"},
		"D4, the first change":         {Series{then(repeat(5, 16), 6), NoSeason, true}, "usual 5.000 … 5.000: first change after 12 equal"},
		"tenths in a straight line":    {Series{numbers(.1, .2, .3, .4, .5, .6, .7, .8, .9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.7), NoSeason, true}, "usual 1.700 … 1.700"},
		"the line breaks":              {Series{numbers(.1, .2, .3, .4, .5, .6, .7, .8, .9, 1, 1.1, 1.2, 1.3, 1.4, 1.5, 1.6, 1.8), NoSeason, true}, "usual 1.700 … 1.700: first change after 12 equal"},
		"eleven residuals":             {Series{then(d1[1:], 88), NoSeason, false}, "not enough history"},
		"the newest is missing":        {Series{without(then(d1, 88), 16), NoSeason, false}, "not enough history"},
		"no values":                    {Series{nil, NoSeason, false}, "not enough history"},
		"missing and 0 at the start":   {Series{append([]*float64{nil, new(0.0), nil, new(0.0)}, then(d1, 88)...), NoSeason, false}, "usual 87.172 … 121.828, z -4.0470"},
		"two comparables missing":      {Series{without(then(append(slices.Clone(d1), d1...), 100), 31, 30), NoSeason, false}, "not enough history"},
		"no median deviation":          {Series{then([]float64{5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 9, 5}, 9), NoSeason, true}, "usual 3.224 … 6.776, z 9.5747: unusual, high"},
		"few cases are never unusual":  {Series{then([]float64{1, 2, 1, 0, 2, 1, 3, 1, 2, 1, 0, 2, 1, 1, 2, 1}, 30), NoSeason, false}, "usual -2.400 … 3.900, z 39.4582"},
		"few cases of a ratio may be":  {Series{then([]float64{1, 2, 1, 0, 2, 1, 3, 1, 2, 1, 0, 2, 1, 1, 2, 1}, 30), NoSeason, true}, "unusual"},
		"small numbers are not counts": {Series{then([]float64{1.5, 2, 1, 0, 2, 1, 3, 1, 2, 1, 0, 2, 1, 1, 2, 1}, 30), NoSeason, false}, "unusual"},
	} {
		t.Run(name, func(t *testing.T) {
			j, ok := test.series.Judge()
			got := describe(j, ok)
			if test.want == "unusual" {
				if !j.Unusual {
					t.Errorf("%s, want unusual", got)
				}
				return
			}
			if got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

// TestJudgeMonths has a December that is high each year: from the fifth year on it is expected.
func TestJudgeMonths(t *testing.T) {
	random := rand.New(rand.NewPCG(7, 8))
	months := func(years int) []float64 {
		var all []float64
		for i := range 12 * years {
			v := 100 + random.NormFloat64()
			if i%12 == 11 {
				v += 50
			}
			all = append(all, v)
		}
		return all
	}
	for years, unusual := range map[int]bool{3: true, 5: false} {
		j, ok := Series{then(months(years)), MonthSeason, false}.Judge()
		if !ok || j.Unusual != unusual {
			t.Errorf("the December of year %d: %s; unusual must be %v", years, describe(j, ok), unusual)
		}
	}
	// Year 4 ends with value 48: 47 before it are not enough for the season; a gap leaves year 5 without one of three.
	gap := without(then(months(6)), 71-24)
	if j, ok := (Series{gap, MonthSeason, false}).Judge(); ok {
		t.Errorf("a December without one of its three comparables: %s", describe(j, ok))
	}
}

// TestJudgeShifted checks that a judgement does not depend on unit and zero: a·x + b has the same z and the range a·r + b.
func TestJudgeShifted(t *testing.T) {
	random := rand.New(rand.NewPCG(9, 10))
	for range 200 {
		values, moved := make([]float64, 40), make([]float64, 40)
		for i := range values {
			values[i] = 100 + 10*random.NormFloat64()
			moved[i] = 3*values[i] + 7
		}
		a, _ := Series{numbers(values...), NoSeason, true}.Judge()
		b, _ := Series{numbers(moved...), NoSeason, true}.Judge()
		if math.Abs(*a.Z-*b.Z) > 1e-9 || math.Abs(3*a.Usual.Low+7-b.Usual.Low) > 1e-9 || math.Abs(3*a.Usual.High+7-b.Usual.High) > 1e-9 {
			t.Fatalf("%s\nmoved: %s", describe(a, true), describe(b, true))
		}
	}
}

// BenchmarkFalseAlarms simulates series in which nothing happens, and the same with a jump of six standard deviations at
// the end: it reports the share of each that is called unusual. At most 1.5 % of the first may be, at least 90 % of the
// second.
func BenchmarkFalseAlarms(b *testing.B) {
	type process func(random *rand.Rand, n int) []float64
	autoregressive := func(phi float64) process {
		return func(random *rand.Rand, n int) []float64 {
			values := make([]float64, n)
			x := 0.0
			for i := range values {
				x = phi*x + math.Sqrt(1-phi*phi)*random.NormFloat64()
				values[i] = 100 + x
			}
			return values
		}
	}
	for _, bench := range []struct {
		name string
		make process
	}{
		{"white noise", autoregressive(0)},
		{"AR(0.5)", autoregressive(0.5)},
		{"AR(0.8)", autoregressive(0.8)},
		{"trend of a quarter sigma", func(random *rand.Rand, n int) []float64 {
			values := autoregressive(0)(random, n)
			for i := range values {
				values[i] += float64(i) / 4
			}
			return values
		}},
		{"random walk", func(random *rand.Rand, n int) []float64 {
			values := make([]float64, n)
			x := 100.0
			for i := range values {
				x += random.NormFloat64()
				values[i] = x
			}
			return values
		}},
	} {
		for _, length := range []int{26, 52, 91} {
			b.Run(fmt.Sprintf("%s/%d values", bench.name, length), func(b *testing.B) {
				random := rand.New(rand.NewPCG(11, 12))
				alarms, found := 0, 0
				for b.Loop() {
					values := bench.make(random, length)
					ordinary, _ := Series{numbers(values...), NoSeason, true}.Judge()
					values[length-1] += 6
					jump, _ := Series{numbers(values...), NoSeason, true}.Judge()
					alarms, found = alarms+btoi(ordinary.Unusual), found+btoi(jump.Unusual)
				}
				b.ReportMetric(100*float64(alarms)/float64(b.N), "%alarms")
				b.ReportMetric(100*float64(found)/float64(b.N), "%found")
			})
		}
	}
}

func btoi(b bool) int {
	if b {
		return 1
	}
	return 0
}
