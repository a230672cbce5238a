package pages

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
)

// Board is what there is to show about every KPI at one moment. It never changes.
type Board struct {
	Version string // Another one for each change of what is shown.
	Config  *config.Config
	AsOf    time.Time // When it was made; of a board of the past, as of when.
	Past    bool      // It is of the past.
	KPIs    []KPI     // In the order of the file.
}

// KPI is what there is to show about one KPI.
type KPI struct {
	insight.Surveyed

	State     State
	Evaluated time.Time           // When the oldest part of what Now shows was evaluated; zero if nothing ever was.
	DataUntil time.Time           // How far the data reached, zero without data_until.
	LastYear  insight.Explanation // Why it changed against the same period of last year.
	Explained bool                // Why and LastYear are known; else they are empty.
	Unusual   []insight.Unusual   // What the history says about its newest period, one per series; none before it has been read.
	LastKnown *collector.Result   // The newest result that has samples.
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
