package catalog

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Sentence says a KPI in one sentence, such as "Customer churn by plan of the last complete month: at most 3%; at risk up
// to 5%; for plan enterprise at most 1%; needs 30 customers; owner success." or, of a formula, "Gross margin of the last
// complete month, computed as (revenue − cogs in costs) / revenue: at least 75%.".
func Sentence(k *config.KPI) string {
	goal := &targetText{KPI: k}
	parts := append([]string{subject(k) + ": " + goal.words()}, goal.segments()...)
	if k.Target != nil && k.Target.MinSample != nil {
		parts = append(parts, "needs "+observations(k, *k.Target.MinSample))
	}
	if k.SuppressBelow != nil {
		parts = append(parts, "withheld below "+observations(k, *k.SuppressBelow))
	}
	if waitsForData(k) {
		parts = append(parts, "waits until its data is complete")
	}
	if k.Owner != "" {
		parts = append(parts, "owner "+k.Owner)
	}
	return strings.Join(parts, "; ") + "."
}

// Target says the target of a KPI: "at least 12k users; for plan pro at least 5k users". Without one it says so.
func Target(k *config.KPI) string {
	goal := &targetText{KPI: k}
	return strings.Join(append([]string{goal.words()}, goal.segments()...), "; ")
}

// subject describes what a KPI measures, and how it is computed.
func subject(k *config.KPI) string {
	words := titleWords(k)
	if strings.Contains(words, ", ") {
		words += ","
	}
	words += " " + format.Period(k.Period)
	if k.Formula != nil {
		return words + ", " + formulaWords(k)
	}
	if merge := mergeWords(k); merge != "" {
		words += ", " + merge
	}
	if k.Query.File != "" {
		words += ", kept by hand in " + k.Query.File
	}
	return words
}

// titleWords returns the title with the labels, unless it has them already.
func titleWords(k *config.KPI) string {
	labels := make([]string, 0, len(k.Labels)+1)
	for _, name := range k.LabelNames() {
		labels = append(labels, format.Spaced(name))
	}
	if len(labels) == 0 {
		return k.Title
	}
	title, by := strings.ToLower(k.Title), " by "+labels[0]
	switch {
	case len(title) == len(k.Title) && strings.HasSuffix(title, by):
		return k.Title[:len(title)-len(by)] + " by " + format.And(labels)
	case strings.Contains(title, by):
		return k.Title
	}
	return k.Title + " by " + format.And(labels)
}

// mergeWords describes which rows and databases become one value, "" if none do.
func mergeWords(k *config.KPI) string {
	names := make([]string, len(k.Databases))
	for i, d := range k.Databases {
		names[i] = d.Name
	}
	labels := make([]string, len(k.MergedLabels))
	for i, name := range k.MergedLabels {
		labels[i] = format.Spaced(name)
	}
	one := map[config.Merge]string{config.MergeMin: "the lowest value of ", config.MergeMax: "the highest value of "}[k.Merge]
	each, among := "any ", one
	if one == "" {
		each, among = "every ", map[config.Merge]string{config.MergeSum: "summed over ", config.MergeRatio: "pooled over "}[k.Merge]
	}
	databases := k.Merge != "" && len(names) > 1
	switch {
	case databases && len(labels) > 0:
		return among + each + format.And(labels) + " in the databases " + format.And(names)
	case databases:
		return among + "the databases " + format.And(names)
	case len(labels) > 0:
		return among + each + format.And(labels)
	}
	return ""
}

// waitsForData reports whether a period is measured only once the data covers it.
func waitsForData(k *config.KPI) bool {
	for _, r := range k.Reads() {
		if r.Values != nil || r.Query.DataUntil != nil || slices.ContainsFunc(r.Databases, func(d *config.Database) bool { return d.DataUntil != nil }) {
			return true
		}
	}
	return false
}

// observations says a number of observations in the word that the query has for them, where that is a plural.
func observations(k *config.KPI, n float64) string {
	const meaningless = 2 // Letters: a column n or id says nothing.
	noun := format.Spaced(k.SampleSizeColumn())
	switch {
	case n == 1:
		noun = "sample"
	case len(noun) <= meaningless || !strings.HasSuffix(noun, "s"):
		noun = "samples"
	}
	return format.Digits(n) + " " + noun
}
