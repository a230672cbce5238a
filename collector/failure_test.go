package collector

import (
	"strings"
	"testing"
)

// Every reason has words of its own.
func TestReasonsInWords(t *testing.T) {
	seen := map[string]FailureReason{}
	for _, r := range Reasons() {
		text := r.Text()
		if text == string(r) || !strings.Contains(text, " ") {
			t.Errorf("%s has no words", r)
		}
		if other, ok := seen[text]; ok {
			t.Errorf("%s and %s have the same words", r, other)
		}
		seen[text] = r
	}
}
