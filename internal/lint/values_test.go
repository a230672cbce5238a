package lint

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestDoubtfulRows(t *testing.T) {
	for name, tc := range map[string]struct{ rows, kpi, want string }{
		"in order":           {"2026-Q1,pro,1,2026-04-20\n2026-Q2,pro,2,\n2026-Q2,pro,3,2026-08-01\n", "", ""},
		"known early":        {"2026-Q1,pro,1,\n2026-Q2,pro,2,2026-01-01\n2026-Q3,pro,2,2026-01-01\n", "", "3:1 the row of 2026-Q2 has a known_from before the period ends, as does another row [early_row]"},
		"a century late":     {"2026-Q2,pro,1,\n2062-Q3,pro,2,\n", "", "3:1 the row of 2062-Q3 lies in the future [early_row]"},
		"the running period": {"2026-Q2,pro,1,\n2026-Q3,pro,1,\n2026-Q4,pro,2,\n", "", ""},
		"no rows":            {"", "", "1:1 the file has no rows yet [missing_row]"},
		"a hole":             {"2025-Q4,pro,1,\n2026-Q2,pro,2,\n2026-Q3,pro,2,\n", "", "3:1 there is no row of 2026-Q1, the period after 2025-Q4 [missing_row]"},
		"a hole is zero":     {"2025-Q4,pro,1,\n2026-Q2,pro,2,\n", ", on_empty: zero", ""},
		"a label is missing": {"2026-Q1,pro,1,\n2026-Q1,basic,1,\n2026-Q2,pro,2,\n", "", "4:1 the newest period, 2026-Q2, has no row with plan=basic, but the one before has [missing_row]"},
		"a label that ended": {"2025-Q4,pro,1,\n2025-Q4,basic,1,\n2026-Q1,pro,2,\n2026-Q2,pro,2,\n", "", ""},
		"corrected undated":  {"2026-Q1,pro,1,2026-04-20\n2026-Q1,pro,2,\n", "", "3:1 the row of 2026-Q1 has no known_from and counts from the end of its period on, but revises one that has [undated_revision]"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range map[string]string{
				"v.csv": "period,plan,value,known_from\n" + tc.rows,
				"k.yml": "kpis:\n  a: {title: A, period: quarter, labels: {plan: [pro, basic]}, values_file: v.csv" + tc.kpi + "}\n  b: {title: B, formula: 2 * a}\n",
			} {
				if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			cfg, err := config.Load(filepath.Join(dir, "k.yml"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, p := range Run(cfg, time.Date(2026, 10, 5, 0, 0, 0, 0, time.UTC)) {
				if strings.HasSuffix(p.File, ".csv") {
					got = append(got, strings.TrimPrefix(p.Position.String(), filepath.Join(dir, "v.csv:"))+" "+p.Message+" ["+p.Check+"]")
				}
			}
			if diff := cmp.Diff(tc.want, strings.Join(got, "\n")); diff != "" {
				t.Error(diff)
			}
		})
	}
}
