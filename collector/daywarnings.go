package collector

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// dayWarning says which side of a comparison is a day of UTC.
func (r *run) dayWarning(d database.Day) *timeFormWarning {
	notIn := "in UTC, not in the KPI's time zone, " + r.consumers[0].kpi.Calendar.Location.String()
	inUTC := func(what string) string { return what + " is the date " + notIn }
	w := &timeFormWarning{Forms: database.Forms{Comparison: d.Comparison, Read: database.FormText}, check: lint.DateColumn}
	switch d.InUTC {
	case database.DayOfValue:
		w.hint = instantHint(w.Forms)
		w.message = func(string) string { return inUTC(d.Comparison.Value) }
	case database.DayOfBound:
		w.hint = fmt.Sprintf("compare %s with :%s itself", d.Comparison.Value, d.Name)
		w.message = inUTC
	default:
		w.hint = "write " + d.Rewritten
		w.message = func(bounds string) string {
			return fmt.Sprintf("a date (%s) is compared with %s %s", d.Comparison.Value, bounds, notIn)
		}
	}
	return w
}
