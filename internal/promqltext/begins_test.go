package promqltext

import "testing"

func TestBegins(t *testing.T) {
	for text, want := range map[string]bool{
		"sum(up":                       true,
		"sum by (job) (up":             true,
		"# why\n-((rate(up[5m]":        true,
		"100 * sum(up":                 true,
		`up{job="x`:                    true,
		"job:up:sum[:period]":          true,
		"job:requests:rate5m":          true,
		"# why\njob:requests:rate5m\n": true,
		"job:errors:sum_rate5m / job:requests:sum_rate5m": true,
		"-job:requests:rate1h30m offset 1w":               true,
		"job:latency:p99 @ end()":                         true,
		"job:requests:rate5m job:S3cr3t:rate5m":           false,
		"job:requests:rate5m\npassword S3cr3t":            false,
		"job:requests:S3cr3t":                             false,
		"host:5432:app:rate5m:S3cr3t":                     false,
		"kpi:S3cr3t":                                      false,
		"kpi:sum":                                         false,
		"kpi:realm:d0cc175b9c0f1b6a831c399e269772661":     false,
		"kpi:realm:sumS3cr3t":                             false,
		"kpi:realm:p4ss":                                  false,
		"kpi:realm:rate5m4":                               false,
		"kpi::rate5m":                                     false,
		":realm:rate5m":                                   false,
		"":                                                false,
		"up":                                              false,
		"TOKEN=S3cr3t":                                    false,
		"S3cr3t":                                          false,
		"12345":                                           false,
		"print('S3cr3t')":                                 false,
		"database {\n  password = \"S3cr3t\"":             false,
		"kpis: {a: S3cr3t}":                               false,
		"[table]\nS3cr3t":                                 false,
		`{"a": "S3cr3t"}`:                                 false,
		"-----BEGIN PRIVATE KEY-----\nS3cr3t":             false,
	} {
		if got := Begins(text); got != want {
			t.Errorf("%q: %t, want %t", text, got, want)
		}
	}
}
