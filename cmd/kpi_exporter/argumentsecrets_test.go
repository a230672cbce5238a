package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestPasswordsOfTheCommandLine has a URL with a password be pasted where something else is wanted: no message shows the password.
func TestPasswordsOfTheCommandLine(t *testing.T) {
	dir := t.TempDir()
	t.Chdir(dir)
	kpi := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(kpi, []byte("databases: {app: {url: 'sqlite://app.db'}}\nkpis: {a: {title: A, period: day, query: SELECT 1 AS value}}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for pasted, password := range map[string]string{
		"postgres://u:canary@127.0.0.1:1/d":                "canary",
		"postgres://u:can%40ry@127.0.0.1:1/d":              "can%40ry",
		"postgres://u:c@n/ry?@127.0.0.1:1/d":               "c@n/ry?",
		"postgres://u:pw@127.0.0.1:1/d":                    "pw",
		"postgres://us@tenant:canary@127.0.0.1/d":          "canary",
		"postgres://u:can ary@127.0.0.1/d":                 "can ary",
		"postgres://127.0.0.1/d?user=u&password=canary":    "canary",
		"postgres://127.0.0.1/d?sslpassword=canary&user=u": "canary",
		"u:canary@tcp(127.0.0.1:1)/d":                      "canary",
		"host=127.0.0.1 password=canary dbname=d":          "canary",
		"password = 'can ary' host=127.0.0.1":              "can ary",
	} {
		for _, args := range [][]string{
			{"check", "--config.file", pasted},
			{"check", "--config.file=" + pasted},
			{"check", pasted},
			{"serve", "--config.file", pasted},
			{"serve", "--config.file", kpi, "--web.config.file", pasted},
			{"serve", "--config.file", kpi, "--web.listen-address", pasted},
			{"serve", "--config.file", kpi, "--kpi.match", pasted},
			{"health", "--http.config.file", pasted},
			{"health", "--url", pasted},
			{"diff", pasted, kpi},
			{"test", pasted},
			{"query", "--config.file", kpi, "--as-of", pasted},
			{"query", "--config.file", kpi, pasted},
			{"report", "--config.file", kpi, "--output", pasted + "/x/y"},
			{"backfill", "--config.file", kpi, "--from", "2026-01-01", "--to", "2026-01-02", "--output", pasted + "/x/y"},
			{"backfill", "--config.file", kpi, "--from", "2026-01-01", "--to", "2026-01-02", "--remote-write", pasted},
			{"generate", "rules", "--config.file", pasted, "--output", dir},
			{pasted},
			{"--" + pasted},
		} {
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), args, strings.NewReader(""), &stdout, &stderr)
			if code == exitOK || stderr.Len() == 0 {
				t.Errorf("%q: exit code %d, and %q", args, code, stderr.String())
			}
			if said := stdout.String() + stderr.String(); strings.Contains(said, password) || strings.Contains(said, "can@ry") {
				t.Errorf("%q: %s", args, said)
			}
		}
	}
}
