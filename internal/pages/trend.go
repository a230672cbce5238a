package pages

import (
	"cmp"
	"html/template"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// trend draws the last periods of a label set or of the total.
func (c *card) trend(series []insight.Series, labels []string, total bool) {
	all := report.PastOf(&c.Surveyed, series, labels, total)
	past := all.Begun()
	if past.Known() < 2 {
		return
	}
	line := past.Line(c.KPI, report.Naming(c.KPI, labels)+" "+past.Sentence(c.KPI)+".")
	cutBand(&line)
	c.Trend = drawing(line.Trend())
	if labels != nil {
		c.TrendOf = labelText(labels)
	}
	c.windows = past.Windows
	for i, w := range past.Windows {
		past.Periods[i] = format.SpokenShort(c.KPI.Period, w)
	}
	c.From, c.To = past.Periods[0], past.Periods[len(past.Periods)-1]
	c.Table = pastTable(c.KPI, &past)
}

// pastTable writes the values of a trend as the rows of a table, the newest first.
func pastTable(k *config.KPI, past *report.Past) template.HTML {
	var b strings.Builder
	for i := range slices.Backward(past.Values) {
		value, target := past.Beside(k, i)
		value = cmp.Or(typeset(value), "no value")
		if past.Running && i == len(past.Values)-1 {
			value += " so far"
		}
		b.WriteString("<tr><th scope=row>" + template.HTMLEscapeString(past.Periods[i]) + "<td>" + template.HTMLEscapeString(value) +
			"<td>" + template.HTMLEscapeString(typeset(target)))
	}
	return template.HTML(b.String()) //nolint:gosec // Every text in it is escaped.
}

// drawing marks a chart as HTML: internal/chart escapes every text in it.
func drawing(svg string) template.HTML { return template.HTML(svg) } //nolint:gosec // See above.
