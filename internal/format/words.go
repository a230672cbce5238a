package format

import (
	"regexp"
	"strconv"
	"strings"
)

// The words before a bound in a sentence.
const (
	AtLeast = "at least "
	AtMost  = "at most "
)

// Range writes a target where there is no room for a sentence: "≥ 12k", "≤ 3%", "3 to 5". Lower and upper are
// its bounds in words, "" where it has none; with neither it returns "".
func Range(lower, upper string) string {
	switch {
	case lower != "" && upper != "":
		return lower + " to " + upper
	case lower != "":
		return "≥ " + lower
	case upper != "":
		return "≤ " + upper
	}
	return ""
}

// Labels writes the labels of a sample: "plan=pro region=eu". It needs a value for every name.
func Labels(names, values []string) string {
	pairs := make([]string, len(names))
	for i, name := range names {
		pairs[i] = name + "=" + values[i]
	}
	return strings.Join(pairs, " ")
}

// And joins words as a sentence does: "a, b and c". There must be at least one.
func And(words []string) string {
	last := len(words) - 1
	if last == 0 {
		return words[0]
	}
	return strings.Join(words[:last], ", ") + " and " + words[last]
}

// Count writes how many of something there are: "1 file", "2 files".
func Count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}

// Several is Count without the number for one: "month", "12 months".
func Several(n int, noun string) string {
	if n == 1 {
		return noun
	}
	return Count(n, noun)
}

// Spaced returns the words of a name such as net_revenue.
func Spaced(name string) string { return strings.ReplaceAll(name, "_", " ") }

// Columns names columns: `column "a"`, `columns "a", "b"`. There must be at least one.
func Columns(names []string) string {
	quoted := make([]string, len(names))
	for i, name := range names {
		quoted[i] = strconv.Quote(name)
	}
	noun := "column "
	if len(names) > 1 {
		noun = "columns "
	}
	return noun + strings.Join(quoted, ", ")
}

var negative = regexp.MustCompile(`(^|[\s(])-(\d)`)

// Minus writes the minus of negative numbers in a text as print has it. Dates keep their hyphens.
func Minus(text string) string {
	if !strings.Contains(text, "-") {
		return text
	}
	return negative.ReplaceAllString(text, "$1−$2")
}
