package report

import (
	"time"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// wording is how times and negative numbers are written.
type wording int

const (
	written wording = iota // As files and terminals have them: "2026-03-29", "-2".
	spoken                 // As people say them: "29 Mar 2026", "−2".
)

// window names what was measured.
func (w wording) window(p period.Period, at period.Window) string {
	if w == spoken {
		return format.Spoken(p, at)
	}
	return format.Window(p, at)
}

// measured names what was measured where the length of the period is known; "" for an instant, but not where people read it.
func (w wording) measured(p period.Period, at period.Window) string {
	if w == spoken {
		return format.Spoken(p, at)
	}
	return format.Measured(p, at)
}

// ended names a period by its end.
func (w wording) ended(p period.Period, at period.Window) string {
	if w == spoken {
		return format.SpokenShort(p, at)
	}
	return endText(p, at)
}

// day writes a day.
func (w wording) day(at time.Time) string {
	if w == spoken {
		return at.Format(format.Day)
	}
	return at.Format(time.DateOnly)
}

// minute writes an instant.
func (w wording) minute(at time.Time) string {
	if w == spoken {
		return at.Format(format.Day + ", 15:04")
	}
	return at.Format(format.Minute)
}

// numbers writes the minus of the negative numbers in a text.
func (w wording) numbers(text string) string {
	if w == spoken {
		return format.Minus(text)
	}
	return text
}

// failure says why an evaluation failed.
func (w wording) failure(why collector.FailureReason) string {
	if w == spoken {
		return why.Text()
	}
	return string(why)
}

// decision names a decision: "2026-07-01: Prices rise by 10%".
func (w wording) decision(d *config.Decision) string {
	date := d.Date
	if at, err := time.Parse(time.DateOnly, date); err == nil {
		date = w.day(at)
	}
	return date + ": " + format.OneLine(d.ShortText())
}

// typeset writes the minus of the negative numbers in all that a report says about a KPI.
func (e *Entry) typeset(said wording) {
	e.said = said
	for _, text := range []*string{&e.Sentence, &e.Why, &e.Also, &e.text.Value, &e.text.Target} {
		*text = said.numbers(*text)
	}
	for i := range e.Moved {
		e.Moved[i].Text = said.numbers(e.Moved[i].Text)
	}
}

// typeset does so for all entries.
func (r *Report) typeset() {
	for _, list := range [][]Entry{r.Changed, r.Off, r.Pace, r.Unusual, r.Moves, r.All, r.Reviews, r.Targets, r.Stale, r.Failed} {
		for i := range list {
			list[i].typeset(r.said)
		}
	}
	for i := range r.Decisions {
		r.Decisions[i].typeset(r.said)
	}
}
