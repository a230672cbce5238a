package database

import (
	"context"
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// queue runs the work for each of the queries while the only connection is in use, so that all of them wait for it in
// their order, and returns when all have ended.
func queue(t *testing.T, p *pool, holding Query, queries []Query, work func(i int, q Query)) {
	t.Helper()
	var all sync.WaitGroup
	defer all.Wait()
	held, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	all.Go(func() {
		err := p.Run(context.Background(), holding, func([]Column) (func([]Value) error, error) {
			close(held)
			<-release
			return func([]Value) error { return nil }, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	for i, q := range queries {
		all.Go(func() { work(i, q) })
		eventually(t, "the query waits", func() bool { return p.Stats().Waiting > i })
	}
}

// wantIdle checks that the pool's connections are there and in no transaction.
func wantIdle(t *testing.T, url, connections string) {
	t.Helper()
	states := pgtest.Ask[string](t, url, `SELECT coalesce(string_agg(state, ' '), '') FROM pg_stat_activity
		WHERE datname = current_database() AND application_name = 'kpi_exporter'`)
	if states != connections {
		t.Errorf("the connections are %q, want %q", states, connections)
	}
}

// handovers counts in the log of the server, from a place on, the transactions that began where another one ended.
func handovers(t *testing.T, from int) int {
	t.Helper()
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	return strings.Count(log[from:], "_unlock_all(); ROLLBACK; BEGIN ")
}

func logged(t *testing.T) (url string, from int) {
	t.Helper()
	url = server.NewDatabase(t)
	server.Exec(t, url, "ALTER DATABASE "+pgtest.Ask[string](t, url, "SELECT quote_ident(current_database())")+" SET log_statement = 'all'")
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	return url, len(log)
}

// TestQueriesThatWaitTakeOver has queries with different settings follow each other on one connection.
func TestQueriesThatWaitTakeOver(t *testing.T) {
	url, from := logged(t)
	p := openPool(t, url, 1)
	const settings = `SELECT concat_ws(' ', current_setting('TimeZone'), current_setting('transaction_read_only')),
		extract(epoch FROM current_setting('statement_timeout')::interval) * 1000, pg_backend_pid(), extract(epoch FROM now())`
	tests := []struct {
		zone    string
		timeout time.Duration
		sql     string
	}{
		{"Europe/Berlin", 20 * time.Second, settings},
		{"Asia/Tokyo", 5 * time.Second, settings},
		{"Asia/Tokyo", 5 * time.Second, settings},
		{"Asia/Tokyo", 5 * time.Second, "SELECT 1 / (SELECT 0)"},
		{"UTC", 10 * time.Second, settings},
		{"America/New_York", time.Minute, settings},
	}
	queries := make([]Query, len(tests))
	statements := map[string]engine.Statement{}
	for i, test := range tests {
		queries[i] = newQuery(t, test.sql)
		if statements[test.sql] == nil {
			statements[test.sql] = queries[i].Statement
		}
		queries[i].Statement = statements[test.sql]
		queries[i].Timezone, queries[i].Timeout = test.zone, test.timeout
	}
	var mu sync.Mutex
	backends, transactions := map[float64]bool{}, map[float64]bool{}
	queue(t, p, newQuery(t, "SELECT 1"), queries, func(_ int, q Query) {
		_, rows, err := run(context.Background(), p, q)
		if q.Statement.SQL() != settings {
			wantError(t, err, Refused, "division by zero")
			return
		}
		if err != nil {
			t.Error(err)
			return
		}
		if got, want := rows[0][0].Text, q.Timezone+" on"; got != want {
			t.Errorf("settings %q, want %q", got, want)
		}
		limit := float64(q.Timeout.Milliseconds())
		if got := rows[0][1].Number; got <= limit-5000 || got > limit+1 {
			t.Errorf("statement_timeout of %g ms, want almost %g", got, limit)
		}
		mu.Lock()
		defer mu.Unlock()
		backends[rows[0][2].Number], transactions[rows[0][3].Number] = true, true
	})
	if len(backends) != 1 || len(transactions) != 4 {
		t.Errorf("%d connections and %d transactions, want 1 and 4", len(backends), len(transactions))
	}
	wantIdle(t, url, "idle")
	// Of six, one continues in the transaction before it, and the one after the failure begins a new one.
	if got := handovers(t, from); got != 4 {
		t.Errorf("%d transactions began where another one ended, want 4", got)
	}
}

// TestSettingsAreNotTakenOver has a query that sets something followed by another one.
func TestSettingsAreNotTakenOver(t *testing.T) {
	url, from := logged(t)
	p := openPool(t, url, 1)
	queries := []Query{
		newQuery(t, "SELECT pg_catalog.Set_Config('role', 'pg_monitor', false)"),
		newQuery(t, "SELECT current_setting('role')"),
	}
	queue(t, p, newQuery(t, "SELECT 1"), queries, func(i int, q Query) {
		_, rows, err := run(context.Background(), p, q)
		if want := []string{"pg_monitor", "none"}[i]; err != nil || rows[0][0].Text != want {
			t.Errorf("%v, %v, want %s", rows, err, want)
		}
	})
	if got := handovers(t, from); got != 2 {
		t.Errorf("%d transactions began where another one ended, want 2", got)
	}
}

func TestConnectionIsGivenBackAfterASecond(t *testing.T) {
	url, from := logged(t)
	p := openPool(t, url, 1)
	queries := []Query{newQuery(t, "SELECT 1")}
	queue(t, p, newQuery(t, "SELECT pg_sleep(1.1)"), queries, func(_ int, q Query) {
		if _, _, err := run(context.Background(), p, q); err != nil {
			t.Error(err)
		}
	})
	if got := handovers(t, from); got != 0 {
		t.Errorf("%d transactions began where another one ended, want none", got)
	}
}

// TestNoConnectionIsLeftInATransaction has queries succeed, fail and be given up while others wait.
func TestNoConnectionIsLeftInATransaction(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	good, bad := newQuery(t, "SELECT :as_of"), newQuery(t, "SELECT 1 / (SELECT 0)")
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			ctx, q := context.Background(), good
			switch i % 4 {
			case 0:
				q = bad
			case 1:
				patience, cancel := context.WithCancel(ctx)
				defer cancel()
				time.AfterFunc(time.Duration(i)*100*time.Microsecond, cancel)
				ctx = patience
			}
			_, _, err := run(ctx, p, q)
			switch {
			case i%4 == 0:
				wantError(t, err, Refused, "division by zero")
			case err != nil && !(i%4 == 1 && errors.Is(err, context.Canceled)):
				t.Error(err)
			}
		})
	}
	all.Wait()
	one(t, p, "SELECT 1") // Nobody waits for the connection after it.
	wantIdle(t, url, "idle")
}
