package config

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// manyKPIs is a file of n KPIs, as a large company might have it.
func manyKPIs(n int) string {
	var b strings.Builder
	b.WriteString("databases:\n  app: {url: \"${APP_DATABASE_URL}\"}\ndefaults: {tolerance: 10%}\nkpis:\n")
	for i := range n {
		fmt.Fprintf(&b, `  active_users_%d:
    title: Active users of feature %d
    unit: users
    period: day
    labels: [plan]
    query: |
      SELECT plan, count(DISTINCT user_id) AS value FROM events
      WHERE feature = %d AND at >= :period_start AND at < :period_end GROUP BY plan
    target: {at_least: 12k, critical: 9k}
`, i, i, i)
	}
	return b.String()
}

const benchmarkKPIs = 5000

// BenchmarkLoad reads, checks and resolves a file; BenchmarkYAMLDecode is what reading YAML alone costs of that.
func BenchmarkLoad(b *testing.B) {
	path := filepath.Join(b.TempDir(), "kpi.yaml")
	text := manyKPIs(benchmarkKPIs)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		c, err := Load(path)
		if err != nil {
			b.Fatal(err)
		}
		if len(c.KPIs) != benchmarkKPIs {
			b.Fatalf("%d KPIs", len(c.KPIs))
		}
	}
}

// BenchmarkColumnsOfOneFile loads KPIs of which each reads a column of the same file of values, and its target from another.
func BenchmarkColumnsOfOneFile(b *testing.B) {
	for _, kpis := range []int{250, 1000} {
		b.Run(fmt.Sprint(kpis), func(b *testing.B) {
			text := "queries:\n  actual: {period: month, labels: {plan: [pro, basic]}, values_file: actual.csv}\n  plan: {values_file: plan.csv}\nkpis:\n"
			actual, values, plan := "period,plan", "2026-01,pro", "period,kpi,plan,at_least\n"
			for i := range kpis {
				text += fmt.Sprintf("  k%d: {title: T, better: higher, from: actual, value: c%d, target: {from: plan}}\n", i, i)
				actual += fmt.Sprintf(",c%d", i)
				values += ",5"
				plan += fmt.Sprintf("2026-01,k%d,pro,5\n", i)
			}
			dir := b.TempDir()
			for name, text := range map[string]string{"kpi.yaml": text, "actual.csv": actual + "\n" + values + "\n", "plan.csv": plan} {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					b.Fatal(err)
				}
			}
			for b.Loop() {
				if _, err := Load(filepath.Join(dir, "kpi.yaml")); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
