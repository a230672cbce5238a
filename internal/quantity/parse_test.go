package quantity

import (
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

func TestParseNumber(t *testing.T) {
	for _, test := range []struct {
		text string
		unit Unit
		want float64
	}{
		{"0", "", 0},
		{"12", "", 12},
		{"-12.5", "", -12.5},
		{"+5", "", 5},
		{".5", "", 0.5},
		{"1e3", "", 1000},
		{"1.5E-2", "", 0.015},
		{"12k", "users", 12_000},
		{"12.1k", "users", 12_100},
		{"1.5M", "currency:EUR", 1_500_000},
		{"3B", "", 3e9},
		{"-2k", "", -2000},
		{"1e2k", "", 100_000},
		{"3%", "ratio", 0.03},
		{"-7%", "ratio", -0.07},
		{"300%", "ratio", 3},
		{"0.1%", "ratio", 0.001},
		{"0.03", "ratio", 0.03},
		{"2pp", "ratio", 0.02},
		{"2pp", "points", 2},
		{"30", "points", 30},
		{"90", "seconds", 90},
		{"90m", "seconds", 5400},
		{"1h30m", "seconds", 5400},
		{"3d", "seconds", 259_200},
		{"1w", "seconds", 604_800},
		{"250ms", "seconds", 0.25},
		{"-3d", "seconds", -259_200},
		{"12k", "seconds", 12_000},
	} {
		t.Run(test.text+" "+string(test.unit), func(t *testing.T) {
			got, problem, hint := Parse(test.text, test.unit)
			if got != test.want || problem != "" || hint != "" {
				t.Errorf("got %v, %q, %q, want %v", got, problem, hint, test.want)
			}
		})
	}
}

func TestParseNumberHints(t *testing.T) {
	const (
		example = "write a number such as 12000, 12k or 1.5M"
		leave   = "write a number, or leave the key out"
		length  = "write a length of time such as 90m, 1h30m or 12h"
	)
	for _, test := range []struct {
		text string
		unit Unit
		hint string
	}{
		{"", "", example},
		{"12,000", "", "write 12000 or 12k"},
		{"1,234,567", "", "write 1234567"},
		{"12,000.5", "", "write 12000.5"},
		{"12.000,5", "", "write 12000.5"},
		{"1,5", "", "write 1.5"},
		{"1,5%", "ratio", "write 1.5%"},
		{"1 200", "", "write 1200"},
		{"1_000", "", "write 1000 or 1k"},
		{"12'000", "", "write 12000 or 12k"},
		{"010", "", "write 10"},
		{"0o10", "", "write 8"},
		{"0x1F", "", "write 31"},
		{"0b101", "", "write 5"},
		{".nan", "", leave},
		{"NaN", "", leave},
		{"-.inf", "", leave},
		{"n/a", "", leave},
		{"12K", "", "write 12k"},
		{"12 k", "", "write 12k"},
		{"3 %", "ratio", "write 3%"},
		{"3 percent", "ratio", "write 3%"},
		{"€12k", "currency:EUR", "write 12k"},
		{"12 EUR", "currency:EUR", "write 12"},
		{"2bn", "", "write 2B"},
		{"5 million", "", "write 5M"},
		{"> 12", "", "write at_least: 12"},
		{">=12k", "", "write at_least: 12k"},
		{"< 3%", "ratio", "write at_most: 3%"},
		{"3%", "users", "write the plain number, or set unit: ratio"},
		{"3m", "users", "a million is 1M, with a capital M"},
		{"3d", "days", "write the plain number in the KPI's unit"},
		{"1:30", "seconds", length},
		{"1.5h", "seconds", length},
		{"0.5d", "seconds", length},
		{"90 min", "seconds", length},
		{"1:30", "users", example},
		{"1 200", "seconds", "write 1200"},
		{"1.", "", example},
		{"1e", "", example},
		{"true", "", example},
		{"١٢", "", example},
	} {
		t.Run(test.text, func(t *testing.T) {
			_, problem, hint := Parse(test.text, test.unit)
			if problem == "" || hint != test.hint {
				t.Errorf("problem %q, hint %q, want hint %q", problem, hint, test.hint)
			}
		})
	}
}

func TestParseNumberTooLarge(t *testing.T) {
	for _, text := range []string{"1e999", "1e308k", "1e99999999999999999999", "9e308"} {
		if value, problem, _ := Parse(text, ""); problem == "" {
			t.Errorf("%s is %v", text, value)
		}
	}
	if value, problem, _ := Parse("99999999999999d", "seconds"); problem == "" {
		t.Errorf("99999999999999d is %v", value)
	}
}

func TestParseTolerance(t *testing.T) {
	for _, test := range []struct {
		text string
		unit Unit
		want status.Tolerance
	}{
		{"10%", "users", status.Tolerance{Amount: 0.1, Relative: true}},
		{"10%", "ratio", status.Tolerance{Amount: 0.1, Relative: true}},
		{"2pp", "ratio", status.Tolerance{Amount: 0.02}},
		{"2pp", "points", status.Tolerance{Amount: 2}},
		{"1.5k", "users", status.Tolerance{Amount: 1500}},
		{"1d", "seconds", status.Tolerance{Amount: 86_400}},
		{"0", "", status.Tolerance{}},
	} {
		t.Run(test.text+" "+string(test.unit), func(t *testing.T) {
			got, problem, hint := ParseTolerance(test.text, test.unit)
			if got != test.want || problem != "" || hint != "" {
				t.Errorf("got %+v, %q, %q, want %+v", got, problem, hint, test.want)
			}
		})
	}
	for _, text := range []string{"-10%", "-1", "ten", "", "2pp"} {
		if got, problem, _ := ParseTolerance(text, "users"); problem == "" {
			t.Errorf("%q is %+v", text, got)
		}
	}
}

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for _, test := range []struct {
		text string
		want time.Duration
	}{
		{"0", 0},
		{"30s", 30 * time.Second},
		{"5m", 5 * time.Minute},
		{"1h30m", 90 * time.Minute},
		{"2d", 2 * day},
		{"1w", 7 * day},
		{"1y", 365 * day},
		{"1d12h", 36 * time.Hour},
		{"500ms", 500 * time.Millisecond},
		{"1m1ms", time.Minute + time.Millisecond},
	} {
		t.Run(test.text, func(t *testing.T) {
			got, problem, hint := parseDuration(test.text)
			if got != test.want || problem != "" || hint != "" {
				t.Errorf("got %v, %q, %q, want %v", got, problem, hint, test.want)
			}
		})
	}
	for _, text := range []string{"", "30", "1.5", "1.5h", "-1h", "30m1h", "1h1h", "1 h", "h", "5min", "1H", "300y", "99999999999999999999s", "292y52w"} {
		if got, problem, _ := parseDuration(text); problem == "" {
			t.Errorf("%q is %v", text, got)
		}
	}
}

