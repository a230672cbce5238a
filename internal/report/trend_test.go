package report

import (
	"math"
	"testing"
)

func TestSparkline(t *testing.T) {
	none := math.NaN()
	for name, test := range map[string]struct {
		values []float64
		want   string
	}{
		"rises":                {[]float64{0, 1, 2, 3, 4, 5, 6, 7}, "▁▂▃▄▅▆▇█"},
		"below zero":           {[]float64{-1, -8, -4.5}, "█▁▅"},
		"a gap":                {[]float64{none, 1, none, 3}, " ▁ █"},
		"none now":             {[]float64{1, 3, none}, "▁█"},
		"flat":                 {[]float64{5, 5, none, 5}, "▄▄ ▄"},
		"flat at zero":         {[]float64{0, 0}, "▄▄"},
		"flat but for the sum": {[]float64{0.1 + 0.2, 0.3}, "▄▄"},
		"one":                  {[]float64{12}, "▄"},
		"as far as it goes":    {[]float64{-math.MaxFloat64, 0, math.MaxFloat64}, "▁▅█"},
		"as near as it goes":   {[]float64{0, math.SmallestNonzeroFloat64 * 4}, "▁█"},
		"no values":            {[]float64{none, none}, ""},
		"no periods":           {nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			var values []*float64
			for _, v := range test.values {
				if math.IsNaN(v) {
					values = append(values, nil)
				} else {
					values = append(values, &v)
				}
			}
			if got := Sparkline(values); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}
