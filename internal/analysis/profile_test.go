package analysis

import (
	"fmt"
	"testing"
	"time"
)

func pace(elapsed float64, shares ...float64) []PastPace {
	var all []PastPace
	for _, s := range shares {
		all = append(all, PastPace{s, elapsed})
	}
	return all
}

func TestForecast(t *testing.T) {
	e1 := pace(0.4, .30, .32, .34, .35, .36, .40)
	for name, test := range map[string]struct {
		value, elapsed float64
		past           []PastPace
		want           string
	}{
		"E1":                            {40_000, 0.4, e1, "expected 0.3450 of 6: 115942.03, 100000.00 … 133333.33"},
		"a loss":                        {-40_000, 0.4, e1, "expected 0.3450 of 6: -115942.03, -133333.33 … -100000.00"},
		"three periods":                 {40, 0.4, pace(0.4, .3, .4, .5), "expected 0.4000 of 3: 100.00, 80.00 … 133.33"},
		"two periods":                   {40, 0.4, pace(0.4, .3, .4), "none"},
		"one of three without a share":  {40, 0.4, append(pace(0.4, .3, .4), PastPace{0, 0}), "none"},
		"a tenth":                       {40, 0.1, pace(0.1, .1, .1, .1), "expected 0.1000 of 3: 400.00, 400.00 … 400.00"},
		"less than a tenth is expected": {40, 0.4, pace(0.4, .09, .09, .09), "none"},
		"nothing so far":                {0, 0.4, e1, "expected 0.3450 of 6: 0.00, none … none"},
		"once there was nothing by now": {40, 0.4, pace(0.4, 0, .4, .5), "expected 0.4000 of 3: 100.00, 80.00 … none"},
		"mostly nothing by now":         {40, 0.4, pace(0.4, 0, 0, .5), "none"},
		"other weights in other months": {50, 0.5, []PastPace{{.25, .5}, {.3, .6}, {.2, .4}}, "expected 0.2500 of 3: 200.00, 200.00 … 200.00"},
	} {
		t.Run(name, func(t *testing.T) {
			f, ok := Forecast(test.value, test.elapsed, test.past)
			got := "none"
			if ok {
				got = fmt.Sprintf("expected %.4f of %d: %.2f, %s … %s", f.Expected, f.Periods, f.Value, number(f.Low), number(f.High))
			}
			if got != test.want {
				t.Errorf("%s\nwant %s", got, test.want)
			}
		})
	}
}

func number(v *float64) string {
	if v == nil {
		return "none"
	}
	return fmt.Sprintf("%.2f", *v)
}

// TestElapsed has E2: June 2026 begins on a Monday, and its weekends bring 40 % of a weekday.
func TestElapsed(t *testing.T) {
	var days []*float64
	for range 8 {
		days = append(days, numbers(100, 100, 100, 100, 100, 40, 40)...)
	}
	w, ok := WeekdayWeights(days, time.Monday)
	if !ok {
		t.Fatal("no weights")
	}
	for passed, want := range map[float64]string{5: "0.198413", 0: "0.000000", 30: "1.000000", 5.5: "0.206349"} {
		if got := fmt.Sprintf("%.6f", w.Elapsed(time.Monday, 30, passed)); got != want {
			t.Errorf("after %v days: %s, want %s", passed, got, want)
		}
	}
	if f, _ := Forecast(60_000, w.Elapsed(time.Monday, 30, 5), pace(1, 1, 1, 1)); fmt.Sprintf("%.2f", f.Value) != "302400.00" {
		t.Errorf("forecast %v, want 302400", f.Value)
	}
}

func TestWeekdayWeights(t *testing.T) {
	week := func() []*float64 { return numbers(1, 2, 3, 4, 5, 6, 7) }
	for name, test := range map[string]struct {
		days  []*float64
		first time.Weekday
		want  string
	}{
		"a week from Monday":          {week(), time.Monday, "[7 1 2 3 4 5 6] true"},
		"a week from Sunday":          {week(), time.Sunday, "[1 2 3 4 5 6 7] true"},
		"the mean of two":             {append(week(), numbers(3, 4, 5, 6, 7, 8, 9)...), time.Sunday, "[2 3 4 5 6 7 8] true"},
		"the mean of those that are":  {append(week(), without(numbers(3, 4, 5, 6, 7, 8, 9), 0)...), time.Sunday, "[1 3 4 5 6 7 8] true"},
		"a weekday without a value":   {without(week(), 3), time.Sunday, "[0 0 0 0 0 0 0] false"},
		"days that bring nothing":     {numbers(0, 0, 0, 0, 0, 0, 0), time.Sunday, "[0 0 0 0 0 0 0] false"},
		"weekends that bring nothing": {numbers(0, 2, 2, 2, 2, 2, 0), time.Sunday, "[0 2 2 2 2 2 0] true"},
		"less than a week":            {numbers(1, 2, 3), time.Sunday, "[0 0 0 0 0 0 0] false"},
	} {
		t.Run(name, func(t *testing.T) {
			w, ok := WeekdayWeights(test.days, test.first)
			if got := fmt.Sprint(w, ok); got != test.want {
				t.Errorf("%s, want %s", got, test.want)
			}
		})
	}
}
