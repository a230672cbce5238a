package lint

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
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

// oneSlip reports whether two names are long, and one is the other mistyped.
func oneSlip(a, b string) bool {
	const long = 8
	return min(len(a), len(b)) >= long && document.IsTypo(a, b)
}
