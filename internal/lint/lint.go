// Package lint gives advice about KPI definitions that work: what keeps the KPIs from being good ones. Checks lists
// everything that it looks for; docs/lint.md explains each.
//
// Most checks read a loaded file. Others are made while the file is read, or need its databases; the packages that make them
// report under the ID given here.
package lint

import (
	"fmt"
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// Check is one thing that lint looks for.
type Check struct {
	ID    string // Names it behind a warning, and in lint: {off: [...]}.
	Finds string // What it finds, in a sentence of Markdown.
	At    Moment // When it looks.
	find  func(*linter)
}

// Page returns where the documentation explains the check, below docs/.
func (c Check) Page() string { return "lint.md#" + c.ID }

// Moment is when a check looks.
type Moment int

// When a check looks.
const (
	OnRead    Moment = iota // While the file, or what its URLs lead to, is read: package config reports it.
	OnRun                   // In Run.
	OnConnect               // In the database: check --connect reports it, and the commands that run the query.
)

// IDs returns the IDs of all checks, in alphabetical order.
func IDs() []string {
	var ids []string
	for _, c := range Checks() {
		ids = append(ids, c.ID)
	}
	slices.Sort(ids)
	return ids
}

// Run returns what keeps the KPIs of a file from being good ones as of now, by file and place, without what the file
// switches off. Those who run the KPIs need not see it.
func Run(cfg *config.Config, now time.Time) []document.Problem {
	l := &linter{cfg: cfg, now: now, definitions: definitionsOf(cfg), rows: map[*valuesfile.Table][]valuesfile.Problem{}}
	for _, c := range Checks() {
		if c.find != nil && !cfg.Off(c.ID) {
			l.check = c.ID
			c.find(l)
		}
	}
	return l.problems.Sorted()
}

// linter runs one check after the other.
type linter struct {
	cfg         *config.Config
	now         time.Time
	definitions []definition
	rows        map[*valuesfile.Table][]valuesfile.Problem // What is odd about values that are kept by hand.
	check       string                                     // The ID of the one that runs.
	problems    document.Problems
}

// warn reports what the check that runs has found.
func (l *linter) warn(at document.Position, hint, format string, args ...any) {
	l.problems = append(l.problems, document.Problem{
		Position: at, Message: fmt.Sprintf(format, args...), Hint: hint, Warning: true, Check: l.check,
	})
}

// eachKPI makes a check of KPIs one of a file.
func eachKPI(find func(*linter, *config.KPI)) func(*linter) {
	return func(l *linter) {
		for _, k := range l.cfg.KPIs {
			find(l, k)
		}
	}
}

// eachDefinition makes a check of SQL and what is read from it one of a file.
func eachDefinition(find func(*linter, definition)) func(*linter) {
	return func(l *linter) {
		for _, d := range l.definitions {
			find(l, d)
		}
	}
}
