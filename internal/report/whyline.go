package report

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// maxNamedSegments is how many segments a line names.
const maxNamedSegments = 3

// WhyLine says in one line by how much a KPI changed and what moved it; "" where that is not known: "+464 EUR against 2026-09:
// costs.sales_marketing +600 EUR, new_customers.accounts −136 EUR".
func WhyLine(x *insight.Explanation) string { return written.why(x) }

// SpokenWhyLine says the same with times and numbers as people write them.
func SpokenWhyLine(x *insight.Explanation) string { return format.Minus(spoken.why(x)) }

func (w wording) why(x *insight.Explanation) string {
	parts := partsLine(x)
	if x.Delta == nil {
		if parts == "" {
			return ""
		}
		return "Against " + w.against(x) + ": " + parts + "."
	}
	text := "Unchanged against " + w.against(x)
	if *x.Delta != 0 {
		text = Signed(x.KPI.Unit, *x.Delta) + " against " + w.against(x)
	}
	switch {
	case x.Alike:
		text += "; " + AlikeText(x)
	case parts != "":
		text += ": " + parts
	}
	if c := x.Chance; c != nil && c.Contains(0) && *x.Delta != 0 {
		text += "; could be chance"
	}
	return text + "."
}

// against names what a value is compared with.
func (w wording) against(x *insight.Explanation) string {
	switch {
	case x.Against == insight.AMonthAgo:
		return "a month earlier"
	case x.KPI.Period.Kind == period.Trailing:
		return "the period before"
	}
	text := w.window(x.KPI.Period, x.Previous)
	if strings.HasPrefix(text, "week ") {
		return "the " + text
	}
	return text
}

// partsLine names the parts that moved a KPI most, by the label that says most.
func partsLine(x *insight.Explanation) string {
	if len(x.Attributions) == 0 {
		return ""
	}
	a := &x.Attributions[0]
	named := make([]string, 0, maxNamedSegments)
	for i := range a.Segments[:min(len(a.Segments), maxNamedSegments)] {
		if text := segmentText(x.KPI.Unit, a, &a.Segments[i]); text != "" {
			named = append(named, text)
		}
	}
	text := strings.Join(named, ", ")
	if a.Label != "" && a.Method != insight.Change {
		text = format.Spaced(a.Label) + " " + text
	}
	if more := len(a.Segments) - maxNamedSegments; more > 0 {
		text += ", " + format.Count(more, "other")
	}
	if a.Method == insight.MixRate && len(a.Segments) > 1 {
		text += " (own ratios " + Signed(x.KPI.Unit, *a.Rate) + ", their shares " + Signed(x.KPI.Unit, *a.Mix) + ")"
	}
	return text
}

// segmentText writes what one segment did: "team −3k EUR".
func segmentText(unit quantity.Unit, a *insight.Attribution, s *insight.Segment) string {
	amount := amountOf(a, s)
	text := Printable(s.Value)
	if amount != nil {
		text += " " + Signed(unit, *amount)
	}
	if words := Marks(s); words != "" {
		text += " (" + words + ")"
	}
	return text
}

// amountOf returns what a segment did to the value; nil where that is not known.
func amountOf(a *insight.Attribution, s *insight.Segment) *float64 {
	switch a.Method {
	case insight.Contribution, insight.Shapley:
		return s.Contribution
	case insight.MixRate:
		return new(*s.Rate + *s.Mix)
	}
	return s.Delta
}

// Part is one part of what moved a KPI.
type Part struct {
	Name   string // The value of a label, or an operand.
	Amount float64
	Text   string // The amount in words.
}

// PartsMoved returns the largest parts of what moved a KPI, at most so many, and the rest as one, where they add up to the change.
func PartsMoved(x *insight.Explanation, most int) []Part {
	if len(x.Attributions) == 0 || x.Delta == nil || *x.Delta == 0 {
		return nil
	}
	a := &x.Attributions[0]
	if a.Method == insight.Change || len(a.Segments) < 2 {
		return nil
	}
	if len(a.Segments) == most+1 { // A rest of one has a name.
		most++
	}
	var parts []Part
	rest := 0.0
	for i := range a.Segments {
		amount := *amountOf(a, &a.Segments[i])
		if i >= most {
			rest += amount
			continue
		}
		parts = append(parts, Part{Printable(a.Segments[i].Value), amount, Signed(x.KPI.Unit, amount)})
	}
	if more := len(a.Segments) - most; more > 0 {
		parts = append(parts, Part{format.Count(more, "other"), rest, Signed(x.KPI.Unit, rest)})
	}
	return parts
}
