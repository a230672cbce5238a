package lint

import (
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/valuesfile"
)

// doubtfulRows finds what is odd about values that are kept by hand, by the ID of a check of package valuesfile.
func doubtfulRows(l *linter, k *config.KPI) {
	for _, read := range k.Reads() {
		t := read.Values
		if t == nil || l.check == valuesfile.MissingRow && read.OnEmptyZero {
			continue
		}
		found, ok := l.rows[t]
		if !ok {
			found = t.Doubts(l.now)
			l.rows[t] = found
		}
		for _, p := range found {
			if p.Check == l.check {
				l.warn(document.Position{File: read.Query.Position.File, Line: p.Line, Column: p.Column}, p.Hint, "%s", p.Message)
			}
		}
	}
}
