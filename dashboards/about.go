package dashboards

import (
	"fmt"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// about says what the KPI is, who answers for it and, while its status is unknown, why.
func about(s scope) *panel {
	p := table("${kpi:text}", "What the KPI is for, who answers for it, what it serves and, while its status is unknown, why.", rows(
		query{ref: "facts", expr: "max by (job, kpi, description, owner, objective, objective_title, runbook) (" + s.info() + ")"},
		query{ref: "why", expr: s.whyUnknown()},
		query{ref: "exporter", expr: "max by (job, kpi, instance) (topk by (job, kpi) (1, " + s.raw(series.Info) + "))"},
	)...)
	p.transform("merge", struct{}{})
	p.transform("organize", organize{
		ExcludeByName: map[string]bool{"Time": true, "job": true, "kpi": true, "Value #facts": true, "Value #why": true, "Value #exporter": true},
		IndexByName: map[string]int{
			"reason": 1, "description": 2, "owner": 3, "objective_title": 4, "runbook": 5, "instance": 6, "objective": 7,
		},
		RenameByName: map[string]string{
			"reason": "Why unknown", "description": "What it measures", "owner": "Owner", "objective_title": "Objective",
			"runbook": "Runbook", "instance": "Exporter",
		},
	})
	p.Options = tableOptions{ShowHeader: true, CellHeight: "md"}
	p.override("Why unknown", width(140), set("noValue", "–"), set("mappings", []mapping{reasonMapping()}))
	p.override("What it measures", append(wrapped(), set("custom.minWidth", 310))...)
	p.override("Owner", width(120), set("links", []dataLink{filterLink("Show the KPIs of this owner", "owner", "${__value.raw}")}))
	p.override("Objective", width(235), set("links", []dataLink{filterLink("Show the KPIs of this objective", "objective", "${__data.fields.objective}")}))
	p.override("objective", set("custom.hidden", true), set("custom.hideFrom", hideFrom{Viz: true}))
	p.override("Exporter", width(160), set("links", []dataLink{{Title: "Open this KPI on the exporter's page", URL: "http://${__value.raw}/kpi/${kpi}", TargetBlank: true}}))
	return p.override("Runbook", runbookLink()...)
}

// whyUnknown has in the label reason why the status of a KPI is unknown: the first reason of its label sets or, without any, what
// became of its evaluations.
func (s scope) whyUnknown() string {
	reasons := "max by (job, kpi, reason) (topk by (job, kpi) (1, " + s.raw(series.SampleInfo, `reason!=""`) + "))"
	failed := labelled(s.perKPI(series.Up)+" == 0", "reason", "failed")
	return fmt.Sprintf("(%s or on (job, kpi) %s or on (job, kpi) %s) and on (job, kpi) %s == 2",
		failed, reasons, labelled(s.perKPI(series.Info), "reason", string(status.NoValue)), s.rank())
}

func reasonMapping() mapping {
	words := map[string]mappedText{"failed": {Text: "the last evaluation failed"}}
	for i, r := range status.Reasons() {
		words[string(r)] = mappedText{Text: r.Text(), Index: i + 1}
	}
	return mapping{Type: "value", Options: words}
}
