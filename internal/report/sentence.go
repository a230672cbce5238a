package report

import (
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// Naming returns the title of a KPI, with the labels that an entry is about: "MRR (plan team)".
func Naming(k *config.KPI, labels []string) string {
	if len(labels) == 0 {
		return k.Title
	}
	pairs := make([]string, len(labels))
	for i, name := range k.LabelNames() {
		pairs[i] = format.Spaced(name) + " " + Printable(labels[i])
	}
	return k.Title + " (" + strings.Join(pairs, ", ") + ")"
}

// standing writes a value, what it measures and what it should be: "3.4k EUR (2026-10), needs ≤ 3k EUR, 400 EUR over".
func (w wording) standing(k *config.KPI, r *collector.Result, s *collector.Sample) string {
	if s == nil {
		return noSamples(*r)
	}
	text := ValueText(k, *s)
	if measured := w.measured(spanned(k, r.Window), r.Window); measured != "" && s.Value != nil {
		text += " (" + measured + ")"
	}
	if target := s.TargetText(k); target != "" {
		text += ", needs " + target + Distance(k, s)
	}
	return text
}

// spanned returns the period that a value measures: that of the KPI or, of a period to date that has ended, the whole unit.
func spanned(k *config.KPI, w period.Window) period.Period {
	if k.Period.Kind == period.ToDate && k.Period.Ended(w, k.Calendar) {
		return period.Period{Kind: period.Last, Unit: k.Period.Unit, N: 1}
	}
	return k.Period
}

// Distance writes by how much a value misses its target: ", 400 EUR over".
func Distance(k *config.KPI, s *collector.Sample) string {
	if s.Value == nil || !missed(s.Status) {
		return ""
	}
	lower, upper := TargetOf(s)
	switch {
	case lower != nil && *s.Value < *lower:
		return ", " + Difference(k, status.Sum(*lower, -*s.Value)) + " short"
	case upper != nil && *s.Value > *upper:
		return ", " + Difference(k, status.Sum(*s.Value, -*upper)) + " over"
	}
	return ""
}

// Difference writes a difference of values without its sign.
func Difference(k *config.KPI, v float64) string { return k.Unit.FormatDelta(math.Abs(v)) }

// partsText says how many of several label sets miss the target: " 2 of 3 label sets miss it.".
func partsText(v *Verdict) string {
	all := v.Parts.Off + v.Parts.AtRisk + v.Parts.On + v.Parts.Unknown
	bad := v.Parts.Off + v.Parts.AtRisk
	switch {
	case all < 2 || bad == 0:
		return ""
	case bad == 1:
		return " 1 of " + strconv.Itoa(all) + " label sets misses it."
	}
	return " " + strconv.Itoa(bad) + " of " + strconv.Itoa(all) + " label sets miss it."
}

// changedSentence says how the status of a KPI changed.
func changedSentence(s *subject) string {
	var labels []string
	if s.now.Worst != nil {
		labels = s.now.Worst.Labels
	}
	text := Naming(s.KPI, labels) + " " + becomes(s.now.Status, s.before.Status) + ": "
	if s.now.Status == status.Unknown {
		text += unknownText(&s.now)
	} else {
		text += s.said.standing(s.KPI, &s.Now, s.now.Worst)
	}
	return text + "; was " + wasText(s) + "." + partsText(&s.now)
}

// becomes is the verb of a change.
func becomes(now, before status.Status) string {
	switch {
	case now == status.OffTarget:
		return "went off target"
	case now == status.AtRisk && before == status.OffTarget:
		return "is better, but at risk"
	case now == status.AtRisk:
		return "is now at risk"
	case now == status.OnTarget && missed(before):
		return "is back on target"
	case now == status.OnTarget:
		return "is on target"
	case now == status.Unknown:
		return "became unknown"
	}
	return "has no target now"
}

func unknownText(v *Verdict) string {
	if v.Worst != nil {
		return v.Worst.ReasonText()
	}
	return v.Reason.Text()
}

// wasText says what a KPI was a period before: "on target with 2.9k EUR". For a label set, it says what that was.
func wasText(s *subject) string {
	v := &s.before
	was := v.Worst
	if s.now.Worst != nil {
		was = sampleOf(s.Before.Samples, s.now.Worst.Labels)
	}
	switch {
	case v.Status == status.Unknown:
		return "unknown (" + unknownText(v) + ")"
	case was == nil || was.Value == nil:
		return v.Status.Text()
	}
	text := was.Status.Text() + " with " + ValueText(s.KPI, *was)
	if target := was.TargetText(s.KPI); target != "" && s.now.Worst != nil && target != s.now.Worst.TargetText(s.KPI) {
		text += ", when it needed " + target
	}
	return text
}

// stillOffSentence says how far a KPI misses its target, and since when.
func stillOffSentence(s *subject) string {
	text := Naming(s.KPI, s.now.Worst.Labels) + " is " + s.now.Status.Text() + ": " + s.said.standing(s.KPI, &s.Now, s.now.Worst) + "."
	return text + " It has missed its target since " + since(s) + "." + partsText(&s.now)
}

// since returns since when a KPI has missed its target: the first of the newest periods in a row that do so. Periods of which
// nothing is known end it no more than they begin it.
func since(s *subject) string {
	first := ""
	for i := len(s.History.Points) - 1; i >= 0; i-- {
		p := &s.History.Points[i]
		r := s.History.Result(p)
		v := VerdictOf(&r)
		switch {
		case missed(v.Status):
			first = s.said.since(s.KPI, p)
		case v.Status != status.Unknown && first != "":
			return first
		case v.Status != status.Unknown: // It began within the grid of the history.
			return "at least " + s.said.day(s.Before.Window.End)
		}
	}
	if first == "" {
		return "at least " + s.said.day(s.Before.Window.End)
	}
	return "at least " + first
}

func (w wording) since(k *config.KPI, p *insight.Point) string {
	if k.Period.Kind == period.Last && k.Period.N == 1 && k.Period.Unit == period.Month {
		return w.window(k.Period, p.Window)
	}
	if k.Period.Kind == period.Last {
		return w.day(p.Window.Start)
	}
	return w.day(p.Window.End)
}

// paceSentence says where a running period will end.
func paceSentence(s *subject) string {
	w := s.now.Worst
	if s.KPI.Period.Ended(s.Now.Window, s.KPI.Calendar) {
		return Naming(s.KPI, w.Labels) + " ended " + s.now.Status.Text() + ": " + s.said.standing(s.KPI, &s.Now, w) + "." + partsText(&s.now)
	}
	text := Naming(s.KPI, w.Labels) + " is behind its pace: " + ValueText(s.KPI, *w) + " so far"
	lower, upper := TargetOf(w)
	for _, b := range []**float64{&lower, &upper} {
		if *b != nil {
			*b = new(**b / expectedShare(s, w))
		}
	}
	forecast := w.Details().Forecast
	write := s.KPI.Unit.Apart(forecast, lower, upper)
	if forecast != nil {
		text += ", on course for " + write(*forecast)
	}
	if target := rangeText(write, lower, upper); target != "" {
		text += "; the whole " + s.KPI.Period.Unit.String() + " needs " + target
	}
	return text + "." + partsText(&s.now)
}

// rangeText writes a target whose ends may be nil.
func rangeText(write func(v float64) string, lower, upper *float64) string {
	text := func(b *float64) string {
		if b == nil {
			return ""
		}
		return write(*b)
	}
	return format.Range(text(lower), text(upper))
}

// expectedShare returns the share of the whole that was to be expected by now, by which the target is in force.
func expectedShare(s *subject, w *collector.Sample) float64 {
	if forecast := w.Details().Forecast; forecast != nil && w.Value != nil && *forecast != 0 {
		return *w.Value / *forecast
	}
	return s.Now.Elapsed
}

// unusualSentence says that a value is unusual, and what would be usual.
func unusualSentence(s *subject, u *insight.Unusual) string {
	return Naming(s.KPI, u.Labels) + " " + UnusualText(s.KPI, u, pointText(s)) + "."
}

// UnusualText says how a value is unusual, to follow the name of the KPI: "is unusually low: 84 (2026-05-03), usually 87 to 122 (z
// -5.03)". What was measured may be "".
func UnusualText(k *config.KPI, u *insight.Unusual, measured string) string {
	value := k.Unit.Format(*u.Value)
	if measured != "" {
		value += " (" + measured + ")"
	}
	if u.Equal > 0 {
		return "changed for the first time after " + strconv.Itoa(u.Equal) + " equal values: " + value + ", usually " + k.Unit.Format(u.Usual.Low)
	}
	how := "high"
	if u.Low {
		how = "low"
	}
	return "is unusually " + how + ": " + value + ", usually " + k.Unit.Format(u.Usual.Low) + " to " + k.Unit.Format(u.Usual.High) +
		" (z " + format.Number(*u.Z) + ")" + Facts(u)
}

// alsoUnusual says about a KPI with another place in the report that its newest value is unusual; "" if it is not.
func alsoUnusual(s *subject) string {
	p := s.newest()
	if p == nil || !p.Window.End.Equal(s.Now.Window.End) {
		return ""
	}
	for i := range s.found {
		u := &s.found[i]
		if u.Unusual {
			of := ""
			if len(u.Labels) > 0 {
				of = " for " + Printable(format.Labels(s.KPI.LabelNames(), u.Labels))
			}
			return "Unusual" + of + ": usually " + s.KPI.Unit.Format(u.Usual.Low) + " to " + s.KPI.Unit.Format(u.Usual.High) +
				" (z " + format.Number(*u.Z) + ")."
		}
	}
	return ""
}

// moveSentence says how a value changed against the period before.
func moveSentence(s *subject, u *insight.Unusual) string {
	how := "rose"
	if *u.Delta < 0 {
		how = "fell"
	}
	text := Naming(s.KPI, u.Labels) + " " + how + " by " + Difference(s.KPI, *u.Delta) + " to " + s.KPI.Unit.Format(*u.Value)
	if measured := pointText(s); measured != "" {
		text += " (" + measured + ")"
	}
	if word := BetterOrWorse(s.KPI, *u.Delta); word != "" {
		text += ", " + word
	}
	if math.IsInf(*u.Size, 0) {
		return text + "; earlier changes were all alike" + Facts(u) + "."
	}
	return text + "; " + format.Number(*u.Size) + " times the spread of its changes" + Facts(u) + "."
}

// pointText names what the newest point of the history measures.
func pointText(s *subject) string {
	p := s.newest()
	switch s.KPI.Period.Kind {
	case period.Last:
		return s.said.measured(s.KPI.Period, p.Window)
	case period.Trailing:
		if s.said == spoken {
			return format.Spoken(s.KPI.Period, p.Window)
		}
		return format.Measured(s.KPI.Period, p.Window) + " to " + p.Window.End.Format(time.DateOnly)
	}
	return s.said.day(p.Window.End)
}

// BetterOrWorse returns the word for a change; "" where neither direction is better.
func BetterOrWorse(k *config.KPI, delta float64) string {
	switch direction := k.Direction(); {
	case direction == config.Higher && delta > 0, direction == config.Lower && delta < 0:
		return "better"
	case direction == config.Higher, direction == config.Lower:
		return "worse"
	}
	return ""
}

// Facts says what needs no model: the highest or lowest value, and a long row of rises or falls.
func Facts(u *insight.Unusual) string {
	text := ""
	switch {
	case u.Highest && u.Compared > 1:
		text += "; the highest of " + strconv.Itoa(u.Compared+1)
	case u.Lowest && u.Compared > 1:
		text += "; the lowest of " + strconv.Itoa(u.Compared+1)
	}
	if n := u.Streak; n >= analysis.LeastStreak {
		text += "; " + strconv.Itoa(n) + " rises in a row"
	} else if n <= -analysis.LeastStreak {
		text += "; " + strconv.Itoa(-n) + " falls in a row"
	}
	return text
}

// rowSentence says a row of the table: "3.4k EUR (2026-10), needs ≤ 3k EUR, 400 EUR over: off target".
func rowSentence(s *subject, sample *collector.Sample) string {
	if sample == nil && s.Now.Failure != nil {
		return Naming(s.KPI, nil) + " failed: " + s.said.failure(s.Now.Failure.Reason) + "."
	}
	var labels []string
	text := s.now.Status.Text()
	if sample != nil {
		labels, text = sample.Labels, StatusText(s.Now, *sample)
	}
	return Naming(s.KPI, labels) + ": " + s.said.standing(s.KPI, &s.Now, sample) + "; " + text + "."
}
