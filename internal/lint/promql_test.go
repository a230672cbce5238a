package lint

import (
	"fmt"
	"strings"
	"testing"
)

// TestWindowNotUsedByPromQL finds ranges of a fixed length where the KPI has a period.
func TestWindowNotUsedByPromQL(t *testing.T) {
	const hint = " write [:period], or set period: instant"
	for name, test := range map[string]struct{ period, query, want string }{
		"an increase of a day, of a week":      {"week", "sum(increase(x[1d]))", "[1d]))" + hint},
		"the length of the period":             {"day", "sum(increase(x[1d]))", "[1d]))" + hint}, // Which is not that of the day when clocks change.
		"a period to date":                     {"{to_date: month}", "sum(increase(x[30d]))", "[30d]))" + hint},
		"a trailing period":                    {"{trailing: 7d}", "max_over_time(x[7d])", "[7d])" + hint},
		"a subquery":                           {"week", "max_over_time(sum(x)[7d:5m])", "[7d:5m])" + hint},
		"in a second line":                     {"week", "sum(users) +\nsum(increase(x[1d]))", "[1d]))" + hint},
		"a level":                              {"week", "sum(users)", ""},
		"a level of some time ago":             {"week", "sum(last_over_time(users[1h]))", ""},
		"an instant":                           {"instant", "sum(rate(x[5m]))", ""},
		"the period":                           {"week", "sum(increase(x[:period]))", ""},
		"a rate in a subquery over the period": {"week", "max_over_time(sum(rate(x[5m]))[:period:5m])", ""},
	} {
		t.Run(name, func(t *testing.T) {
			const app = "databases: {app: {url: \"prometheus+http://localhost:9090\"}}\nkpis:\n  k:\n    title: K\n    better: higher\n    period: %s\n    query: |\n      %s\n"
			query := strings.ReplaceAll(test.query, "\n", "\n      ")
			var want []string
			if test.want != "" {
				want = []string{test.want}
			}
			check(t, "window_not_used", fmt.Sprintf(app, test.period, query), want...)
		})
	}
}
