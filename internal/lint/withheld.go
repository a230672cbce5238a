package lint

import (
	"slices"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// withheldByDifference finds totals of parts of which another KPI withholds the small ones: the total less the parts that are
// shown is the one that is not.
func withheldByDifference(l *linter, d definition) {
	if d.IsColumn() || d.Merge != config.MergeSum && d.Merge != config.MergeRatio || len(d.MergedLabels) == 0 {
		return
	}
	own := d.columns()
	for _, k := range d.all {
		other := definition{k, d.all}
		if k.SuppressBelow == nil || k.Query != d.Query || k.IsColumn() || !finer(k, d.KPI) {
			continue
		}
		c := other.columns()
		sameSum := d.Merge == config.MergeSum && own.Value != "" && own.Value == c.Value
		sameRatio := d.Merge == config.MergeRatio && own.Numerator != "" && own.Numerator == c.Numerator && own.Denominator == c.Denominator
		if sameSum || sameRatio {
			l.warn(d.Position, "leave one of the two out, or switch this check off if nobody who sees the total sees the parts",
				"KPI %s gives away in the metrics what KPI %s withholds: it is the total less the parts that are shown", document.Quote(d.Name), document.Quote(k.Name))
			return
		}
	}
}

// finer reports whether a KPI has all the labels of another, and more.
func finer(k, than *config.KPI) bool {
	names := k.LabelNames()
	for _, name := range than.LabelNames() {
		if !slices.Contains(names, name) {
			return false
		}
	}
	return len(names) > len(than.LabelNames())
}
