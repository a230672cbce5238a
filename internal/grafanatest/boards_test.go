package grafanatest

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
)

var update = flag.Bool("update", false, "write what the boards show now into the goldens")

// shownInDetail are the KPIs that the board of one KPI is read for: an ordinary one, one with many parts, one between two bounds, one
// that grows through its period, and one that is unknown.
func shownInDetail() []string {
	return []string{"activation_rate", "feature_adoption_rate", "team_velocity", "revenue_mtd", "time_to_market"}
}

// TestBoards compares what a person reads on every board with its golden: with months of history, and on the day on which
// Prometheus first scrapes the exporter. What nobody should have to read stands at the end of a golden.
func TestBoards(t *testing.T) {
	p := newProduct(t)
	files := dashboards.Generate(p.cfg, dashboards.ByOwner)
	for _, situation := range []struct {
		name string
		data func(*testing.T) string
	}{{"history", p.history}, {"day-one", p.dayOne}} {
		t.Run(situation.name, func(t *testing.T) {
			t.Parallel()
			url := StartPrometheus(t, situation.data(t), lookback)
			var requests []Request
			var goldens []string
			for _, f := range files {
				name := strings.TrimSuffix(f.Name, ".json")
				shown := []string{""}
				if name == "kpi-detail" {
					shown = shownInDetail()
				}
				for _, kpi := range shown {
					r := Request{Board: f.JSON, URL: url}
					golden := name
					if kpi != "" {
						golden += "-" + kpi
						r.Variables = map[string][]string{"kpi": {kpi}}
					}
					requests, goldens = append(requests, r), append(goldens, golden)
				}
			}
			for i, r := range Read(t, now(), requests...) {
				compare(t, filepath.Join("testdata", goldens[i]+"."+situation.name+".golden"), r.golden())
			}
		})
	}
}

func (r Reading) golden() string {
	text := r.String()
	for _, problem := range r.Problems() {
		text += "\nPROBLEM " + problem
	}
	return strings.TrimRight(text, "\n") + "\n"
}

func compare(t *testing.T, golden, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(golden, []byte(got), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Error(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-update writes what is shown now):\n%s", golden, diff)
	}
}
