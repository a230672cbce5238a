package scoreboard

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// BenchmarkBoardAt measures the board of an instant that nobody has asked for before: 40 KPIs of three parts each, whose past is kept.
func BenchmarkBoardAt(b *testing.B) {
	var file strings.Builder
	_, _ = fmt.Fprintf(&file, "databases: {app: {url: %q}}\nqueries:\n  rows: {period: week, labels: [plan], query: \"SELECT plan, sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end GROUP BY plan\"}\nkpis:\n", newRows(b, 300))
	for i := range 40 {
		_, _ = fmt.Fprintf(&file, "  k%d: {title: K, from: rows, value: value, merge: sum, target: {at_least: %d}}\n", i, i)
	}
	_, k := serve(b, load(b, file.String()))
	eventually(b, "all is read", k.whole)
	asOf := time.Now().AddDate(0, 0, -8)
	b.ReportAllocs()
	for b.Loop() {
		asOf = asOf.Add(-time.Second)
		if _, err := k.BoardAt(b.Context(), asOf); err != nil {
			b.Fatal(err)
		}
	}
}
