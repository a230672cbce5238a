package web

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
)

// gatherEvery is how often the exporter's own metrics are gathered at most.
const gatherEvery = time.Second

// ownMetrics are those of the exporter and its process. They are gathered when they are asked for.
type ownMetrics struct {
	gatherer prometheus.Gatherer
	report   func(action string, err error)

	outdated  atomic.Uint64 // Grows when what was gathered must not be used again.
	gathering sync.Mutex
	latest    atomic.Pointer[gathered]
}

// gathered is what was gathered at once.
type gathered struct {
	at       time.Time
	outdated uint64
	families []*dto.MetricFamily
	texts    sync.Map // From expfmt.Format to *ownText.
}

// ownText is the exporter's own metrics in one format, which end the page.
type ownText struct {
	text   pieces
	packed func() pieces
}

// encoded returns the metrics of at most a second ago in one format. While somebody gathers them, others get the last ones.
func (o *ownMetrics) encoded(format expfmt.Format) *ownText {
	g := o.gather()
	if t, ok := g.texts.Load(format); ok {
		return t.(*ownText)
	}
	bytes, err := encodeFamilies(g.families, format)
	o.report("encoding the exporter's own metrics as "+string(format), err)
	page := pieces{bytes}
	t, _ := g.texts.LoadOrStore(format, &ownText{page, sync.OnceValue(func() pieces { return deflate(page, true) })})
	return t.(*ownText)
}

func (o *ownMetrics) gather() *gathered {
	g := o.latest.Load()
	switch {
	case g != nil && o.fresh(g):
		return g
	case g == nil || g.outdated != o.outdated.Load():
		o.gathering.Lock()
	case !o.gathering.TryLock():
		return g
	}
	defer o.gathering.Unlock()
	if g := o.latest.Load(); g != nil && o.fresh(g) {
		return g
	}
	g = &gathered{at: time.Now(), outdated: o.outdated.Load()}
	var err error
	g.families, err = o.gatherer.Gather() // With an error, what is good.
	o.report("gathering the exporter's own metrics", err)
	o.latest.Store(g)
	return g
}

func (o *ownMetrics) fresh(g *gathered) bool {
	return g.outdated == o.outdated.Load() && time.Since(g.at) < gatherEvery
}
