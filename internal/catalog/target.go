package catalog

import (
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// targetText puts the target of a KPI into words. For a running period, a bound for the whole of it counts in proportion to the
// time passed, as do differences in the unit; earlier values are those of the same days of their period.
type targetText struct {
	*config.KPI
	explained bool // What a proportion is has been said.
}

// words describes what is to be reached where no segment applies.
func (k *targetText) words() string {
	t := k.Target
	switch {
	case t == nil && k.Better != "":
		return "no target, " + string(k.Better) + " is better"
	case t == nil:
		return "no target"
	}
	var words []string
	if t.From != nil {
		words = append(words, fromQuery(t)+k.proportion())
	}
	return strings.Join(append(words, k.boundSet(&t.BoundSet)...), "; ")
}

// proportion adds that what comes before it is for the whole period, where a part of it counts.
func (k *targetText) proportion() string {
	switch {
	case !k.Target.Pace:
		return ""
	case k.explained:
		return " in the same proportion"
	}
	k.explained = true
	return " for the whole " + k.Period.Unit.String() + ", " + k.proportionally()
}

// proportionally says which part of a bound for the whole period counts.
func (k *targetText) proportionally() string {
	if k.Target.Profile {
		return "as far as earlier " + k.Period.Unit.String() + "s had come by then"
	}
	return "in proportion to the time passed"
}

// share returns a difference in the unit, of which a part counts while the period is running.
func (k *targetText) share(difference string) string {
	if k.Target.Pace {
		return difference + ", " + k.proportionally() + ","
	}
	return difference
}

// fromQuery says a target that a query gives.
func fromQuery(t *config.Target) string {
	switch t.Direction {
	case config.Higher:
		return format.AtLeast + "what the query " + t.From.Name + " says"
	case config.Lower:
		return format.AtMost + "what the query " + t.From.Name + " says"
	}
	return "within the range that the query " + t.From.Name + " gives"
}

// segments describes what differs for some label sets.
func (k *targetText) segments() []string {
	if k.Target == nil {
		return nil
	}
	segments := make([]string, len(k.Target.Segments))
	for i, s := range k.Target.Segments {
		var match []string
		for _, name := range slices.Sorted(maps.Keys(s.Match)) {
			match = append(match, format.Spaced(name)+" "+s.Match[name])
		}
		words := k.boundSet(differing(s.BoundSet, &k.Target.BoundSet))
		if n := s.MinSample; n != nil && (k.Target.MinSample == nil || *n != *k.Target.MinSample) {
			words = append(words, "needs "+observations(k.KPI, *n))
		}
		if len(words) == 0 {
			words = []string{"the same"}
		}
		segments[i] = "for " + format.And(match) + " " + strings.Join(words, ", ")
	}
	return segments
}

// differing returns a set without the bounds that it has from the set above it.
func differing(r config.BoundSet, above *config.BoundSet) *config.BoundSet {
	if r.Target == above.Target {
		r.Target = config.BoundRange{}
	}
	if r.Critical == above.Critical {
		r.Critical = config.BoundRange{}
	}
	if r.Stretch == above.Stretch {
		r.Stretch = config.BoundRange{}
	}
	if r.Tolerance != nil && above.Tolerance != nil && *r.Tolerance == *above.Tolerance {
		r.Tolerance = nil
	}
	return &r
}

// boundSet describes each bound of a set.
func (k *targetText) boundSet(r *config.BoundSet) []string {
	if r.None {
		return []string{"no target"}
	}
	var words []string
	switch t := r.Target; {
	case t.Lower != nil && t.Upper != nil:
		words = append(words, k.bounds([]*config.Bound{t.Lower, t.Upper}, func(each []string) string {
			return "between " + each[0] + " and " + each[1]
		}))
	case t != config.BoundRange{}:
		words = append(words, k.sides(t, format.AtLeast, format.AtMost))
	}
	switch {
	case r.Tolerance != nil:
		words = append(words, "at risk within "+k.tolerance(*r.Tolerance)+" of the target")
	case r.Critical != config.BoundRange{}:
		words = append(words, "at risk "+k.sides(r.Critical, "down to ", "up to "))
	}
	if r.Stretch != (config.BoundRange{}) {
		words = append(words, k.sides(r.Stretch, "stretch goal of ", "stretch goal of "))
	}
	return words
}

// sides describes the bounds of a range, each after the words for its side.
func (k *targetText) sides(r config.BoundRange, lower, upper string) string {
	switch {
	case r.Upper == nil:
		return k.bounds([]*config.Bound{r.Lower}, func(each []string) string { return lower + each[0] })
	case r.Lower == nil:
		return k.bounds([]*config.Bound{r.Upper}, func(each []string) string { return upper + each[0] })
	}
	return k.bounds([]*config.Bound{r.Lower, r.Upper}, func(each []string) string {
		return lower + each[0] + " and " + upper + each[1]
	})
}

// bounds joins the descriptions of bounds. The proportion follows once after all of them if it applies to all, else after each.
func (k *targetText) bounds(list []*config.Bound, join func(each []string) string) string {
	all := !slices.ContainsFunc(list, func(b *config.Bound) bool { return !inProportion(b) })
	each := make([]string, len(list))
	for i, b := range list {
		each[i] = k.part(b, len(list) > 1 || k.Target.Pace && all, !all)
	}
	text := join(each)
	if all {
		text += k.proportion()
	}
	return text
}

// part describes a bound, in parentheses where it has several parts and they are wanted, with its own proportion or without.
func (k *targetText) part(b *config.Bound, enclosed, own bool) string {
	words := k.bound(b)
	switch {
	case own && k.Target.Pace && inProportion(b):
		return "(" + words + k.proportion() + ")"
	case enclosed && (b.Source == config.Steps || b.Source == config.Ramp || b.Source == config.StricterOf):
		return "(" + words + ")"
	}
	return words
}

// inProportion reports whether a bound is for a whole period: earlier values, and what is made of them, are for a part.
func inProportion(b *config.Bound) bool {
	switch b.Source {
	case config.Fixed, config.Benchmark, config.Steps, config.Ramp:
		return true
	}
	return b.Source == config.StricterOf && !slices.ContainsFunc(b.Stricter, func(b config.Bound) bool { return !inProportion(&b) })
}

func (k *targetText) tolerance(t status.Tolerance) string {
	if t.Relative {
		return percent(t.Amount)
	}
	return k.share(k.Unit.FormatDifference(t.Amount))
}

// bound describes a bound, and where it is from.
func (k *targetText) bound(b *config.Bound) string {
	switch b.Source {
	case config.Fixed:
		return k.Unit.Format(b.Value)
	case config.Benchmark:
		return k.Unit.Format(b.Value) + " (benchmark: " + b.Note + ")"
	case config.Steps:
		return stepsWords(k.Unit, b)
	case config.Ramp:
		return rampWords(k.Unit, b)
	case config.StricterOf:
		each := make([]string, len(b.Stricter))
		for i := range b.Stricter {
			each[i] = k.part(&b.Stricter[i], true, !inProportion(b))
		}
		if len(each) > 2 {
			return "the strictest of " + format.And(each)
		}
		return "the stricter of " + format.And(each)
	}
	return k.past(b)
}

func stepsWords(u quantity.Unit, b *config.Bound) string {
	steps := make([]string, len(b.Steps))
	for i, s := range b.Steps {
		steps[i] = "none"
		if s.Value != nil {
			steps[i] = u.Format(*s.Value)
		}
		steps[i] += " from " + s.From.Format(time.DateOnly) + " on"
	}
	return strings.Join(steps, ", ")
}

// rampWords lists the points of each straight line of a ramp.
func rampWords(u quantity.Unit, b *config.Bound) string {
	var lines, points []string
	end := func() {
		if len(points) > 0 {
			lines = append(lines, "the straight line from "+strings.Join(points, " to "))
		}
		points = nil
	}
	for _, s := range b.Steps {
		date := s.From.Format(time.DateOnly)
		if s.Value == nil {
			end()
			lines = append(lines, "none from "+date+" on")
			continue
		}
		points = append(points, u.Format(*s.Value)+" on "+date)
	}
	end()
	return strings.Join(lines, ", ")
}

// past describes a bound that follows from earlier values.
func (k *targetText) past(b *config.Bound) string {
	several := format.Several(b.Past.Periods, unitWords(k.Period))
	past, upTo := map[config.BoundSource]string{
		config.PreviousPeriod:     format.PreviousPeriod(k.Period),
		config.SamePeriodLastYear: lastYearWords(k.Period),
		config.MedianOf:           "the median of the " + several + " before",
		config.MeanOf:             "the mean of the " + several + " before",
		config.AWeekAgo:           "the value a week ago",
		config.AMonthAgo:          "the value a month ago",
		config.AQuarterAgo:        "the value a quarter ago",
		config.AYearAgo:           "the value a year ago",
	}[b.Source], ""
	if k.Period.Kind == period.ToDate {
		upTo = " up to the same day and time"
		if k.Period.Unit == period.Day {
			upTo = " up to the same time"
		}
		if b.Source == config.MedianOf || b.Source == config.MeanOf {
			upTo = ", each" + upTo
		}
	}
	change := percent(math.Abs(b.Past.Change))
	if !b.Past.Relative {
		change = k.share(k.Unit.FormatDifference(math.Abs(b.Past.Change)))
	}
	switch {
	case b.Past.Change > 0:
		return change + " above " + past + upTo
	case b.Past.Change < 0:
		return change + " below " + past + upTo
	}
	return past + upTo
}

// unitWords returns the word for one period.
func unitWords(p period.Period) string {
	if p.Kind == period.Last && p.N > 1 {
		return "period"
	}
	return p.Unit.String()
}

// lastYearWords names the same period of last year: a day, and a week, are compared with those 52 weeks before.
func lastYearWords(p period.Period) string {
	switch {
	case p.Unit == period.Day || p.Unit == period.Week:
		return "the " + unitWords(p) + " 52 weeks before"
	case p.Unit == period.Year && p.N <= 1:
		return "the previous year"
	}
	return "the same " + unitWords(p) + " last year"
}

func percent(share float64) string { return format.Digits(share*100) + "%" }
