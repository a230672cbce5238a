package database

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// backgroundQuery is a query that runs while nobody else wants the connection.
func backgroundQuery(t testing.TB, sql string) Query {
	t.Helper()
	q := newQuery(t, sql)
	q.Background, q.Timeout = true, 10*time.Minute
	return q
}

const sleeping = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'"

// TestBackgroundGivesWay has queries need the only connection, for which one of the background would sleep.
func TestBackgroundGivesWay(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	for range 3 {
		ended := make(chan error, 1)
		go func() {
			_, _, err := run(context.Background(), p, backgroundQuery(t, "SELECT pg_sleep(600)"))
			ended <- err
		}()
		eventually(t, "the query of the background runs", func() bool { return pgtest.Ask[string](t, url, sleeping) == "1" })
		within(t, 5*time.Second, func() { one(t, p, "SELECT 1") })
		if err := <-ended; !errors.Is(err, ErrInterrupted) {
			t.Errorf("error %v, want that it was interrupted", err)
		}
	}
	if s := p.Stats(); s.Waiting != 0 || s.BusyRatio > 0.5 {
		t.Errorf("stats %+v, want none waiting, and not busy by what gives way", s)
	}
}

// TestBackgroundWaits has queries of the background run only once those that wait have ended.
func TestBackgroundWaits(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	var done atomic.Int64
	var all sync.WaitGroup
	queries := make([]Query, 5)
	for i := range queries {
		queries[i] = newQuery(t, "SELECT pg_sleep(0.05)")
	}
	queue(t, p, newQuery(t, "SELECT 1"), queries, func(i int, q Query) {
		if i == 0 {
			for range 3 {
				all.Go(func() {
					before := int64(-1)
					q := backgroundQuery(t, "SELECT 1")
					q.Began = func() { before = done.Load() }
					if _, _, err := run(context.Background(), p, q); err != nil || before != int64(len(queries)) {
						t.Errorf("began after %d of %d queries: %v", before, len(queries), err)
					}
				})
			}
		}
		if _, _, err := run(context.Background(), p, q); err != nil {
			t.Error(err)
		}
		done.Add(1)
	})
	all.Wait()
}

// TestBackgroundIsBounded has the server count connections while queries of the background run and are interrupted.
func TestBackgroundIsBounded(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 2)
	const count = `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kpi_exporter'`
	ctx, cancel := context.WithCancel(t.Context())
	var background sync.WaitGroup
	for range 4 {
		background.Go(func() {
			for ctx.Err() == nil {
				_, _, err := run(ctx, p, backgroundQuery(t, "SELECT pg_sleep(0.03)"))
				if err != nil && !errors.Is(err, ErrInterrupted) && !errors.Is(err, context.Canceled) {
					t.Error(err)
				}
			}
		})
	}
	var due sync.WaitGroup
	for range 3 {
		due.Go(func() {
			for range 40 {
				n := one(t, p, count)
				for deadline := time.Now().Add(time.Minute); n > "2" && time.Now().Before(deadline); { // The server takes a moment to end that of an interrupted query.
					n = one(t, p, count)
				}
				if n != "1" && n != "2" {
					t.Errorf("%s connections at once, want at most 2", n)
				}
			}
		})
	}
	due.Wait()
	cancel()
	background.Wait()
}

// TestBackgroundEndsWithItsPool closes a pool while queries of the background run and wait.
func TestBackgroundEndsWithItsPool(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 1)
	ended := make(chan error, 2)
	for range cap(ended) {
		go func() {
			_, _, err := run(context.Background(), p, backgroundQuery(t, "SELECT pg_sleep(600)"))
			ended <- err
		}()
	}
	eventually(t, "a query of the background runs", func() bool { return pgtest.Ask[string](t, url, sleeping) == "1" })
	within(t, 5*time.Second, func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
		for range cap(ended) {
			if err := <-ended; err == nil {
				t.Error("a query succeeded on a closed pool")
			}
		}
	})
}
