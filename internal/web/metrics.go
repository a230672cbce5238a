// Package web serves the exporter over HTTP. It promises that no request waits for a database: what a handler sends is
// ready before it is requested.
package web

import (
	"context"
	"log/slog"
	"maps"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

const (
	refreshEvery = time.Second
	// keepUnused is how long a variant of the page is kept ready for nobody.
	keepUnused = 10 * time.Minute
	// maxAnswers bounds what is remembered of the headers clients have sent.
	maxAnswers = 100
)

// Page is the metrics page. It answers as promhttp does, from bytes that are ready: a request costs what sending them
// costs. It keeps one body for every format and compression that was asked for in the last ten minutes, and Run renews
// them.
//
// A request and the refresh meet in atomic pointers to values that nobody changes, so that neither waits for the other,
// nor for a slow reader.
type Page struct {
	kpis     prometheus.Gatherer
	version  func() uint64
	own      prometheus.Gatherer
	logger   *slog.Logger
	promhttp http.Handler // Over no metrics: it only negotiates.

	refreshing sync.Mutex // One refresh at a time.

	gathered atomic.Pointer[gathered]
	variants sync.Map // From encoding to *variant, as many as there are encodings.
	answers  sync.Map // From accepts to *variant.
	answered atomic.Int64

	reporting sync.Mutex
	reported  map[string]string // By action, the text of its last error.
}

// gathered is what all bodies of one refresh are made of.
type gathered struct {
	version uint64 // The version of kpis.
	kpis    []*dto.MetricFamily
	own     []*dto.MetricFamily
}

// variant is the page in one encoding.
type variant struct {
	encoding
	header http.Header // The header of the response, without its length.

	body      atomic.Pointer[body] // Nil until it is first requested, and when nobody requests it.
	requested atomic.Bool          // Since the last refresh.
	lastSeen  time.Time            // The last refresh that found it requested.
	first     sync.Mutex           // Held by the request that encodes the first body.
}

// accepts is all that negotiation looks at in a request.
type accepts struct{ format, compression string }

// NewPage returns a page over two gatherers: kpis, whose families change only when version changes, and own, the
// metrics of the exporter and its process. No family may be in both. It gathers them once, so that the page is ready;
// from then on only Run does.
func NewPage(kpis prometheus.Gatherer, version func() uint64, own prometheus.Gatherer, logger *slog.Logger) *Page {
	p := &Page{
		kpis:    kpis,
		version: version,
		own:     own,
		logger:  logger,
		promhttp: promhttp.HandlerFor(prometheus.NewRegistry(), promhttp.HandlerOpts{
			// The formats that scrapers ask for. Each one in use costs one encoding per refresh.
			AcceptedFormats:     []expfmt.Format{expfmt.FmtOpenMetrics_1_0_0, expfmt.FmtProtoDelim, expfmt.FmtText},
			OfferedCompressions: []promhttp.Compression{promhttp.Identity, promhttp.Gzip},
		}),
		reported: make(map[string]string),
	}
	p.gathered.Store(p.gather())
	return p
}

// Run refreshes the page once a second until ctx ends. Only one may run at a time.
func (p *Page) Run(ctx context.Context) {
	ticker := time.NewTicker(refreshEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			p.Refresh()
		}
	}
}

// Refresh gathers again and renews the body of every variant that is in use, at once: for a change that must be seen by the
// next request.
func (p *Page) Refresh() {
	p.refreshing.Lock()
	defer p.refreshing.Unlock()
	g := p.gather()
	// Before the variants are visited: one that a request adds meanwhile is made of g.
	p.gathered.Store(g)
	now := time.Now()
	p.variants.Range(func(_, value any) bool {
		v := value.(*variant)
		if v.requested.Swap(false) {
			v.lastSeen = now
		}
		if now.Sub(v.lastSeen) < keepUnused {
			v.body.Store(p.encode(v, g, v.body.Load()))
		} else {
			v.body.Store(nil)
		}
		return true
	})
}

// gather collects the families of own, and those of kpis only if their version is new. From a gatherer with an error it takes what is
// good.
func (p *Page) gather() *gathered {
	// The version is read first: a change during the gathering is found by the next one.
	g := &gathered{version: p.version()}
	if last := p.gathered.Load(); last != nil && last.version == g.version {
		g.kpis = last.kpis
	} else {
		var err error
		g.kpis, err = p.kpis.Gather()
		p.report("gathering KPI metrics", err)
	}
	var err error
	g.own, err = p.own.Gather()
	p.report("gathering the exporter's own metrics", err)
	return g
}

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
	b := p.body(p.negotiate(r))
	maps.Copy(w.Header(), b.header)
	if r.Method == http.MethodGet {
		_, _ = w.Write(b.bytes) // An error means that the reader has gone.
	}
}

// negotiate returns the variant that promhttp would send in reply to r. It remembers the answers, since scrapers repeat
// themselves.
func (p *Page) negotiate(r *http.Request) *variant {
	accepted := accepts{r.Header.Get("Accept"), strings.Join(r.Header["Accept-Encoding"], ",")}
	if v, ok := p.answers.Load(accepted); ok {
		return v.(*variant)
	}
	answer := headerOnly{}
	p.promhttp.ServeHTTP(answer, r)
	header := http.Header(answer)
	e := encoding{expfmt.Format(header.Get("Content-Type")), header.Get("Content-Encoding") == string(promhttp.Gzip)}
	v, _ := p.variants.LoadOrStore(e, &variant{encoding: e, header: header})
	if p.answered.Add(1) > maxAnswers {
		p.answers.Clear()
		p.answered.Store(1)
	}
	p.answers.Store(accepted, v)
	return v.(*variant)
}

// body returns the ready body of v. Only when there is none, requests encode it, and only one of them.
func (p *Page) body(v *variant) *body {
	v.requested.Store(true)
	if b := v.body.Load(); b != nil {
		return b
	}
	v.first.Lock()
	defer v.first.Unlock()
	if b := v.body.Load(); b != nil {
		return b
	}
	b := p.encode(v, p.gathered.Load(), nil)
	v.body.CompareAndSwap(nil, b) // A body that the refresh has put there meanwhile is newer.
	return b
}

// headerOnly is a ResponseWriter that keeps the header and drops the body.
type headerOnly http.Header

func (h headerOnly) Header() http.Header         { return http.Header(h) }
func (h headerOnly) Write(b []byte) (int, error) { return len(b), nil }
func (h headerOnly) WriteHeader(int)             {}
