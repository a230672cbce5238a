package database

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestFrozenDatabase has a database fall silent while more queries wait than there are connections: those that wait hear of it from
// the first whose timeout passes.
func TestFrozenDatabase(t *testing.T) {
	url := server.NewDatabase(t)
	for name, through := range map[string]func(t *testing.T) (*pgtest.Proxy, string){
		"server": func(t *testing.T) (*pgtest.Proxy, string) {
			proxy := pgtest.NewProxy(t, server.Addr())
			return proxy, strings.Replace(url, server.Addr(), proxy.Addr(), 1)
		},
		"server behind PgBouncer": func(t *testing.T) (*pgtest.Proxy, string) {
			proxy := pgtest.NewProxy(t, server.Addr())
			_, port, _ := strings.Cut(proxy.Addr(), ":")
			return proxy, server.NewPgBouncer(t, url, 2, "server_login_retry = 1", "[databases]", "* = host=127.0.0.1 port="+port)
		},
	} {
		t.Run(name, func(t *testing.T) {
			proxy, url := through(t)
			p := openPool(t, url, 2)
			one(t, p, "SELECT 1")
			var all sync.WaitGroup
			within(t, 10*time.Second, func() {
				for i := range 40 {
					all.Go(func() {
						q := newQuery(t, fmt.Sprintf("SELECT pg_sleep(60), %d", i))
						q.Timeout = 4 * time.Second
						_, _, err := run(t.Context(), p, q)
						if !isSilent(err) {
							wantError(t, err, Connect, "cannot connect: the database does not answer")
						}
					})
				}
				eventually(t, "the others wait", func() bool { return p.Stats().Waiting == 38 })
				proxy.Freeze()
				all.Wait()
			})
			within(t, time.Second, func() {
				_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
				wantError(t, err, Connect, "cannot connect: the database does not answer")
			})
			if p.Stats().Up {
				t.Error("the database counts as up")
			}
			proxy.Thaw()
			eventually(t, "queries succeed again", func() bool {
				_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
				return err == nil
			})
		})
	}
}

// TestDeadConnection has only the connections that are open fall silent: whoever waits gets a new one.
func TestDeadConnection(t *testing.T) {
	p, proxy, url := throughProxy(t)
	one(t, p, "SELECT 1")
	var all sync.WaitGroup
	slow := newQuery(t, "SELECT pg_sleep(60)")
	slow.Timeout = 3 * time.Second
	all.Go(func() {
		_, _, err := run(t.Context(), p, slow)
		wantError(t, err, Timeout, "nothing was heard from the server")
	})
	eventually(t, "the query runs", func() bool {
		return pgtest.Ask[string](t, url, "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()") == "1"
	})
	for i := range 10 {
		all.Go(func() {
			if _, _, err := run(t.Context(), p, newQuery(t, fmt.Sprint("SELECT ", i))); err != nil {
				t.Error(err)
			}
		})
	}
	eventually(t, "the others wait", func() bool { return p.Stats().Waiting == 10 })
	proxy.Swallow()
	all.Wait()
	if !p.Stats().Up {
		t.Error("the database counts as down")
	}
}

// TestCloseWhileFrozen has a pool closed that waits for a sign of life.
func TestCloseWhileFrozen(t *testing.T) {
	p, proxy, _ := throughProxy(t)
	one(t, p, "SELECT 1")
	proxy.Freeze()
	q := newQuery(t, "SELECT 1")
	q.Timeout = time.Second
	_, _, err := run(t.Context(), p, q)
	wantError(t, err, Connect, "no answer in time")
	within(t, 2*time.Second, func() {
		if err := p.Close(); err != nil {
			t.Error(err)
		}
	})
}
