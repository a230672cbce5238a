package collector

import (
	"database/sql"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestConnectionsAreNotDoubled has a reload change max_connections, twice, while a query of the first configuration runs: nothing opens
// a connection before it has ended.
func TestConnectionsAreNotDoubled(t *testing.T) {
	url := server.NewDatabase(t, "CREATE TABLE busy ()")
	file := func(connections, query string) string {
		return strings.Replace(app(url, kpi("it", query, "")), "{url:", "{max_connections: "+connections+", url:", 1)
	}
	const born = "SELECT extract(epoch FROM backend_start) AS value FROM pg_stat_activity WHERE pid = pg_backend_pid()"
	first, second, third := load(t, file("3", "SELECT count(*) AS value FROM busy")), load(t, file("2", born)), load(t, file("4", born))

	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	lock, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lock.ExecContext(t.Context(), "LOCK TABLE busy"); err != nil {
		t.Fatal(err)
	}
	var running sync.WaitGroup
	defer running.Wait()
	one := NewEvaluator(first)
	running.Go(func() { one.Evaluate(t.Context(), requests(first, time.Now())) })
	eventually(t, "the first query runs", func() bool { return active(t, "FROM busy") == 1 })
	two := newEvaluatorFrom(one, second)
	running.Go(func() { one.closeUnused(two) })
	three := newEvaluatorFrom(two, third)
	running.Go(func() { two.closeUnused(three) })
	done := make(chan Result, 1)
	running.Go(func() { done <- three.Evaluate(t.Context(), requests(third, time.Now()))[0] })
	for range 20 { // Time enough to open one.
		if n := pgtest.Ask[float64](t, url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter' AND datname = current_database()"); n != 1 {
			t.Errorf("%g connections", n)
		}
	}
	released := pgtest.Ask[float64](t, url, "SELECT extract(epoch FROM clock_timestamp())")
	if err := lock.Rollback(); err != nil {
		t.Fatal(err)
	}
	if r := <-done; r.Failure != nil || *r.Samples[0].Value < released {
		t.Errorf("%+v, want a connection that was opened after %f", r, released)
	}
	three.Close()
}
