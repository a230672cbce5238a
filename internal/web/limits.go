package web

import (
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/kpi-exporter/kpi_exporter/internal/pages"
)

// maxResponses is how many answers of one endpoint are made or sent at once; as many more about the past. Answers are ready, so that
// more are only there where readers are slow.
const maxResponses = 128

// limited serves what the handler of one endpoint does, to at most maxResponses clients at once, and to as many that ask about the past.
func limited(next http.Handler) http.Handler {
	var now, past atomic.Int64
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		running := &now
		if r.URL.Query().Get(pages.AsOf) != "" {
			running = &past
		}
		defer running.Add(-1)
		if running.Add(1) > maxResponses {
			refuse(w, r, "too many clients are reading this")
			return
		}
		next.ServeHTTP(w, r)
	})
}

// refuse answers a request that there is no room for. It costs little.
func refuse(w http.ResponseWriter, r *http.Request, why string) {
	p := newProblem(http.StatusServiceUnavailable, "%s; try again in a few seconds", why)
	p.retryAfter = 5
	if strings.HasPrefix(r.URL.Path, "/api/") {
		p.send(w)
		return
	}
	w.Header().Set("Retry-After", "5")
	w.Header().Set("Cache-Control", "no-store")
	http.Error(w, p.Detail, p.Status)
}
