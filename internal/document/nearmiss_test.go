package document

import "testing"

func TestNearest(t *testing.T) {
	const words = "labels level target timeout timezone owner"
	for written, want := range map[string]string{
		"lables":    "did you mean `labels`?",
		"label":     "did you mean `labels`?",
		"Labels":    "did you mean `labels`?",
		"time_out":  "did you mean `timeout`?",
		"time-zone": "did you mean `timezone`?",
		"onwer":     "did you mean `owner`?",
		"colour":    "",
		"x":         "",
		"":          "",
		"labels":    "",
	} {
		if got := Nearest(written, words); got != want {
			t.Errorf("nearest to %q: %q, want %q", written, got, want)
		}
	}
}
