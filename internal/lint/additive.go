package lint

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// notAdditive finds merges that add up what cannot be added up, and merge: sum where there is nothing to merge, but the parts do not
// add up either.
func notAdditive(l *linter, d definition) {
	if d.Merge == "" && d.Total == config.MergeSum {
		partsDoNotAddUp(l, d)
		return
	}
	if d.Merge != config.MergeSum && d.Merge != config.MergeRatio {
		return
	}
	c := d.columns()
	added := present(c.Value)
	switch {
	case d.Merge == config.MergeRatio:
		added = present(c.Numerator, c.Denominator)
	case c.Value == "":
		l.warn(d.Position, "use merge: ratio", "KPI %s adds up the quotients of %s and %s: a sum of quotients is not the quotient of the sums",
			document.Quote(d.Name), c.Numerator, c.Denominator)
		return
	}
	if d.judgesBySample() {
		added = present(append(added, c.SampleSizeColumn())...)
	}
	for _, column := range added {
		sums, at, text := d.Query.SQL().Summed(column, d.MergedLabels)
		if sums.IsAdditive() {
			continue
		}
		what, hint := d.unaddable(sums, at)
		if sums == sqltext.CountsDistinct && !strings.ContainsAny(text, "(") {
			text = "a count of distinct rows"
		}
		l.warn(d.Query.At(at.Line, at.Column), hint, "KPI %s adds up %s: %s", document.Quote(d.Name), document.CutShort(text), what)
	}
}

// partsDoNotAddUp finds a KPI whose label sets are said to add up to a total, which they do not.
func partsDoNotAddUp(l *linter, d definition) {
	const hint = "write merge: none, so that nothing is explained as if it were part of a total"
	c := d.columns()
	if c.Value == "" {
		l.warn(d.Position, "leave merge out: the total is then the quotient of the sums", "KPI %s adds up the quotients of %s and %s: a sum of quotients is not the quotient of the sums",
			document.Quote(d.Name), c.Numerator, c.Denominator)
		return
	}
	var labels []string
	for _, label := range d.Labels {
		labels = append(labels, label.Name)
	}
	sums, at, text := d.Query.SQL().Summed(c.Value, labels)
	if sums.IsAdditive() {
		return
	}
	why, _ := d.unaddable(sums, at)
	if sums == sqltext.CountsDistinct && !strings.ContainsAny(text, "(") {
		text = "a count of distinct rows"
	}
	l.warn(d.Query.At(at.Line, at.Column), hint, "the total of KPI %s adds up %s: %s", document.Quote(d.Name), document.CutShort(text), why)
}

// unaddable returns why values cannot be added up, and what to do instead.
func (d definition) unaddable(sums sqltext.Sums, at sqltext.Word) (why, hint string) {
	alone := "give the KPI a query of its own, without the label " + strings.Join(d.MergedLabels, ", ")
	if len(d.MergedLabels) > 1 {
		alone = "give the KPI a query of its own, without the labels " + strings.Join(d.MergedLabels, ", ")
	}
	if len(d.MergedLabels) == 0 {
		alone = "leave merge out, or switch this check off if the databases share nothing"
	}
	parts := "let the query return both parts, and set numerator:, denominator: and merge: ratio"
	if d.Merge == config.MergeRatio {
		parts = "let the query return sums and counts, of which the ratio is computed"
	}
	switch sums {
	case sqltext.CountsDistinct:
		return "what several rows share is counted more than once", alone
	case sqltext.Averages:
		if strings.EqualFold(at.Text, "avg") || strings.EqualFold(at.Text, "mean") {
			return "a sum of averages is not an average", strings.Replace(parts, "both parts", "sum and count", 1)
		}
		return "a sum of such values is meaningless", alone
	case sqltext.Quotient:
		return "a sum of quotients is not the quotient of the sums", parts
	case sqltext.Extremes:
		if d.Merge == config.MergeSum {
			return "a sum of extremes is meaningless", "say merge: " + extreme(at.Text)
		}
		return "a sum of extremes is meaningless", alone
	}
	return "a sum of such values is meaningless", alone
}

// extreme returns the merge that treats values as an aggregate function does.
func extreme(function string) string {
	switch function = strings.ToLower(function); function {
	case "bool_or":
		return "max"
	case "bool_and", "every":
		return "min"
	}
	return function
}

// moneySample finds denominators that serve as the sample size but are amounts of money.
func moneySample(l *linter, d definition) {
	c := d.columns()
	if c.SampleSize != "" || c.Denominator == "" || !d.judgesBySample() {
		return
	}
	declared := false
	for _, other := range d.all {
		declared = declared || other.Query == d.Query && other.Value == c.Denominator && other.Unit.Currency() != ""
	}
	money, found := d.Query.SQL().Money(c.Denominator, declared)
	if !found {
		return
	}
	key := "min_sample"
	if d.SuppressBelow != nil {
		key = "suppress_below"
	}
	l.warn(d.Query.At(money.Line, money.Column), "let the query return count(*) AS n too, and set sample_size: n",
		"KPI %s compares %s with its denominator %s, which is money, not a number of cases", document.Quote(d.Name), key, document.CutShort(money.Text))
}
