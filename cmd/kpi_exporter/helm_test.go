package main

import "testing"

// The KPI file of the chart's example is fine, and the rules beside it are those of this file. What becomes of them in the chart is tested
// in tools/kubernetes.
func TestHelmExample(t *testing.T) {
	t.Parallel()
	const folder = "../../examples/helm/shop"
	file := "--config.file=" + folder + "/kpi.yaml"
	if out, _ := program(t, exitOK, "check", file); out != folder+"/kpi.yaml: 1 KPI, 1 database: no errors\n" {
		t.Errorf("check says\n%s", out)
	}
	program(t, exitOK, "generate", "rules", file, "--format=operator", "--output="+folder, "--check")
}
