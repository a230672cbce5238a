package examples

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/demo"
	"github.com/kpi-exporter/kpi_exporter/internal/kpitest"
)

// TestProductKPIs runs the tests of the example's KPIs as kpi_exporter test --cut does, on all engines. No KPI is without
// one, and each has to have been seen with a value, and with nothing to count.
func TestProductKPIs(t *testing.T) {
	t.Run("postgres", func(t *testing.T) {
		testProductKPIs(t, "product", kpitest.Options{Database: server.NewDatabase(t), Cut: true})
	})
	t.Run("mariadb", func(t *testing.T) {
		mariadb.LoadZones(t, "UTC", "Europe/Berlin")
		testProductKPIs(t, onMySQL(t), kpitest.Options{Database: mariadb.NewDatabase(t), Cut: true})
	})
	t.Run("sqlite", func(t *testing.T) {
		testProductKPIs(t, onSQLite(t), kpitest.Options{Cut: true}) // In a temporary file.
	})
}

// onSQLite returns a folder with the example and its tests for SQLite.
func onSQLite(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := demo.WriteKPIs(dir); err != nil {
		t.Fatal(err)
	}
	files := map[string]string{"schema.sql": read(t, "product/sqlite/schema.sql")}
	for _, file := range testFiles(t, "product") {
		// What a test says about its database is not true here.
		text := strings.Replace(read(t, file), "\ndatabase: ${KPI_TEST_DATABASE_URL}\n", "\n", 1)
		files["tests/"+filepath.Base(file)] = text
	}
	if err := os.Mkdir(filepath.Join(dir, "tests"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func testFiles(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "tests", "*.yml"))
	if err != nil || len(files) == 0 {
		t.Fatal("there are no tests", err)
	}
	return files
}

func testProductKPIs(t *testing.T, dir string, options kpitest.Options) {
	untested, unseen := map[string]bool{}, map[string]bool{}
	kpis, err := config.Load(filepath.Join(dir, "kpi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kpis.KPIs {
		untested[k.Name], unseen[k.Name] = true, true
	}
	for _, file := range testFiles(t, dir) {
		test, err := kpitest.Load(file)
		if err != nil {
			t.Fatal(err)
		}
		if options.Database == "" {
			for _, c := range test.Cases {
				c.Expect = slices.DeleteFunc(c.Expect, knowsNoZone)
			}
		}
		checks, err := kpitest.Run(t.Context(), test, options)
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range checks {
			name := c.Expected.KPI.Name
			for _, d := range c.Differences {
				t.Errorf("%s: %s: %s: %s %s: want %s, got %s", c.Case.Position, c.Case.Name, name, d.Labels, d.What, d.Want, d.Got)
			}
			for _, d := range c.Cut {
				t.Errorf("%s: %s: %s: %s %s: %s with the future, %s without", c.Case.Position, c.Case.Name, name, d.Labels, d.What, d.Want, d.Got)
			}
			if len(c.Got.Samples) == 0 {
				delete(unseen, name)
			}
			for _, s := range c.Got.Samples {
				if s.Value == nil || *s.Value == 0 {
					delete(unseen, name)
				} else {
					delete(untested, name)
				}
			}
		}
	}
	if len(untested) > 0 {
		t.Errorf("no test gives a value: %v", slices.Sorted(maps.Keys(untested)))
	}
	if len(unseen) > 0 {
		t.Errorf("no test has nothing to count: %v", slices.Sorted(maps.Keys(unseen)))
	}
}

// knowsNoZone reports a KPI whose SQL on SQLite makes local days of UTC, where that is not the KPI's zone.
func knowsNoZone(e *kpitest.Expectation) bool {
	return slices.Contains([]string{"cohort_retention", "stickiness"}, e.KPI.Name) && e.KPI.Calendar.Location.String() != "UTC"
}
