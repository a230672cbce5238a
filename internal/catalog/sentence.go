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

// Sentence says a KPI in one sentence, such as "Customer churn by plan of the last complete month: at most 3%; at risk up
// to 5%; for plan enterprise at most 1%; needs 30 customers; owner success.".
func Sentence(k *config.KPI) string {
	subject := k.Title
	if names := k.LabelNames(); len(names) > 0 && !strings.Contains(strings.ToLower(subject), " by "+names[0]) {
		subject += " by " + and(names)
	}
	parts := append([]string{subject + " " + periodWords(k.Period) + ": " + targetWords(k)}, segmentWords(k)...)
	if k.Target != nil && k.Target.MinSample != nil {
		parts = append(parts, "needs "+samples(k, *k.Target.MinSample))
	}
	if k.SuppressBelow != nil {
		parts = append(parts, "withheld below "+samples(k, *k.SuppressBelow))
	}
	if k.Owner != "" {
		parts = append(parts, "owner "+k.Owner)
	}
	return strings.Join(parts, "; ") + "."
}

// periodWords says what a KPI measures, as it follows its title.
func periodWords(p period.Period) string {
	switch {
	case p.Kind == period.Instant:
		return "at the moment"
	case p.Kind == period.ToDate:
		return "of the running " + p.Unit.String() + " so far"
	case p.Kind == period.Trailing && p.Months > 0:
		return "of the trailing " + counted(p.Months, "month")
	case p.Kind == period.Trailing:
		return "of the trailing " + lengthWords(p.Length)
	case p.N == 1:
		return "of the last complete " + p.Unit.String()
	}
	return "of the last " + strconv.Itoa(p.N) + " complete " + p.Unit.String() + "s"
}

// lengthWords says a length of time in the largest unit that fits.
func lengthWords(d time.Duration) string {
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if d%unit.size == 0 {
			return counted(int(d/unit.size), unit.name)
		}
	}
	return counted(int(d/time.Second), "second")
}

func counted(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

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
		words = "as the query " + t.From.Name + " says" + words
	}
	if t.Pace {
		words += "; of this the share that has passed of the " + k.Period.Unit.String()
	}
	return words
}

// segmentWords says what differs for some label sets.
func segmentWords(k *config.KPI) []string {
	if k.Target == nil {
		return nil
	}
	words := make([]string, len(k.Target.Segments))
	for i, s := range k.Target.Segments {
		var match []string
		for _, name := range slices.Sorted(maps.Keys(s.Match)) {
			match = append(match, name+" "+s.Match[name])
		}
		words[i] = "for " + and(match) + " " + strings.TrimPrefix(ruleWords(k, differing(s.Rule, &k.Target.Rule)), "; ")
		if n := s.MinSample; n != nil && (k.Target.MinSample == nil || *n != *k.Target.MinSample) {
			words[i] = strings.TrimSuffix(words[i], " ") + " needs " + samples(k, *n)
		}
	}
	return words
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

// ruleWords says the bounds of a rule. Where a query gives the target, what it says begins with a semicolon.
func ruleWords(k *config.KPI, r *config.Rule) string {
	if r.None {
		return "no target"
	}
	words := rangeWords(k, r.Target, "at least ", "at most ")
	switch {
	case r.Tolerance != nil:
		words += "; at risk within " + toleranceWords(k, *r.Tolerance)
	case r.Critical != (config.BoundRange{}):
		words += "; at risk " + rangeWords(k, r.Critical, "down to ", "up to ")
	}
	if r.Stretch != (config.BoundRange{}) {
		words += "; better still " + rangeWords(k, r.Stretch, "from ", "up to ")
	}
	return words
}

func rangeWords(k *config.KPI, r config.BoundRange, lower, upper string) string {
	switch {
	case r.Lower != nil && r.Upper != nil && lower == "at least ":
		return "between " + boundWords(k, r.Lower) + " and " + boundWords(k, r.Upper)
	case r.Lower != nil && r.Upper != nil:
		return lower + boundWords(k, r.Lower) + " and " + upper + boundWords(k, r.Upper)
	case r.Lower != nil:
		return lower + boundWords(k, r.Lower)
	case r.Upper != nil:
		return upper + boundWords(k, r.Upper)
	}
	return ""
}

func toleranceWords(k *config.KPI, t target.Tolerance) string {
	if t.Relative {
		return percent(t.Amount) + " of it"
	}
	return difference(k.Unit, t.Amount)
}

// boundWords says a bound, and where it is from.
func boundWords(k *config.KPI, b *config.Bound) string {
	switch b.Source {
	case config.Fixed:
		return k.Unit.Format(b.Value)
	case config.Benchmark:
		return k.Unit.Format(b.Value) + " (benchmark: " + b.Note + ")"
	case config.Steps, config.Ramp:
		return planWords(k, b)
	case config.StricterOf:
		each := make([]string, len(b.Stricter))
		for i := range b.Stricter {
			each[i] = boundWords(k, &b.Stricter[i])
		}
		return "the stricter of " + and(each)
	}
	return pastWords(k, b)
}

func planWords(k *config.KPI, b *config.Bound) string {
	steps := make([]string, len(b.Steps))
	for i, s := range b.Steps {
		value := "none"
		if s.Value != nil {
			value = k.Unit.Format(*s.Value)
		}
		steps[i] = value + " from " + s.From.Format(time.DateOnly)
	}
	words := strings.Join(steps, ", ")
	if b.Source == config.Ramp {
		words += ", in a straight line between them"
	}
	return words
}

// pastWords says a bound that follows from earlier values.
func pastWords(k *config.KPI, b *config.Bound) string {
	past := map[config.Source]string{
		config.PreviousPeriod:     "the previous period",
		config.SamePeriodLastYear: "the same period of last year",
		config.MedianOf:           fmt.Sprintf("the median of the %d periods before", b.Past.Periods),
		config.MeanOf:             fmt.Sprintf("the mean of the %d periods before", b.Past.Periods),
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

// difference says a distance in a unit: between shares it is in percentage points.
func difference(u config.Unit, v float64) string {
	if u.IsRatio() {
		return number(v*100) + " percentage points"
	}
	return u.Format(v)
}

func percent(share float64) string { return number(share*100) + "%" }

func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }

// samples says a number of samples in the word that the query has for them.
func samples(k *config.KPI, n float64) string {
	const meaningless = 2 // Letters: a column n or id says nothing.
	noun := k.SampleSizeColumn()
	if len(noun) <= meaningless || noun == "sample_size" || noun == "denominator" {
		noun = "samples"
	}
	return number(n) + " " + strings.ReplaceAll(noun, "_", " ")
}

// and joins words as a sentence does.
func and(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
