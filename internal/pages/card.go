package pages

import (
	"html/template"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// maxRows is how many label sets a card lists.
const maxRows = 5

// card is one KPI on the scoreboard.
type card struct {
	kpi
	Href, Title, Owner string
	Verdict            report.Verdict
	Class, Shape       string
	Status             string // In words, with why it is unknown.
	Value              figure // That of the only label set, or the total; none where there is neither.
	Whole              string // What the value is of, where the card lists label sets too: "in all".
	Measured           string // The period.
	Needs              string
	Rows               []cardRow
	More               string // Label sets that are left out: "7 more".
	Changes            []change
	Trend              template.HTML
	TrendOf            string // Which label set it is of, if there are several and no total.
	From, To           string // The first and last period of the trend.
	Table              template.HTML
	windows            []period.Window // The periods of the trend.
	Notes              []string
}

// figure is a value in its unit.
type figure struct {
	Number, Unit string
	Faded        bool // It is no longer what is known.
	Words        bool // Why there is no number.
}

// cardRow is one label set on a card.
type cardRow struct {
	Labels, Value, Needs, Class, Shape, Status string
}

// newCard puts together what is said about a KPI. suffix follows its address.
func newCard(k kpi, suffix string) *card {
	c := &card{kpi: k, Href: "/kpi/" + k.KPI.Name + suffix, Title: k.KPI.Title, Owner: k.KPI.Owner, Verdict: k.Verdict()}
	c.Class, c.Shape, c.Status = report.Class(c.Verdict.Status), report.Shape(c.Verdict.Status), report.Capital(k.statusText(&c.Verdict))
	c.Measured = format.Spoken(k.KPI.Period, k.Now.Window)
	series, _ := k.History.Series()
	var labels []string
	total := false
	switch {
	case k.State == scoreboard.NotKept:
	case len(k.KPI.LabelNames()) == 0:
		c.one()
	default:
		total = c.several()
		if w := c.Verdict.Worst; w != nil && !total {
			labels = w.Labels
		}
	}
	if c.Value == (figure{}) && len(c.Rows) == 0 {
		c.lastKnown()
	}
	c.Changes = k.changes()
	c.trend(series, labels, total)
	c.Notes = k.notes()
	if text := k.decisionNote(c.windows); text != "" {
		c.Notes = append(c.Notes, text)
	}
	return c
}

// one fills in the value of a KPI without labels.
func (c *card) one() {
	if len(c.Now.Samples) == 0 {
		return
	}
	s := &c.Now.Samples[0]
	c.Needs = needs(c.KPI, s)
	switch {
	case s.Value != nil:
		c.Value = newFigure(c.KPI, s)
		c.Value.Faded = c.Now.Incomplete
	case s.Suppressed:
		c.Value = figure{Number: report.ValueText(c.KPI, *s), Words: true}
	}
}

// several lists the label sets, the worst first, and fills in the total, if there is one.
func (c *card) several() (total bool) {
	k := c.KPI
	if v := c.total(); v != nil {
		c.Value, c.Whole, total = newFigure(k, &collector.Sample{Value: v}), "in all", true
	}
	samples := report.WorstFirst(c.Now.Samples)
	for _, s := range samples[:min(len(samples), maxRows)] {
		c.Rows = append(c.Rows, newRow(k, s))
	}
	if more := len(samples) - len(c.Rows); more > 0 {
		c.More = format.Count(more, "more label set")
	}
	if len(samples) == 1 {
		c.Needs = needs(k, samples[0])
	}
	return total
}

func newRow(k *config.KPI, s *collector.Sample) cardRow {
	return cardRow{
		Labels: labelText(s.Labels), Value: typeset(report.ValueText(k, *s)), Needs: needs(k, s), Class: report.Class(s.Status), Shape: report.Shape(s.Status),
		Status: statusOf(s),
	}
}

// labelText names a label set by its values: "pro", or of several labels "pro, eu".
func labelText(labels []string) string {
	values := make([]string, len(labels))
	for i, v := range labels {
		values[i] = report.Printable(v)
	}
	return strings.Join(values, ", ")
}

// total returns the total of the label sets, nil where there is none, or where a part of it could be withheld.
func (k kpi) total() *float64 {
	if total := k.Total(); total != nil {
		return total.Value
	}
	return nil
}

// needs writes what a value should be, and by how much it misses that: "needs ≤ 3k EUR, 400 EUR over".
func needs(k *config.KPI, s *collector.Sample) string {
	target := s.TargetText(k)
	if target == "" {
		return ""
	}
	return typeset("needs " + target + report.Distance(k, s))
}

func newFigure(k *config.KPI, s *collector.Sample) figure {
	text := report.ValueText(k, *s)
	if k.Unit.Currency() != "" {
		number, unit, _ := strings.Cut(text, " ")
		return figure{Number: typeset(number), Unit: unit}
	}
	return figure{Number: typeset(text)}
}

// lastKnown shows the newest value that is known, with its period, where there is none now.
func (c *card) lastKnown() {
	r := c.LastKnown
	if r == nil || c.State == scoreboard.NotKept || len(r.Samples) != 1 || r.Samples[0].Value == nil || c.withheld() {
		return
	}
	c.Value = newFigure(c.KPI, &r.Samples[0])
	c.Value.Faded = true
	c.Measured, c.Whole = format.Spoken(c.KPI.Period, r.Window), "last known"
}
