package pages

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// decision is one decision about a KPI in words.
type decision struct {
	Number            string // In the chart; "" if it is older than that.
	Date, Text, Owner string
	Link              string
	Effects           []string // What followed it.
	Others            string   // What else was decided within the periods that are compared.
}

// decisions returns the decisions about a KPI, the newest first, with the numbers that they have in the chart of those windows.
func (k kpi) decisions(cfg *config.Config, windows []period.Window) []decision {
	list := make([]decision, len(k.Decisions))
	number := 0
	for i, d := range k.Decisions {
		from := d.From(k.KPI.Calendar.Location)
		one := decision{Date: from.Format(format.Day), Text: d.Text, Owner: d.Owner, Link: d.Link}
		if n := len(windows); n > 0 && !from.Before(windows[0].Start) && from.Before(windows[n-1].End) {
			number++
			one.Number = strconv.Itoa(number)
		}
		var within period.Window
		for _, e := range d.Effects {
			text := report.Capital(typeset(report.EffectText(k.KPI, e)))
			if len(e.Labels) > 0 {
				text = report.Capital(labelText(e.Labels)) + ": " + text
			}
			one.Effects = append(one.Effects, text)
			within = e.Window
		}
		one.Others = otherDecisions(cfg, d.Decision, within, k.KPI.Calendar.Location)
		list[len(list)-1-i] = one
	}
	return list
}

// otherDecisions names what else was decided within a window.
func otherDecisions(cfg *config.Config, d *config.Decision, w period.Window, zone *time.Location) string {
	var others []*config.Decision
	for _, other := range cfg.Decisions {
		if from := other.From(zone); other != d && !from.Before(w.Start) && from.Before(w.End) {
			others = append(others, other)
		}
	}
	slices.SortStableFunc(others, func(a, b *config.Decision) int { return cmp.Compare(a.Date, b.Date) })
	names := make([]string, len(others))
	for i, other := range others {
		names[i] = other.From(zone).Format(format.Day) + ", " + other.ShortText()
	}
	return strings.Join(names, "; ")
}

// decisionNote says the newest decision within the trend of a card, "" if there is none.
func (k kpi) decisionNote(windows []period.Window) string {
	within := 0
	for _, d := range k.Decisions {
		if from := d.From(k.KPI.Calendar.Location); len(windows) > 0 && !from.Before(windows[0].Start) && from.Before(windows[len(windows)-1].End) {
			within++
		}
	}
	if within == 0 {
		return ""
	}
	newest := k.Decisions[len(k.Decisions)-1]
	text := "Decided " + newest.From(k.KPI.Calendar.Location).Format(format.Day) + ": " + strings.TrimRight(format.OneLine(newest.ShortText()), ".") + "."
	if within > 1 {
		text += " " + strconv.Itoa(within-1) + " more before."
	}
	return text
}
