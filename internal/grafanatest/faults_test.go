package grafanatest

import (
	"os"
	"slices"
	"testing"
)

// testFaults reads a board with faults that were seen in a real Grafana, on day one and with history, and finds each of them as it
// was seen: so that a board without such a line has none.
func testFaults(t *testing.T, p *product) {
	t.Helper()
	t.Parallel()
	board, err := os.ReadFile("testdata/faults.json")
	if err != nil {
		t.Fatal(err)
	}
	for situation, test := range map[string]struct {
		data func(*testing.T) string
		want []string
	}{
		"history": {p.recent, []string{
			`panel "Tile without a legend": a name is a whole expression: max without (job, kpi, instance) (kpi_value{kpi="activation_…`,
			`panel "Tile without a legend": text on green has a contrast of 2.1:1`,
			`panel "Graph that names all": the name "Value" is there twice`,
			`panel "Statuses by thresholds": the text "< 1" is a threshold, not a value`,
			`panel "Statuses by thresholds": the text "1+" is a threshold, not a value`,
			`panel "Statuses by thresholds": the text "2+" is a threshold, not a value`,
			`panel "Bars of parts": the name "Feature adoption {feature=\"export\", letter=\"e\"}" is a set of labels`,
		}},
		"day one": {p.dayOne, []string{
			`panel "Graph that names all": says "No target", but there are 2 values`,
			`panel "Statuses by thresholds": says "Data does not have a time field"`,
		}},
	} {
		t.Run(situation, func(t *testing.T) {
			url := StartPrometheus(t, test.data(t), lookback)
			r := Read(t, now(), Request{Board: board, URL: url})[0]
			got := r.Problems()
			for _, want := range test.want {
				if !slices.Contains(got, want) {
					t.Errorf("not found: %s", want)
				}
			}
			if t.Failed() {
				t.Logf("found: %q\n%s", got, r)
			}
		})
	}
}
