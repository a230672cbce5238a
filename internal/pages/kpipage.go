package pages

import (
	"cmp"
	"html/template"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// kpiPage is what the template of the page of one KPI is filled with.
type kpiPage struct {
	*card
	ObjectiveTitle, ObjectiveHref string
	Sentence                      string // What the trend shows.
	Wide, Narrow                  template.HTML
	ChartOf                       string
	NoChart                       string          // Why there is no chart.
	windows                       []period.Window // The periods that are drawn.
	Bounds                        bool            // The table has columns for them.
	BandCut                       bool            // What is usual reaches beyond the chart.
	History                       []historyRow
	Judged                        []string // What the history says about the newest values.
	Why                           *why
	NoWhy                         string // Why there is no explanation.
	Forecast                      []string
	Decisions                     []decision
	Segments                      []segment
	Sized, Ranged, Trends         bool   // Some segments have a sample size, a range, or a trend.
	MoreSegments                  string // That there are more; else "".
	AllOf                         string // The address of all of them.
	Definition                    definition
	Evaluations                   []evaluation
}

// historyRow is one period in the table behind the chart.
type historyRow struct{ Period, Value, Target, Usual, Bounds string }

// kpiPage writes the page of one KPI. The choice is how its change is explained: against what, and by which label.
func (r *Renderer) kpiPage(b *View, c *card, choice whyChoice) ([]byte, error) {
	k := c.kpi
	page := kpiPage{
		card: c, Why: k.newWhy(b, choice), NoWhy: k.noWhy(), Segments: k.segments(), Definition: newDefinition(b, k), Forecast: k.forecast(), Evaluations: k.evaluations(),
	}
	if o := k.KPI.Objective; o != "" {
		page.ObjectiveTitle, page.ObjectiveHref = cmp.Or(b.Config.ObjectiveTitle(k.KPI), o), "/objectives"+b.suffix()+"#objective-"+o
	}
	for i := range page.Segments {
		page.Sized, page.Ranged = page.Sized || page.Segments[i].Size != "", page.Ranged || page.Segments[i].Range != ""
		page.Trends = page.Trends || page.Segments[i].Spark != ""
	}
	if more := len(k.Now.Samples) - len(page.Segments); more > 0 && len(page.Segments) > 0 {
		page.MoreSegments, page.AllOf = "And "+format.Count(more, "more label set"), b.allOf(k.KPI)
	}
	page.drawHistory()
	page.Decisions = k.decisions(b.Config, page.windows)
	page.Judged = k.unusual()
	query := b.with(url.Values{})
	if choice.by != "" {
		query.Set("by", choice.by)
	}
	if choice.lastYear {
		query.Set("against", lastYear)
	}
	s := r.newShell(b, k.KPI.Title, "/kpi/"+k.KPI.Name, query)
	return r.page(&s, "kpi", page)
}

// drawHistory draws the last periods with every bound that was in force.
func (page *kpiPage) drawHistory() {
	k := page.kpi
	series, _ := k.History.Series()
	labels, total := page.charted()
	all := report.PastOf(&k.Surveyed, series, labels, total)
	past := all.Begun()
	if past.Known() < 2 {
		page.NoChart = k.noPast()
		return
	}
	if labels != nil {
		page.ChartOf = report.Naming(k.KPI, labels)
	} else if total {
		page.ChartOf = "total"
	}
	page.Sentence = typeset(report.Naming(k.KPI, labels) + " " + past.Sentence(k.KPI) + ".")
	for i, w := range past.Windows {
		past.Periods[i] = format.SpokenShort(k.KPI.Period, w)
	}
	page.windows = past.Windows
	line := past.Line(k.KPI, page.Sentence)
	cutBand(&line)
	line.Format = func(v float64) string { return typeset(k.KPI.Unit.Format(v)) }
	line.Step = step(k.KPI, line.Values)
	line.Bounds = k.bounds(&past, labels, total)
	page.Wide, page.Narrow = drawing(line.Large(1000)), drawing(line.Large(360))
	page.Bounds = len(line.Bounds) > 0
	page.BandCut = line.BandCut()
	for i := range slices.Backward(past.Values) {
		value, target := past.Beside(k.KPI, i)
		row := historyRow{Period: format.Spoken(k.KPI.Period, past.Windows[i]), Value: cmp.Or(typeset(value), "no value"), Target: typeset(target)}
		if u := past.Usual[i]; u != nil {
			row.Usual = k.usualText(*u)
		}
		var bounds []string
		for _, b := range line.Bounds {
			if v := b.Values[i]; v != nil {
				bounds = append(bounds, b.Name+" "+line.Format(*v))
			}
		}
		row.Bounds = strings.Join(bounds, ", ")
		page.History = append(page.History, row)
	}
}

// noPast says why there are too few earlier values to be drawn.
func (k kpi) noPast() string {
	hidden := func(p insight.Point) bool {
		return p.Withheld || slices.ContainsFunc(p.Samples, func(s collector.Sample) bool { return s.Suppressed })
	}
	switch {
	case k.Drawn == 0:
		return "The history is off (history: 0)."
	case slices.ContainsFunc(k.History.Points, hidden):
		return "Earlier values are withheld."
	case k.HistoryReason() == scoreboard.NoPast:
		return "There are no earlier values: the query gives the same as of any instant."
	case k.NoRoom():
		return "Earlier values are not kept: they have too many label sets, or too long ones."
	case k.State == scoreboard.Failing:
		return "No earlier values are known: the evaluation failed (" + k.failed().Text() + ")."
	}
	return "There are no earlier values yet."
}

// noWhy says why the change is not explained, if it is not.
func (k kpi) noWhy() string {
	switch {
	case k.Drawn == 0:
		return "Not known: the history is off (history: 0)."
	case k.State == scoreboard.NotKept:
		return "Not kept for this instant."
	case k.State == scoreboard.Failing:
		return "Not known: the evaluation failed (" + k.failed().Text() + ")."
	case k.WhyReason() == scoreboard.NoPast:
		return "Not known: the query gives the same as of any instant."
	case k.WhyReason() == scoreboard.NoneKept:
		return "Not known: what it is compared with is not kept."
	}
	return "Not known yet: the earlier values have not been read."
}

// charted returns whose history is drawn: that of the total or, without one, of the worst label set.
func (page *kpiPage) charted() (labels []string, total bool) {
	if len(page.KPI.LabelNames()) == 0 {
		return nil, false
	}
	if page.total() != nil {
		return nil, true
	}
	if w := page.Verdict.Worst; w != nil {
		return w.Labels, false
	}
	return nil, false
}

// step returns what the numbers beside the axis should be multiples of: whole minutes, hours or days.
func step(k *config.KPI, values []*float64) float64 {
	if !k.Unit.IsSeconds() {
		return 1
	}
	largest := 0.0
	for _, v := range values {
		if v != nil {
			largest = max(largest, *v, -*v)
		}
	}
	for _, size := range []float64{86400, 3600, 60} {
		if largest >= 2*size {
			return size
		}
	}
	return 1
}

// bounds returns the critical and the stretch bounds that were in force in each period.
func (k kpi) bounds(past *report.Past, labels []string, total bool) []chart.Bound {
	if total {
		return nil
	}
	var (
		list  []chart.Bound
		sides []string
	)
	for i, w := range past.Windows {
		s := k.sampleAt(w, labels)
		if s == nil {
			continue
		}
		for _, b := range s.Details().Bounds {
			if b.Tier == "target" {
				continue
			}
			at := slices.Index(sides, b.Tier+b.Side)
			if at < 0 {
				at, sides = len(list), append(sides, b.Tier+b.Side)
				list = append(list, chart.Bound{Name: b.Tier, Values: make([]*float64, len(past.Windows))})
			}
			list[at].Values[i] = &b.Value
		}
	}
	return list
}

// sampleAt returns the sample of a label set in a period, nil where there is none.
func (k kpi) sampleAt(w period.Window, labels []string) *collector.Sample {
	find := func(samples []collector.Sample) *collector.Sample {
		at := slices.IndexFunc(samples, func(s collector.Sample) bool { return slices.Equal(s.Labels, labels) })
		if at < 0 {
			return nil
		}
		return &samples[at]
	}
	for i := range k.History.Points {
		if k.History.Points[i].Window == w {
			return find(k.History.Points[i].Samples)
		}
	}
	if k.Now.Window == w {
		return find(k.Now.Samples)
	}
	return nil
}

// unusual says about each series whether its newest value is unusual, and of how many that is not judged, and why.
func (k kpi) unusual() []string {
	var list, reasons []string
	skipped := map[string]int{}
	for i := range k.Unusual {
		u := &k.Unusual[i]
		name := report.Naming(k.KPI, u.Labels)
		switch {
		case u.Value != nil && (u.Unusual || u.Equal > 0):
			list = append(list, typeset(name+" "+report.UnusualText(k.KPI, u, "")+"."))
		case u.Reason == "" && u.Value != nil:
			list = append(list, typeset(name+" is as usual: "+k.KPI.Unit.Format(*u.Value)+", usually "+k.usualText(u.Usual)+report.Facts(u)+"."))
		default:
			why := notJudged(u)
			if skipped[why]++; skipped[why] == 1 {
				reasons = append(reasons, why)
			}
		}
	}
	for _, why := range reasons {
		whose := ""
		if len(k.Unusual) > 1 {
			whose = ", " + strconv.Itoa(skipped[why]) + " of " + format.Count(len(k.Unusual), "label set")
		}
		list = append(list, "Not judged for unusual values"+whose+": "+why+".")
	}
	return list
}

// notJudged says why the newest value is not judged by the ones before.
func notJudged(u *insight.Unusual) string {
	switch u.Reason {
	case insight.NotEnoughHistory:
		return "not enough history"
	case insight.WindowsOverlap:
		return "neighbouring values share most of what they measure"
	case insight.TooManyParts:
		return "there are too many label sets and no total"
	case insight.Running:
		return "the period is still running, and is judged by its pace"
	case insight.Withheld:
		return "a value is withheld"
	case insight.SmallSample:
		return "the sample is too small"
	}
	return format.Spaced(string(u.Reason))
}

// forecast says where running periods will end.
func (k kpi) forecast() []string {
	var list []string
	for i := range k.Now.Samples {
		s := &k.Now.Samples[i]
		name := report.Naming(k.KPI, s.Labels)
		if text := report.ForecastText(k.KPI, s); text != "" {
			list = append(list, name+" is on course for "+text+" at the end of the "+k.KPI.Period.Unit.String()+".")
		}
		if text := report.PaceText(k.KPI, s); text != "" {
			list = append(list, report.Capital(text)+".")
		}
	}
	return list
}

// segment is one label set in the table of all.
type segment struct {
	Labels, Value, Target, Distance, Class, Shape, Status, Size, Range string
	Spark                                                              template.HTML
}

// mostSegments is how many label sets the page of a KPI lists.
const mostSegments = 1000

// segments returns the label sets, the worst first; none for a KPI without labels.
func (k kpi) segments() []segment {
	if len(k.KPI.LabelNames()) == 0 || k.State == scoreboard.NotKept {
		return nil
	}
	samples := report.WorstFirst(k.Now.Samples)
	samples = samples[:min(len(samples), mostSegments)]
	list := make([]segment, 0, len(samples))
	for _, s := range samples {
		row := segment{
			Labels: labelText(s.Labels), Value: typeset(report.ValueText(k.KPI, *s)), Target: typeset(s.TargetText(k.KPI)), Distance: strings.TrimPrefix(report.Distance(k.KPI, s), ", "),
			Class: report.Class(s.Status), Shape: report.Shape(s.Status), Status: statusOf(s),
		}
		if s.SampleSize != nil && !s.Suppressed {
			row.Size = format.Number(*s.SampleSize)
		}
		if d := s.Details(); d.RangeLow != nil && d.RangeHigh != nil {
			row.Range = k.KPI.Unit.Format(*d.RangeLow) + " to " + k.KPI.Unit.Format(*d.RangeHigh)
		}
		past := report.PastOf(&k.Surveyed, nil, s.Labels, false)
		if begun := past.Begun(); begun.Known() > 1 {
			row.Spark = drawing(chart.Sparkline(report.Naming(k.KPI, s.Labels)+" "+begun.Sentence(k.KPI)+".", begun.Values, begun.Running))
		}
		list = append(list, row)
	}
	return list
}

// evaluation is one run in words.
type evaluation struct{ When, Took, Rows, Outcome, Class string }

// evaluations returns the latest attempts to evaluate the KPI, the newest first.
func (k kpi) evaluations() []evaluation {
	list := make([]evaluation, 0, len(k.Attempts))
	for _, a := range slices.Backward(k.Attempts) {
		e := evaluation{
			When: a.At.In(k.KPI.Calendar.Location).Format(format.Day + ", 15:04:05 MST"), Took: strconv.FormatInt(a.Took.Milliseconds(), 10) + " ms",
			Rows: strconv.Itoa(a.Samples), Outcome: "succeeded",
		}
		if a.Failure != "" {
			e.Outcome, e.Class = "failed: "+a.Failure.Text(), "off"
		}
		list = append(list, e)
	}
	return list
}
