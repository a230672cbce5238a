package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/demo"
)

// demoDay is the day on which the demo of these tests was written.
var demoDay = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// definitionsOf finds the digits that identify definitions: those of databases in other folders differ.
var definitionsOf = regexp.MustCompile(`(?i)definitions"?:? "?[0-9a-f]{8}`)

// The demo's reports tell its story: the bad week, and the price rise with the plans behind it.
func TestReportOfDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	if err := demo.Write(t.Context(), dir, demoDay); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string][]string{
		"demo.txt":       {"--as-of", "2026-11-29T12:00"},
		"bad_week.md":    {"--as-of", "2026-11-19", "--format", "markdown"},
		"price_rise.txt": {"--as-of", "2026-08-15", "--period", "month", "mrr", "mrr_by_plan", "arpu", "net_revenue_retention", "customer_churn_rate"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			args = append([]string{"report", "--config.file", filepath.Join(dir, demo.KPIFile)}, args...)
			if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitOK || stderr.Len() > 0 {
				t.Fatalf("exit %d: %s", code, &stderr)
			}
			got := definitionsOf.ReplaceAllString(stdout.String(), "Definitions …") // They change with whatever identifies them.
			path := filepath.Join("testdata", "report", name)
			if *update {
				if err := os.WriteFile(path, []byte(got), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(readBytes(t, path)), got); diff != "" {
				t.Errorf("-want +got:\n%s", diff)
			}
		})
	}
}
