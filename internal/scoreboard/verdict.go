package scoreboard

import (
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Verdict returns the status of the KPI: that of the worst of its samples. Without samples it is unknown, or without a target no_target,
// whatever the reason: State says more.
func (e *KPI) Verdict() report.Verdict {
	v := report.VerdictOf(&e.Now)
	if len(e.Now.Samples) > 0 {
		return v
	}
	v = report.Verdict{Status: status.NoTarget, Reason: v.Reason}
	if e.Surveyed.KPI.Target != nil {
		v.Status = status.Unknown
	}
	return v
}
