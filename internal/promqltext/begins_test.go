package promqltext

import "testing"

func TestBegins(t *testing.T) {
	for text, want := range map[string]bool{
		"sum(up":                              true,
		"sum by (job) (up":                    true,
		"# why\n-((rate(up[5m]":               true,
		"100 * sum(up":                        true,
		`up{job="x`:                           true,
		"job:up:sum[:period]":                 true,
		"":                                    false,
		"up":                                  false,
		"TOKEN=S3cr3t":                        false,
		"S3cr3t":                              false,
		"12345":                               false,
		"print('S3cr3t')":                     false,
		"database {\n  password = \"S3cr3t\"": false,
		"kpis: {a: S3cr3t}":                   false,
		"[table]\nS3cr3t":                     false,
		`{"a": "S3cr3t"}`:                     false,
		"-----BEGIN PRIVATE KEY-----\nS3cr3t": false,
	} {
		if got := Begins(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
