package web

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pages"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// Boards has the boards that pages are made from.
type Boards interface {
	// Board returns the board of now. The same board is returned for as long as nothing is new.
	Board() *scoreboard.Board
	// BoardAt returns the board of an earlier instant.
	BoardAt(ctx context.Context, asOf time.Time) (*scoreboard.Board, error)
}

// Pages serves the pages. What it sends is ready: a page is made once for all who ask for it, until there is something new. Pages are
// made one at a time, so that they leave the processors to others.
type Pages struct {
	source   Boards
	renderer *pages.Renderer
	header   http.Header

	making sync.Mutex  // Held while a page is made.
	now    *pages.View // The view of the latest board of now.
	past   *pages.View // The view of the latest board of the past.

	ready readyBoards
}

// NewPages returns the handler of the pages of a source. They name the path of the metrics and the version of the exporter.
func NewPages(s Boards, telemetryPath, version string) (*Pages, error) {
	r, err := pages.NewRenderer(telemetryPath, version)
	if err != nil {
		return nil, err
	}
	h := &Pages{source: s, renderer: r, header: http.Header{
		"Content-Security-Policy": {r.Policy()},
		"Referrer-Policy":         {"same-origin"},
	}}
	return h, nil
}

// ServeHTTP serves the pages. It takes GET and HEAD.
func (h *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == faviconPath {
		serveFavicon(w)
		return
	}
	board, err := boardFor(r.Context(), h.source, r.URL.Query().Get(pages.AsOf))
	if err != nil {
		h.fail(w, err)
		return
	}
	page, err := h.page(board, r.URL.Path, known(r.URL.Query()))
	if err != nil {
		h.fail(w, err)
		return
	}
	maps.Copy(w.Header(), h.header)
	page.send(w, r)
}

// around serves what a mux does, and a page that says so where it has nothing.
func (h *Pages) around(mux *http.ServeMux) http.Handler {
	nothing := limited(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		refused := refusal{header: http.Header{}}
		mux.ServeHTTP(&refused, r)
		p := newProblem(http.StatusNotFound, "There is no page %s.", r.URL.Path)
		if allow := refused.header.Get("Allow"); refused.status == http.StatusMethodNotAllowed {
			p = newProblem(refused.status, "%s supports %s.", r.URL.Path, allow)
			p.allow = allow
		}
		h.fail(w, p)
	}))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if _, pattern := mux.Handler(r); pattern != "" {
			mux.ServeHTTP(w, r)
			return
		}
		nothing.ServeHTTP(w, r)
	})
}

// refusal is what a mux answers where it has nothing, without the text.
type refusal struct {
	header http.Header
	status int
}

func (r *refusal) Header() http.Header         { return r.header }
func (r *refusal) WriteHeader(status int)      { r.status = status }
func (r *refusal) Write(b []byte) (int, error) { return len(b), nil }

// known leaves only the parameters that change a page, so that no other makes another page.
func known(query url.Values) url.Values {
	kept := url.Values{}
	for _, name := range pages.Parameters() {
		if v := query.Get(name); v != "" {
			kept.Set(name, v)
		}
	}
	return kept
}

// page returns a page of a board, ready or made now.
func (h *Pages) page(b *scoreboard.Board, path string, query url.Values) (*answer, error) {
	return h.ready.about(b, path+"?"+query.Encode(), func() (*answer, error) {
		h.making.Lock()
		defer h.making.Unlock()
		view, err := h.view(b)
		if err != nil {
			return nil, err
		}
		text, err := h.renderer.Page(view, path, query)
		if err != nil {
			return nil, err
		}
		return newAnswer("text/html; charset=utf-8", text), nil
	})
}

// view returns the view of a board.
func (h *Pages) view(b *scoreboard.Board) (*pages.View, error) {
	last := &h.now
	if b.Past {
		last = &h.past
	}
	if *last != nil && (*last).Board == b {
		return *last, nil
	}
	v, err := h.renderer.NewView(b, *last)
	if err == nil {
		*last = v
	}
	return v, err
}

// fail sends a short page that says what is wrong.
func (h *Pages) fail(w http.ResponseWriter, err error) {
	header := w.Header()
	maps.Copy(header, h.header)
	header.Set("Content-Type", "text/html; charset=utf-8")
	header.Set("X-Content-Type-Options", "nosniff")
	status := http.StatusInternalServerError
	text := "The page could not be made."
	var (
		notFound pages.NotFoundError
		request  pages.RequestError
		wrong    *problem
	)
	switch {
	case errors.As(err, &notFound):
		status, text = http.StatusNotFound, notFound.Error()
	case errors.As(err, &request):
		status, text = http.StatusBadRequest, request.Error()
	case errors.As(err, &wrong):
		status, text = wrong.Status, wrong.Detail
		if wrong.retryAfter > 0 {
			header.Set("Retry-After", strconv.Itoa(wrong.retryAfter))
		}
		if wrong.allow != "" {
			header.Set("Allow", wrong.allow)
		}
	}
	content, err := h.renderer.Problem(h.source.Board(), report.Capital(strings.ToLower(http.StatusText(status))), text)
	if err != nil {
		content = []byte(text)
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(content) //nolint:gosec // A template has escaped it.
}
