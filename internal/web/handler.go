package web

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"

	toolkit "github.com/prometheus/exporter-toolkit/web"

	"github.com/kpi-exporter/kpi_exporter/collector"
)

// Options says what a handler serves.
type Options struct {
	Collector     *collector.Collector
	Metrics       http.Handler
	TelemetryPath string
	Reload        func(context.Context) error
	Lifecycle     bool // Whether POST /-/reload is allowed.
	Version       string
}

// NewHandler returns everything that the exporter serves.
func NewHandler(o Options) (http.Handler, error) {
	mux := http.NewServeMux()
	mux.Handle(o.TelemetryPath, o.Metrics)
	mux.HandleFunc("GET /-/healthy", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "kpi_exporter is healthy.")
	})
	mux.HandleFunc("GET /-/ready", func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintln(w, "kpi_exporter is ready.")
	})
	mux.HandleFunc("GET /api/v1/kpis", func(w http.ResponseWriter, _ *http.Request) { writeKPIs(w, o.Collector.Snapshot()) })
	mux.HandleFunc("POST /-/reload", func(w http.ResponseWriter, r *http.Request) {
		if !o.Lifecycle {
			http.Error(w, "Lifecycle API is not enabled: start with --web.enable-lifecycle.", http.StatusForbidden)
			return
		}
		if err := o.Reload(r.Context()); err != nil {
			http.Error(w, fmt.Sprintf("The configuration was not reloaded, the old one stays in force:\n%v", err), http.StatusInternalServerError)
		}
	})
	if o.TelemetryPath == "/" {
		return mux, nil
	}
	landing, err := toolkit.NewLandingPage(toolkit.LandingConfig{
		Name:        "kpi_exporter",
		Description: "Product KPIs with targets and status.",
		Version:     o.Version,
		Links: []toolkit.LandingLinks{
			{Address: o.TelemetryPath, Text: "Metrics"},
			{Address: "/api/v1/kpis", Text: "KPIs as JSON"},
			{Address: "/-/healthy", Text: "Health"},
			{Address: "/-/ready", Text: "Readiness"},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("landing page: %w", err)
	}
	mux.Handle("GET /{$}", landing)
	return mux, nil
}

// writeKPIs writes the latest result of every KPI that was evaluated: the last good one while it is fresh, else the failure.
func writeKPIs(w http.ResponseWriter, snapshot *collector.Snapshot) {
	results := []collector.Result{}
	for _, k := range snapshot.KPIs {
		switch {
		case k.Good != nil:
			results = append(results, *k.Good)
		case k.Last != nil && k.Last.Failure != nil:
			results = append(results, *k.Last)
		}
	}
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(results); err != nil {
		return // The client has gone.
	}
}
