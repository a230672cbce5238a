package catalog

import (
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// longestFormula is how many letters of a formula a sentence takes. For a longer one, the sentence names its inputs.
const longestFormula = 160

// formulaWords describes how a KPI with a formula is computed, with the titles of its inputs.
func formulaWords(k *config.KPI) string {
	inputs := inputWords(k)
	words := formulaText(inputs, k.Formula.Root)
	if utf8.RuneCountInString(words) > longestFormula {
		var list []string
		for _, input := range k.Inputs() {
			list = append(list, inputs[input])
		}
		words = "from " + format.And(list)
	} else {
		words = "as " + words
	}
	if ownPeriods(k) {
		words += ", each for its own period"
	}
	return "computed " + words
}

// ownPeriods reports whether a formula joins what is measured over different periods.
func ownPeriods(k *config.KPI) bool {
	return k.Period.Kind == period.Instant && slices.ContainsFunc(k.Inputs(), func(input *config.KPI) bool { return input.Period.UsesWindow() })
}

// inputWords returns what the inputs of a formula are called in a sentence, each unlike the others.
func inputWords(k *config.KPI) map[*config.KPI]string {
	words, called := map[*config.KPI]string{}, map[string]int{}
	for _, input := range k.Inputs() {
		words[input] = inputTitle(input)
		called[words[input]]++
	}
	for input, title := range words {
		if called[title] > 1 {
			words[input] = input.Name
		}
	}
	return words
}

// inputTitle returns a title for use within a sentence, or the name of a column that a formula reads.
func inputTitle(k *config.KPI) string {
	if query, column, ok := strings.Cut(k.Name, "."); ok {
		if column == "value" || column == query {
			return format.Spaced(query)
		}
		return format.Spaced(column) + " in " + format.Spaced(query)
	}
	if strings.Contains(k.Title, " ") && strings.ContainsAny(k.Title, ",;:()+*/−–×") || strings.Contains(k.Title, " - ") {
		return `"` + k.Title + `"`
	}
	first, _, _ := strings.Cut(k.Title, " ")
	if len(first) > 1 && strings.Trim(first[1:], "abcdefghijklmnopqrstuvwxyz-") == "" { // Neither MRR nor NPS.
		return strings.ToLower(first) + k.Title[len(first):]
	}
	return k.Title
}

// How tightly the words of a term bind: what binds less than its neighbour goes in parentheses.
const (
	sum      = iota + 1 // a + b
	signed              // −a
	product             // a × b
	loose               // the mean of a over 12 months
	tight               // the previous month's a
	oneThing            // a
)

// phrase is a term in words.
type phrase struct {
	text  string
	holds int
	above []phrase // What must be above 0 for the term to have a value.
}

// within returns the text beside something that binds this tightly.
func (p phrase) within(holds int) string {
	if p.holds < holds {
		return "(" + p.text + ")"
	}
	return p.text
}

// formulaText returns a formula as a text, and what it needs.
func formulaText(inputs map[*config.KPI]string, root *config.Term) string {
	p := termPhrase(inputs, root)
	var needs []string
	for _, a := range p.above {
		if need := a.text + " > 0"; !slices.Contains(needs, need) {
			needs = append(needs, need)
		}
	}
	if len(needs) == 0 {
		return p.text
	}
	return p.text + ", no value unless " + format.And(needs)
}

func termPhrase(inputs map[*config.KPI]string, t *config.Term) phrase {
	terms := make([]phrase, len(t.Terms))
	for i, part := range t.Terms {
		terms[i] = termPhrase(inputs, part)
	}
	switch t.Operator {
	case config.OpNumber:
		return phrase{text: strconv.FormatFloat(t.Number, 'f', -1, 64), holds: oneThing}
	case config.OpRead:
		return phrase{text: inputs[t.KPI], holds: oneThing}
	case config.OpPositive:
		x := terms[0]
		x.above = append(slices.Clone(x.above), phrase{text: x.text, holds: x.holds})
		return x
	case config.OpZero:
		x := terms[0]
		x.text, x.holds = x.within(tight)+" (0 if there is none)", tight
		return x
	case config.OpPooled:
		return over(t, phrase{text: inputs[t.KPI], holds: oneThing}, "", " pooled over ")
	case config.OpMean:
		return over(t, terms[0], "the mean of ", " over ")
	case config.OpPrevious:
		return earlier(terms[0], func(x phrase) phrase { return previousPhrase(t.KPI.Period, x) })
	case config.OpLastYear:
		return earlier(terms[0], func(x phrase) phrase { return phrase{text: "year-ago " + x.within(oneThing), holds: tight} })
	}
	return infix(t, terms[0], terms[1])
}

// infix returns two terms with a sign between them; a sign of its own is written as 0 and the term.
func infix(t *config.Term, x, y phrase) phrase {
	sign := map[config.Operator]string{config.OpAdd: "+", config.OpSubtract: "−", config.OpMultiply: "×", config.OpDivide: "/"}[t.Operator]
	holds, right := sum, sum+1
	if t.Operator == config.OpMultiply || t.Operator == config.OpDivide {
		holds, right = product, product+1
	}
	if t.Terms[1].Operator == t.Operator && (t.Operator == config.OpAdd || t.Operator == config.OpMultiply) {
		right = holds
	}
	if y.holds == signed {
		right = loose
	}
	p := phrase{holds: holds, above: slices.Concat(x.above, y.above)}
	beside := func(term phrase, least int) string { // Loose words would run into the sign.
		if term.holds == loose {
			least = tight
		}
		return term.within(least)
	}
	switch first := t.Terms[0]; {
	case first.Operator != config.OpNumber || first.Number != 0 || holds != sum:
		p.text = beside(x, holds) + " " + sign + " " + beside(y, right)
	case t.Operator == config.OpAdd:
		return y
	default:
		p.text, p.holds = sign+y.within(tight), signed
	}
	return p
}

// earlier returns words for an earlier value of a term, and of what must be above 0.
func earlier(x phrase, words func(phrase) phrase) phrase {
	p := words(x)
	for _, a := range x.above {
		p.above = append(p.above, words(a))
	}
	return p
}

func previousPhrase(p period.Period, x phrase) phrase {
	switch {
	case p.Kind == period.ToDate:
		return phrase{text: x.within(oneThing) + " at the same point of " + format.PreviousPeriod(p), holds: loose}
	case p.N > 1:
		return phrase{text: format.PreviousPeriod(p) + "' " + x.within(oneThing), holds: tight}
	}
	return phrase{text: format.PreviousPeriod(p) + "'s " + x.within(oneThing), holds: tight}
}

// over returns words for a value of several periods: of one it is the value.
func over(t *config.Term, x phrase, before, after string) phrase {
	if t.Periods == 1 {
		return x
	}
	p := t.KPI.Period
	periods := format.Several(t.Periods, unitWords(p))
	switch {
	case p.Kind == period.ToDate:
		periods += ", each up to the same point"
	case p.N > 1:
		periods += " of " + format.Several(p.N, p.Unit.String())
	}
	all := phrase{text: before + x.within(tight) + after + periods, holds: loose}
	for _, a := range x.above {
		all.above = append(all.above, phrase{text: a.within(tight) + " in each of " + periods, holds: loose})
	}
	return all
}
