package format

import "testing"

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
