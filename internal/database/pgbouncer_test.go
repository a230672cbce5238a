package database

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestBehindPgBouncer has more connections ask than PgBouncer has of its own, with different settings, with and without
// parameters, some of them in vain.
func TestBehindPgBouncer(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, server.NewPgBouncer(t, url, 2), 4)
	const settings = "SELECT current_setting('TimeZone') || ' ' || current_setting('transaction_read_only') || ' ' || "
	zones := []string{"UTC", "Europe/Berlin", "Asia/Tokyo"}
	var asking sync.WaitGroup
	for worker := range 8 {
		asking.Go(func() {
			for i := range 25 {
				zone := zones[(worker+i)%len(zones)]
				text := fmt.Sprint(zone, " on ", worker, ".", i)
				literal := fmt.Sprintf("'%d.%d'", worker, i)
				switch i % 5 {
				case 0: // No parameters.
					wantText(t, p, zone, settings+literal, text)
				case 4:
					q := newQuery(t, "SELECT pg_sleep(10), :as_of")
					q.Timeout = 500 * time.Millisecond // Long enough to connect on a busy machine.
					_, _, err := run(context.Background(), p, q)
					wantError(t, err, Timeout, "")
				case 3:
					_, _, err := run(context.Background(), p, newQuery(t, "SELECT 1 / extract(month FROM :as_of - :as_of)"))
					wantError(t, err, Refused, "")
				default:
					wantText(t, p, zone, settings+literal+" WHERE :as_of > :period_start", text)
				}
			}
		})
	}
	asking.Wait()

	// Nothing of it stays on the connections that PgBouncer gives to others.
	states := pgtest.Ask[string](t, url, `SELECT coalesce(string_agg(DISTINCT state, ' '), 'idle') FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid()`)
	if states != "idle" {
		t.Errorf("connections are %q, want idle", states)
	}
}

func wantText(t *testing.T, p *pool, zone, sql, want string) {
	t.Helper()
	q := newQuery(t, sql)
	q.Timezone = zone
	_, rows, err := run(context.Background(), p, q)
	if err != nil {
		t.Error(err)
		return
	}
	if got := rows[0][0].Text; got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}
