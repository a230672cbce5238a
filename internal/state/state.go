// Package state keeps what the exporter has read in a file, so that a restart loses nothing: the form of the file, and how it is read
// and written. It knows no KPI: it holds fingerprints, instants, labels and numbers.
//
// Nothing in a file is SQL, a sentence of a database or a secret, and no number in it was withheld. Whatever is wrong with a file makes
// it a file that is not used, and nothing worse.
package state

import "time"

// State is what a file holds.
type State struct {
	Databases map[string]string // Digests of where the databases are and as whom they are read, by their names.
	KPIs      []KPI
	Readings  []Reading
	Targets   []Targets
}

// KPI is what was known of a KPI that is evaluated on schedule.
type KPI struct {
	Fingerprint string               `json:"fingerprint"`
	AsOf        time.Time            `json:"as_of,omitzero"` // As of when the samples were measured that were shown; zero if there were none.
	Scheduled   time.Time            `json:"scheduled,omitzero"`
	Success     time.Time            `json:"success,omitzero"`
	Successes   map[string]time.Time `json:"successes,omitempty"` // By database, where some of the samples are older than others.
	Took        time.Duration        `json:"took,omitempty"`
	DataUntil   time.Time            `json:"data_until,omitzero"`
	Data        map[string]time.Time `json:"data,omitempty"` // How far each of the data reaches, by its name; zero if nothing has come.
	Failure     string               `json:"failure,omitempty"`
	Failures    map[string]string    `json:"failures,omitempty"` // Reasons by database, where others did not fail.
}

// Reading is what the queries of a KPI gave as of an instant.
type Reading struct {
	Fingerprint string    `json:"fingerprint"` // That of the KPI, which has a query.
	At          int64     `json:"at"`          // In Unix nanoseconds.
	Read        time.Time `json:"read"`        // When the first of its queries began.
	Databases   []string  `json:"databases"`   // By their names, which State.Databases has.
	Past        bool      `json:"past,omitempty"`
	Missing     string    `json:"missing,omitempty"` // The reason for which samples are missing.
	Samples     []Sample  `json:"samples,omitempty"`
}

// Sample is a value before it is judged.
type Sample struct {
	Labels      []string `json:"labels,omitempty"`
	Value       *float64 `json:"value,omitempty"`
	Numerator   *float64 `json:"numerator,omitempty"`
	Denominator *float64 `json:"denominator,omitempty"`
	Size        *float64 `json:"size,omitempty"`
	Quotient    bool     `json:"quotient,omitempty"`
	Exact       string   `json:"exact,omitempty"` // The value as a fraction, where it was rounded.
	Withheld    bool     `json:"withheld,omitempty"`
}

// Targets are the bounds that a query gave for a KPI as of an instant.
type Targets struct {
	Fingerprint string    `json:"fingerprint"` // That of the KPI.
	At          int64     `json:"at"`          // In Unix nanoseconds.
	Read        time.Time `json:"read"`
	Databases   []string  `json:"databases"`
	Past        bool      `json:"past,omitempty"`
	Rows        []Target  `json:"rows,omitempty"`
}

// Target is a row of bounds.
type Target struct {
	Labels []*string           `json:"labels,omitempty"` // Nil: whatever the label is.
	Bounds map[string]*float64 `json:"bounds,omitempty"` // By the names of their columns; nil: not known.
}
