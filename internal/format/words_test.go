package format

import (
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestWords(t *testing.T) {
	got := []string{
		Range("1", ""), Range("", "2"), Range("1", "2"), Range("", ""),
		Labels([]string{"plan", "region"}, []string{"pro", "eu"}), Labels(nil, nil),
		And([]string{"a"}), And([]string{"a", "b"}), And([]string{"a", "b", "c"}),
		Count(0, "file"), Count(1, "file"), Count(2, "file"), Several(1, "month"), Several(12, "month"),
		Spaced("net_revenue"), Columns([]string{"a"}), Columns([]string{"a", "b"}),
	}
	want := []string{
		"≥ 1", "≤ 2", "1 to 2", "",
		"plan=pro region=eu", "",
		"a", "a and b", "a, b and c",
		"0 files", "1 file", "2 files", "month", "12 months",
		"net revenue", `column "a"`, `columns "a", "b"`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestDigits(t *testing.T) {
	for want, v := range map[string]float64{"0.3": 0.1 + 0.2, "12345": 12345, "-1.5": -1.5, "0": 0, "7": 0.07 * 100} {
		if got := Digits(v); got != want {
			t.Errorf("Digits(%g) = %s, want %s", v, got, want)
		}
	}
}
