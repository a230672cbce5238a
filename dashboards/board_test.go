package dashboards

import (
	"bytes"
	"encoding/json"
	"math"
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

func TestSteps(t *testing.T) {
	above := func(v float64) float64 { return math.Nextafter(v, math.Inf(1)) }
	below := func(v float64) float64 { return math.Nextafter(v, math.Inf(-1)) }
	tests := map[string]struct {
		bounds status.Bounds
		want   map[float64]string
	}{
		"at least": {
			status.Bounds{Target: status.Range{Lower: new(900.0)}, Critical: status.Range{Lower: new(800.0)}},
			map[float64]string{-1e9: red, below(800): red, 800: orange, below(900): orange, 900: green, 1e9: green},
		},
		"at least, any miss is off target": {
			status.Bounds{Target: status.Range{Lower: new(900.0)}},
			map[float64]string{below(900): red, 900: green},
		},
		"at most": {
			status.Bounds{Target: status.Range{Upper: new(0.03)}, Critical: status.Range{Upper: new(0.06)}},
			map[float64]string{-1: green, 0.03: green, above(0.03): orange, 0.06: orange, above(0.06): red},
		},
		"between": {
			status.Bounds{Target: status.Range{Lower: new(3.0), Upper: new(5.0)}, Critical: status.Range{Lower: new(2.0), Upper: new(6.0)}},
			map[float64]string{1: red, 2: orange, 3: green, 5: green, 5.5: orange, 6: orange, 6.5: red},
		},
		"between, any miss is off target": {
			status.Bounds{Target: status.Range{Lower: new(3.0), Upper: new(5.0)}},
			map[float64]string{2.9: red, 3: green, 5: green, 5.1: red},
		},
		"at least, critical at the target": {
			status.Bounds{Target: status.Range{Lower: new(900.0)}, Critical: status.Range{Lower: new(900.0)}},
			map[float64]string{below(900): red, 900: green},
		},
		"at most, critical at the target": {
			status.Bounds{Target: status.Range{Upper: new(0.03)}, Critical: status.Range{Upper: new(0.03)}},
			map[float64]string{0.03: green, above(0.03): red},
		},
		"crossed": {
			status.Bounds{Target: status.Range{Lower: new(900.0)}, Critical: status.Range{Lower: new(950.0)}},
			map[float64]string{899: red, 900: green, 950: green},
		},
	}
	words := map[status.Status]string{status.OnTarget: green, status.AtRisk: orange, status.OffTarget: red}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			list := steps(test.bounds)
			for i := 2; i < len(list); i++ {
				if *list[i].Value <= *list[i-1].Value {
					t.Fatalf("steps do not ascend: %v after %v", *list[i].Value, *list[i-1].Value)
				}
			}
			for value, want := range test.want {
				got := list[0].color(value, list[1:])
				if got != want {
					t.Errorf("%v is %s, want %s", value, got, want)
				}
				if judged := words[status.Judge(value, test.bounds)]; judged != got {
					t.Errorf("%v is drawn %s and judged %s", value, got, judged)
				}
			}
		})
	}
}

// color is what Grafana draws a value in: the last step that it reaches.
func (s step) color(value float64, higher []step) string {
	c := s.Color
	for _, h := range higher {
		if value >= *h.Value {
			c = h.Color
		}
	}
	return c
}

// A file that cannot tell the status bakes no thresholds.
func TestStaysPut(t *testing.T) {
	bound := func(s config.BoundSource) config.BoundRange {
		return config.BoundRange{Lower: &config.Bound{Source: s}}
	}
	tests := map[string]struct {
		target config.Target
		want   bool
	}{
		"fixed":          {config.Target{BoundSet: config.BoundSet{Target: bound(config.Fixed), Critical: bound(config.Benchmark)}}, true},
		"steps":          {config.Target{BoundSet: config.BoundSet{Target: bound(config.Steps)}}, false},
		"critical moves": {config.Target{BoundSet: config.BoundSet{Target: bound(config.Fixed), Critical: bound(config.PreviousPeriod)}}, false},
		"a part moves":   {config.Target{Segments: []config.Segment{{BoundSet: config.BoundSet{Target: bound(config.Ramp)}}}}, false},
		"small samples":  {config.Target{BoundSet: config.BoundSet{Target: bound(config.Fixed), MinSample: new(30.0)}}, false},
		"pace":           {config.Target{BoundSet: config.BoundSet{Target: bound(config.Fixed)}, Pace: true}, false},
		"from a query":   {config.Target{From: &config.Query{}}, false},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			if got := staysPut(&test.target); got != test.want {
				t.Fatalf("got %v", got)
			}
			p := boardCard(&config.KPI{Name: "kpi", Title: "KPI", Target: &test.target})
			if fromStatus := len(p.Transformations) == 1; fromStatus == test.want {
				t.Errorf("the colour comes from the status: %v", fromStatus)
			}
		})
	}
}

func TestSegmentPattern(t *testing.T) {
	k := testConfig().KPIs[0]
	tests := map[string]struct {
		segment int
		matches []string
		misses  []string
	}{
		"first label":  {0, []string{"pro/max / eu", "pro/max / us"}, []string{"pro / eu", "eu / pro/max"}},
		"second label": {1, []string{"basic / eu"}, []string{"eu / basic", "basic / eu2"}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			pattern := segmentPattern(k, k.Target.Segments[test.segment])
			if !strings.HasPrefix(pattern, "/^") || !strings.HasSuffix(pattern, "$/") {
				t.Fatalf("not a pattern of Grafana: %s", pattern)
			}
			re := regexp.MustCompile(strings.ReplaceAll(pattern[1:len(pattern)-1], `\/`, "/"))
			for _, s := range test.matches {
				if !re.MatchString(s) {
					t.Errorf("%s misses %q", pattern, s)
				}
			}
			for _, s := range test.misses {
				if re.MatchString(s) {
					t.Errorf("%s matches %q", pattern, s)
				}
			}
		})
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

// A value that equals a bound but for the last bits of binary fractions is exposed as the bound, so that thresholds draw it
// as it is judged.
func TestStepsOfEqualValues(t *testing.T) {
	bounds := status.Bounds{Target: status.Range{Lower: new(0.1), Upper: new(0.3)}, Critical: status.Range{Upper: new(0.6)}}
	list := steps(bounds)
	tenth := 0.1
	for value, want := range map[float64]string{1 - 9*tenth: green, tenth + 0.2: green, 3 * tenth: green, 0.2 + 4*tenth: orange, 0.7 - tenth: orange} {
		if got := list[0].color(bounds.Align(value), list[1:]); got != want {
			t.Errorf("%v is %s, want %s", value, got, want)
		}
	}
}
