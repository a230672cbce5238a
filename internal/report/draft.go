package report

import (
	"hash"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Draft is a report to which KPIs are added, in the order in which it lists them. It keeps what the report says about a KPI, and nothing else
// of it: KPIs may have far more samples than that.
type Draft struct {
	config      *config.Config
	report      Report
	off         []stillOff
	definitions hash.Hash
}

// Begin returns the draft of what New makes, without a KPI.
func Begin(cfg *config.Config, asOf time.Time, unit period.Unit) *Draft {
	return begin(cfg, asOf, unit, written)
}

func begin(cfg *config.Config, asOf time.Time, unit period.Unit, said wording) *Draft {
	asOf = asOf.In(cfg.Calendar.Location)
	return &Draft{config: cfg, definitions: newDefinitions(), report: Report{
		Product: cfg.Product, AsOf: asOf, Unit: unit, said: said,
		Period: period.Period{Kind: period.Last, Unit: unit, N: 1}.Window(asOf, cfg.Calendar),
	}}
}

// Add adds a KPI.
func (d *Draft) Add(one *insight.Surveyed) {
	r := &d.report
	s := newSubject(one, r.said)
	addDefinition(d.definitions, s.KPI)
	r.Counts.add(s.now.Status)
	if e, ok := s.changed(); ok {
		r.Changed = append(r.Changed, e)
	}
	if e, ok := s.stillOff(); ok {
		d.off = append(d.off, e)
	}
	if e, ok := s.behindPace(); ok {
		r.Pace = append(r.Pace, e)
	}
	unusual, judged := s.unusual()
	r.Unusual = append(r.Unusual, unusual...)
	r.Judged += judged
	r.Moves = append(r.Moves, s.moves()...)
	r.Decisions = append(r.Decisions, s.allDecided(d.config, r.AsOf)...)
	r.All = append(r.All, s.all()...)
	r.keepHouse(&s)
}

// Report returns the report of the KPIs that were added.
func (d *Draft) Report() Report {
	r := d.report
	sortChanged(r.Changed)
	r.Off = sortedOff(d.off)
	sortUnusual(r.Unusual)
	sortMoves(r.Moves)
	sortDecided(d.config, r.Decisions)
	r.FalseMentions = analysis.FalseMentions(r.Judged)
	r.Definitions = shortDigest(d.definitions)
	r.News = news(&r)
	r.Headline = countsText(r.Counts) + "; " + r.News
	r.Link = d.config.OverviewURL()
	r.LinkTo(d.config.DashboardURL)
	return r
}
