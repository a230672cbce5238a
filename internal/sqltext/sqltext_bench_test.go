package sqltext

import (
	"strings"
	"testing"
)

// benchmarkQuery is about 2 KB of what people write.
var benchmarkQuery = strings.Repeat(`
-- Accounts that paid at the start, and what is left of them at the end.
SELECT a.plan, count(DISTINCT s.account_id) FILTER (WHERE s.kind <> 'trial') AS value,
       to_char(:period_start::date, 'YYYY-MM-DD HH24:MI') AS "from: to" /* label */
FROM subscriptions s JOIN accounts a ON a.id = s.account_id AND NOT a.is_internal
WHERE s.started_at <= :period_start AND (s.ended_at IS NULL OR s.ended_at > :period_end)
  AND a.tags[1:2] && ARRAY['b2b', 'it''s'] AND a.attributes ? 'vat'
GROUP BY a.plan
UNION ALL`, 4) + " SELECT 'none', 0"

func BenchmarkParse(b *testing.B) {
	b.SetBytes(int64(len(benchmarkQuery)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Parse(benchmarkQuery); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRender(b *testing.B) {
	statement, err := Parse(benchmarkQuery)
	if err != nil {
		b.Fatal(err)
	}
	placeholders := []string{"$1", "$2"}
	b.SetBytes(int64(len(benchmarkQuery)))
	b.ReportAllocs()
	for b.Loop() {
		statement.Render(func(ordinal int, _ string) string { return placeholders[ordinal-1] })
	}
}
