package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pages"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// Boards has the boards that pages are made from.
type Boards interface {
	// Board returns the board of now. The same board is returned for as long as nothing is new.
	Board() *scoreboard.Board
	// BoardAt returns the board of an earlier instant.
	BoardAt(ctx context.Context, asOf time.Time) (*scoreboard.Board, error)
}

// maxReady is how many bytes of ready pages are kept. Somebody who asks for page after page of another filter makes room for others.
const maxReady = 32 << 20

// Pages serves the pages. What it sends is ready: a page is made once for all who ask for it, until there is something new. Pages are
// made one at a time, so that they leave the processors to others.
type Pages struct {
	source   Boards
	renderer *pages.Renderer
	header   http.Header

	making sync.Mutex  // Held while a page is made.
	now    *pages.View // The view of the latest board of now.
	past   *pages.View // The view of the latest board of the past.

	keeping sync.Mutex // Guards what follows.
	version string     // The version of the boards of now in ready.
	ready   map[string]*readyPage
	size    int
}

// readyPage is a page, ready to be sent.
type readyPage struct {
	plain, gzip []byte
	etag        string
}

// NewPages returns the handler of the pages of a source. They name the path of the metrics and the version of the exporter.
func NewPages(s Boards, telemetryPath, version string) (*Pages, error) {
	r, err := pages.NewRenderer(telemetryPath, version)
	if err != nil {
		return nil, err
	}
	h := &Pages{source: s, renderer: r, ready: map[string]*readyPage{}, header: http.Header{
		"Content-Type":            {"text/html; charset=utf-8"},
		"Content-Security-Policy": {r.Policy()},
		"Referrer-Policy":         {"same-origin"},
		"X-Content-Type-Options":  {"nosniff"},
		"Cache-Control":           {"no-cache"},
		"Vary":                    {"Accept-Encoding"},
	}}
	return h, nil
}

// ServeHTTP serves the pages. It takes GET and HEAD.
func (h *Pages) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	board, err := h.board(r)
	if err != nil {
		h.fail(w, err)
		return
	}
	b, err := h.body(board, r.URL.Path, known(r.URL.Query()))
	if err != nil {
		h.fail(w, err)
		return
	}
	h.send(w, r, b)
}

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

// errAsOf is the error for an instant that nothing can be shown of.
type errAsOf struct{ error }

// board returns the board that a request asks for.
func (h *Pages) board(r *http.Request) (*scoreboard.Board, error) {
	now := h.source.Board()
	text := r.URL.Query().Get(pages.AsOf)
	if text == "" {
		return now, nil
	}
	asOf, err := period.ParseTime(text, now.Config.Calendar.Location)
	switch {
	case err != nil:
		return nil, errAsOf{fmt.Errorf("as_of: %w", err)}
	case asOf.After(time.Now()):
		return nil, errAsOf{fmt.Errorf("as_of: %s has not come yet", text)}
	}
	return h.source.BoardAt(r.Context(), asOf)
}

// body returns a page of a board, ready or made now.
func (h *Pages) body(b *scoreboard.Board, path string, query url.Values) (*readyPage, error) {
	key := b.Version + "\n" + b.AsOf.String() + "\n" + path + "?" + query.Encode()
	if done := h.get(b, key); done != nil {
		return done, nil
	}
	h.making.Lock()
	defer h.making.Unlock()
	if done := h.get(b, key); done != nil { // Made while this request waited.
		return done, nil
	}
	view, err := h.view(b)
	if err != nil {
		return nil, err
	}
	done := &readyPage{}
	if done.plain, err = h.renderer.Page(view, path, query); err != nil {
		return nil, err
	}
	done.finish()
	h.put(key, done)
	return done, nil
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

// get returns a page that is ready, nil if it is not. A new board of now makes all of the last one old.
func (h *Pages) get(b *scoreboard.Board, key string) *readyPage {
	h.keeping.Lock()
	defer h.keeping.Unlock()
	if !b.Past && b.Version != h.version {
		h.version, h.size = b.Version, 0
		clear(h.ready)
	}
	return h.ready[key]
}

func (h *Pages) put(key string, b *readyPage) {
	h.keeping.Lock()
	defer h.keeping.Unlock()
	if h.size += len(b.plain) + len(b.gzip); h.size > maxReady {
		h.size = len(b.plain) + len(b.gzip)
		clear(h.ready)
	}
	h.ready[key] = b
}

// finish compresses a page and identifies it.
func (b *readyPage) finish() {
	var packed bytes.Buffer
	w := gzip.NewWriter(&packed)
	_, _ = w.Write(b.plain) // Writing to a buffer has no errors.
	_ = w.Close()
	b.gzip = packed.Bytes()
	sum := sha256.Sum256(b.plain)
	b.etag = hex.EncodeToString(sum[:12])
}

// send sends a page.
func (h *Pages) send(w http.ResponseWriter, r *http.Request, b *readyPage) {
	header := w.Header()
	for name, values := range h.header {
		header[name] = values
	}
	content, etag := b.plain, `"`+b.etag+`"`
	if strings.Contains(r.Header.Get("Accept-Encoding"), "gzip") {
		content, etag = b.gzip, `"`+b.etag+`-gzip"`
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("Etag", etag)
	if strings.Contains(r.Header.Get("If-None-Match"), etag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(content)))
	if r.Method == http.MethodGet {
		_, _ = w.Write(content) // An error means that the reader has gone.
	}
}

// fail sends a short page that says what is wrong.
func (h *Pages) fail(w http.ResponseWriter, err error) {
	header := w.Header()
	for name, values := range h.header {
		header[name] = values
	}
	status := http.StatusInternalServerError
	text := "The page could not be made."
	var (
		notFound pages.NotFoundError
		asOf     errAsOf
	)
	switch {
	case errors.As(err, &notFound):
		status, text = http.StatusNotFound, notFound.Error()
	case errors.As(err, &asOf):
		status, text = http.StatusBadRequest, asOf.Error()
	}
	content, err := h.renderer.Problem(h.source.Board(), text)
	if err != nil {
		content = []byte(text)
		header.Set("Content-Type", "text/plain; charset=utf-8")
	}
	header.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write(content)
}
