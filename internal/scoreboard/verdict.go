package scoreboard

import "github.com/kpi-exporter/kpi_exporter/internal/report"

// Verdict returns the status of the KPI, as the report has it. State says more.
func (e *KPI) Verdict() report.Verdict { return report.VerdictOf(&e.Now) }
