package pages

import (
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
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

// statusText returns the status in words, with the reason of one that is not known.
func (k kpi) statusText(v *report.Verdict) string {
	text := v.Status.Text()
	if reason := k.unknownReason(v); reason != "" {
		text += ": " + reason
	}
	return text
}

// unknownReason says why the status, or without a target the value, is not known; "" if it is.
func (k kpi) unknownReason(v *report.Verdict) string {
	switch {
	case k.State == scoreboard.NotKept:
		return "not kept for this instant"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Failing:
		return "the evaluation failed (" + string(k.failed()) + ")"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Waiting && k.Now.DataUntil.IsZero() && k.Evaluated.IsZero():
		return "not evaluated yet"
	case len(k.Now.Samples) == 0 && k.State == scoreboard.Waiting:
		return status.DataLate.Text()
	case v.Status == status.Unknown && v.Worst != nil:
		return reasonText(v.Worst)
	case v.Status == status.Unknown:
		return v.Reason.Text()
	case len(k.Now.Samples) == 0:
		return status.NoValue.Text()
	}
	return ""
}

// failed returns why the latest evaluation failed, "" if it did not.
func (k kpi) failed() collector.FailureReason {
	if k.Now.Failure == nil {
		return ""
	}
	return k.Now.Failure.Reason
}

// reasonText says why the status of a sample is not known.
func reasonText(s *collector.Sample) string {
	if s.Reason == status.Stale {
		return "the last value is too old"
	}
	return s.ReasonText()
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
		c.Value = newFigure(c.KPI, *s.Value)
		c.Value.Faded = c.Now.Incomplete
	case s.Suppressed:
		c.Value = figure{Number: report.ValueText(c.KPI, *s), Words: true}
	}
}

// several lists the label sets, the worst first, and fills in the total, if there is one.
func (c *card) several() (total bool) {
	k := c.KPI
	if v := c.total(); v != nil {
		c.Value, c.Whole, total = newFigure(k, *v), "in all", true
	}
	samples := byWorst(c.Now.Samples)
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

// statusOf returns the status of a sample in words, with the reason of one that is not known.
func statusOf(s *collector.Sample) string {
	if s.Status == status.Unknown && !s.Suppressed {
		return s.Status.Text() + ": " + reasonText(s)
	}
	return s.Status.Text()
}

// labelText names a label set by its values: "pro", or of several labels "pro, eu".
func labelText(labels []string) string {
	values := make([]string, len(labels))
	for i, v := range labels {
		values[i] = report.Printable(v)
	}
	return strings.Join(values, ", ")
}

// byWorst returns samples with the worst first; those that are alike keep their order.
func byWorst(samples []collector.Sample) []*collector.Sample {
	list := make([]*collector.Sample, len(samples))
	for i := range samples {
		list[i] = &samples[i]
	}
	slices.SortStableFunc(list, report.CompareWorst)
	return list
}

// total returns the total of the label sets, nil where there is none, or where a part of it could be withheld.
func (k kpi) total() *float64 {
	if !k.Explained || k.Why.Failure != nil || k.Why.Reason == insight.Withheld || len(k.Now.FailedDatabases) > 0 || len(k.Now.Samples) < 2 {
		return nil
	}
	if slices.ContainsFunc(k.Now.Samples, func(s collector.Sample) bool { return s.Suppressed }) {
		return nil
	}
	how := insight.TotalOf(k.KPI, k.Now.Samples)
	if how != config.MergeSum && how != config.MergeRatio {
		return nil
	}
	sum, reason := insight.Total(k.KPI, how, k.Now.Samples)
	if reason != "" {
		return nil
	}
	return sum.Value
}

// needs writes what a value should be, and by how much it misses that: "needs ≤ 3k EUR, 400 EUR over".
func needs(k *config.KPI, s *collector.Sample) string {
	target := s.TargetText(k)
	if target == "" {
		return ""
	}
	return typeset("needs " + target + report.Distance(k, s))
}

func newFigure(k *config.KPI, v float64) figure {
	text := k.Unit.Format(v)
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
	c.Value = newFigure(c.KPI, *r.Samples[0].Value)
	c.Value.Faded = true
	c.Measured, c.Whole = format.Spoken(c.KPI.Period, r.Window), "last known"
}

// withheld reports whether a value is missing because it is withheld, which earlier values must not make up for.
func (k kpi) withheld() bool {
	return slices.ContainsFunc(k.Now.Samples, func(s collector.Sample) bool { return s.Suppressed })
}

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
	for i, v := range slices.Backward(past.Values) {
		value := "no value"
		if v != nil {
			value = typeset(k.Unit.Format(*v))
		}
		if past.Running && i == len(past.Values)-1 {
			value += " so far"
		}
		b.WriteString("<tr><th scope=row>" + template.HTMLEscapeString(past.Periods[i]) + "<td>" + template.HTMLEscapeString(value) +
			"<td>" + template.HTMLEscapeString(ends(k, past.Lower[i], past.Upper[i])))
	}
	return template.HTML(b.String()) //nolint:gosec // Every text in it is escaped.
}

