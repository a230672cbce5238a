package rules

import (
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// The description of a verdict is recorded in pieces, the series of kpi:alert:detail. Prometheus reads the templates of every active
// alert again at every evaluation, so alerts cost what their templates do; recording rules do it once for all of them. A piece has
// three labels besides those of its series. source says what it is, and orders the pieces. description is the format of its words;
// its arguments are the number, what stands in unit behind a dash, and what separates it from the sentence before. The dash is there
// because a label without a value would be no label.
const (
	sourceValue      = "1_value"
	sourceForecast   = "1_forecast"
	sourceBound      = "2_now_"  // Then lower or upper.
	sourceFullBound  = "2_full_" // Those of the whole period that is running.
	sourceAttainment = "3_attainment"
	sourceContext    = "4" // What is sorted behind it is a sentence beside the first.
	sourceChance     = "4_chance_"
	sourceMeasured   = "5_measured"
	sourceEarlier    = "6_" // Then when that was.
	sourceObjective  = "7_objective"
)

// aWeekAgo is the earlier value that Prometheus itself remembers.
const aWeekAgo = "a_week_ago"

// What descriptions hold: number is the place of the number, inUnit with the unit of the KPI; newSentence begins a sentence.
const (
	number      = "#"
	inUnit      = number + "%[2]s"
	newSentence = "%[3]s"
)

// piece gives the series of an expression a source and a description.
func piece(expr, source, description string) string {
	return labelled(labelled(expr, "source", source), "description", description)
}

// labelled gives the series of an expression a label.
func labelled(expr, label, value string) string {
	return `label_replace(` + expr + `, "` + label + `", "` + value + `", "", "")`
}

// alertRecordings are what the texts of alerts tell, recorded where they are evaluated. The order counts.
func alertRecordings() []Rule {
	return []Rule{
		{
			Comment: "The forecasts that miss the target of the whole period. The bounds of a running period are those of the share that has passed; " +
				"divided by it they are the full ones.",
			Record: series.RecordedAlertBehind,
			Expr: `  kpi:forecast:max < ignoring (tier, side)
    kpi:bound:max{tier="target",side="lower"} / on (job, kpi) group_left () kpi:elapsed:ratio
or
  kpi:forecast:max > ignoring (tier, side)
    kpi:bound:max{tier="target",side="upper"} / on (job, kpi) group_left () kpi:elapsed:ratio`,
		},
		{
			Comment: "The values that alerts tell.",
			Record:  series.RecordedAlertValue,
			Expr:    "kpi:value:max and (kpi:status:max > 0 or kpi:alert:behind)",
		},
		{
			Comment: "The bounds of their targets; source tells those of the share of a period that has passed from the full ones.",
			Record:  series.RecordedAlertBound,
			Expr: `  ` + labelled(`kpi:bound:max{tier="target"} and ignoring (tier, side) kpi:alert:value`, "source", sourceBound) + `
or
  ` + labelled(`(kpi:bound:max{tier="target"} and ignoring (tier, side) kpi:alert:behind) / on (job, kpi) group_left () kpi:elapsed:ratio`, "source", sourceFullBound),
		},
		{
			Comment: "What the values were before; source says when.",
			Record:  series.RecordedAlertEarlier,
			Expr: `  max without (instance, pod, compared_with) (
    label_replace(kpi_previous_value and ignoring (instance, pod, compared_with) kpi:alert:value, "source", "$1", "compared_with", "(.*)")
  )
or ignoring (source)
  label_replace(kpi:value:max offset 7d != kpi:alert:value, "source", "` + aWeekAgo + `", "", "")`,
		},
		{
			Comment: "The numbers that alerts tell; source says what each is, and description what stands around it, which is " + number + ".",
			Record:  series.RecordedAlertNumber,
			Expr:    alertNumbers(),
		},
		{
			Comment: "The pieces of the descriptions of alerts, in the order of source: description is a format for the number and the words in unit. " +
				"Numbers are written as on the terminal. They are put together here, for all alerts at once, and not in each alert's text.",
			Record: series.RecordedAlertDetail,
			Expr:   unionOf(slices.Concat(wholePieces(), writtenNumbers())),
		},
	}
}

// unionOf joins expressions with or. Each or goes through all that stands before it, so the rare and the few come first.
func unionOf(exprs []string) string {
	return "  " + strings.Join(exprs, "\nor\n  ")
}

// alertNumbers is the expression for all numbers of the descriptions of verdicts, with the unit of each.
func alertNumbers() string {
	all := []string{
		piece("kpi:alert:behind", sourceForecast, " is heading for "+inUnit),
		piece(couldBeChance(series.RangeLow, "<=", series.RangeHigh, ">="), sourceChance+"lower", newSentence+"Could be chance: the underlying rate is between "+inUnit),
		piece(couldBeChance(series.RangeHigh, ">=", series.RangeLow, "<="), sourceChance+"upper", " and "+inUnit),
		boundPiece("lower", "and", ", target "),
		boundPiece("upper", "and", " to "),
		boundPiece("upper", "unless", ", target "+format.AtMost),
		boundPiece("lower", "unless", ", target "+format.AtLeast),
		changePiece("> 0", " (change +"+inUnit+")"),
		changePiece("<= 0", " (change "+inUnit+")"),
		earlierPiece(),
		piece("kpi:alert:value", sourceValue, " is "+inUnit),
	}
	units := `label_replace(kpi:info:last, "unit", "- $1", "unit", "(?s)(?:currency:)?(.+)")`
	units = `label_replace(` + units + `, "unit", "-$1", "unit", "- (ratio|seconds)|- count|")`
	return `(
` + unionOf(all) + `
)
* on (job, kpi) group_left (unit)
  ` + units + `
or
` + unionOf([]string{
		piece(sampleSize+" * on (job, kpi) group_left (unit) "+measured, sourceMeasured, newSentence+"Measured: %[2]s, sample size "+number),
		piece(labelled(sampleSize+" unless on (job, kpi) kpi_period_info", "unit", "-"), sourceMeasured, newSentence+"Sample size: "+number),
	})
}

const (
	sampleSize = "max without (instance, pod) (kpi_sample_size and ignoring (instance, pod) kpi:alert:value)"
	measured   = `label_replace(topk by (job, kpi) (1, max without (instance, pod) (kpi_period_info)), "unit", "-$1", "measured", "(.*)")`
)

// boundPiece tells a bound that stands alone, or beside another one.
func boundPiece(side, alone, words string) string {
	other := map[string]string{"lower": "upper", "upper": "lower"}[side]
	bound := `kpi:alert:bound{side="` + side + `"} ` + alone + ` ignoring (side) kpi:alert:bound{side="` + other + `"}`
	return labelled(`max without (tier, side) (label_replace(`+bound+`, "source", "${1}`+side+`", "source", "(.*)"))`, "description", words+inUnit)
}

// earlierPiece tells what the value was before.
func earlierPiece() string {
	expr := `label_replace(kpi:alert:earlier, "source", "` + sourceEarlier + `$1", "source", "(.*)")`
	for _, earlier := range earlierSources() {
		expr = `label_replace(` + expr + `, "description", "` + newSentence + earlier.words + ": " + inUnit + `", "source", "` + sourceEarlier + earlier.source + `")`
	}
	return expr
}

// earlierSource is a source of earlier values, and the words for it.
type earlierSource struct{ source, words string }

func earlierSources() []earlierSource {
	return []earlierSource{
		{aWeekAgo, "A week ago"},
		{"previous_period", "Previous period"},
		{"same_period_last_year", "Same period last year"},
	}
}

// changePiece tells how far the value has come since then, where the change compares so.
func changePiece(so, words string) string {
	change := `(kpi:alert:value - ignoring (source) group_right () kpi:alert:earlier) ` + so
	return labelled(`label_replace(`+change+`, "source", "`+sourceEarlier+`${1}_change", "source", "(.*)")`, "description", words)
}

// couldBeChance is one end of the range of the underlying rate, where that holds the target: the miss could be chance.
func couldBeChance(end, holds, otherEnd, otherHolds string) string {
	return merged(end) + " " + holds + " kpi:target:max and " + merged(otherEnd) + " " + otherHolds + " kpi:target:max and kpi:alert:value"
}

// wholePieces are those without a number in the unit of the KPI. Attainment is rounded down, as on the boards.
func wholePieces() []string {
	withoutSample := "0 * (kpi:alert:value unless ignoring (instance, pod) kpi_sample_size)"
	return []string{
		piece(labelled("floor(100 * (kpi:attainment:ratio and kpi:alert:value))", "unit", "-"), sourceAttainment, " (attainment %.0[1]f%%)"),
		piece(withoutSample+" * on (job, kpi) group_left (unit) "+measured, sourceMeasured, newSentence+"Measured: %[2]s"),
		piece(`0 * kpi:alert:value * on (job, kpi) group_left (unit) label_replace(kpi:info:last{objective_title!=""}, "unit", "-$1", "objective_title", "(?s)(.*)")`,
			sourceObjective, newSentence+"Objective: %[2]s"),
	}
}
