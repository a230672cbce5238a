package analysis

import (
	"math"
	"testing"
)

func TestStreak(t *testing.T) {
	for name, test := range map[string]struct {
		values []*float64
		want   int
	}{
		"five falls":            {numbers(10, 9, 8, 7, 6, 5), -5},
		"two rises after falls": {numbers(10, 9, 8, 9, 10), 2},
		"the newest is equal":   {numbers(1, 2, 3, 3), 0},
		"an equal one ends it":  {numbers(1, 1, 2, 3), 2},
		"a gap ends it":         {without(numbers(1, 2, 3, 4), 1), 1},
		"the newest is missing": {without(numbers(1, 2, 3), 2), 0},
		"one value":             {numbers(1), 0},
		"no values":             {nil, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Streak(test.values); got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}

func TestExtreme(t *testing.T) {
	for name, test := range map[string]struct {
		values          []*float64
		highest, lowest bool
		n               int
	}{
		"highest":                {numbers(1, 3, 2, 4), true, false, 3},
		"lowest":                 {numbers(2, 3, 2, 1), false, true, 3},
		"as high as another one": {numbers(1, 3, 2, 3), false, false, 3},
		"a missing one":          {without(numbers(1, 9, 2, 4), 1), true, false, 2},
		"the newest is missing":  {without(numbers(1, 2), 1), false, false, 0},
		"one value":              {numbers(1), false, false, 0},
	} {
		t.Run(name, func(t *testing.T) {
			if highest, lowest, n := Extreme(test.values); highest != test.highest || lowest != test.lowest || n != test.n {
				t.Errorf("highest %v, lowest %v of %d; want %v, %v of %d", highest, lowest, n, test.highest, test.lowest, test.n)
			}
		})
	}
}

func TestMove(t *testing.T) {
	series := func(last ...float64) []*float64 {
		var values []*float64
		for i := range 14 { // Differences of 1 and -1 by turns.
			values = append(values, new(float64(i%2)))
		}
		for _, v := range last {
			values = append(values, new(v))
		}
		return values
	}
	equal := func(last float64) []*float64 {
		var values []*float64
		for range 14 {
			values = append(values, new(5.0))
		}
		return append(values, new(last))
	}
	for name, test := range map[string]struct {
		values      []*float64
		delta, size float64
		ok          bool
	}{
		"down":           {series(-4), -5, 65.0 / 12, true},
		"no move":        {series(1), 0, 0, true},
		"equal before":   {equal(6), 1, math.Inf(1), true},
		"equal":          {equal(5), 0, 0, true},
		"missing":        {append(series(), nil), 0, 0, false},
		"missing before": {append(series(), nil, new(1.0)), 0, 0, false},
		"too few":        {series()[:13], 0, 0, false},
		"just enough":    {series()[:14], 1, 1, true},
		"nothing at all": {nil, 0, 0, false},
	} {
		t.Run(name, func(t *testing.T) {
			delta, size, ok := Move(test.values)
			if delta != test.delta || ok != test.ok || size != test.size && !(math.Abs(size-test.size) < 1e-9) {
				t.Errorf("%v %v %t, want %v %v %t", delta, size, ok, test.delta, test.size, test.ok)
			}
		})
	}
	if got := FalseMentions(40); got != 0.2 {
		t.Errorf("40 series: %v", got)
	}
}
