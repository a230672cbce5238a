package rules

import (
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// pieces returns the pieces of the description as Prometheus would record them, with one difference: the words for a number stand in unit.
func (s *scenario) pieces() details {
	var all details
	tell := func(source, words, inserted string) {
		labels := maps.Clone(s.own)
		maps.Copy(labels, map[string]string{model.MetricNameLabel: series.RecordedAlertDetail, "source": source, "description": words, "unit": "-" + inserted})
		withoutEmpty(labels)
		all = append(all, sample{Labels: labels})
	}
	tell(sourceValue, " is %[2]s", valueWords(s.unit, s.value))
	lower, upper := s.target.Lower, s.target.Upper
	switch {
	case lower != nil && upper != nil:
		tell(sourceBound+"lower", ", target %[2]s", valueWords(s.unit, *lower))
		tell(sourceBound+"upper", " to %[2]s", valueWords(s.unit, *upper))
	case lower != nil:
		tell(sourceBound+"lower", ", target "+format.AtLeast+"%[2]s", valueWords(s.unit, *lower))
	case upper != nil:
		tell(sourceBound+"upper", ", target "+format.AtMost+"%[2]s", valueWords(s.unit, *upper))
	}
	if s.reached != nil {
		tell(sourceAttainment, " (attainment %[2]s)", fmt.Sprintf("%.0f%%", math.Floor(100**s.reached)))
	}
	if low, high := s.chance.Lower, s.chance.Upper; low != nil && high != nil {
		tell(sourceChance, newSentence+"Could be chance: the underlying rate is between %[2]s", valueWords(s.unit, *low)+" and "+valueWords(s.unit, *high))
	}
	switch {
	case s.measured != "" && s.size != nil:
		tell(sourceMeasured, newSentence+"Measured: %[2]s", s.measured+", sample size "+format.Number(*s.size))
	case s.measured != "":
		tell(sourceMeasured, newSentence+"Measured: %[2]s", s.measured)
	case s.size != nil:
		tell(sourceMeasured, newSentence+"Sample size: %[2]s", format.Number(*s.size))
	}
	for _, before := range s.before {
		i := slices.IndexFunc(earlierSources(), func(e earlierSource) bool { return e.source == before.source })
		tell(sourceEarlier+before.source, newSentence+earlierSources()[i].words+": %[2]s",
			valueWords(s.unit, before.value)+" (change "+differenceWords(s.unit, s.value-before.value)+")")
	}
	if s.objective != "" {
		tell(sourceObjective, newSentence+"Objective: %[2]s", s.objective)
	}
	return all
}

// valueWords writes a value that stands alone as alerts do: quantity.Unit.Format, and a unit that is a word behind it, except count.
func valueWords(unit quantity.Unit, v float64) string {
	if unit.IsRatio() {
		return format.PercentTo(v, format.NumberDigits)
	}
	if unit == "" || unit == "count" || unit.IsSeconds() || unit.Currency() != "" {
		return unit.Format(v)
	}
	return unit.Format(v) + " " + string(unit)
}

// differenceWords writes how far a value has come as alerts do: with its sign, and that of a share in percentage points.
func differenceWords(unit quantity.Unit, v float64) string {
	sign := ""
	if v > 0 {
		sign = "+"
	}
	if !unit.IsRatio() {
		return sign + valueWords(unit, v)
	}
	words := fmt.Sprintf("%.4g percentage points", 100*v)
	if words == "1 percentage points" || words == "-1 percentage points" {
		words = words[:len(words)-1]
	}
	return sign + words
}
