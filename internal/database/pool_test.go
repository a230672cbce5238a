package database

import (
	"context"
	"errors"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestPoolIsBounded(t *testing.T) {
	url := server.NewDatabase(t)
	p := openPool(t, url, 2)
	var all sync.WaitGroup
	var most atomic.Int64
	for range 40 {
		all.Go(func() {
			n, err := strconv.ParseInt(one(t, p, `SELECT count(*) FROM pg_stat_activity, pg_sleep(0.01)
				WHERE datname = current_database() AND application_name = 'kpi_exporter'`), 10, 64)
			if err != nil {
				t.Error(err)
			}
			for {
				seen := most.Load()
				if n <= seen || most.CompareAndSwap(seen, n) {
					break
				}
			}
		})
	}
	all.Wait()
	if got := most.Load(); got != 2 {
		t.Errorf("at most %d connections at once, want 2", got)
	}
	if s := p.Stats(); s.Waiting != 0 || s.BusyRatio == 0 {
		t.Errorf("stats %+v, want none waiting and some time busy", s)
	}
}

func TestWaitingForAConnectionIsNotTheQuerysTimeout(t *testing.T) {
	p := openPool(t, server.NewDatabase(t), 1)
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			q := newQuery(t, "SELECT pg_sleep(0.2)")
			q.Timeout = 500 * time.Millisecond // Less than the three take together.
			if _, _, err := run(t.Context(), p, q); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()

	release := make(chan struct{})
	held := make(chan struct{})
	all.Go(func() {
		err := p.Run(context.Background(), newQuery(t, "SELECT 1"), func([]Column) (func([]Value) error, error) {
			close(held)
			<-release
			return func([]Value) error { return nil }, nil
		})
		if err != nil {
			t.Error(err)
		}
	})
	<-held
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, _, err := run(ctx, p, newQuery(t, "SELECT 1")); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	close(release)
	all.Wait()
}

func TestClose(t *testing.T) {
	p := newPool(config.NewDatabase("app", server.NewDatabase(t), ""))
	p.cfg.MaxConnections = 1
	running := make(chan error, 1)
	started := make(chan struct{})
	go func() {
		running <- p.Run(context.Background(), newQuery(t, "SELECT pg_sleep(0.2)"), func([]Column) (func([]Value) error, error) {
			close(started)
			return func([]Value) error { return nil }, nil
		})
	}()
	<-started
	var all sync.WaitGroup
	for range 3 {
		all.Go(func() {
			if err := p.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if err := <-running; err != nil {
		t.Errorf("the running query: %v", err)
	}
	_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "the pool of connections is closed")
	if err := newPool(config.NewDatabase("app", "${KPI_NOT_SET}", "")).Close(); err != nil {
		t.Errorf("a pool that was never used: %v", err)
	}
}

func TestURLFaultIsAConnectError(t *testing.T) {
	p := openPool(t, "${KPI_NOT_SET}", 1)
	if s := p.Stats(); s.Known {
		t.Errorf("stats %+v before the first try", s)
	}
	_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, `database "app": the environment variable KPI_NOT_SET is not set`)
	if s := p.Stats(); !s.Known || s.Up {
		t.Errorf("stats %+v, want a database that is not up", s)
	}
	t.Setenv("KPI_NOT_SET", server.NewDatabase(t))
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("got %s", got)
	}
}

// TestEngineChanges holds that a URL that turns to another engine is a fault, not a file or a host by that name.
func TestEngineChanges(t *testing.T) {
	file, _ := newFile(t)
	for first, then := range map[string]string{server.NewDatabase(t): file, file: server.NewDatabase(t)} {
		t.Setenv("KPI_URL", first)
		p := openPool(t, "${KPI_URL}", 2)
		one(t, p, "SELECT 1")
		t.Setenv("KPI_URL", then)
		err := p.Run(t.Context(), newQuery(t, "SELECT 1"), func([]Column) (func([]Value) error, error) {
			_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1")) // On another connection.
			return nil, err
		})
		wantError(t, err, Connect, ": restart to change the engine")
	}
}

func TestUsage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		u := newUsage(2)
		want := func(ratio float64) {
			t.Helper()
			if got := u.ratio(); got != ratio {
				t.Errorf("ratio %v, want %v", got, ratio)
			}
		}
		want(0)
		u.begin()
		time.Sleep(time.Minute)
		want(0) // One is free.
		u.begin()
		time.Sleep(75 * time.Second)
		want(0.25) // While still full.
		want(0.25)
		u.end()
		time.Sleep(time.Minute)
		want(0.25)
		u.begin()
		time.Sleep(time.Hour)
		want(1)
		u.end()
		time.Sleep(150 * time.Second)
		want(0.5)
		time.Sleep(time.Hour)
		want(0)
	})
}
