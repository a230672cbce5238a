package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// Every page that says what is wrong says it in its title too, and has the headers of all pages.
func TestProblemPages(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \"sqlite://none.db\"}}\nkpis:\n  k: {title: K, period: instant, query: SELECT 1 AS value}\n")
	handler, err := NewHandler(Options{Boards: busyBoards{e.keeper, scoreboard.ErrTooMany}, Metrics: http.NotFoundHandler(), TelemetryPath: "/metrics"})
	if err != nil {
		t.Fatal(err)
	}
	e.Handler = handler
	for _, test := range []struct {
		method, address string
		status          int
		title, says     string
		allow           string
	}{
		{"GET", "/nope", 404, "Not found", "There is no page /nope.", ""},
		{"GET", "/nope%3Cscript%3E", 404, "Not found", "There is no page /nope&lt;script&gt;.", ""},
		{"GET", "/kpi/", 404, "Not found", "There is no page /kpi/.", ""},
		{"GET", "/kpi/kk", 404, "Not found", "There is no KPI", ""},
		{"POST", "/", 405, "Method not allowed", "/ supports GET, HEAD.", "GET, HEAD"},
		{"GET", "/?status=x", 400, "Bad request", "a status is one of", ""},
		{"GET", "/report?period=year", 400, "Bad request", "day, week, month or quarter", ""},
		{"GET", "/?as_of=yesterday", 400, "Bad request", "as_of", ""},
		{"GET", "/?as_of=2020-01-01", 429, "Too many requests", "Too many people ask for the past; try again in 30 seconds.", ""},
	} {
		t.Run(test.method+" "+test.address, func(t *testing.T) {
			got := e.ask(httptest.NewRequestWithContext(t.Context(), test.method, test.address, http.NoBody))
			body := got.Body.String()
			if got.StatusCode != test.status || !strings.Contains(body, "<title>"+test.title+" ·") || !strings.Contains(body, test.says) {
				t.Errorf("%d, want %d with the title %q and %q:\n%s", got.StatusCode, test.status, test.title, test.says, body[max(0, strings.Index(body, "<title>")):])
			}
			if got.Header.Get("Content-Security-Policy") == "" || got.Header.Get("Referrer-Policy") != "same-origin" || got.Header.Get("Allow") != test.allow {
				t.Errorf("header %v", got.Header)
			}
		})
	}
}

// Below /-/ what is wrong is said in a few words: no page, since no number of readers is refused there.
func TestProblemsForMachines(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \"sqlite://none.db\"}}\nkpis:\n  k: {title: K, period: instant, query: SELECT 1 AS value}\n")
	fine := func() error { return nil }
	for _, telemetryPath := range []string{"/metrics", "/"} {
		handler, err := NewHandler(Options{Boards: e.keeper, Metrics: http.NotFoundHandler(), TelemetryPath: telemetryPath, Healthy: fine, Ready: fine})
		if err != nil {
			t.Fatal(err)
		}
		e.Handler = handler
		for _, test := range []struct {
			method, address string
			status          int
			says, allow     string
		}{
			{"GET", "/-/reload", 405, "/-/reload supports POST.\n", "POST"},
			{"POST", "/-/ready", 405, "/-/ready supports GET, HEAD.\n", "GET, HEAD"},
			{"GET", "/-/nope", 404, "There is /-/healthy, /-/ready and, with POST, /-/reload.\n", ""},
			{"POST", "/-/", 404, "There is /-/healthy, /-/ready and, with POST, /-/reload.\n", ""},
			{"HEAD", "/-/healthy", 200, "kpi_exporter is healthy.\n", ""},
		} {
			got := e.ask(httptest.NewRequestWithContext(t.Context(), test.method, test.address, http.NoBody))
			if got.StatusCode != test.status || got.Body.String() != test.says || got.Header.Get("Allow") != test.allow {
				t.Errorf("%s %s, metrics at %s: %d %v %q", test.method, test.address, telemetryPath, got.StatusCode, got.Header, got.Body)
			}
		}
	}
}
