package dashboards

import (
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

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

// rankMapping writes ranks as words.
func rankMapping() mapping {
	words := make(map[string]mappedText, len(verdicts))
	for i, v := range verdicts {
		words[strconv.Itoa(v.rank)] = mappedText{Text: v.name(), Color: v.color, Index: i}
	}
	return mapping{Type: "value", Options: words}
}

// statusMapping writes the values of kpi_status as words.
func statusMapping() mapping {
	words := map[string]mappedText{}
	for i, v := range []verdict{verdicts[3], verdicts[1], verdicts[0]} {
		number, _ := v.status.Value()
		words[strconv.FormatFloat(number, 'f', 0, 64)] = mappedText{Text: v.name(), Color: v.color, Index: i}
	}
	return mapping{Type: "value", Options: words}
}

// statusSteps colours the values of kpi_status.
func statusSteps() *thresholds {
	return &thresholds{Mode: "absolute", Steps: []step{{nil, green}, {new(1.0), orange}, {new(2.0), red}}}
}

// countSteps colours a count: gray for zero.
func countSteps(c string) *thresholds {
	return &thresholds{Mode: "absolute", Steps: []step{{nil, gray}, {new(1.0), c}}}
}
