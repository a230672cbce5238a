package web

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/pages"
)

// Options control what a handler serves.
type Options struct {
	Boards        Boards
	Metrics       http.Handler
	TelemetryPath string
	Reload        func(context.Context) error
	Lifecycle     bool         // Whether POST /-/reload is allowed.
	Healthy       func() error // Why the exporter should be started again; nil if it should not.
	Ready         func() error // Why it is too early to rely on the metrics; nil if it is not.
	Version       string
	Connections   *Connections // Nil: any number is allowed.
}

// NewHandler returns everything that the exporter serves.
func NewHandler(o Options) (http.Handler, error) {
	pattern, err := metricsPattern(o.TelemetryPath)
	if err != nil {
		return nil, err
	}
	mux := http.NewServeMux()
	handleAPI(mux, o.Boards)
	// What follows holds next to nothing for each reader: all get the same bytes, or few.
	mux.Handle(pattern, o.Metrics)
	mux.HandleFunc("GET /-/healthy", probe("healthy", o.Healthy))
	mux.HandleFunc("GET /-/ready", probe("ready", o.Ready))
	mux.HandleFunc("POST /-/reload", reload(o))
	mux.HandleFunc("/-/", notBelow(mux))
	connections := cmp.Or(o.Connections, NewConnections(0))
	if o.TelemetryPath == "/" {
		return connections.admit(mux, o.TelemetryPath), nil // There is no room for a scoreboard.
	}
	shown, err := NewPages(o.Boards, o.TelemetryPath, o.Version)
	if err != nil {
		return nil, fmt.Errorf("pages: %w", err)
	}
	mux.Handle("GET "+faviconPath, shown)
	for _, path := range pages.Paths() {
		mux.Handle("GET "+path, limited(shown))
	}
	return connections.admit(shown.around(mux), o.TelemetryPath), nil
}

// reload answers POST /-/reload.
func reload(o Options) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if !o.Lifecycle {
			http.Error(w, "Lifecycle API is not enabled: start with --web.enable-lifecycle.", http.StatusForbidden)
			return
		}
		if err := o.Reload(r.Context()); err != nil {
			http.Error(w, fmt.Sprintf("The configuration was not reloaded; the previous one is still used:\n%v", err), http.StatusInternalServerError)
			return
		}
		_, _ = fmt.Fprintln(w, "The configuration was reloaded.")
	}
}

// notBelow answers in a few words what there is not below /-/: no number of readers is refused there.
func notBelow(mux *http.ServeMux) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			other := r.Clone(r.Context())
			other.Method = method
			if _, pattern := mux.Handler(other); pattern != "/-/" {
				w.Header().Set("Allow", strings.Replace(method, "GET", "GET, HEAD", 1))
				http.Error(w, r.URL.Path+" supports "+w.Header().Get("Allow")+".", http.StatusMethodNotAllowed)
				return
			}
		}
		http.Error(w, "There is /-/healthy, /-/ready and, with POST, /-/reload.", http.StatusNotFound)
	}
}

// probe answers whether the exporter is what the word says: 200, or 503 with the reason.
func probe(word string, check func() error) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		if err := check(); err != nil {
			http.Error(w, fmt.Sprintf("kpi_exporter is not %s: %v.", word, err), http.StatusServiceUnavailable)
			return
		}
		_, _ = fmt.Fprintf(w, "kpi_exporter is %s.\n", word)
	}
}

// metricsPattern returns what ServeMux calls the path, and only it.
func metricsPattern(path string) (string, error) {
	switch {
	case !strings.HasPrefix(path, "/") || strings.ContainsAny(path, "{}?# "):
		return "", fmt.Errorf("the path of the metrics must begin with / and contain none of {}?# and space: %q does not", path)
	case strings.HasPrefix(path, "/-/") || strings.HasPrefix(path, "/api/"):
		return "", fmt.Errorf("the path of the metrics must not be %q: /-/ and /api/ are taken", path)
	case path == "/objectives", path == "/report", path == faviconPath, strings.HasPrefix(path, "/kpi/"):
		return "", fmt.Errorf("the path of the metrics must not be %q: pages are there", path)
	case strings.HasSuffix(path, "/"):
		return "GET " + path + "{$}", nil
	}
	return "GET " + path, nil
}
