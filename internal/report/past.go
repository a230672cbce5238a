package report

import (
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Past is what a label set, or a total, measured over the last periods, the oldest first. All lists have one element per period.
type Past struct {
	Windows      []period.Window      // What was measured.
	Periods      []string             // The same, as short as it is clear: "2026-03", or the last day.
	Values       []*float64           // In the KPI's unit; nil where there was none, or it is withheld.
	Lower, Upper []*float64           // The target as it was then; nil where there was none.
	Usual        []*analysis.Interval // Where an ordinary value would have lain; nil where that is not known.
	Running      bool                 // The last period is still running.
}

// PastOf returns the past of a label set, or of the total, up to now. The series are those of the history.
func PastOf(s *insight.Surveyed, series []insight.Series, labels []string, total bool) Past {
	at := slices.IndexFunc(series, func(one insight.Series) bool { return one.Total == total && slices.Equal(one.Labels, labels) })
	var p Past
	points := s.History.Points
	newest := sampleOf(s.Now.Samples, labels)
	if total {
		newest = s.Total()
	}
	now := (newest != nil || !total) && s.Now.Failure == nil && !s.Now.Incomplete && (len(points) == 0 || s.Now.Window.End.After(points[len(points)-1].Window.End))
	most := s.Drawn
	if most == 0 {
		return p
	}
	if now {
		most--
	}
	for i := max(0, len(points)-most); i < len(points); i++ {
		sample := sampleOf(points[i].Samples, labels)
		if total && at >= 0 {
			sample = series[at].Samples[i]
		}
		p.add(s.KPI, points[i].Window, sample)
		if at >= 0 {
			if usual, ok := series[at].Usual(i); ok {
				p.Usual[len(p.Usual)-1] = &usual
			}
		}
	}
	if now {
		p.add(s.KPI, s.Now.Window, newest)
		p.Running = !s.KPI.Period.Ended(s.Now.Window, s.KPI.Calendar)
	}
	return p
}

// add adds a period; its sample may be nil.
func (p *Past) add(k *config.KPI, w period.Window, s *collector.Sample) {
	p.Windows, p.Periods = append(p.Windows, w), append(p.Periods, endText(k.Period, w))
	var value, lower, upper *float64
	if s != nil {
		value = s.Value
		lower, upper = TargetOf(s)
	}
	p.Values, p.Lower, p.Upper = append(p.Values, value), append(p.Lower, lower), append(p.Upper, upper)
	p.Usual = append(p.Usual, nil)
}

// shareWindows has two pasts of the same periods hold these once.
func (p *Past) shareWindows(other *Past) {
	if slices.Equal(p.Windows, other.Windows) {
		p.Windows, p.Periods = other.Windows, other.Periods
	}
}

// TargetOf returns the ends of the target of a sample.
func TargetOf(s *collector.Sample) (lower, upper *float64) {
	for _, b := range s.Details().Bounds {
		switch {
		case b.Tier != "target":
		case b.Side == "lower":
			lower = new(b.Value) // Not of the bound, which would be kept with it.
		default:
			upper = new(b.Value)
		}
	}
	return lower, upper
}

// Known returns how many values there are.
func (p *Past) Known() int {
	n := 0
	for _, v := range p.Values {
		if v != nil {
			n++
		}
	}
	return n
}

// Sentence says a past: "rose from 2% to 4% over 13 periods, on target in 9 of 13".
func (p *Past) Sentence(k *config.KPI) string {
	first, last, met, judged := -1, -1, 0, 0
	for i, v := range p.Values {
		if v == nil || p.Running && i == len(p.Values)-1 {
			continue
		}
		if first < 0 {
			first = i
		}
		last = i
		if lower, upper := p.Lower[i], p.Upper[i]; lower != nil || upper != nil {
			judged++
			if (lower == nil || *v >= *lower) && (upper == nil || *v <= *upper) {
				met++
			}
		}
	}
	if len(p.Values) == 0 {
		return "has no earlier values"
	}
	if first < 0 {
		return "has no value in " + format.Count(len(p.Values), "period")
	}
	from, to := *p.Values[first], *p.Values[last]
	write := k.Unit.Apart(&from, &to)
	text := "was " + k.Unit.Format(to)
	switch {
	case first == last:
	case to > from:
		text = "rose from " + write(from) + " to " + write(to)
	case to < from:
		text = "fell from " + write(from) + " to " + write(to)
	default:
		text = "began and ended at " + k.Unit.Format(to)
	}
	if first != last {
		text += " over " + format.Count(last-first+1, "period")
	}
	if judged > 0 {
		text += ", on target in " + strconv.Itoa(met) + " of " + strconv.Itoa(judged)
	}
	return text
}

// Begun returns the past from its first value on.
func (p *Past) Begun() Past {
	from := slices.IndexFunc(p.Values, func(v *float64) bool { return v != nil })
	if from < 0 {
		return Past{Running: p.Running}
	}
	return Past{p.Windows[from:], p.Periods[from:], p.Values[from:], p.Lower[from:], p.Upper[from:], p.Usual[from:], p.Running}
}

// Beside writes the value of a period and its target, which look different if they are; "" for what there is not.
func (p *Past) Beside(k *config.KPI, i int) (value, target string) {
	write := p.writer(k, i)
	if v := p.Values[i]; v != nil {
		value = write(*v)
	}
	return value, rangeText(write, p.Lower[i], p.Upper[i])
}

func (p *Past) writer(k *config.KPI, i int) func(v float64) string {
	return k.Unit.Apart(p.Values[i], p.Lower[i], p.Upper[i])
}

// Line is the past as a chart.
func (p *Past) Line(k *config.KPI, title string) chart.Line {
	format := k.Unit.Format
	if n := len(p.Values); n > 0 { // The last value and its target stand beside each other.
		format = p.writer(k, n-1)
	}
	l := chart.Line{
		Title: title, Periods: p.Periods, Values: p.Values, Lower: p.Lower, Upper: p.Upper, Running: p.Running, Format: format,
		Low: make([]*float64, len(p.Usual)), High: make([]*float64, len(p.Usual)), Marks: p.marks(k),
	}
	for i, usual := range p.Usual {
		if usual != nil {
			l.Low[i], l.High[i] = &usual.Low, &usual.High
		}
	}
	return l
}

// markedDecision is a decision within a past.
type markedDecision struct {
	at       int // The place of the period in which it took effect.
	decision *config.Decision
}

// decided returns the decisions about a KPI that took effect within its past, the oldest first.
func (p *Past) decided(k *config.KPI) []markedDecision {
	var list []markedDecision
	for _, d := range k.Decisions {
		from := d.From(k.Calendar.Location)
		at := slices.IndexFunc(p.Windows, func(w period.Window) bool { return w.End.After(from) })
		if at > 0 || at == 0 && !from.Before(p.Windows[0].Start) {
			list = append(list, markedDecision{at, d})
		}
	}
	return list
}

// marks numbers the decisions within a past; those of one period share a mark.
func (p *Past) marks(k *config.KPI) []chart.Mark {
	var marks []chart.Mark
	for i, d := range p.decided(k) {
		number := strconv.Itoa(i + 1)
		if last := len(marks) - 1; last >= 0 && marks[last].Period == d.at {
			marks[last].Number += ", " + number
			continue
		}
		marks = append(marks, chart.Mark{Period: d.at, Number: number})
	}
	return marks
}

// legend says which decisions the numbers in the chart of a past are: "1: 2026-07-01: Prices rise by 10%".
func (p *Past) legend(k *config.KPI, said wording) []string {
	marked := p.decided(k)
	list := make([]string, len(marked))
	for i, d := range marked {
		list[i] = strconv.Itoa(i+1) + ": " + said.decision(d.decision)
	}
	return list
}

// endText names a period by its end: the month, else its last day.
func endText(p period.Period, w period.Window) string {
	switch {
	case p.Kind == period.Last && p.Unit == period.Month && p.N == 1:
		return format.Window(p, w)
	case p.Kind == period.Last, p.Kind == period.ToDate:
		return w.End.Add(-1).Format(time.DateOnly)
	}
	return w.End.Format(time.DateOnly)
}
