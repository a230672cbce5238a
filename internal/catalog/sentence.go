package catalog

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Sentence says a KPI in one sentence, such as "Customer churn by plan of the last complete month: at most 3%; at risk up
// to 5%; for plan enterprise at most 1%; needs 30 customers; owner success." or, of a formula, "Gross margin of the last
// complete month, computed as (revenue − cogs in costs) / revenue: at least 75%.".
func Sentence(k *config.KPI) string {
	goal := &targetText{KPI: k}
	parts := append([]string{subject(k) + ": " + goal.words()}, goal.segments()...)
	if k.Target != nil && k.Target.MinSample != nil {
		parts = append(parts, "needs "+samples(k, *k.Target.MinSample))
	}
	if k.SuppressBelow != nil {
		parts = append(parts, "withheld below "+samples(k, *k.SuppressBelow))
	}
	if waits(k) {
		parts = append(parts, "waits until its data is complete")
	}
	if k.Owner != "" {
		parts = append(parts, "owner "+k.Owner)
	}
	return strings.Join(parts, "; ") + "."
}

// subject says what a KPI measures, and how it is computed.
func subject(k *config.KPI) string {
	words := titleWords(k)
	if strings.Contains(words, ", ") {
		words += ","
	}
	words += " " + periodWords(k.Period)
	if k.Formula != nil {
		return words + ", " + formulaWords(k)
	}
	if merge := mergeWords(k); merge != "" {
		words += ", " + merge
	}
	return words
}

// titleWords returns the title with the labels, unless it says them already.
func titleWords(k *config.KPI) string {
	labels := make([]string, 0, len(k.Labels)+1)
	for _, name := range k.LabelNames() {
		labels = append(labels, spaced(name))
	}
	if len(labels) == 0 {
		return k.Title
	}
	title, by := strings.ToLower(k.Title), " by "+labels[0]
	switch {
	case len(title) == len(k.Title) && strings.HasSuffix(title, by):
		return k.Title[:len(title)-len(by)] + " by " + and(labels)
	case strings.Contains(title, by):
		return k.Title
	}
	return k.Title + " by " + and(labels)
}

// periodWords says what a KPI measures, as it follows its title.
func periodWords(p period.Period) string {
	switch {
	case p.Kind == period.Instant:
		return "at the moment"
	case p.Kind == period.ToDate:
		return "of the running " + p.Unit.String() + " so far"
	case p.Kind == period.Trailing:
		return "of the trailing " + trailingWords(p)
	}
	return "of the last " + completeWords(p)
}

func trailingWords(p period.Period) string {
	if p.Months > 0 {
		return several(p.Months, "month")
	}
	for _, unit := range []struct {
		size time.Duration
		name string
	}{{24 * time.Hour, "day"}, {time.Hour, "hour"}, {time.Minute, "minute"}} {
		if p.Length%unit.size == 0 {
			return several(int(p.Length/unit.size), unit.name)
		}
	}
	return several(int(p.Length/time.Second), "second")
}

func completeWords(p period.Period) string {
	if p.N == 1 {
		return "complete " + p.Unit.String()
	}
	return strconv.Itoa(p.N) + " complete " + p.Unit.String() + "s"
}

// mergeWords says what rows and databases are one value, "" if none are.
func mergeWords(k *config.KPI) string {
	names := make([]string, len(k.Databases))
	for i, d := range k.Databases {
		names[i] = d.Name
	}
	labels := make([]string, len(k.MergedLabels))
	for i, name := range k.MergedLabels {
		labels[i] = spaced(name)
	}
	one := map[config.Merge]string{config.MergeMin: "the lowest value of ", config.MergeMax: "the highest value of "}[k.Merge]
	each, among := "any ", one
	if one == "" {
		each, among = "every ", map[config.Merge]string{config.MergeSum: "summed over ", config.MergeRatio: "pooled over "}[k.Merge]
	}
	databases := k.Merge != "" && len(names) > 1
	switch {
	case databases && len(labels) > 0:
		return among + each + and(labels) + " in the databases " + and(names)
	case databases:
		return among + "the databases " + and(names)
	case len(labels) > 0:
		return among + each + and(labels)
	}
	return ""
}

// waits reports whether a period is measured only once the data covers it.
func waits(k *config.KPI) bool {
	for _, r := range k.Reads() {
		if r.Query.DataUntil != nil || slices.ContainsFunc(r.Databases, func(d *config.Database) bool { return d.DataUntil != nil }) {
			return true
		}
	}
	return false
}

// samples says a number of samples in the word that the query has for them, where that is a plural.
func samples(k *config.KPI, n float64) string {
	const meaningless = 2 // Letters: a column n or id says nothing.
	noun := spaced(k.SampleSizeColumn())
	switch {
	case n == 1:
		noun = "sample"
	case len(noun) <= meaningless || !strings.HasSuffix(noun, "s"):
		noun = "samples"
	}
	return number(n) + " " + noun
}

// several says a number of things: a month, 12 months.
func several(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// spaced returns the words of a name.
func spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// and joins words as a sentence does.
func and(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}
