package config

import (
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// notAdditive finds merges that add up what cannot be added up.
func (l *linter) notAdditive(d definition) {
	if d.Merge != MergeSum && d.Merge != MergeRatio {
		return
	}
	c := d.columns()
	added := present(c.Value)
	switch {
	case d.Merge == MergeRatio:
		added = present(c.Numerator, c.Denominator)
	case c.Value == "":
		l.find("not_additive", d.Position, "use merge: ratio", "KPI %s adds up the quotients of %s and %s: a sum of quotients is not the quotient of the sums",
			document.Quote(d.Name), c.Numerator, c.Denominator)
		return
	}
	if d.judgesBySample() {
		added = present(append(added, c.SampleSizeColumn())...)
	}
	for _, column := range added {
		sums, at, text := d.Query.Statement.Summed(column, d.MergedLabels)
		if sums.IsAdditive() {
			continue
		}
		what, hint := d.unaddable(sums, at)
		if sums == sqltext.CountsDistinct && !strings.ContainsAny(text, "(") {
			text = "a count of distinct rows"
		}
		l.find("not_additive", d.Query.At(at.Line, at.Column), hint, "KPI %s adds up %s: %s", document.Quote(d.Name), document.CutShort(text), what)
	}
}

// unaddable returns why values cannot be added up, and what to do instead.
func (d definition) unaddable(sums sqltext.Sums, at sqltext.Word) (why, hint string) {
	alone := "give the KPI a query of its own, without the label " + strings.Join(d.MergedLabels, ", ")
	if len(d.MergedLabels) > 1 {
		alone = "give the KPI a query of its own, without the labels " + strings.Join(d.MergedLabels, ", ")
	}
	if len(d.MergedLabels) == 0 {
		alone = "leave merge out, or switch this rule off if the databases share nothing"
	}
	parts := "let the query return both parts, and set numerator:, denominator: and merge: ratio"
	if d.Merge == MergeRatio {
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
		if d.Merge == MergeSum {
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

// sumIsNull finds sums that are NULL, and so no value, although on_empty: zero asks for 0.
func (l *linter) sumIsNull(d definition) {
	if !d.OnEmptyZero {
		return
	}
	c := d.columns()
	for _, column := range present(c.Value, c.Numerator, c.Denominator) {
		for _, part := range d.Query.Statement.NullWithoutRows(column) {
			l.find("sum_is_null", d.Query.At(part.Line, part.Column), "write coalesce("+part.Text+", 0)",
				"%s is NULL when there are no rows, so on_empty: zero does not apply", document.CutShort(part.Text))
		}
	}
}

// moneySample finds denominators that serve as the sample size but are amounts of money.
func (l *linter) moneySample(d definition) {
	c := d.columns()
	if c.SampleSize != "" || c.Denominator == "" || !d.judgesBySample() {
		return
	}
	declared := false
	for _, other := range d.all {
		declared = declared || other.Query == d.Query && other.Value == c.Denominator && other.Unit.Currency() != ""
	}
	money, found := d.Query.Statement.Money(c.Denominator, declared)
	if !found {
		return
	}
	key := "min_sample"
	if d.SuppressBelow != nil {
		key = "suppress_below"
	}
	l.find("money_sample", d.Query.At(money.Line, money.Column), "let the query return count(*) AS n too, and set sample_size: n",
		"KPI %s compares %s with its denominator %s, which is money, not a number of cases", document.Quote(d.Name), key, document.CutShort(money.Text))
}

// judgesBySample reports whether the value or its status depends on the sample size.
func (k *KPI) judgesBySample() bool {
	if k.SuppressBelow != nil {
		return true
	}
	for r := range k.Target.rules() {
		if r.MinSample != nil {
			return true
		}
	}
	return false
}

// disappearingLabel finds KPIs with a lower bound whose labels can disappear without ever missing it.
func (l *linter) disappearingLabel(d definition) {
	if len(d.Labels) == 0 || d.OnEmptyZero || !d.Target.isMissedByZero() {
		return
	}
	c := d.columns()
	names := make([]string, len(d.Labels))
	var open []string
	for i, label := range d.Labels {
		names[i] = label.Name
		values := "[a, b]"
		if label.Closed != nil {
			values = "[" + strings.Join(label.Closed, ", ") + "]"
		}
		open = append(open, label.Name+": "+values)
	}
	if c.Value == "" || !d.Query.Statement.SumsPerGroup(c.Value, names) {
		return
	}
	l.find("disappearing_label", d.Position, fmt.Sprintf("write labels: {%s} and on_empty: zero, so that a missing value is 0", strings.Join(open, ", ")),
		"KPI %s has a lower bound, but a value of %s that has no more rows disappears and never misses it", document.Quote(d.Name), strings.Join(names, " or "))
}

// isMissedByZero reports whether the target has a lower bound that 0 misses, or may miss for all that is known.
func (t *Target) isMissedByZero() bool {
	if t == nil {
		return false
	}
	if t.From != nil {
		return t.Direction != Lower
	}
	for r := range t.rules() {
		if b := r.Target.Lower; !r.None && b != nil && (b.Moves() || b.Value > 0) {
			return true
		}
	}
	return false
}
