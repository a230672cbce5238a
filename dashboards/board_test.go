package dashboards

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

const hostileTitle = `"quotes" \ ${kpi} $kpi [[kpi]] {{x}} <b>` + "\nline"

// testConfig is a file with a KPI of each kind.
func testConfig() *config.Config {
	fixed := func(v float64) *config.Bound { return &config.Bound{Value: v, Source: config.Fixed} }
	return &config.Config{
		Objectives: []*config.Objective{{Name: "daily_habit", Title: "Make it a daily habit"}},
		KPIs: []*config.KPI{
			{
				Name: "wau", Title: "Weekly active users", Description: "People.", Owner: "growth", Objective: "daily_habit", Unit: "users",
				Columns: config.Columns{Labels: []config.Label{{Name: "plan"}, {Name: "region"}}},
				Target: &config.Target{
					Direction: config.Higher,
					BoundSet: config.BoundSet{
						Target: config.BoundRange{Lower: fixed(900)}, Critical: config.BoundRange{Lower: fixed(800)},
					},
					Segments: []config.Segment{
						{Match: map[string]string{"plan": "pro/max"}, BoundSet: config.BoundSet{Target: config.BoundRange{Lower: fixed(500)}}},
						{Match: map[string]string{"region": "eu"}, BoundSet: config.BoundSet{None: true}},
					},
				},
			},
			{
				Name: "churn", Title: hostileTitle, Description: hostileTitle, Owner: hostileTitle, Unit: "ratio",
				Target: &config.Target{
					Direction: config.Lower,
					BoundSet: config.BoundSet{
						Target: config.BoundRange{Upper: fixed(0.03)}, Tolerance: &status.Tolerance{Amount: 0.1, Relative: true},
					},
				},
			},
			{Name: "revenue", Title: "Revenue", Unit: "currency:EUR"},
			{Name: "score", Title: "Score", Owner: "growth", Unit: "points"},
			{Name: "price", Title: "Price", Owner: "growth", Unit: "currency:XAU"},
		},
	}
}

func TestGenerate(t *testing.T) {
	files := Generate(testConfig(), ByOwner)
	again := Generate(testConfig(), ByOwner)
	if diff := cmp.Diff(files, again); diff != "" {
		t.Errorf("generated twice: %s", diff)
	}
	for _, f := range files[len(Included()):] {
		golden(t, "testdata/"+strings.TrimSuffix(f.Name, ".json")+".golden", f.JSON)
	}
}

func TestGroups(t *testing.T) {
	tests := map[Grouping][]string{
		ByOwner:     {"growth: wau score price", hostileTitle + ": churn", "no owner: revenue"},
		ByObjective: {"Make it a daily habit: wau", "no objective: churn revenue score price"},
	}
	for by, want := range tests {
		t.Run(string(by), func(t *testing.T) {
			var got []string
			for _, g := range groups(testConfig(), by) {
				line := g.title + ":"
				for _, k := range g.kpis {
					line += " " + k.Name
				}
				got = append(got, line)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestSlug(t *testing.T) {
	names := []string{"growth", "team-a_1", "Growth", "", "_e3b0c44298fc", "../../etc/passwd", "ünïcode and spaces", strings.Repeat("a", 24), strings.Repeat("a", 25)}
	seen := make(map[string]bool)
	for _, name := range names {
		got := slug(name)
		if !regexp.MustCompile(`^[a-z0-9_-]{1,24}$`).MatchString(got) || seen[got] {
			t.Errorf("%q gives %q", name, got)
		}
		seen[got] = true
	}
	if got := slug("growth"); got != "growth" {
		t.Errorf("a plain name becomes %q", got)
	}
}

// Where Grafana fills in variables, it must find none in what a file says.
func TestHostileTitle(t *testing.T) {
	var board []byte
	for _, f := range Generate(testConfig(), ByOwner) {
		if bytes.Contains(f.JSON, []byte("quotes")) {
			board = f.JSON
		}
	}
	var d struct {
		Title  string
		Panels []struct{ Title, Description string }
	}
	if err := json.Unmarshal(board, &d); err != nil {
		t.Fatal(err)
	}
	found := 0
	for _, p := range d.Panels {
		for _, text := range []string{p.Title, p.Description} {
			if !strings.Contains(text, "quotes") {
				continue
			}
			found++
			if m := regexp.MustCompile(`\$\w|\$\{|\[\[`).FindString(text); m != "" {
				t.Errorf("Grafana takes %q for a variable in %q", m, text)
			}
			if plain := strings.ReplaceAll(text, "\u2060", ""); !strings.Contains(plain, hostileTitle) {
				t.Errorf("%q is not in %q", hostileTitle, plain)
			}
		}
	}
	if found != 4 {
		t.Errorf("the title is in %d places, want the title and the description of two panels", found)
	}
}
