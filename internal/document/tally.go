package document

import "fmt"

// maxOfCheck is how many warnings of one check are shown.
const maxOfCheck = 10

// Tally lets the first warnings of each check through and counts the others, for people who read all of them. Its zero value is ready.
type Tally struct {
	checks []string // In the order of their first warnings.
	counts map[string]int
}

// Shows reports whether a problem is to be shown: every error is.
func (t *Tally) Shows(p Problem) bool {
	if !p.Warning {
		return true
	}
	if t.counts == nil {
		t.counts = map[string]int{}
	}
	if t.counts[p.Check] == 0 {
		t.checks = append(t.checks, p.Check)
	}
	t.counts[p.Check]++
	return t.counts[p.Check] <= maxOfCheck
}

// Rest returns a line for each check of which there were more warnings: "and 1337 more [similar_names]".
func (t *Tally) Rest() []string {
	var lines []string
	for _, check := range t.checks {
		if more := t.counts[check] - maxOfCheck; more > 0 {
			lines = append(lines, fmt.Sprintf("and %d more [%s]", more, check))
		}
	}
	return lines
}
