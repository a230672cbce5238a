package database

import (
	"fmt"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestAdvisoryLocks has queries take locks that would outlive their transaction.
func TestAdvisoryLocks(t *testing.T) {
	url, from := logged(t)
	held := "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
	wantFree := func(t *testing.T) {
		t.Helper()
		if n := pgtest.Ask[string](t, url, held); n != "0" {
			t.Errorf("%s locks are held", n)
		}
	}
	t.Run("one after the other", func(t *testing.T) {
		p := openPool(t, url, 1)
		for _, sql := range []string{
			"SELECT pg_advisory_lock(1)", "SELECT pg_advisory_lock(1), :as_of", "SELECT pg_try_advisory_lock(2)::int, 1 / (SELECT 0)",
		} {
			if _, _, err := run(t.Context(), p, newQuery(t, sql)); err != nil && !strings.Contains(err.Error(), "division by zero") {
				t.Error(err)
			}
			wantFree(t)
		}
	})
	t.Run("handed over", func(t *testing.T) {
		p := openPool(t, url, 1)
		queries := []Query{newQuery(t, "SELECT pg_advisory_lock(3)"), newQuery(t, strings.ReplaceAll(held, "SELECT count(*)", "SELECT count(*) AS left"))}
		queue(t, p, newQuery(t, "SELECT pg_advisory_lock(4)"), queries, func(i int, q Query) {
			_, rows, err := run(t.Context(), p, q)
			if err != nil || i == 1 && rows[0][0].Number != 0 {
				t.Errorf("%v, %v", rows, err)
			}
		})
		if got := handovers(t, from); got != 2 {
			t.Errorf("%d transactions began where another one ended, want 2", got)
		}
		wantFree(t)
	})
	t.Run("behind PgBouncer", func(t *testing.T) {
		p := openPool(t, server.NewPgBouncer(t, url, 1), 2)
		if _, _, err := run(t.Context(), p, newQuery(t, "SELECT pg_advisory_lock(5)")); err != nil {
			t.Error(err)
		}
		wantFree(t)
	})
}

// TestDblink has queries open connections of the server's own, which would stay open as long as the session.
func TestDblink(t *testing.T) {
	url := server.NewDatabase(t, "CREATE SCHEMA tools", "CREATE EXTENSION dblink SCHEMA tools")
	host, port, _ := strings.Cut(server.Addr(), ":")
	to := fmt.Sprintf("'host=%s port=%s user=postgres application_name=linked dbname=' || current_database()", host, port)
	for _, way := range []struct{ name, url string }{ // In this order: PgBouncer keeps its connection.
		{"directly", url}, {"behind PgBouncer", server.NewPgBouncer(t, url, 1)},
	} {
		for what, sql := range map[string]string{
			"named":           "SELECT tools.dblink_connect('a', " + to + "), tools.DBLINK_connect('b ''x', " + to + ")",
			"without a name":  "SELECT tools.dblink_connect(" + to + ")",
			"before an error": "SELECT tools.dblink_connect('a', " + to + "), 1 / (SELECT 0)",
		} {
			t.Run(what+" "+way.name, func(t *testing.T) {
				p := openPool(t, way.url, 1)
				queue(t, p, newQuery(t, "SELECT 1"), []Query{newQuery(t, sql), newQuery(t, "SELECT 2")}, func(_ int, q Query) {
					if _, _, err := run(t.Context(), p, q); err != nil && !strings.Contains(err.Error(), "division by zero") {
						t.Error(err)
					}
				})
				eventually(t, "no connection of dblink is open", func() bool {
					return pgtest.Ask[string](t, server.URL("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'linked'") == "0"
				})
				one(t, p, "SELECT 3")
				if n := pgtest.Ask[string](t, url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter' AND datname = current_database()"); n != "1" {
					t.Errorf("%s connections, want the same one", n)
				}
			})
		}
	}
}
