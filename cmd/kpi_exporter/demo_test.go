package main

import "testing"

func TestBaseURL(t *testing.T) {
	t.Parallel()
	for listen, want := range map[string]string{
		":10574":          "http://localhost:10574",
		"0.0.0.0:80":      "http://localhost:80",
		"[::]:80":         "http://localhost:80",
		"127.0.0.1:10574": "http://127.0.0.1:10574",
		"[::1]:10574":     "http://[::1]:10574",
		"example.org:80":  "http://example.org:80",
	} {
		if got := baseURL(listen); got != want {
			t.Errorf("baseURL(%q) = %q, want %q", listen, got, want)
		}
	}
}
