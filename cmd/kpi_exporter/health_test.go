package main

import (
	"bytes"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// TestHealthOfSilence asks exporters that do not answer, or never end their answer.
func TestHealthOfSilence(t *testing.T) {
	t.Parallel()
	for name, handler := range map[string]http.HandlerFunc{
		"says nothing": func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
		"drips": func(w http.ResponseWriter, r *http.Request) {
			for ticker := time.NewTicker(50 * time.Millisecond); r.Context().Err() == nil; <-ticker.C {
				_, _ = w.Write([]byte("."))
				_ = http.NewResponseController(w).Flush()
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: handler}
			go func() { _ = server.Serve(listener) }()
			t.Cleanup(func() { _ = server.Close() })
			var stdout, stderr bytes.Buffer
			began := time.Now()
			code := run(t.Context(), []string{"health", "--url", "http://" + listener.Addr().String()}, nil, &stdout, &stderr)
			if took := time.Since(began); code != exitProblem || took > healthTimeout+30*time.Second || !strings.Contains(stderr.String(), "imeout") {
				t.Errorf("exit code %d after %s: %s%s", code, took, stdout.String(), stderr.String())
			}
		})
	}
}
