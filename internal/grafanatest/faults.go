package grafanatest

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

var (
	unnamed    = regexp.MustCompile(`^Value( #.*| \d+)$`)
	labelSet   = regexp.MustCompile(`\{(\w+="[^"]*"(, ?)?)+\}`)
	thresholds = regexp.MustCompile(`^(< -?[\d.]+|-?[\d.]+\+)$`)
	oneOfMany  = regexp.MustCompile(`^1 (weeks|days|hours|mins|minutes|seconds)$`)
)

// messages are what Grafana says by itself in place of data: true of no data that anybody waits for.
var messages = []string{"No data", "Data does not have a time field", "Data is missing a time field", "Data is missing a number field", "No graphable fields"}

// Problems returns what nobody should have to read on any board: names that do not name, values that are not values, and sentences
// that are not true.
func (r Reading) Problems() []string {
	problems := slices.Clone(r.Faults)
	for _, p := range r.Panels {
		for _, problem := range p.problems() {
			problems = append(problems, fmt.Sprintf("panel %q: %s", p.Title, problem))
		}
	}
	return problems
}

func (p Panel) problems() []string {
	problems := slices.Clone(p.Faults)
	found := func(format string, args ...any) {
		if problem := fmt.Sprintf(format, args...); !slices.Contains(problems, problem) {
			problems = append(problems, problem)
		}
	}
	for _, name := range append(slices.Clone(p.Names), p.Title) {
		switch {
		case slices.Contains(p.Expressions, name):
			found("a name is a whole expression: %.60s…", name)
		case unnamed.MatchString(name):
			found("the name %q says nothing", name)
		case labelSet.MatchString(name):
			found("the name %q is a set of labels", name)
		}
	}
	if p.Type != "table" && len(p.Names) > 1 {
		for i, name := range p.Names {
			if slices.Contains(p.Names[:i], name) {
				found("the name %q is there twice", name)
			}
		}
	}
	for _, text := range p.Texts {
		switch {
		case thresholds.MatchString(text):
			found("the text %q is a threshold, not a value", text)
		case oneOfMany.MatchString(text):
			found("the text %q is no English", text)
		case strings.Contains(text, "  "):
			found("the text %q has two spaces", text)
		}
	}
	if p.Message != nil {
		switch {
		case slices.Contains(messages, *p.Message):
			found("says %q", *p.Message)
		case p.InstantValues > 0 && !strings.Contains(*p.Message, "history"):
			found("says %q, but there are %d values", *p.Message, p.InstantValues)
		}
	}
	for _, poor := range p.Poor {
		found("%s", poor)
	}
	if len(p.Hidden) > 0 {
		found("columns are off the screen: %s", strings.Join(p.Hidden, ", "))
	}
	return append(problems, p.contradictions()...)
}

// contradictions are values of which it is said that they miss their target, and that read as if they reached it.
func (p Panel) contradictions() []string {
	if p.Type == "table" {
		return p.contradictoryRows()
	}
	var problems []string
	for i, name := range p.Names {
		for _, other := range p.Names {
			target, _, _ := strings.Cut(strings.TrimPrefix(other, "Target "), " · ")
			if missed(name) && i < len(p.Texts) && reaches(p.Texts[i], target) {
				problems = append(problems, fmt.Sprintf("%q is %s, with a target of %s", name, p.Texts[i], target))
			}
		}
	}
	return problems
}

func (p Panel) contradictoryRows() []string {
	column := func(row []string, name string) string {
		if i := slices.Index(p.Names, name); i >= 0 {
			return row[i]
		}
		return ""
	}
	var problems []string
	for _, row := range p.Rows {
		status := column(row, "Status")
		if !missed(status) {
			continue
		}
		value, target := column(row, "Value")+column(row, "Unit"), column(row, "Target")
		least, most := column(row, "At least"), column(row, "At most")
		between := least + " to " + most
		switch {
		case reaches(column(row, "Attainment"), "≥ 100%"):
			problems = append(problems, fmt.Sprintf("%s is %q with an attainment of %s", row[0], status, column(row, "Attainment")))
		case reaches(value, target), most == "" && reaches(value, "≥ "+least), least == "" && reaches(value, "≤ "+most), reaches(value, between):
			problems = append(problems, fmt.Sprintf("%s is %q with %s, where the target is %s%s", row[0], status, value, target, between))
		}
	}
	return problems
}

func missed(status string) bool {
	return strings.Contains(status, "At risk") || strings.Contains(status, "Off target")
}

var (
	amount  = regexp.MustCompile(`^(-?[\d.,]+)([KMB]?)(\D*)$`)
	inUnits = map[string]float64{"K": 1e3, "M": 1e6, "B": 1e9, "seconds": 1, "minutes": 60, "hours": 3600, "days": 86400}
)

// reaches reports whether a value reads as if it reached a target: "≥ 3%", "≤ 24 hours", "20 to 30".
func reaches(value, target string) bool {
	read := func(text string) (float64, bool) {
		parts := amount.FindStringSubmatch(strings.Join(strings.Fields(text), ""))
		if parts == nil {
			return 0, false
		}
		n, err := strconv.ParseFloat(strings.ReplaceAll(parts[1], ",", ""), 64)
		return n * cmp.Or(inUnits[parts[2]], 1) * cmp.Or(inUnits[parts[3]], 1), err == nil
	}
	v, ok := read(value)
	if !ok {
		return false
	}
	least, most, between := strings.Cut(target, " to ")
	if !between {
		least, _ = strings.CutPrefix(target, "≥ ")
		most, _ = strings.CutPrefix(target, "≤ ")
	}
	low, hasLow := read(least)
	high, hasHigh := read(most)
	return (hasLow || hasHigh) && (!hasLow || v >= low) && (!hasHigh || v <= high)
}
