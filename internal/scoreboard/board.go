// Package scoreboard has what there is to show about every KPI: its latest result, its past, what moved it and whether that is
// unusual. A Keeper reads the past in the background and keeps it; a Board is all of that at one moment, for pages, the API and the
// report. Whoever asks for a board waits for no database.
//
// What is withheld by suppress_below is in no part of a board, nor what it could be computed from. No sentence of a database is in
// it: failures have their reason alone.
package scoreboard

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
)

// Board is what there is to show about every KPI at one moment. It never changes.
type Board struct {
	Version string // Another one for each change of what is shown; "" if whoever asks next may be shown something else.
	Config  *config.Config
	AsOf    time.Time // When it was made; of a board of the past, as of when.
	Past    bool      // It is of the past: see Keeper.BoardAt.
	KPIs    []KPI     // In the order of the file.

	reader *insight.Reader // Of what is kept.
}

// KPI is what there is to show about one KPI.
type KPI struct {
	// Surveyed has the definition; Now, the latest result, whose Failure is why the latest evaluation failed while its Samples may be
	// those of the last good one; the History, the oldest period first, as far as it has been read; and Why it changed against
	// the previous period. Before has nothing.
	insight.Surveyed

	State     State
	Attempts  []collector.Attempt // The latest ones to evaluate it, the oldest first; none on a board of the past.
	Evaluated time.Time           // When the oldest part of what Now shows was evaluated; zero if nothing ever was.
	DataUntil time.Time           // How far the data reached, zero without data_until.
	LastYear  insight.Explanation // Why it changed against the same period of last year.
	Explained bool                // Why and LastYear are known; else they are empty.
	Unusual   []insight.Unusual   // What the history says about its newest period, one per series; none before it has been read.
	Decisions []Decided           // About the KPI, the oldest first; planned ones are not among them.
	Unread    Reason              // Why nothing is known of the past; "" if something is. See WhyReason and the like for what is empty all the same.
	LastKnown *collector.Result   // The newest result that has samples: Now, or what was measured before it failed or went stale; nil if none is known.

	past bool // It is of a board of the past.
}

// Decided is a decision about a KPI with what followed it, one effect per series of the KPI; none before the history has been read.
type Decided struct {
	*config.Decision
	Effects []insight.Effect
}

// State is what Now shows.
type State string

// The states.
const (
	Current State = "current"  // The latest evaluation succeeded. A period that waits for its data is in the reason of a sample.
	Failing State = "failing"  // The latest evaluation failed. There are samples until they go stale.
	Stale   State = "stale"    // The last success is too long ago: there are no values.
	Waiting State = "waiting"  // It was not evaluated yet, or none of its data has come.
	NotKept State = "not_kept" // On a board of the past: there is no evaluation of the period that was last complete then.
)

// KPI returns what there is to show about the KPI of that name, nil if there is none.
func (b *Board) KPI(name string) *KPI {
	for i := range b.KPIs {
		if b.KPIs[i].Surveyed.KPI.Name == name {
			return &b.KPIs[i]
		}
	}
	return nil
}
