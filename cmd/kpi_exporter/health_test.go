package main

import (
	"bytes"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHealthOfSilence asks exporters that do not answer, or never end their answer.
func TestHealthOfSilence(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		want    string
	}{
		"says nothing": {
			func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() },
			"/-/healthy does not answer within the timeout of 5s\n",
		},
		"drips": {
			func(w http.ResponseWriter, r *http.Request) {
				for ticker := time.NewTicker(50 * time.Millisecond); r.Context().Err() == nil; <-ticker.C {
					_, _ = w.Write([]byte("."))
					_ = http.NewResponseController(w).Flush()
				}
			},
			"/-/healthy does not end its answer within the timeout of 5s\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: test.handler}
			go func() { _ = server.Serve(listener) }()
			t.Cleanup(func() { _ = server.Close() })
			var stdout, stderr bytes.Buffer
			began := time.Now()
			code := run(t.Context(), []string{"health", "--url", "http://" + listener.Addr().String()}, nil, &stdout, &stderr)
			if took := time.Since(began); code != exitProblem || took > healthTimeout+30*time.Second || stderr.String() != "kpi_exporter: http://"+listener.Addr().String()+test.want {
				t.Errorf("exit code %d after %s: %s%s", code, took, stdout.String(), stderr.String())
			}
		})
	}
}

// TestHealthOfOthers asks servers other than an exporter: nothing that they answer is believed, or shown.
func TestHealthOfOthers(t *testing.T) {
	t.Parallel()
	answers := func(code int, text string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			if code == http.StatusFound && r.URL.Path != "/login" {
				http.Redirect(w, r, "/login", code)
				return
			}
			if code == http.StatusFound {
				code = http.StatusOK
			}
			w.WriteHeader(code)
			_, _ = w.Write([]byte(text))
		}
	}
	const other = "answers, but not as kpi_exporter does: something else is there"
	for name, test := range map[string]struct {
		handler http.HandlerFunc
		ready   bool
		code    int
		want    string
	}{
		"the exporter":               {answers(200, "kpi_exporter is healthy.\n"), false, exitOK, "kpi_exporter is healthy.\n"},
		"the exporter, if ready":     {answers(200, "kpi_exporter is ready.\n"), true, exitOK, "kpi_exporter is ready.\n"},
		"an exporter that is not":    {answers(503, "kpi_exporter is not healthy: why.\n"), false, exitProblem, "kpi_exporter: kpi_exporter is not healthy: why.\n"},
		"a page of a server":         {answers(200, "<html>welcome"), false, exitProblem, other},
		"a page that begins alike":   {answers(200, "kpi_exporter is healthy.\n<html>"), false, exitProblem, other},
		"an answer to another":       {answers(200, "kpi_exporter is healthy.\n"), true, exitProblem, other},
		"nothing":                    {answers(200, ""), false, exitProblem, other},
		"no content":                 {answers(204, ""), false, exitProblem, "answers 204 No Content"},
		"a redirect to a login":      {answers(302, "<html>log in"), false, exitProblem, "answers 302 Found"},
		"a redirect to the exporter": {answers(302, "kpi_exporter is healthy.\n"), false, exitProblem, "answers 302 Found"},
		"a proxy without the server": {answers(503, "<html>welcome"), false, exitProblem, "answers 503 Service Unavailable"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := httptest.NewServer(test.handler)
			t.Cleanup(server.Close)
			arguments := []string{"health", "--url", server.URL}
			if test.ready {
				arguments = append(arguments, "--ready")
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), arguments, nil, &stdout, &stderr)
			said := stdout.String() + stderr.String()
			if code != test.code || !strings.Contains(said, test.want) || strings.Contains(said, "<html>") {
				t.Errorf("exit code %d: %s\nwant %d: %s", code, said, test.code, test.want)
			}
		})
	}
}
