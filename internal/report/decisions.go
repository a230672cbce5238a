package report

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// unlikely is the share of earlier stretches up to which as large a change counts as larger than what happens anyway.
const unlikely = 0.05

// Decided is what followed a decision in one series of a KPI.
type Decided struct {
	Entry
	Decision *config.Decision
	Effect   insight.Effect
	Others   []*config.Decision // That took effect within the periods that are compared, the oldest first.
}

// allDecided returns what followed the decisions about a KPI whose effect is due.
func (s *subject) allDecided(cfg *config.Config, asOf time.Time) []Decided {
	var list []Decided
	for _, d := range s.KPI.Decisions {
		from := d.From(s.KPI.Calendar.Location)
		if from.After(asOf) {
			continue
		}
		for _, effect := range s.History.After(from) {
			if effect.Due {
				list = append(list, s.decided(cfg, d, effect))
			}
		}
	}
	return list
}

// sortDecided puts the oldest decision first and for each its KPIs in the order in which they were added.
func sortDecided(cfg *config.Config, list []Decided) {
	slices.SortStableFunc(list, func(a, b Decided) int {
		if c := cmp.Compare(a.Decision.Date, b.Decision.Date); c != 0 {
			return c
		}
		return slices.Index(cfg.Decisions, a.Decision) - slices.Index(cfg.Decisions, b.Decision)
	})
}

func (s *subject) decided(cfg *config.Config, d *config.Decision, effect insight.Effect) Decided {
	one := Decided{Entry: s.ofSeries(effect.Labels, effect.Total, s.newestOf(effect.Labels, effect.Total)), Decision: d, Effect: effect}
	one.Sentence = Naming(s.KPI, effect.Labels) + ": " + EffectText(s.KPI, effect)
	for _, other := range cfg.Decisions {
		from := other.From(s.KPI.Calendar.Location)
		if other != d && !from.Before(effect.Window.Start) && from.Before(effect.Window.End) {
			one.Others = append(one.Others, other)
		}
	}
	slices.SortStableFunc(one.Others, func(a, b *config.Decision) int { return cmp.Compare(a.Date, b.Date) })
	return one
}

// subject returns what the entry is about, for a heading, and what the sentence says below it.
func (one *Decided) subject() (heading, sentence string) {
	name := Naming(one.KPI, one.Labels)
	if rest, ok := strings.CutPrefix(one.Sentence, name+": "); ok {
		return name, Capital(rest)
	}
	return one.KPI.Title, one.Sentence
}

// newestOf returns the newest value of a series, nil where there is none.
func (s *subject) newestOf(labels []string, total bool) *float64 {
	at := slices.IndexFunc(s.series, func(one insight.Series) bool { return one.Total == total && slices.Equal(one.Labels, labels) })
	if at < 0 {
		return nil
	}
	values := s.series[at].Values()
	if len(values) == 0 {
		return nil
	}
	return values[len(values)-1]
}

// EffectText says what followed a decision, and how remarkable that is: "2 weeks after: 57.5 on average, 4 weeks before: 50.75 (+6.75).
// Larger than any of 19 earlier comparable stretches. Other things changed too: this is not proof of cause.".
func EffectText(k *config.KPI, e insight.Effect) string {
	switch e.Reason {
	case "":
	case insight.Withheld:
		return "nothing can be compared, because values are withheld."
	case insight.WindowsOverlap:
		return "nothing can be compared, because its periods overlap."
	case insight.TooManyParts:
		return "nothing can be compared, because it has too many label sets and no total."
	default:
		return "nothing can be compared yet, because values are missing."
	}
	sign := "+"
	if e.Delta < 0 {
		sign = "-"
	}
	unit := unitOf(k, e)
	write := k.Unit.Apart(&e.After, &e.Before)
	return format.Count(e.Periods, unit) + " after: " + write(e.After) + " on average, " + format.Count(2*e.Periods, unit) + " before: " +
		write(e.Before) + " (" + sign + Difference(k, e.Delta) + "). " + remarkable(e) + " Other things changed too: this is not proof of cause."
}

// unitOf names the periods that are compared.
func unitOf(k *config.KPI, e insight.Effect) string {
	switch {
	case e.Weeks:
		return "week"
	case k.Period.Kind == period.Last && k.Period.N > 1:
		return "period"
	}
	return k.Period.HistoryUnit().String()
}

// remarkable compares a change with those of earlier stretches.
func remarkable(e insight.Effect) string {
	stretches := format.Count(e.Comparable, "earlier comparable stretch")
	if e.Comparable != 1 {
		stretches = strconv.Itoa(e.Comparable) + " earlier comparable stretches"
	}
	if e.P == nil {
		return "Not enough history to tell: there are " + stretches + ", " + strconv.Itoa(analysis.MinComparable) + " are needed."
	}
	switch asLarge := int(math.Round(*e.P*float64(1+e.Comparable))) - 1; {
	case asLarge == 0:
		return "Larger than any of " + stretches + "."
	case *e.P <= unlikely:
		return "Larger than all but " + strconv.Itoa(asLarge) + " of " + stretches + "."
	default:
		return "Within what happens anyway: " + strconv.Itoa(asLarge) + " of " + stretches + " changed as much."
	}
}

// The heading of the decisions whose effect is due, and what stands below it where there are none.
const (
	decisionsTitle = "Decisions whose effect is due"
	noDecisions    = "No decision is due."
)

// decidedGroup is a decision with what followed it, as people read it.
type decidedGroup struct {
	Decision *config.Decision
	Title    string // "2026-07-01: Prices rise by 10%".
	Effects  []Decided
	Note     string // What else was decided, and who answers for the decision; "" if there is nothing to say.
}

// decisions lays out the decisions whose effect is due.
func (r *Report) decisions() []decidedGroup {
	var groups []decidedGroup
	for _, one := range r.Decisions {
		if last := len(groups) - 1; last >= 0 && groups[last].Decision == one.Decision {
			groups[last].Effects = append(groups[last].Effects, one)
			continue
		}
		groups = append(groups, decidedGroup{Decision: one.Decision, Title: r.said.decision(one.Decision), Effects: []Decided{one}})
	}
	for i := range groups {
		groups[i].Note = groups[i].note(r.said)
	}
	return groups
}

// mostOthers is how many other decisions are named.
const mostOthers = 3

func (g *decidedGroup) note(said wording) string {
	var others []*config.Decision
	for _, e := range g.Effects {
		for _, d := range e.Others {
			if !slices.Contains(others, d) {
				others = append(others, d)
			}
		}
	}
	slices.SortStableFunc(others, func(a, b *config.Decision) int { return cmp.Compare(a.Date, b.Date) })
	text := ""
	for i, d := range others[:min(len(others), mostOthers)] {
		if i > 0 {
			text += "; "
		}
		text += strings.TrimRight(said.decision(d), ".")
	}
	if more := len(others) - mostOthers; more > 0 {
		text += "; and " + strconv.Itoa(more) + " more"
	}
	if text != "" {
		text = "Also decided within these periods: " + text + "."
	}
	if g.Decision.Owner != "" {
		if text != "" {
			text += " "
		}
		text += "Owner: " + format.OneLine(g.Decision.Owner) + "."
	}
	return text
}
