package engine

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

func TestSecretCannotBePrinted(t *testing.T) {
	const canary = "hunter2-canary"
	secret := NewSecret(canary)
	type exported struct{ Secret Secret }
	type unexported struct{ secret Secret }
	values := map[string]any{
		"itself": secret, "pointer": &secret, "slice": []Secret{secret}, "map": map[string]Secret{"x": secret},
		"exported field": exported{secret}, "unexported field": unexported{secret}, "pointer to a struct": &unexported{secret},
	}
	for name, value := range values {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d", "%10.3s"} {
				fmt.Fprintf(&out, verb+"\n", value)
			}
			for _, handler := range []slog.Handler{slog.NewTextHandler(&out, nil), slog.NewJSONHandler(&out, nil)} {
				slog.New(handler).Info("connecting", "value", value)
			}
			asJSON, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			out.Write(asJSON)
			func() {
				defer func() { fmt.Fprint(&out, recover()) }()
				panic(fmt.Sprintf("%v", value))
			}()
			if strings.Contains(out.String(), canary) || strings.Contains(out.String(), fmt.Sprintf("%x", canary)) {
				t.Errorf("the secret is in:\n%s", out.String())
			}
		})
	}
	if got := fmt.Sprintf("%v %s %d %#v", secret, secret, secret, secret); got != "<secret> <secret> <secret> <secret>" {
		t.Errorf("printed as %s", got)
	}
	if got, err := secret.MarshalYAML(); got != "<secret>" || err != nil {
		t.Errorf("MarshalYAML() = %v, %v", got, err)
	}
	if got := secret.Reveal(); got != canary {
		t.Errorf("Reveal() = %q, want %q", got, canary)
	}
	if got := (Secret{}).Reveal(); got != "" {
		t.Errorf("the zero value reveals %q", got)
	}
}
