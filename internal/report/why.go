package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/analysis"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/quantity"
)

// maxSegments is how many segments of a label are named. The others are counted and added up.
const maxSegments = 5

// Why writes explanations for people: for each a sentence, and a table per label.
func Why(w io.Writer, explanations []insight.Explanation) error {
	for i := range explanations {
		if i > 0 {
			if _, err := fmt.Fprintln(w); err != nil {
				return err
			}
		}
		if err := printWhy(w, &explanations[i]); err != nil {
			return err
		}
	}
	return nil
}

// WhyJSON writes explanations as an array of objects.
func WhyJSON(w io.Writer, explanations []insight.Explanation) error {
	return writeJSON(w, explanations)
}

// WhyFailures returns a line for each explanation that failed.
func WhyFailures(explanations []insight.Explanation) []string {
	var lines []string
	for i := range explanations {
		if why := explanations[i].Failure; why != nil {
			lines = append(lines, fmt.Sprintf("%s: %v", why.Reason, why))
		}
	}
	return lines
}

func printWhy(w io.Writer, x *insight.Explanation) error {
	if _, err := fmt.Fprintf(w, "%s: %s\n", x.KPI.Name, WhySentence(x)); err != nil {
		return err
	}
	t := newTable(w)
	for i := range x.Attributions {
		if x.Names(i) {
			printAttribution(t, x, &x.Attributions[i])
		}
	}
	return t.Flush()
}

// WhySentence says what changed, and why there is no explanation if there is none: "4%, +1 pp from 3% (2026-04 against
// 2026-03)".
func WhySentence(x *insight.Explanation) string {
	var b strings.Builder
	unit := x.KPI.Unit
	when := format.Window(x.KPI.Period, x.Window) + " against " + format.Window(x.KPI.Period, x.Previous)
	switch {
	case x.Delta == nil:
		b.WriteString(when)
	case *x.Delta == 0 && len(x.Attributions) > 0:
		fmt.Fprintf(&b, "%s, the total did not change (%s)", unit.Format(*x.To), when)
	case *x.Delta == 0:
		fmt.Fprintf(&b, "%s, unchanged (%s)", unit.Format(*x.To), when)
	default:
		write := unit.Apart(x.To, x.From)
		fmt.Fprintf(&b, "%s, %s from %s (%s)", write(*x.To), change(x), write(*x.From), when)
	}
	if c := x.Chance; c != nil && c.Contains(0) && *x.Delta != 0 {
		fmt.Fprintf(&b, "; could be chance: the underlying rate changed by %s to %s", Signed(unit, c.Low), Signed(unit, c.High))
	}
	if x.Alike && x.Delta != nil {
		b.WriteString("; " + AlikeText(x))
	}
	if x.Reason != "" {
		b.WriteString("; no explanation: " + WhyNot(x))
	}
	return b.String()
}

// AlikeText says why no segment is named: they moved alike or, where some rose and others fell, none of them stands out.
func AlikeText(x *insight.Explanation) string {
	if x.OneWay() {
		return "all segments moved alike"
	}
	return "no segment stands out"
}

// change writes the difference, and its share of the value before where that means something.
func change(x *insight.Explanation) string {
	text := Signed(x.KPI.Unit, *x.Delta)
	if *x.From != 0 && !x.KPI.Unit.IsRatio() {
		text += " or " + SignedPercent(*x.Delta/math.Abs(*x.From))
	}
	return text
}

// WhyNot returns in words why there is no explanation.
func WhyNot(x *insight.Explanation) string {
	switch x.Reason {
	case insight.NoLabels:
		return "the KPI has no labels, so there are no parts"
	case insight.NoTotal:
		return "its parts overlap (merge: none), so there is no total"
	case insight.Withheld:
		return "a value is withheld (suppress_below)"
	case insight.Failed:
		return "the evaluation failed: " + x.Failure.Reason.Text()
	case insight.NotKept:
		if x.Delta != nil {
			return "what it is computed from is not kept for both instants"
		}
		return "what it is compared with is not kept"
	case insight.NotTheQuotient:
		return "a row has a value that is not its numerator / denominator"
	case insight.MergeMinMax:
		return "it is the least or the greatest of its parts"
	case insight.LabelsOfFormula:
		return "a formula with labels has no total"
	case analysis.NoDenominator:
		return "the denominators sum to 0, or a segment has only a numerator"
	case analysis.NegativeDenominator:
		return "a denominator is negative"
	case analysis.TooManyOperands:
		return "more than " + strconv.Itoa(analysis.MaxOperands) + " operands changed"
	}
	if x.Incomplete {
		return "the data does not cover the period yet"
	}
	return "a value is missing"
}

