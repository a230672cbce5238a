package secret_test

import (
	"fmt"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// TestSetIsLimited has secrets rotate: the newest ones are known.
func TestSetIsLimited(t *testing.T) {
	var set secret.Set
	for i := range 5000 {
		set.Add("constant", fmt.Sprintf("token%04d", i))
	}
	if got, _ := set.Redact("constant token0000 token4500 token4999"); got != "<secret> token0000 <secret> <secret>" {
		t.Error(got)
	}
}

// TestSay holds that a text is cut off once its secrets are gone.
func TestSay(t *testing.T) {
	var set secret.Set
	set.Add("topsecret")
	for text, want := range map[string]string{"a topsecret": "a <secret…", "topsecret, ßßßßß": "<secret>,…", "ßßßßßßßßß": "ßßßßßßßßß"} {
		if got := set.Say(text, 9); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
