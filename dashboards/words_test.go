package dashboards

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// The table of all KPIs has the words of the terminal, as Prometheus computes them.
func TestWordsOfTables(t *testing.T) {
	t.Parallel()
	var series, want strings.Builder
	for i, unit := range []quantity.Unit{"", "count", "users", "ratio", "seconds", "currency:EUR"} {
		for j, size := range []float64{
			0, 0.004, 0.25, 0.5, 0.9, 0.99, 0.9901, 0.9912, 0.9995, 0.99953, 0.99995, 0.9999994, 1, 1.0001, 1.2345678,
			9.99, 10.5, 12, 29.94, 45.678, 59.4, 59.9999, 60, 60.4, 90, 99.5, 119, 999.4, 999.96, 1000, 1425, 1425.6, 3599.7, 3600, 5400,
			9999.4, 9999.6, 12_345, 18_849.2, 86_399, 86_400, 90_061, 187_200, 730_800, 999_499, 999_500.1, 999_900, 1_000_000, 3_820_000,
			10_049_000, 99_960_000, 123_456_789, 999_600_000, 1.5e10, 1.234e11, 2.5e12,
		} {
			if unit.IsSeconds() && size > 9e9 { // Of such a length nobody counts the days.
				continue
			}
			for _, v := range []float64{size, -size} {
				if v == 0 && math.Signbit(v) {
					continue
				}
				name := fmt.Sprintf(`job="kpi",kpi="k%d_%d_%t"`, i, j, v < 0)
				fmt.Fprintf(&series, "      - {series: 'kpi_value{%s}', values: '%v'}\n", name, v)
				fmt.Fprintf(&series, "      - {series: 'kpi_info{%s,unit=\"%s\"}', values: '1'}\n", name, unit)
				fmt.Fprintf(&want, "          - {labels: '{%s,__value=\"%s\"}', value: 1}\n", name, valueWords(unit, v))
			}
		}
	}
	expr := scope(`kpi=~".*"`).inWords("__value", scope(`kpi=~".*"`).series("kpi_value"))
	dir := t.TempDir()
	test := fmt.Sprintf("rule_files: []\ntests:\n  - interval: 1m\n    input_series:\n%s    promql_expr_test:\n      - eval_time: 0m\n        expr: %q\n        exp_samples:\n%s",
		series.String(), expr, want.String())
	file := filepath.Join(dir, "words.yml")
	if err := os.WriteFile(file, []byte(test), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "promtool", "test", "rules", file)
}

// valueWords is what dashboards must write for a value that stands alone: quantity.Unit.Format, and a unit that is a word
// behind it, except count.
func valueWords(unit quantity.Unit, v float64) string {
	if unit == "" || unit == "count" || unit.IsRatio() || unit.IsSeconds() || unit.Currency() != "" {
		return unit.Format(v)
	}
	return unit.Format(v) + " " + string(unit)
}