// ends writes a target.
func ends(k *config.KPI, lower, upper *float64) string {
	text := func(v *float64) string {
		if v == nil {
			return ""
		}
		return k.Unit.Format(*v)
	}
	return typeset(format.Range(text(lower), text(upper)))
}

// drawing marks a chart as HTML: internal/chart escapes every text in it.
func drawing(svg string) template.HTML { return template.HTML(svg) } //nolint:gosec // See above.

// notes returns what is at the foot of a card: what to know before the value is believed.
func (k kpi) notes() []string {
	var notes []string
	add := func(text string) {
		if text != "" {
			notes = append(notes, typeset(text))
		}
	}
	zone := k.KPI.Calendar.Location
	if k.State == scoreboard.Failing && len(k.Now.Samples) > 0 && len(k.Now.FailedDatabases) == 0 {
		add("The latest evaluation failed (" + string(k.failed()) + "); this is of " + k.Now.AsOf.In(zone).Format(format.Day+", 15:04") + ".")
	}
	for _, f := range k.Now.FailedDatabases {
		add("Database " + f.Database + " failed (" + string(f.Failure.Reason) + ").")
	}
	add(k.lateText())
	if len(k.Now.Samples) == 1 {
		s := &k.Now.Samples[0]
		add(rangeText(k.KPI, s))
		if text := report.PaceText(k.KPI, s); text != "" {
			add(report.Capital(text) + ".")
		}
		if text := report.ForecastText(k.KPI, s); text != "" {
			add("On course for " + text + ".")
		}
	}
	if p := len(k.History.Points); p > 0 && k.History.Points[p-1].Window.End.Equal(k.Now.Window.End) {
		for i := range k.Unusual {
			if u := &k.Unusual[i]; u.Unusual {
				add("Unusual" + of(u.Labels) + ": usually " + k.usualText(u.Usual) + ".")
				break
			}
		}
	}
	return notes
}

// of names a label set in a sentence.
func of(labels []string) string {
	if len(labels) == 0 {
		return ""
	}
	return " for " + labelText(labels)
}

// lateText says that the KPI waits for data, and how far it reaches.
func (k kpi) lateText() string {
	late := slices.ContainsFunc(k.Now.Samples, func(s collector.Sample) bool { return s.Reason == status.DataLate })
	if !k.Now.Incomplete && !k.Now.Clipped && !late && (k.State != scoreboard.Waiting || k.DataUntil.IsZero()) || k.State == scoreboard.NotKept {
		return ""
	}
	until := k.DataUntil
	if until.IsZero() {
		return "Waits for data: none has arrived."
	}
	return "Waits for data: it reaches to " + until.In(k.KPI.Calendar.Location).Format(format.Day+", 15:04") + "."
}

// rangeText says how many cases a value is of, and the range of the underlying rate.
func rangeText(k *config.KPI, s *collector.Sample) string {
	if s.Value == nil {
		return ""
	}
	if text := report.ChanceText(k, s); text != "" {
		return report.Capital(text) + "."
	}
	if s.SampleSize == nil {
		return ""
	}
	text := "n = " + format.Number(*s.SampleSize)
	if s.RangeLow != nil && s.RangeHigh != nil {
		text += "; range " + k.Unit.Format(*s.RangeLow) + " to " + k.Unit.Format(*s.RangeHigh)
	}
	return text
}

// dataUntil returns how far the data reaches: the earliest of all KPIs that say it; zero if none does.
func dataUntil(kpis []scoreboard.KPI) time.Time {
	var until time.Time
	for i := range kpis {
		if t := kpis[i].DataUntil; !t.IsZero() && (until.IsZero() || t.Before(until)) {
			until = t
		}
	}
	return until
}
