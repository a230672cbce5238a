package lint

import "testing"

func TestWithheldByDifference(t *testing.T) {
	const (
		query   = "queries: {q: {labels: [plan], query: \"SELECT plan, sum(n) AS n, sum(m) AS m, count(*) AS people FROM t WHERE at >= :period_start AND at < :period_end GROUP BY plan\"}}\n"
		common  = "objective: grow, owner: ann, unit: count, better: higher, from: q"
		message = "more: leave one of the two out, or switch this check off if nobody who sees the total sees the parts"
	)
	for name, test := range map[string]struct{ total, parts, want string }{
		"a sum":                  {"value: n, labels: [], merge: sum", "value: n, sample_size: people, suppress_below: 5", message},
		"a ratio":                {"numerator: n, denominator: people, labels: [], merge: ratio", "numerator: n, denominator: people, suppress_below: 5", message},
		"nothing is withheld":    {"value: n, labels: [], merge: sum", "value: n, sample_size: people", ""},
		"another column":         {"value: m, labels: [], merge: sum", "value: n, sample_size: people, suppress_below: 5", ""},
		"the greatest":           {"value: n, labels: [], merge: max", "value: n, sample_size: people, suppress_below: 5", ""},
		"the same parts":         {"value: n", "value: n, sample_size: people, suppress_below: 5", ""},
		"the total is withheld":  {"value: n, labels: [], merge: sum, sample_size: people, suppress_below: 5", "value: n", ""},
		"another ratio of parts": {"numerator: m, denominator: people, labels: [], merge: ratio", "numerator: n, denominator: people, suppress_below: 5", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			check(t, "withheld_by_difference", withKPI(query, "better: higher, from: q, "+test.total+"}\n  parts: {title: Parts, "+common+", "+test.parts), want...)
		})
	}
}
