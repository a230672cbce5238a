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
		{"ratio", -2.878, "-287.8%"},
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
