package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReservedLabels tries every name that the exporter, its rules and dashboards, or Prometheus use themselves.
func TestReservedLabels(t *testing.T) {
	for _, tc := range []struct {
		reserved bool
		names    string
	}{
		{true, "kpi job instance pod alertname severity le quantile reason tier side source compared_with"},
		{true, "title description unit grafana_unit owner objective objective_title runbook dashboard measured sample_title target_text"},
		{true, "__name__ __meta exported_job exported_plan"},
		{false, "product category stage region plan period database level"},
	} {
		for name := range strings.FieldsSeq(tc.names) {
			t.Run(name, func(t *testing.T) {
				path := filepath.Join(t.TempDir(), "kpi.yaml")
				text := fmt.Sprintf("databases: {app: {url: \"${URL}\"}}\nkpis: {k: {title: K, period: instant, labels: [%s], query: SELECT 1 AS value}}\n", name)
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				_, err := Load(path)
				if refused := err != nil && strings.Contains(err.Error(), fmt.Sprintf("label %q is reserved", name)); refused != tc.reserved {
					t.Errorf("refused: %t, want %t (error %v)", refused, tc.reserved, err)
				}
			})
		}
	}
}