func TestParseChange(t *testing.T) {
	for _, test := range []struct {
		text     string
		unit     Unit
		change   float64
		relative bool
		problem  string
	}{
		{"+10%", "", 0.1, true, ""},
		{"-10%", "users", -0.1, true, ""},
		{"+10%", "ratio", 0.1, true, ""},
		{"+0%", "", 0, true, ""},
		{"+150.5%", "", 1.505, true, ""},
		{"+5", "", 5, false, ""},
		{"-1.5M", "currency:EUR", -1_500_000, false, ""},
		{"+2pp", "ratio", 0.02, false, ""},
		{"-2pp", "points", -2, false, ""},
		{"-1h30m", "seconds", -5400, false, ""},
		{"10%", "", 0, false, `"10%" has no sign`},
		{"0", "", 0, false, `"0" has no sign`},
		{"+1h", "", 0, false, `"+1h" is a length of time, which needs unit: seconds`},
		{"+2pp", "", 0, true, `"+2pp" needs unit: ratio or unit: points`},
		{"+-5", "", 0, false, `"+-5" is not a number`},
		{"+", "", 0, false, `"+" is not a number`},
		{"", "", 0, false, `an empty text is not a number`},
	} {
		t.Run(test.text+" "+string(test.unit), func(t *testing.T) {
			change, relative, problem, _ := ParseChange(test.text, test.unit)
			if problem != test.problem {
				t.Fatalf("problem %q, want %q", problem, test.problem)
			}
			if problem == "" && (change != test.change || relative != test.relative) {
				t.Errorf("got %v, relative %v", change, relative)
			}
		})
	}
}
