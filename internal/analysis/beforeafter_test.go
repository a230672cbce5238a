package analysis

import (
	"fmt"
	"testing"
)

func numbers(values ...float64) []*float64 {
	all := make([]*float64, len(values))
	for i := range values {
		all[i] = &values[i]
	}
	return all
}

func TestBeforeAfter(t *testing.T) {
	f := func() []*float64 {
		return numbers(50, 52, 49, 51, 53, 50, 52, 51, 49, 50, 53, 52, 50, 51, 52, 49, 51, 50, 53, 51, 50, 52, 51, 50)
	}
	with := func(position int, v *float64) []*float64 {
		values := f()
		values[position] = v
		return values
	}
	for name, test := range map[string]struct {
		before, after []*float64
		want          string
	}{
		"F1, larger than any":            {f(), numbers(57, 58), "50.75 → 57.5 (+6.75), 19 comparable, p 0.05"},
		"F2, what happens anyway":        {f(), numbers(52, 53), "50.75 → 52.5 (+1.75), 19 comparable, p 0.15"},
		"F3, one value fewer":            {f()[1:], numbers(57, 58), "50.75 → 57.5 (+6.75), 18 comparable"},
		"as far in the other direction":  {f(), numbers(44, 44), "50.75 → 44 (-6.75), 19 comparable, p 0.05"},
		"a gap breaks the runs it is in": {append(numbers(51, 50, 52), with(3, nil)...), numbers(57, 58), "50.75 → 57.5 (+6.75), 16 comparable"},
		"the series begins later":        {append([]*float64{nil, new(0.0), new(0.0)}, f()...), numbers(57, 58), "50.75 → 57.5 (+6.75), 19 comparable, p 0.05"},
		"a zero within counts":           {with(3, new(0.0)), numbers(57, 58), "50.75 → 57.5 (+6.75), 19 comparable, p 0.25"},
		"nothing ever changed":           {numbers(5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5, 5), numbers(5, 5), "5 → 5 (+0), 19 comparable, p 1"},
		"a value missing after":          {f(), []*float64{new(57.0), nil}, "none"},
		"a value missing just before":    {with(23, nil), numbers(57, 58), "none"},
		"nothing after":                  {f(), nil, "none"},
		"too little before":              {numbers(50, 51, 52), numbers(57, 58), "none"},
	} {
		t.Run(name, func(t *testing.T) {
			e, ok := BeforeAfter(test.before, test.after)
			got := "none"
			if ok {
				got = fmt.Sprintf("%g → %g (%+g), %d comparable", e.Before, e.After, e.Delta, e.Comparable)
			}
			if e.P != nil {
				got += fmt.Sprintf(", p %.4g", *e.P)
			}
			if got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}
