package grafanatest

import (
	"fmt"
	"regexp"
	"slices"
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

// contradictions are rows that say a target is reached and missed.
func (p Panel) contradictions() []string {
	status, attainment := slices.Index(p.Names, "Status"), slices.Index(p.Names, "Attainment")
	if status < 0 || attainment < 0 {
		return nil
	}
	var problems []string
	for _, row := range p.Rows {
		if missed := strings.HasSuffix(row[status], "At risk") || strings.HasSuffix(row[status], "Off target"); missed && strings.TrimSuffix(strings.ReplaceAll(row[attainment], " ", ""), "%") == "100" {
			problems = append(problems, fmt.Sprintf("%s is %q with an attainment of %s", row[0], row[status], row[attainment]))
		}
	}
	return problems
}
