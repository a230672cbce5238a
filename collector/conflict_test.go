package collector

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// conflict makes a function that fails as a serialization failure does, the first times that it is called.
const conflict = pgtest.Calls + `;
	CREATE FUNCTION conflict(times int) RETURNS bool LANGUAGE plpgsql AS $$
	BEGIN
		IF call() <= times THEN
			RAISE EXCEPTION 'could not serialize' USING ERRCODE = '40001';
		END IF;
		RETURN true;
	END $$`

// TestConflictsAreTriedAgain has conflicts when rows, or what is wrong with them, were read already.
func TestConflictsAreTriedAgain(t *testing.T) {
	const file = `
timezone: UTC
databases: {app: {url: %q%s}}
queries:
  sales:
    period: month
    query: |
      SELECT CASE (SELECT count(*) FROM calls) WHEN 0 THEN 'twice' ELSE i::text END AS plan, 1 AS value
      FROM generate_series(1, 20000) AS i WHERE i < 20000 OR conflict(%d)
    labels: [plan]
    max_series: 20000
kpis:
  all: {title: All, from: sales, labels: [], merge: sum}
  each: {title: Each, from: sales}
`
	describeAll := func(results []Result) (text []string) {
		for _, r := range results {
			if len(r.Samples) > 1 {
				text = append(text, fmt.Sprint(len(r.Samples), " samples"))
				continue
			}
			text = append(text, describe(r))
		}
		return text
	}
	const long = "(1700000000::numeric + ('0.' || repeat('0', 10000))::numeric)" // So that the row is on its way before the conflict.
	failed := `conflict: kpi "all": tried 3 times: a conflict with other transactions ended the query: could not serialize (40001)`
	tests := map[string]struct {
		dataUntil string
		times     int
		calls     float64
		want      []string
	}{
		"once":   {"", 1, 2, []string{"20000 no_target", "20000 samples"}},
		"twice":  {"", 2, 3, []string{"20000 no_target", "20000 samples"}},
		"always": {"", 3, 3, []string{failed, strings.Replace(failed, "all", "each", 1)}},
		"in data_until": {
			", data_until: \"SELECT " + long + " FROM generate_series(1, 2) AS i WHERE i < 2 OR NOT conflict(1)\"", 0,
			3,
			[]string{"20000 no_target", "20000 samples"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := server.NewDatabase(t, conflict)
			cfg := load(t, fmt.Sprintf(file, url, test.dataUntil, test.times))
			e := NewEvaluator(cfg)
			defer e.Close()
			got := describeAll(e.Evaluate(t.Context(), requests(cfg, time.Date(2023, 11, 3, 0, 0, 0, 0, time.UTC))))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if got := pgtest.Ask[float64](t, url, "SELECT count(*) FROM calls"); got != test.calls {
				t.Errorf("%g calls, want %g", got, test.calls)
			}
		})
	}
}

// TestConflictOfThePast fails the KPI, because the same past may be there at the next try.
func TestConflictOfThePast(t *testing.T) {
	url := server.NewDatabase(t, conflict)
	results := evaluate(t, load(t, app(url, kpi("it", "SELECT 1 AS value WHERE :period_start >= '2026-03-01' OR conflict(9)",
		"period: month\ntarget: {at_least: {previous_period: +0%}}"))), time.Date(2026, 4, 1, 0, 0, 0, 0, time.UTC))
	if f := results[0].Failure; f == nil || f.Reason != ReasonConflict || !strings.Contains(f.Error(), "its value as of 2026-03-01") {
		t.Errorf("failure %v, want a conflict", f)
	}
}
