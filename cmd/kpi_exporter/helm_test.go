package main

import "testing"

// The KPI file of the chart's example is fine. internal/rules tests the rules beside it, and tools/kubernetes what becomes of both in the chart.
func TestHelmExample(t *testing.T) {
	t.Parallel()
	const folder = "../../examples/helm/shop"
	if out, _ := program(t, exitOK, "check", "--config.file="+folder+"/kpi.yaml"); out != folder+"/kpi.yaml: 1 KPI, 1 database: no errors\n" {
		t.Errorf("check says\n%s", out)
	}
}
