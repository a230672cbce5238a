package pages

import (
	"bytes"
	"html/template"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// entry is what a board has about one KPI.
type entry = scoreboard.KPI

// kpi is an entry with its words. By its fields, KPI is the definition.
type kpi struct{ *entry }

// View is a board with what all of its pages share: a card per KPI, in the order of the file.
type View struct {
	*scoreboard.Board
	cards []*card
	html  map[*card]template.HTML
	known map[identity]*card
}

// identity tells apart what is known about KPIs: while it is the same, so is the card.
type identity struct {
	kpi                  *config.KPI
	state                scoreboard.State
	evaluated, dataUntil time.Time
	asOf, why, lastYear  time.Time
	failed               collector.FailureReason
	samples, points      int
	decisions            int
	newest               *insight.Point
	past                 string
}

func identityOf(k kpi, past string) identity {
	id := identity{
		kpi: k.KPI, state: k.State, evaluated: k.Evaluated, dataUntil: k.DataUntil, asOf: k.Now.AsOf, why: k.Why.AsOf, lastYear: k.LastYear.AsOf,
		failed: k.failed(), samples: len(k.Now.Samples), points: len(k.History.Points), decisions: len(k.Decisions), past: past,
	}
	if n := len(k.History.Points); n > 0 {
		id.newest = &k.History.Points[n-1]
	}
	return id
}

// NewView makes the cards of a board, and takes over those of the last one of which nothing is new.
func (r *Renderer) NewView(b *scoreboard.Board, last *View) (*View, error) {
	v := &View{Board: b, cards: make([]*card, len(b.KPIs)), html: make(map[*card]template.HTML, len(b.KPIs)), known: make(map[identity]*card, len(b.KPIs))}
	var out bytes.Buffer
	for i := range b.KPIs {
		k := kpi{&b.KPIs[i]}
		id := identityOf(k, v.instant())
		if last != nil && last.known[id] != nil {
			c := last.known[id]
			v.cards[i], v.html[c], v.known[id] = c, last.html[c], c
			continue
		}
		c := newCard(k, v.suffix())
		out.Reset()
		if err := r.templates.ExecuteTemplate(&out, "card", c); err != nil {
			return nil, err
		}
		v.cards[i], v.html[c], v.known[id] = c, template.HTML(out.String()), c //nolint:gosec // A template has escaped it.
	}
	return v, nil
}
