package catalog

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/target"
)

// targetWords says what is to be reached where no segment applies.
func targetWords(k *config.KPI) string {
	t := k.Target
	switch {
	case t == nil && k.Better != "":
		return "no target, " + string(k.Better) + " is better"
	case t == nil:
		return "no target"
	}
	words := ruleWords(k, &t.Rule)
	if t.From != nil {
		words = slices.Insert(words, 0, planned(t))
	}
	if t.Pace {
		words[0] += " for the whole " + k.Period.Unit.String() + ", in proportion to the time passed"
	}
	return strings.Join(words, "; ")
}

// planned says a target that a query gives.
func planned(t *config.Target) string {
	switch t.Direction {
	case config.Higher:
		return "at least what the query " + t.From.Name + " says"
	case config.Lower:
		return "at most what the query " + t.From.Name + " says"
	}
	return "within the range that the query " + t.From.Name + " gives"
}

// segmentWords says what differs for some label sets.
func segmentWords(k *config.KPI) []string {
	if k.Target == nil {
		return nil
	}
	segments := make([]string, len(k.Target.Segments))
	for i, s := range k.Target.Segments {
		var match []string
		for _, name := range slices.Sorted(maps.Keys(s.Match)) {
			match = append(match, spaced(name)+" "+s.Match[name])
		}
		words := ruleWords(k, differing(s.Rule, &k.Target.Rule))
		if n := s.MinSample; n != nil && (k.Target.MinSample == nil || *n != *k.Target.MinSample) {
			words = append(words, "needs "+samples(k, *n))
		}
		if len(words) == 0 {
			words = []string{"the same"}
		}
		segments[i] = "for " + and(match) + " " + strings.Join(words, ", ")
	}
	return segments
}

// differing returns a rule without the bounds that it has from the rule above it.
func differing(r config.Rule, above *config.Rule) *config.Rule {
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

// ruleWords says each of the bounds that a rule has.
func ruleWords(k *config.KPI, r *config.Rule) []string {
	if r.None {
		return []string{"no target"}
	}
	var words []string
	switch t := r.Target; {
	case t.Lower != nil && t.Upper != nil:
		words = append(words, "between "+enclosed(k, t.Lower)+" and "+enclosed(k, t.Upper))
	case t != config.BoundRange{}:
		words = append(words, sides(k, t, "at least ", "at most "))
	}
	switch {
	case r.Tolerance != nil:
		words = append(words, "at risk within "+toleranceWords(k, *r.Tolerance)+" of the target")
	case r.Critical != config.BoundRange{}:
		words = append(words, "at risk "+sides(k, r.Critical, "down to ", "up to "))
	}
	if r.Stretch != (config.BoundRange{}) {
		words = append(words, sides(k, r.Stretch, "stretch goal of ", "stretch goal of "))
	}
	return words
}

// sides says the bounds of a range, each behind the words for its side.
func sides(k *config.KPI, r config.BoundRange, lower, upper string) string {
	switch {
	case r.Upper == nil:
		return lower + boundWords(k, r.Lower)
	case r.Lower == nil:
		return upper + boundWords(k, r.Upper)
	}
	return lower + enclosed(k, r.Lower) + " and " + upper + enclosed(k, r.Upper)
}

func toleranceWords(k *config.KPI, t target.Tolerance) string {
	if t.Relative {
		return percent(t.Amount)
	}
	return difference(k.Unit, t.Amount)
}

// enclosed says a bound beside others: one of several parts stands in parentheses.
func enclosed(k *config.KPI, b *config.Bound) string {
	switch b.Source {
	case config.Steps, config.Ramp, config.StricterOf:
		return "(" + boundWords(k, b) + ")"
	}
	return boundWords(k, b)
}

// boundWords says a bound, and where it is from.
func boundWords(k *config.KPI, b *config.Bound) string {
	switch b.Source {
	case config.Fixed:
		return k.Unit.Format(b.Value)
	case config.Benchmark:
		return k.Unit.Format(b.Value) + " (benchmark: " + b.Note + ")"
	case config.Steps:
		return stepsWords(k, b)
	case config.Ramp:
		return rampWords(k, b)
	case config.StricterOf:
		each := make([]string, len(b.Stricter))
		for i := range b.Stricter {
			each[i] = enclosed(k, &b.Stricter[i])
		}
		if len(each) > 2 {
			return "the strictest of " + and(each)
		}
		return "the stricter of " + and(each)
	}
	return pastWords(k, b)
}

func stepsWords(k *config.KPI, b *config.Bound) string {
	steps := make([]string, len(b.Steps))
	for i, s := range b.Steps {
		steps[i] = "none"
		if s.Value != nil {
			steps[i] = k.Unit.Format(*s.Value)
		}
		steps[i] += " from " + s.From.Format(time.DateOnly) + " on"
	}
	return strings.Join(steps, ", ")
}

// rampWords says the points of each straight line of a ramp.
func rampWords(k *config.KPI, b *config.Bound) string {
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
		points = append(points, k.Unit.Format(*s.Value)+" on "+date)
	}
	end()
	return strings.Join(lines, ", ")
}

// pastWords says a bound that follows from earlier values.
func pastWords(k *config.KPI, b *config.Bound) string {
	past := map[config.Source]string{
		config.PreviousPeriod:     previousWords(k.Period),
		config.SamePeriodLastYear: lastYearWords(k.Period),
		config.MedianOf:           fmt.Sprintf("the median of the %s before", several(b.Past.Periods, unitWords(k.Period))),
		config.MeanOf:             fmt.Sprintf("the mean of the %s before", several(b.Past.Periods, unitWords(k.Period))),
		config.AWeekAgo:           "the value a week ago",
		config.AMonthAgo:          "the value a month ago",
		config.AQuarterAgo:        "the value a quarter ago",
		config.AYearAgo:           "the value a year ago",
	}[b.Source]
	change := difference(k.Unit, math.Abs(b.Past.Change))
	if b.Past.Relative {
		change = percent(math.Abs(b.Past.Change))
	}
	switch {
	case b.Past.Change > 0:
		return change + " above " + past
	case b.Past.Change < 0:
		return change + " below " + past
	}
	return past
}

// unitWords returns the word for one period.
func unitWords(p period.Period) string {
	if p.Kind == period.Last && p.N > 1 {
		return "period"
	}
	return p.Unit.String()
}

func previousWords(p period.Period) string {
	if p.Kind == period.Last && p.N > 1 {
		return "the previous " + several(p.N, p.Unit.String())
	}
	return "the previous " + p.Unit.String()
}

// lastYearWords says the same period of last year: a day, and a week, are compared with those 52 weeks before.
func lastYearWords(p period.Period) string {
	switch {
	case p.Unit == period.Day || p.Unit == period.Week:
		return "the " + unitWords(p) + " 52 weeks before"
	case p.Unit == period.Year && p.N <= 1:
		return "the previous year"
	}
	return "the same " + unitWords(p) + " last year"
}

// difference says a distance in a unit: between shares it is in percentage points.
func difference(u config.Unit, v float64) string {
	switch {
	case u.IsRatio() && number(v*100) == "1":
		return "1 percentage point"
	case u.IsRatio():
		return number(v*100) + " percentage points"
	}
	return u.Format(v)
}

func percent(share float64) string { return number(share*100) + "%" }

// number writes a number as a file has it, without what binary fractions add to it.
func number(v float64) string {
	const digits = 9
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(v, 'e', digits, 64), 64)
	if err != nil { // The largest numbers round up to more than there is.
		rounded = v
	}
	return strconv.FormatFloat(rounded, 'f', -1, 64)
}
