// Package web serves the exporter over HTTP. It promises that no request waits for a database: what a handler sends is made from
// what is known.
package web

import (
	"log/slog"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/prometheus/common/expfmt"
)

const (
	// keepUnused is how long the page is kept in a format for which nobody asks.
	keepUnused = 10 * time.Minute
	// maxAnswers bounds what is remembered of the headers clients have sent.
	maxAnswers = 100
)

// Page is the metrics page. It answers as promhttp does. What it sends of the KPIs is assembled when it is requested from bytes
// that are ready: only a KPI that has changed since the last request is encoded, and only a page that has changed is compressed,
// once. While nobody asks, nothing happens.
type Page struct {
	logger   *slog.Logger
	promhttp http.Handler // Over no metrics: it only negotiates.
	presses  map[expfmt.FormatType]*press
	own      ownMetrics

	answers  sync.Map // From accepts to variant.
	answered atomic.Int64

	reporting sync.Mutex
	reported  map[string]string // By action, the text of its last error.
}

// variant is the page in one encoding.
type variant struct {
	encoding
	header http.Header // The header of the response, without its length.
}

// accepts is all that negotiation looks at in a request.
type accepts struct{ format, compression string }

// NewPage returns a page of the metrics of KPIs, and of own, those of the exporter and its process. No family may be in both.
func NewPage(kpis Source, own prometheus.Gatherer, logger *slog.Logger) *Page {
	formats := []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtProtoDelim, expfmt.FmtText}
	p := &Page{
		logger: logger,
		promhttp: promhttp.HandlerFor(prometheus.NewRegistry(), promhttp.HandlerOpts{
			AcceptedFormats:     formats,
			OfferedCompressions: []promhttp.Compression{promhttp.Identity, promhttp.Gzip},
		}),
		presses:  map[expfmt.FormatType]*press{},
		reported: make(map[string]string),
	}
	for _, format := range formats {
		p.presses[format.FormatType()] = newPress(kpis, format, p.report)
	}
	p.own = ownMetrics{gatherer: own, report: p.report}
	return p
}

// Refresh makes the next request gather the exporter's own metrics again, however soon it comes: for a change that it must see.
func (p *Page) Refresh() { p.own.outdated.Add(1) }

// report logs the error of an action when it differs from the last one.
func (p *Page) report(action string, err error) {
	p.reporting.Lock()
	defer p.reporting.Unlock()
	if err == nil {
		delete(p.reported, action)
		return
	}
	if text := err.Error(); text != p.reported[action] {
		p.reported[action] = text
		p.logger.Error("Metrics are missing from the page", "action", action, "err", err)
	}
}

// ServeHTTP sends the page in the format and compression that the request prefers. It takes GET and HEAD, and sends the
// whole page always: there is no filter by name.
func (p *Page) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, "the metrics page supports GET and HEAD", http.StatusMethodNotAllowed)
		return
	}
	v := p.negotiate(r)
	readers := &p.presses[v.format.FormatType()].readers
	readers.Add(1)
	defer readers.Add(-1)
	body := p.body(v)
	maps.Copy(w.Header(), v.header)
	w.Header().Set("Content-Length", strconv.Itoa(body.size()))
	if r.Method == http.MethodHead {
		return
	}
	for _, b := range body {
		if _, err := w.Write(b); err != nil { //nolint:gosec // It is not HTML.
			return // The reader has gone.
		}
	}
}

// body returns the page in one encoding.
func (p *Page) body(v variant) pieces {
	now := time.Now()
	for format, other := range p.presses {
		if format != v.format.FormatType() {
			other.forget(now)
		}
	}
	kpis := p.presses[v.format.FormatType()].sheet()
	own := p.own.encoded(v.format)
	if !v.gzip {
		return slices.Concat(kpis.text, own.text)
	}
	// One member over both, not one each: some clients read only the first.
	kpis.pack()
	sum, size := kpis.sum, kpis.size
	for _, piece := range own.text {
		sum, size = checksum(sum, size, piece)
	}
	return slices.Concat(pieces{[]byte(gzipHeader)}, kpis.packed, own.packed(), pieces{gzipTrailer(sum, size)})
}

// negotiate returns the variant that promhttp would send in reply to r. It remembers the answers, since scrapers repeat
// themselves.
func (p *Page) negotiate(r *http.Request) variant {
	accepted := accepts{r.Header.Get("Accept"), strings.Join(r.Header["Accept-Encoding"], ",")}
	if v, ok := p.answers.Load(accepted); ok {
		return v.(variant)
	}
	answer := headerOnly{}
	p.promhttp.ServeHTTP(answer, r)
	header := http.Header(answer)
	e := encoding{expfmt.Format(header.Get("Content-Type")), header.Get("Content-Encoding") == string(promhttp.Gzip)}
	v := variant{e, header}
	if p.answered.Add(1) > maxAnswers {
		p.answers.Clear()
		p.answered.Store(1)
	}
	p.answers.Store(accepted, v)
	return v
}

// headerOnly is a ResponseWriter that keeps the header and drops the body.
type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}
