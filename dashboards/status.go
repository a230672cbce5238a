package dashboards

import (
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The colours of a status. Nothing but a status is drawn in them, and never text: they are what stands behind white text, which has
// a contrast of at least 4.5:1 on each of them.
const (
	green    = "#197a37"
	orange   = "#a85400"
	red      = "#c4162a"
	gray     = "#5f6670" // No verdict, and counts of zero.
	lineGray = "#8e8e8e" // A line that can be seen on white and on black; no text is drawn in it.
	plain    = "text"    // The theme's color.
	blue     = "blue"    // Series: the palette that Grafana takes by itself begins with the colours of a status.
)

// verdict is one thing a KPI can be, by its rank: the higher, the sooner somebody should look.
type verdict struct {
	rank   int
	status status.Status
	color  string
	mark   string // So that a bar shows its status without its colour.
}

// verdicts are what rank returns, worst first.
var verdicts = [...]verdict{
	{4, status.OffTarget, red, "✕"},
	{3, status.AtRisk, orange, "!"},
	{2, status.Unknown, gray, "?"},
	{1, status.OnTarget, green, "✓"},
	{0, status.NoTarget, gray, "–"},
}

// name returns the status in words as they stand alone: "Off target".
func (v verdict) name() string {
	text := v.status.Text()
	return strings.ToUpper(text[:1]) + text[1:]
}

// marked returns the status with its mark, so that it can be told without its colour: "✕ Off target".
func (v verdict) marked() string { return v.mark + " " + v.name() }

// urgencyMappings writes urgencies as words.
func urgencyMappings() []mapping {
	list := make([]mapping, len(verdicts))
	for i, v := range verdicts {
		middle := float64(10 * v.rank)
		list[i] = mapping{Type: "range", Options: rangeMapping{
			From: middle - 4.5, To: middle + 4.5, Result: mappedText{Text: v.marked(), Color: v.color, Index: i},
		}}
	}
	return list
}

type rangeMapping struct {
	From   float64    `json:"from"`
	To     float64    `json:"to"`
	Result mappedText `json:"result"`
}

// statusMapping writes the values of kpi_status as words.
func statusMapping() mapping {
	words := map[string]mappedText{}
	for i, v := range []verdict{verdicts[3], verdicts[1], verdicts[0]} {
		number, _ := v.status.Value()
		words[strconv.FormatFloat(number, 'f', 0, 64)] = mappedText{Text: v.name(), Color: v.color, Index: i}
	}
	words["-1"] = mappedText{Text: "No status history in this time range", Color: gray, Index: len(words)}
	words["-2"] = mappedText{Text: noMatch, Color: gray, Index: len(words)}
	return mapping{Type: "value", Options: words}
}

// noHistory stands where Prometheus has too little of the past to show.
const noHistory = "No history yet"

// countSteps colours a count: gray for zero.
func countSteps(c string) *thresholds {
	return &thresholds{Mode: "absolute", Steps: []step{{nil, gray}, {new(1.0), c}}}
}
