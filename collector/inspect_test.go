package collector

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestInspect has databases of each kind, which several KPIs read.
func TestInspect(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE t (x int)", "CREATE TABLE plan (kpi text, at_least int)")
	reader := server.NewReader(t, url)
	standby := strings.Replace(reader, server.Addr(), server.NewStandby(t, "").Addr(), 1)
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  admin: {url: %[1]q}
  reader: {url: %[2]q}
  standby: {url: %[3]q}
  aware: {url: %[3]q, data_until: SELECT now()}
  partly: {url: %[3]q}
  plans: {url: %[3]q}
  away: {url: "postgres://app@127.0.0.1:1/app?sslmode=disable"}
  unused: {url: %[1]q}
queries:
  own: {database: partly, data_until: SELECT now(), query: SELECT 1 AS value}
  plan: {database: plans, query: "SELECT kpi, at_least FROM plan"}
defaults: {period: day}
kpis:
  a: {title: A, database: admin, query: SELECT 1 AS value}
  b: {title: B, database: admin, query: SELECT 2 AS value}
  c: {title: C, database: reader, query: SELECT 1 AS value, target: {from: plan}}
  d: {title: D, databases: [standby, aware], query: SELECT 1 AS value}
  e: {title: E, from: own}
  f: {title: F, formula: a / b}
  g: {title: G, database: away, query: SELECT 1 AS value}
`, url, reader, standby))
	e := NewEvaluator(cfg)
	defer e.Close()
	var got []string
	for _, w := range e.Inspect(t.Context(), requests(cfg, at(t, "2026-05-05T12:00:00Z"))) {
		got = append(got, fmt.Sprintf("line %d: %s [%s] %s", w.Line, w.Message, w.Check, w.Hint))
	}
	want := []string{
		`line 4: database "admin": role "postgres" may do more than read: it is a superuser [role_rights] ` +
			`connect as a role that has SELECT on what the KPIs read, and no other rights`,
		`line 6: database "standby" is a standby, which lags: a period that has just closed may lack rows, and nothing says so [standby] ` +
			`add data_until: SELECT CASE WHEN NOT pg_is_in_recovery() OR pg_last_wal_receive_lsn() = pg_last_wal_replay_lsn() ` +
			`AND EXISTS (SELECT FROM pg_stat_wal_receiver) THEN now() ELSE pg_last_xact_replay_timestamp() END`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("warnings (-want +got):\n%s", diff)
	}
}
