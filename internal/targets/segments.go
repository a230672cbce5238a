package targets

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// maxSegments is how many segments a target may have: whoever has more keeps them in a table.
const maxSegments = 1000

// segments reads the segments of a target.
func (t *reader) segments(parts targetParts, result *Target) {
	matched := matches{}
	count := 0
	t.Items(parts.segments, "segments", func(item *document.Node) {
		if count++; count > maxSegments {
			if count == maxSegments+1 {
				t.Fail(item, "let a query, or a file of values, give the target of each label set: see from", "a target has at most %d segments", maxSegments)
			}
			return
		}
		segment, ok := t.segment(item, parts, result)
		if !ok {
			return
		}
		if covering := matched.covering(segment.Match); covering != "" {
			t.Fail(item, covering, "this segment is never reached, because an earlier one matches the same")
		}
		matched.add(segment.Match)
		result.Segments = append(result.Segments, segment)
	})
}

// matches are what earlier segments of a target match: by the names of their labels, the values of these.
type matches map[string]match

type match struct {
	names  []string // Sorted.
	values map[string]bool
}

// add adds what a segment matches.
func (m matches) add(labels map[string]string) {
	names := slices.Sorted(maps.Keys(labels))
	key := strings.Join(names, ",")
	of, ok := m[key]
	if !ok {
		of = match{names, map[string]bool{}}
		m[key] = of
	}
	values, _ := of.in(labels)
	of.values[values] = true
}

// covering returns what to do about a segment that an earlier one, which wants the same or less, always comes before; "" if none does.
func (m matches) covering(labels map[string]string) string {
	advice := ""
	for _, of := range m {
		switch values, ok := of.in(labels); {
		case !ok || !of.values[values]:
		case len(of.names) == len(labels):
			return "remove it"
		default:
			advice = "move it up: the first match wins"
		}
	}
	return advice
}

// in returns the values of the labels, as they are kept. It is false if a label is missing.
func (of match) in(labels map[string]string) (values string, ok bool) {
	var b []byte
	for _, name := range of.names {
		value, there := labels[name]
		if !there {
			return "", false
		}
		b = strconv.AppendQuote(b, value)
	}
	return string(b), true
}
