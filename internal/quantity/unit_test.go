package quantity

import "testing"

func TestFormat(t *testing.T) {
	for _, tc := range []struct {
		unit  Unit
		value float64
		want  string
	}{
		{"users", 0, "0"},
		{"users", 12, "12"},
		{"users", 29.94, "29.94"},
		{"users", 9999.4, "9999"},
		{"users", 9999.6, "10k"},
		{"users", 12_345, "12.3k"},
		{"users", 999_499, "999k"},
		{"users", 999_900, "1M"},
		{"users", -999_900, "-1M"},
		{"users", 3_820_000, "3.82M"},
		{"users", 999_600_000, "1B"},
		{"users", 2.5e12, "2500B"},
		{"users", 0.00001, "1e-05"},
		{"", 12_345, "12.3k"},
		{"currency:EUR", 18_849.2, "18.8k EUR"},
		{"currency:EUR", 9000, "9000 EUR"},
		{"ratio", 0.03817, "3.817%"},
		{"ratio", 0.038172, "3.82%"},
		{"ratio", 0.1225, "12.25%"},
		{"ratio", -2.8781, "-288%"},
		{"ratio", 9.996, "999.6%"},
		{"ratio", 9.9961, "1000%"},
		{"ratio", 0.99, "99%"},
		{"ratio", 0.9912, "99.12%"},
		{"ratio", 0.99995, "99.995%"},
		{"ratio", 0.9999994, "99.99994%"},
		{"ratio", 1, "100%"},
		{"ratio", 100.5, "10050%"},
		{"seconds", 0.5, "0.5s"},
		{"seconds", 90, "1m30s"},
		{"seconds", -90, "-1m30s"},
		{"seconds", 3599.7, "1h"},
		{"seconds", 187_200, "2d4h"},
		{"seconds", 1e12, "1000000000000s"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			if got := tc.unit.Format(tc.value); got != tc.want {
				t.Errorf("%g of unit %q: %s, want %s", tc.value, tc.unit, got, tc.want)
			}
		})
	}
}

// What differs reads differently, and what need not be told apart has no more digits than alone.
func TestApart(t *testing.T) {
	for _, test := range []struct {
		unit         Unit
		a, b         float64
		wantA, wantB string
	}{
		{"currency:EUR", 102_340, 102_410, "102.3k EUR", "102.4k EUR"},
		{"currency:EUR", 98_800, 102_410, "98.8k EUR", "102k EUR"},
		{"currency:EUR", 102_410, 102_410, "102k EUR", "102k EUR"},
		{"", 1.00001, 1, "1.00001", "1"},
		{"", 1_000_000.5, 1_000_000, "1.0000005M", "1M"},
		{"ratio", 0.022501, 0.0225, "2.2501%", "2.25%"},
		{"ratio", 0.999951, 0.999949, "99.9951%", "99.9949%"},
		{"seconds", 93_620, 93_600, "1d2h20s", "1d2h"},
		{"seconds", 12.3451, 12.3449, "12.35s", "12.34s"},
		{"", 0.1 + 0.2, 0.3, "0.3", "0.3"},
	} {
		write := test.unit.Apart(&test.a, nil, &test.b)
		if a, b := write(test.a), write(test.b); a != test.wantA || b != test.wantB {
			t.Errorf("%v and %v of %q: %s and %s, want %s and %s", test.a, test.b, test.unit, a, b, test.wantA, test.wantB)
		}
	}
}

// A difference has the digits of a value, and that of shares those of a share.
func TestFormatDelta(t *testing.T) {
	for _, test := range []struct {
		unit  Unit
		value float64
		want  string
	}{
		{"ratio", 0.080761, "8.08 pp"}, {"ratio", -0.004525, "-0.453 pp"}, {"", 36.6666, "36.67"}, {"currency:EUR", 2363.4, "2363 EUR"}, {"currency:EUR", 22_740, "22.7k EUR"}, {"seconds", 12_360, "3h26m"},
	} {
		if got := test.unit.FormatDelta(test.value); got != test.want {
			t.Errorf("%v of %q: %s, want %s", test.value, test.unit, got, test.want)
		}
	}
}

func TestUnitGrafana(t *testing.T) {
	for unit, want := range map[Unit]string{
		"":              "short",
		"count":         "short",
		"users":         "short",
		"ratio":         "percentunit",
		"seconds":       "s",
		"points":        "suffix: points",
		"deploys/day":   "suffix: deploys/day",
		"currency:EUR":  "currencyEUR",
		"currency:mBTC": "currencymBTC",
		"currency:AUD":  "currency:AUD",
	} {
		if got := unit.Grafana(); got != want {
			t.Errorf("%q is %q in Grafana, want %q", unit, got, want)
		}
	}
}
