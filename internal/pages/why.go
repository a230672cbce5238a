package pages

import (
	"html/template"
	"net/url"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/chart"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// lastYear is the value of the parameter against that asks for the comparison with last year.
const lastYear = "last_year"

// whyChoice is how a change is explained: against the previous period or last year, and by which label; "" is the one that says most.
type whyChoice struct {
	lastYear bool
	by       string
}

func readChoice(query url.Values) whyChoice {
	return whyChoice{query.Get("against") == lastYear, query.Get("by")}
}

// why is why a KPI changed, in words.
type why struct {
	Against  []link // What it can be compared with.
	By       []link // The labels that it can be explained by.
	Sentence string
	Head     []string
	Rows     []whyRow
	Rest     string // How many rows are left out.
	Bars     template.HTML
	Note     string // How the rows are to be read.
	Operands []link // The KPIs that the formula reads.
}

type whyRow struct {
	Name, Marks string
	Cells       []string
}

// maxBars is how many parts are drawn, before all others as one.
const maxBars = 8

// maxWhyRows is how many parts the table has.
const maxWhyRows = 20

// newWhy puts an explanation into words; nil where there is none yet.
func (k kpi) newWhy(b *View, choice whyChoice) *why {
	chosen := k.Why
	if choice.lastYear {
		chosen = k.LastYear
	}
	if !k.Explained || k.State == scoreboard.NotKept {
		return nil
	}
	w := &why{Sentence: whySentence(&chosen), Against: []link{
		k.whyLink(b, "previous period", whyChoice{by: choice.by}, !choice.lastYear), k.whyLink(b, "last year", whyChoice{true, choice.by}, choice.lastYear),
	}}
	if k.KPI.Formula != nil {
		for _, input := range k.KPI.Inputs() {
			if b.Config.KPI(input.Name) != nil {
				w.Operands = append(w.Operands, link{Href: "/kpi/" + input.Name + b.suffix() + "#why", Text: input.Title})
			}
		}
	}
	if len(chosen.Attributions) == 0 {
		return w
	}
	at := max(0, slices.IndexFunc(chosen.Attributions, func(a insight.Attribution) bool { return a.Label == choice.by }))
	if len(chosen.Attributions) > 1 {
		for i := range chosen.Attributions {
			label := chosen.Attributions[i].Label
			w.By = append(w.By, k.whyLink(b, format.Spaced(label), whyChoice{choice.lastYear, label}, i == at))
		}
	}
	if chosen.Names(at) {
		w.table(&chosen, &chosen.Attributions[at])
	}
	return w
}

func (k kpi) whyLink(b *View, text string, c whyChoice, current bool) link {
	query := b.with(url.Values{})
	if c.lastYear {
		query.Set("against", lastYear)
	}
	if c.by != "" {
		query.Set("by", c.by)
	}
	return link{address("/kpi/"+k.KPI.Name, query) + "#why", text, current}
}

// table fills in the parts of a change by one label, and draws those that add up to it.
func (w *why) table(x *insight.Explanation, a *insight.Attribution) {
	for i, text := range report.WhyHead(a) {
		text = strings.ToLower(strings.TrimSpace(text))
		if i == 0 && a.Label != "" {
			text = format.Spaced(a.Label)
		}
		w.Head = append(w.Head, report.Capital(text))
	}
	for i := range a.Segments[:min(len(a.Segments), maxWhyRows)] {
		s := &a.Segments[i]
		w.Rows = append(w.Rows, whyRow{report.Printable(s.Value), report.Marks(s), typesetAll(report.WhyCells(x.KPI.Unit, x, a, s))})
	}
	if rest := len(a.Segments) - len(w.Rows); rest > 0 {
		w.Rest = format.Count(rest, "more part")
	}
	w.Note = methodNote(a)
	one := *x
	one.Attributions = []insight.Attribution{*a}
	if parts := report.PartsMoved(&one, maxBars); len(parts) > 1 {
		bars := chart.Bars{Title: "What moved " + x.KPI.Title + ": " + report.SpokenWhyLine(&one)}
		for _, part := range parts {
			bars.Bars = append(bars.Bars, chart.Bar{Name: part.Name, Value: part.Amount, Text: typeset(part.Text)})
		}
		w.Bars = drawing(bars.SVG())
	}
}

func typesetAll(cells []string) []string {
	for i := range cells {
		cells[i] = typeset(cells[i])
	}
	return cells
}

// whySentence says by how much a value changed, and why there is no explanation if there is none.
func whySentence(x *insight.Explanation) string {
	unit := x.KPI.Unit
	against := format.Spoken(x.KPI.Period, x.Previous)
	if x.KPI.Period.Kind == period.ToDate {
		against = againstText(x)
	}
	when := format.Spoken(x.KPI.Period, x.Window) + " against " + against
	text := report.Capital(when) + "."
	if x.Delta != nil {
		write := unit.Apart(x.From, x.To)
		switch {
		case *x.Delta > 0:
			text = "Rose by " + report.Difference(x.KPI, *x.Delta) + ", from " + write(*x.From) + " to " + write(*x.To)
		case *x.Delta < 0:
			text = "Fell by " + report.Difference(x.KPI, *x.Delta) + ", from " + write(*x.From) + " to " + write(*x.To)
		default:
			text = "Unchanged at " + unit.Format(*x.To)
		}
		text += ": " + when + "."
	}
	if c := x.Chance; c != nil && c.Contains(0) && x.Delta != nil && *x.Delta != 0 {
		text += " Could be chance: the underlying rate changed by " + report.Signed(unit, c.Low) + " to " + report.Signed(unit, c.High) + "."
	}
	if x.Alike && x.Delta != nil {
		text += " " + report.Capital(report.AlikeText(x)) + "."
	}
	if x.Reason != "" {
		text += " No explanation: " + report.WhyNot(x) + "."
	}
	return typeset(text)
}

// methodNote says how the table is to be read.
func methodNote(a *insight.Attribution) string {
	switch a.Method {
	case insight.Contribution:
		return "Contributions add up to the change. Unexpected is what a part changed beyond its share of what the whole did."
	case insight.MixRate:
		return "Rate is what a part did by its own ratio, mix what it did by growing or shrinking against the others; all of them add up to the change."
	case insight.Shapley:
		return "Each input of the formula has a part in the change; the parts add up to it."
	}
	return "The parts overlap or have no total, so their changes do not add up."
}