// printAttribution writes the table of one label.
func printAttribution(w io.Writer, x *insight.Explanation, a *insight.Attribution) {
	unit := x.KPI.Unit
	head := WhyHead(a)
	printRow(w, head...)
	row := func(s *insight.Segment) []string { return WhyCells(unit, x, a, s) }
	for i := range a.Segments[:min(len(a.Segments), maxSegments)] {
		s := &a.Segments[i]
		cells := append([]string{"  " + Printable(s.Value)}, row(s)...)
		if words := Marks(s); words != "" {
			cells = append(cells, words)
		}
		printRow(w, cells...)
	}
	if rest := a.Segments[min(len(a.Segments), maxSegments):]; len(rest) > 0 {
		cells := []string{"  " + format.Count(len(rest), "other")}
		if a.Method == insight.Contribution || a.Method == insight.MixRate {
			sum := sumOf(rest)
			cells = append(cells, row(&sum)...)
		}
		printRow(w, cells...)
	}
	if a.Method == insight.MixRate {
		all := insight.Segment{Rate: a.Rate, Mix: a.Mix}
		printRow(w, append([]string{"  all"}, row(&all)...)...)
	}
}

// WhyHead returns the heads of the columns of WhyCells, before them that of the names, as a terminal shows them.
func WhyHead(a *insight.Attribution) []string {
	head := "  " + strings.ToUpper(a.Label)
	switch a.Method {
	case insight.Contribution:
		columns := []string{head, "CONTRIBUTION"}
		if a.Segments[0].Points != nil {
			columns = append(columns, "OF THE TOTAL BEFORE")
		}
		if a.Segments[0].Unexpected != nil {
			columns = append(columns, "UNEXPECTED")
		}
		if a.OneSign {
			columns = append(columns, "OF THE CHANGE")
		}
		return columns
	case insight.MixRate:
		return []string{head, "RATE", "MIX", "TOGETHER"}
	case insight.Shapley:
		return []string{"  OPERAND", "FROM", "TO", "CONTRIBUTION"}
	}
	return []string{head, "FROM", "TO", "CHANGE"}
}

// WhyCells writes the numbers of a segment.
func WhyCells(unit quantity.Unit, x *insight.Explanation, a *insight.Attribution, s *insight.Segment) []string {
	difference := func(v *float64) string {
		if v == nil {
			return ""
		}
		return Signed(unit, *v)
	}
	switch a.Method {
	case insight.Contribution:
		cells := []string{difference(s.Contribution)}
		if s.Points != nil {
			cells = append(cells, SignedPercent(*s.Points))
		}
		if s.Unexpected != nil {
			cells = append(cells, difference(s.Unexpected))
		}
		if a.OneSign {
			cells = append(cells, format.Percent(*s.Contribution / *x.Delta))
		}
		return cells
	case insight.MixRate:
		return []string{difference(s.Rate), difference(s.Mix), Signed(unit, *s.Rate+*s.Mix)}
	case insight.Shapley:
		return []string{s.Unit.Format(*s.From), s.Unit.Format(*s.To), difference(s.Contribution)}
	}
	return []string{inUnit(unit, s.From, ""), inUnit(unit, s.To, ""), difference(s.Delta)}
}

// sumOf returns several segments together.
func sumOf(segments []insight.Segment) insight.Segment {
	var sum insight.Segment
	add := func(to **float64, v *float64) {
		switch {
		case v == nil:
		case *to == nil:
			*to = new(*v)
		default:
			**to += *v
		}
	}
	for i := range segments {
		s := &segments[i]
		add(&sum.Contribution, s.Contribution)
		add(&sum.Points, s.Points)
		add(&sum.Unexpected, s.Unexpected)
		add(&sum.Rate, s.Rate)
		add(&sum.Mix, s.Mix)
	}
	return sum
}

// Marks says what is to be known about a segment.
func Marks(s *insight.Segment) string {
	var words []string
	if s.New {
		words = append(words, "new")
	}
	if s.Gone {
		words = append(words, "gone")
	}
	if s.Small {
		words = append(words, "small sample")
	}
	return strings.Join(words, ", ")
}

// Signed writes a difference of values of a unit with its sign, and of two shares in percentage points: "+1.2 pp".
func Signed(unit quantity.Unit, v float64) string {
	return plus(v, unit.FormatDelta(v))
}

// SignedPercent writes a share with its sign.
func SignedPercent(share float64) string { return plus(share, format.Percent(share)) }

func plus(v float64, text string) string {
	if v > 0 {
		return "+" + text
	}
	return text
}

// Printable returns text from a database as it may stand on a terminal: letters that are not printable, such as a newline or
// the begin of a control sequence, are written as escapes; beyond 60 letters it is cut. Empty text is written "".
func Printable(text string) string {
	const most = 60
	if text == "" {
		return `""`
	}
	letters := []rune(text)
	if len(letters) > most {
		letters = append(letters[:most-1], '…')
	}
	return format.Visible(string(letters))
}
