package lint

import (
	"cmp"
	"iter"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// similarNames finds names that are taken for each other.
func similarNames(l *linter) {
	names := make([]string, len(l.cfg.KPIs))
	for i, k := range l.cfg.KPIs {
		names[i] = k.Name
	}
	for _, p := range similarPairs(names) {
		k, earlier := l.cfg.KPIs[p.later], l.cfg.KPIs[p.earlier]
		l.warn(k.Position, "give one of them a name that says what is different about it",
			"the name of KPI %s is close to that of %s, at %s", strconv.Quote(k.Name), strconv.Quote(earlier.Name), earlier.Position)
	}
}

// pair is two names, by their places in a list.
type pair struct{ later, earlier int }

// similarPairs returns the similar ones of names that all differ, in order. It looks up what each name becomes by a slip: comparing each name
// with each would take seconds for thousands of them.
func similarPairs(names []string) []pair {
	places := make(map[string]int, len(names))
	byWords := make(map[string][]int, len(names))
	for i, name := range names {
		places[name] = i
		words := sameWords(name)
		byWords[words] = append(byWords[words], i)
	}
	var pairs []pair
	for _, same := range byWords {
		for i, later := range same {
			for _, earlier := range same[:i] {
				pairs = append(pairs, pair{later, earlier})
			}
		}
	}
	for i, name := range names {
		for slip := range slips(name) {
			if j, ok := places[slip]; ok && oneSlip(name, slip) {
				pairs = append(pairs, pair{max(i, j), min(i, j)})
			}
		}
	}
	slices.SortFunc(pairs, func(a, b pair) int { return cmp.Or(a.later-b.later, a.earlier-b.earlier) })
	return slices.Compact(pairs)
}

// slips returns a name without each of its characters, and with each two neighbours swapped. For two names of which one is the other mistyped,
// it returns the shorter one for the longer one, or each for the other.
func slips(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for i := range len(name) {
			if !yield(name[:i] + name[i+1:]) {
				return
			}
			if i+1 < len(name) && !yield(name[:i]+name[i+1:i+2]+name[i:i+1]+name[i+2:]) {
				return
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

// oneSlip reports whether two names are long, and one is the other mistyped.
func oneSlip(a, b string) bool {
	const long = 8
	return min(len(a), len(b)) >= long && document.IsTypo(a, b)
}
