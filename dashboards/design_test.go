package dashboards

import (
	"math"
	"slices"
	"strconv"
	"testing"
)

// What Grafana writes on a dark colour, and the panels of its two themes.
const (
	textOnColour = "#f7f8fa"
	darkPanel    = "#181b1f"
	lightPanel   = "#ffffff"
)

// luminance is the relative luminance of a colour by WCAG 2.
func luminance(t *testing.T, colour string) float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatalf("%q is not a colour with six digits, whose contrast is the same in both themes", colour)
	}
	linear := func(shift uint) float64 {
		c := float64(n>>shift&0xff) / 255
		if c <= 0.04045 {
			return c / 12.92
		}
		return math.Pow((c+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(16) + 0.7152*linear(8) + 0.0722*linear(0)
}

func contrast(t *testing.T, a, b string) float64 {
	t.Helper()
	x, y := luminance(t, a)+0.05, luminance(t, b)+0.05
	return max(x, y) / min(x, y)
}

// Text on a status can be read in both themes, and its tile be told from the panel around it.
func TestContrast(t *testing.T) {
	for _, v := range verdicts {
		if got := contrast(t, textOnColour, v.color); got < 4.5 {
			t.Errorf("%s: text has a contrast of %.1f", v.name(), got)
		}
		for _, panel := range []string{darkPanel, lightPanel} {
			if got := contrast(t, v.color, panel); got < 2.5 {
				t.Errorf("%s has a contrast of %.1f on %s", v.name(), got, panel)
			}
		}
	}
}

// No text is written in the colour of a status, on which no theme's background would do for all.
func TestTextIsNotColoured(t *testing.T) {
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for _, p := range d.Panels {
			if o, ok := p.Options.(statOptions); ok && o.ColorMode != "background_solid" {
				c := p.FieldConfig.Defaults.Color
				if c == nil || c.Mode != "fixed" || c.FixedColor != plain {
					t.Errorf("panel %q writes numbers in colours: %+v", p.Title, c)
				}
			}
			for _, o := range p.FieldConfig.Overrides {
				for _, property := range o.Properties {
					if c, ok := property.Value.(cell); ok && c.Type == "color-text" {
						t.Errorf("panel %q, %s: a column in colours", p.Title, o.Matcher.Options)
					}
				}
			}
		}
	})
}

// A load of a board asks no more than a data source bears: a panel that repeats asks once for each KPI that it shows.
func TestQueriesPerLoad(t *testing.T) {
	load := func(d dashboard, repeated int) (n int) {
		for _, p := range d.Panels {
			if p.Repeat != "" {
				n += repeated * len(p.Targets)
			} else {
				n += len(p.Targets)
			}
		}
		return n
	}
	if n := load(overview(), mostShown); n > 60 {
		t.Errorf("the overview takes %d queries", n)
	}
	if n := load(wall(), mostOnWall); n > 30 {
		t.Errorf("the wall takes %d queries", n)
	}
	for _, g := range groups(testConfig(), ByOwner) {
		if n := load(g.board(ByOwner), 0); n > 2+5*len(g.kpis) {
			t.Errorf("%q takes %d queries for %d KPIs: 19 KPIs must stay below 100", g.title, n, len(g.kpis))
		}
	}
}

func TestOpensOn(t *testing.T) {
	want := map[string]string{exporterUID: "now-24h"}
	everyDashboard(t, func(t *testing.T, d dashboard) {
		from, ok := want[d.UID]
		if !ok {
			from = "now-90d"
		}
		if d.Time.From != from {
			t.Errorf("opens on %s, want %s", d.Time.From, from)
		}
	})
}

// Each kind of event can be switched off above the panels of the board of one KPI.
func TestAnnotations(t *testing.T) {
	var names []string
	for _, a := range detail().Annotations.List {
		names = append(names, a.Name)
		if a.Hide || !a.Enable {
			t.Errorf("%s cannot be switched off, or is off", a.Name)
		}
	}
	if !slices.Equal(names, []string{"Alerts", "Changes of plan", "Decisions"}) {
		t.Errorf("marked are %q", names)
	}
	everyDashboard(t, func(t *testing.T, d dashboard) {
		for _, a := range d.Annotations.List {
			parse(t, d, a.Name, a.Expr)
		}
	})
}
