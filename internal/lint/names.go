package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
)

// similarNames finds names that are taken for each other.
func similarNames(l *linter) {
	words := make([]string, len(l.cfg.KPIs))
	for i, k := range l.cfg.KPIs {
		words[i] = sameWords(k.Name)
	}
	for i, k := range l.cfg.KPIs {
		for j, earlier := range l.cfg.KPIs[:i] {
			if words[i] == words[j] || oneSlip(k.Name, earlier.Name) {
				l.warn(k.Position, "give one of them a name that says what is different about it",
					"the name of KPI %s is close to that of %s, at %s", strconv.Quote(k.Name), strconv.Quote(earlier.Name), earlier.Position)
			}
		}
	}
}

// sameWords returns a name's words without plurals, in alphabetical order.
func sameWords(name string) string {
	words := strings.Split(name, "_")
	for i, w := range words {
		words[i] = cmp.Or(strings.TrimSuffix(w, "s"), w)
	}
	slices.Sort(words)
	return strings.Join(words, "_")
}

// oneSlip reports whether two long names differ by a letter that one of them has more, or by two characters that are swapped.
// Where one letter replaces another, the names are usually meant to differ: d1_retention and d7_retention. So are those with other numbers:
// site_12 and site_21.
func oneSlip(a, b string) bool {
	const long = 8
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(a) < long || len(b) > len(a)+1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return isLetter(b[i]) && a[i:] == b[i+1:]
	}
	return i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:] && !(isDigit(a[i]) && isDigit(b[i]))
}

func isDigit(c byte) bool { return '0' <= c && c <= '9' }

func isLetter(c byte) bool { return 'a' <= c && c <= 'z' }
