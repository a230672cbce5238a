package main

import "testing"

func TestMetricsURL(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":10574":          "http://localhost:10574/metrics",
		"0.0.0.0:80":      "http://localhost:80/metrics",
		"[::]:80":         "http://localhost:80/metrics",
		"127.0.0.1:10574": "http://127.0.0.1:10574/metrics",
		"[::1]:10574":     "http://[::1]:10574/metrics",
		"example.org:80":  "http://example.org:80/metrics",
	} {
		if got := metricsURL(listen); got != want {
			t.Errorf("metricsURL(%q) = %q, want %q", listen, got, want)
		}
	}
}
