package dashboards

import "strconv"

// The colours of a status. Nothing but a status is drawn in them.
const (
	green  = "green"
	orange = "orange"
	red    = "red"
	gray   = "#73787f" // No verdict, and counts of zero: white text on it and itself on white or black can be read.
	plain  = "text"    // The theme's color.
	blue   = "blue"    // Series: the palette that Grafana takes by itself begins with the colours of a status.
)

// verdict is one thing a KPI can be, by its rank: the higher, the sooner somebody should look.
type verdict struct {
	rank  int
	name  string
	color string
	mark  string // So that a bar says its status without its colour.
}

// verdicts are what rank returns, worst first.
var verdicts = [...]verdict{
	{4, "Off target", red, "✕"},
	{3, "At risk", orange, "!"},
	{2, "Unknown", gray, "?"},
	{1, "On target", green, "✓"},
	{0, "No target", gray, "–"},
}

// rankMapping writes ranks as words.
func rankMapping() mapping {
	words := make(map[string]mappedText, len(verdicts))
	for i, v := range verdicts {
		words[strconv.Itoa(v.rank)] = mappedText{Text: v.name, Color: v.color, Index: i}
	}
	return mapping{Type: "value", Options: words}
}

// statusMapping writes the values of kpi_status as words.
func statusMapping() mapping {
	return mapping{Type: "value", Options: map[string]mappedText{
		"0": {Text: "On target", Color: green, Index: 0},
		"1": {Text: "At risk", Color: orange, Index: 1},
		"2": {Text: "Off target", Color: red, Index: 2},
	}}
}

// statusSteps colours the values of kpi_status.
func statusSteps() *thresholds {
	return &thresholds{Mode: "absolute", Steps: []step{{nil, green}, {new(1.0), orange}, {new(2.0), red}}}
}

// countSteps colours a count: gray for zero.
func countSteps(c string) *thresholds {
	return &thresholds{Mode: "absolute", Steps: []step{{nil, gray}, {new(1.0), c}}}
}
