package format

import (
	"math"
	"strconv"
	"testing"
)

func TestExact(t *testing.T) {
	for want, v := range map[string]float64{
		"0": 0, "0.1": 0.1, "-42": -42, "1774994400": 1774994400, "12345678.9": 12345678.9, "999999999999999": 999999999999999,
		"0.000001": 1e-6, "1e+15": 1e15, "-1.5e+300": -1.5e300, "1e-07": 1e-7, "1.3333333333333333": 4. / 3,
	} {
		if got := Exact(&v); got != want {
			t.Errorf("Exact(%g) = %s, want %s", v, got, want)
		}
	}
	if got := Exact(nil); got != "" {
		t.Errorf("Exact(nil) = %s", got)
	}
}

func TestWholePercent(t *testing.T) {
	for share, want := range map[float64]string{
		0.29: "29%", 0.57: "57%", 1.13: "113%", 2.3: "230%", 0.289: "28%", 1: "100%", 0.9999999999999999: "99%", 0: "0%", -0.29: "-29%", -0.001: "-1%",
		1e-12: "0%", 12.5: "1250%", math.Inf(1): "+Inf%",
	} {
		if got := WholePercent(share); got != want {
			t.Errorf("%v: got %s, want %s", share, got, want)
		}
	}
	for percent := range 500 {
		if got, want := WholePercent(float64(percent)/100), strconv.Itoa(percent)+"%"; got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
}
