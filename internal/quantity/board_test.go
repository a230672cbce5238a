package quantity

import "testing"

func TestFormatForBoards(t *testing.T) {
	for _, test := range []struct {
		unit  Unit
		value float64
		want  string
	}{
		{"", 3, "3"},
		{"users", 715, "715"},
		{"users", 999.5, "999.5"},
		{"users", 1000, "1K"},
		{"users", -1500, "-1.5K"},
		{"count", 6123, "6.123K"},
		{"count", 12_345, "12.3K"},
		{"count", 1_280_000, "1.28M"},
		{"currency:EUR", 105_000, "105K EUR"},
		{"currency:JPY", 2.5e9, "2.5B JPY"},
		{"ratio", 0.02235, "2.235%"},
		{"ratio", 0.99953, "99.953%"},
		{"seconds", 0.25, "0.25 seconds"},
		{"seconds", 60, "60 seconds"},
		{"seconds", 90, "1.5 minutes"},
		{"seconds", 86_400, "24 hours"},
		{"seconds", 93_600, "1.083 days"},
		{"seconds", -60 * 86_400, "-60 days"},
		{"seconds", 0, "0 seconds"},
	} {
		if got := test.unit.FormatForBoards(test.value); got != test.want {
			t.Errorf("%v of %q: %q, want %q", test.value, test.unit, got, test.want)
		}
	}
}
