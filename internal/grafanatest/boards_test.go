package grafanatest

import (
	"cmp"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
)

var update = flag.Bool("update", false, "write what the boards show now into the goldens")

// shownInDetail are the KPIs that the board of one KPI is read for: an ordinary one, one with many parts, one between two bounds, one
// that grows through its period, and one that is unknown.
func shownInDetail() []string {
	return []string{"activation_rate", "feature_adoption_rate", "team_velocity", "revenue_mtd", "time_to_market"}
}

// TestDemo has all tests share one demo, which takes long to write.
func TestDemo(t *testing.T) {
	if _, err := install(); err != nil { // Before many at once do it.
		t.Fatal(err)
	}
	p := newProduct(t)
	t.Run("boards", func(t *testing.T) { testBoards(t, p) })
	t.Run("faults", func(t *testing.T) { testFaults(t, p) })
	t.Run("sizes", func(t *testing.T) { testSizes(t, p) })
	t.Run("near misses", func(t *testing.T) { testNearMisses(t, p) })
	t.Run("filters that match nothing", func(t *testing.T) { testFiltersThatMatchNothing(t, p) })
}

// testBoards compares what a person reads on every board with its golden: with months of history, and on the day on which
// Prometheus first scrapes the exporter. Nobody reads what Problems finds.
func testBoards(t *testing.T, p *product) {
	t.Helper()
	t.Parallel()
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
			for _, r := range requests {
				r.Theme = "light"
				requests = append(requests, r)
			}
			for i, r := range Read(t, now(), requests...) {
				name := goldens[i%len(goldens)]
				for _, problem := range r.Problems() {
					t.Errorf("%s, %s theme: %s", name, cmp.Or(requests[i].Theme, "dark"), problem)
				}
				for _, panel := range r.Panels {
					for _, line := range panel.Lines {
						if situation.name == "history" && strings.Contains(line, "yet") {
							t.Errorf("%s: panel %q waits for what never comes: %s", name, panel.Title, line)
						}
					}
				}
				if i >= len(goldens) {
					continue // Only the colours differ.
				}
				compare(t, filepath.Join("testdata", name+"."+situation.name+".golden"), r.String())
				if most := mostQueries(r.UID); r.Queries > most {
					t.Errorf("%s: %d queries, want at most %d", name, r.Queries, most)
				}
			}
		})
	}
}

// mostQueries is how many queries a board may put to Prometheus at one load.
func mostQueries(uid string) int {
	if strings.HasPrefix(uid, "kpi-owner-") {
		return 99
	}
	return 60
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
	if diff := gocmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-update writes what is shown now):\n%s", golden, diff)
	}
}
