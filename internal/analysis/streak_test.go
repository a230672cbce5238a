package analysis

import "testing"

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
