package web

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// Browsers ask every host for it: without one, each console says that it is missing.
func TestFavicon(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \"sqlite://none.db\"}}\nkpis:\n  k: {title: K, period: instant, query: SELECT 1 AS value}\n")
	handler, err := NewHandler(Options{Boards: busyBoards{e.keeper, scoreboard.ErrTooMany}, Metrics: http.NotFoundHandler(), TelemetryPath: "/metrics"})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	handler.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/favicon.ico", http.NoBody))
	if w.Code != http.StatusOK || w.Header().Get("Content-Type") != "image/svg+xml" || !strings.HasPrefix(w.Body.String(), "<svg ") {
		t.Errorf("%d, %v, %.20s", w.Code, w.Header(), w.Body)
	}
}
