package web

import (
	"net"
	"net/http"
	"strings"
	"sync/atomic"

	"github.com/kpi-exporter/kpi_exporter/internal/pages"
)

// maxResponses is how many answers of one endpoint are made or sent at once; as many more about the past. Answers are ready, so that
// more are only there where readers are slow.
const maxResponses = 128

// Connections counts the open connections of servers, so that pages and the API can be refused while there are too many. The metrics
// and what is below /-/ never are.
type Connections struct {
	most int64 // 0: any number.
	open atomic.Int64
}

// NewConnections returns a count with a limit; with 0 there is none.
func NewConnections(most uint32) *Connections { return &Connections{most: int64(most)} }

// Count counts connections, for http.Server.ConnState.
func (c *Connections) Count(_ net.Conn, state http.ConnState) {
	switch state {
	case http.StateNew:
		c.open.Add(1)
	case http.StateClosed, http.StateHijacked:
		c.open.Add(-1)
	}
}

// admit serves what a handler does while there are few connections. Else each connection is closed after its answer, and only the
// metrics and what is below /-/ are served.
func (c *Connections) admit(next http.Handler, metrics string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.most > 0 && c.open.Load() > c.most {
			w.Header().Set("Connection", "close")
			if r.URL.Path != metrics && !strings.HasPrefix(r.URL.Path, "/-/") {
				refuse(w, r, "too many connections are open (--web.max-connections)")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}

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
