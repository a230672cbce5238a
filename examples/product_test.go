// Package examples holds nothing but the tests of the examples.
package examples

import (
	"cmp"
	"flag"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var update = flag.Bool("update", false, "write the golden files again")

var (
	server  *pgtest.Server
	mariadb mariadbtest.Server
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mariadbtest.M{M: pgtest.M{M: m, Server: &server}, Server: &mariadb})
}

// asOf is an instant within a day, a month, a quarter and a sprint.
var asOf = time.Date(2026, 3, 17, 15, 30, 0, 0, time.UTC)

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// evaluate returns the value of every KPI of the example at an instant, a line for each label set.
func evaluate(t *testing.T, url string, at time.Time) string {
	t.Helper()
	t.Setenv("KPI_DATABASE_URL", url)
	return evaluateFile(t, "product/kpi.yaml", at)
}

func evaluateFile(t *testing.T, path string, at time.Time) string {
	t.Helper()
	c, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range c.Warnings {
		t.Errorf("warning: %v", w)
	}
	requests := make([]collector.Request, len(c.KPIs))
	for i, k := range c.KPIs {
		requests[i] = collector.Request{KPI: k, AsOf: at}
	}
	e := collector.NewEvaluator(c)
	defer e.Close()
	var lines strings.Builder
	for _, r := range e.Evaluate(t.Context(), requests) {
		if r.Failure != nil {
			t.Errorf("kpi %q: %v", r.KPI.Name, r.Failure)
		}
		for _, s := range r.Samples {
			value := "no value"
			if s.Value != nil {
				value = strconv.FormatFloat(*s.Value, 'g', 12, 64)
			}
			name := strings.TrimSpace(r.KPI.Name + " " + strings.Join(s.Labels, " "))
			fmt.Fprintf(&lines, "%s = %s (%s)\n", name, value, cmp.Or(string(s.Reason), string(s.Status)))
		}
	}
	return lines.String()
}

// TestProductValues compares every KPI with values that a second computation, without SQL, has confirmed.
func TestProductValues(t *testing.T) {
	url := server.NewDatabase(t, read(t, "product/schema.sql"), read(t, "testdata/product.sql"))
	for name, at := range map[string]time.Time{
		"within":   asOf,
		"boundary": time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), // The year, the month and the day begin.
	} {
		t.Run(name, func(t *testing.T) {
			golden := "testdata/product-" + name + ".golden"
			got := evaluate(t, url, at)
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			if diff := gocmp.Diff(read(t, golden), got); diff != "" {
				t.Errorf("values at %s (-want +got):\n%s", at, diff)
			}
		})
	}
}

// TestProductForgetsFuture checks that nothing that happened after an instant changes what the KPIs were at it.
func TestProductForgetsFuture(t *testing.T) {
	url := server.NewDatabase(t, read(t, "product/schema.sql"), read(t, "testdata/product.sql"))
	before := evaluate(t, url, asOf)
	server.Exec(t, url, read(t, "testdata/forget.sql"))
	if diff := gocmp.Diff(before, evaluate(t, url, asOf)); diff != "" {
		t.Errorf("values with and without the future (-with +without):\n%s", diff)
	}
}

// TestProductWithoutData checks that a count of nothing is 0 and that a ratio over nothing has no value.
func TestProductWithoutData(t *testing.T) {
	url := server.NewDatabase(t, read(t, "product/schema.sql"))
	zero := map[string]bool{
		"revenue": true, "revenue_mtd": true, "revenue_recognized": true, "mrr": true, "arr": true,
		"dau": true, "wau": true, "mau": true, "dora_deployment_frequency": true,
	}
	for line := range strings.Lines(evaluate(t, url, asOf)) {
		name, value, _ := strings.Cut(line, " = ")
		if isZero := strings.HasPrefix(value, "0 "); isZero != zero[name] || !isZero && !strings.HasPrefix(value, "no value") {
			t.Errorf("without data: %s", line)
		}
		delete(zero, name)
	}
	if len(zero) > 0 {
		t.Errorf("missing: %v", zero)
	}
}
