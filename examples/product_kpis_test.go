package examples

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/kpitest"
)

// TestProductKPIs runs the tests of the example's KPIs as kpi_exporter test --cut does. No KPI is without one, and each has
// to have been seen with a value, and with nothing to count.
func TestProductKPIs(t *testing.T) {
	files, err := filepath.Glob("product/tests/*.yml")
	if err != nil || len(files) == 0 {
		t.Fatal("there are no tests", err)
	}
	url := server.NewDatabase(t)
	untested, unseen := map[string]bool{}, map[string]bool{}
	kpis, err := config.Load("product/kpi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kpis.KPIs {
		untested[k.Name], unseen[k.Name] = true, true
	}
	for _, file := range files {
		test, err := config.LoadTest(file)
		if err != nil {
			t.Fatal(err)
		}
		checks, err := kpitest.Run(t.Context(), test, kpitest.Options{Database: url, Cut: true})
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
