package pages

import (
	"slices"
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

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
		add("The latest evaluation failed (" + k.failed().Text() + "); this is of " + k.Now.AsOf.In(zone).Format(format.Day+", 15:04") + ".")
	}
	if n := len(k.Attempts); k.State == scoreboard.Failing && len(k.Now.Samples) == 0 && n > 0 {
		add("Last attempt: " + k.Attempts[n-1].At.In(zone).Format(format.Day+", 15:04") + ".")
	}
	for _, f := range k.Now.FailedDatabases {
		add("Database " + f.Database + " failed (" + f.Failure.Reason.Text() + ").")
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
	if k.toMidnight() {
		add("Changes are up to the last midnight.")
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
	if d := s.Details(); d.RangeLow != nil && d.RangeHigh != nil {
		text += "; range " + k.Unit.Format(*d.RangeLow) + " to " + k.Unit.Format(*d.RangeHigh)
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
