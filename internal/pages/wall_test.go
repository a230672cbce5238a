package pages

import (
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// The KPIs for which there is no room are named on as many lines as there are, the others counted; one that is unknown has its reason.
func TestRest(t *testing.T) {
	named := func(title, words string) *card {
		return &card{kpi: kpi{}, Title: title, Status: words}
	}
	long := strings.Repeat("x", lineLetters-20)
	for name, test := range map[string]struct {
		cards       []*card
		seen, lines int
		status      status.Status
		want        string
		used        int
	}{
		"all named":    {[]*card{named("Revenue", "On target"), named("ARR", "On target")}, 0, 1, status.OnTarget, "2 on target: Revenue, ARR", 1},
		"more":         {[]*card{named("Revenue", "On target")}, 5, 1, status.OnTarget, "and 1 more on target: Revenue", 1},
		"a reason":     {[]*card{named("Time to market", "Unknown: no value")}, 0, 1, status.Unknown, "1 unknown: Time to market (no value)", 1},
		"no room":      {[]*card{named("Revenue", ""), named(long, ""), named(long, "")}, 0, 1, status.OnTarget, "3 on target: Revenue and 2 others", 1},
		"a line more":  {[]*card{named("Revenue", ""), named(long, ""), named(long+long, "")}, 0, 2, status.OnTarget, "3 on target: Revenue, " + long + " and 1 other", 2},
		"not even one": {[]*card{named(long+long, "")}, 0, 1, status.OnTarget, "1 on target", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got, used := newRest(test.cards, test.seen, test.status, test.lines); got != test.want || used != test.used {
				t.Errorf("%q on %d lines, want %q on %d", got, used, test.want, test.used)
			}
		})
	}
}
