package database

import (
	"context"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// throughProxy returns a pool of one connection that reaches the server through a proxy.
func throughProxy(t *testing.T) (*pool, *pgtest.Proxy, string) {
	t.Helper()
	url := server.NewDatabase(t)
	proxy := pgtest.NewProxy(t, server.Addr())
	return openPool(t, strings.Replace(url, server.Addr(), proxy.Addr(), 1), 1), proxy, url
}

// TestSwallowedConnections has a firewall forget the connections that lie idle: their end is never heard of.
func TestSwallowedConnections(t *testing.T) {
	for name, timeout := range map[string]time.Duration{"short timeout": 4 * time.Second, "long timeout": time.Minute} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			url := server.NewDatabase(t)
			proxy := pgtest.NewProxy(t, server.Addr())
			p := openPool(t, strings.Replace(url, server.Addr(), proxy.Addr(), 1), 5)
			var all sync.WaitGroup
			for range 5 {
				all.Go(func() { one(t, p, "SELECT pg_sleep(0.2) IS NULL") })
			}
			all.Wait()
			proxy.Swallow()
			q := newQuery(t, "SELECT 1")
			q.Timeout = timeout
			within(t, min(timeout, 2*mostPatience), func() { // No longer than for one of them.
				if _, _, err := run(t.Context(), p, q); err != nil {
					t.Error(err)
				}
			})
			if !p.Stats().Up {
				t.Error("the database counts as down")
			}
		})
	}
	t.Run("and no answer to a new one", func(t *testing.T) {
		t.Parallel()
		p, proxy, _ := throughProxy(t)
		one(t, p, "SELECT 1")
		proxy.Swallow()
		proxy.Freeze()
		q := newQuery(t, "SELECT 1")
		q.Timeout = 2 * time.Second
		within(t, 4*time.Second, func() {
			_, _, err := run(t.Context(), p, q)
			wantError(t, err, Connect, "cannot connect: no answer in time (the query's timeout is 2s)")
		})
	})
}

func TestSilentServer(t *testing.T) {
	silent := pgtest.NewSilent(t)
	for name, mode := range map[string]string{"plain": "disable", "before TLS": "require"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := openPool(t, "postgres://u@"+silent+"/db?sslmode="+mode, 1)
			q := newQuery(t, "SELECT 1")
			q.Timeout = 300 * time.Millisecond
			within(t, 2300*time.Millisecond, func() {
				_, _, err := run(t.Context(), p, q)
				wantError(t, err, Connect, "no answer in time")
			})
		})
	}
	t.Run("connect timeout", func(t *testing.T) {
		t.Parallel()
		p := openPool(t, "postgres://u@"+silent+"/db?sslmode=disable&connect_timeout=1", 1)
		within(t, 2500*time.Millisecond, func() {
			_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
			wantError(t, err, Connect, "no answer in time")
		})
	})
	t.Run("the caller gives up", func(t *testing.T) {
		t.Parallel()
		p := openPool(t, "postgres://u@"+silent+"/db?sslmode=disable", 1)
		ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
		defer cancel()
		within(t, 2*time.Second, func() {
			_, _, err := run(ctx, p, newQuery(t, "SELECT 1"))
			wantError(t, err, Connect, "no answer in time")
		})
	})
}

// TestSilenceDuringTLS talks to a server that agrees to TLS and then says nothing.
func TestSilenceDuringTLS(t *testing.T) {
	p := openPool(t, "postgres://u:hunter2-canary@"+talker(t, true, "S")+"/db?sslmode=require", 1)
	q := newQuery(t, "SELECT 1")
	q.Timeout = 300 * time.Millisecond
	within(t, 2300*time.Millisecond, func() {
		_, _, err := run(t.Context(), p, q)
		wantError(t, err, Connect, "no answer in time")
	})
}

// TestServerStopsAndComesBack has a server to itself.
func TestServerStopsAndComesBack(t *testing.T) {
	own, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	}()
	p := openPool(t, own.URL("postgres"), 3)
	done := make(chan error, 1)
	go func() {
		_, _, err := run(context.Background(), p, newQuery(t, "SELECT 'stopped', pg_sleep(30)"))
		done <- err
	}()
	eventually(t, "the query runs", func() bool {
		return pgtest.Ask[string](t, own.URL("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%''stopped'', pg_sleep(30)' AND wait_event = 'PgSleep'") == "1"
	})
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
	wantError(t, <-done, Connect, "the server closed the connection")
	_, _, err = run(t.Context(), p, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "connection refused")
	if p.Stats().Up {
		t.Error("the database counts as up")
	}
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}

	var all sync.WaitGroup // Fill the pool with connections that will die idle.
	for range 3 {
		all.Go(func() { one(t, p, "SELECT pg_sleep(0.1) IS NULL") })
	}
	all.Wait()
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("after the restart: %s", got)
	}
	if !p.Stats().Up {
		t.Error("the database does not count as up")
	}
}

func TestFailover(t *testing.T) {
	p, proxy, _ := throughProxy(t)
	one(t, p, "SELECT 1")
	proxy.SetUpstream("127.0.0.1:1")
	proxy.Cut()
	_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "")
	proxy.SetUpstream(server.Addr())
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("after the failover: %s", got)
	}
}
