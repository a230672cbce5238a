package enginetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// frozenLimit is how long after its timeout a query may take at most, whatever the network does.
const frozenLimit = 2 * time.Second

// behindProxy returns a source of one connection that reaches the server through a proxy, and the URL without it.
func (e Engine) behindProxy(t *testing.T) (source database.Source, proxy *pgtest.Proxy, url string) {
	t.Helper()
	url = e.New(t)
	proxy = pgtest.NewProxy(t, e.Server(url))
	return open(t, strings.Replace(url, e.Server(url), proxy.Addr(), 1), 1), proxy, url
}

// testFrozen has the network swallow everything, at each moment of a connection.
func testFrozen(t *testing.T, e Engine) {
	t.Run("idle connection", func(t *testing.T) {
		t.Parallel()
		source, proxy, _ := e.behindProxy(t)
		e.wantGood(t, source)
		proxy.Freeze()
		q := e.query(t, e.Numbers(1))
		q.Timeout = 500 * time.Millisecond
		within(t, q.Timeout+frozenLimit, func() {
			_, _, err := run(t.Context(), source, q)
			wantError(t, err, database.Connect, "no answer in time on a connection that lay idle (the query's timeout is 500ms)")
			if strings.Contains(err.Error(), "cannot connect") {
				t.Error("nobody tried to connect")
			}
		})
		proxy.Thaw()
		e.wantGood(t, source)
	})
	t.Run("new connection", func(t *testing.T) {
		t.Parallel()
		source, proxy, _ := e.behindProxy(t)
		proxy.Freeze()
		q := e.query(t, e.Numbers(1))
		q.Timeout = 500 * time.Millisecond
		within(t, q.Timeout+frozenLimit, func() {
			_, _, err := run(t.Context(), source, q)
			wantError(t, err, database.Connect, "no answer in time")
		})
	})
	for _, text := range e.Endless {
		t.Run("while it runs/"+text, func(t *testing.T) {
			t.Parallel()
			source, proxy, url := e.behindProxy(t)
			q := e.query(t, text)
			q.Timeout = 8 * time.Second // Long enough that a busy machine sees it run.
			within(t, q.Timeout+frozenLimit, func() {
				ended := make(chan error)
				go func() {
					_, _, err := run(t.Context(), source, q)
					ended <- err
				}()
				e.eventuallyRunning(t, url, 1)
				proxy.Freeze()
				wantError(t, <-ended, database.Timeout, "nothing was heard from the server within the query's timeout of 8s")
			})
			if source.Stats().Up {
				t.Error("the database counts as up")
			}
			proxy.Thaw()
			e.wantGood(t, source)
		})
	}
	for _, text := range e.EndlessRows {
		testFrozenRows(t, e, text)
	}
}

func testFrozenRows(t *testing.T, e Engine, text string) {
	t.Run("while rows are read/"+text, func(t *testing.T) {
		t.Parallel()
		source, proxy, _ := e.behindProxy(t)
		q := e.query(t, text)
		q.Timeout = 6 * time.Second // Long enough that a busy machine gets a row.
		within(t, q.Timeout+frozenLimit, func() {
			err := source.Run(t.Context(), q, func([]database.Column) (func([]database.Value) error, error) {
				return func([]database.Value) error { proxy.Freeze(); return nil }, nil
			})
			wantError(t, err, database.Timeout, "nothing was heard")
		})
	})
	t.Run("the caller gives up/"+text, func(t *testing.T) {
		t.Parallel()
		source, proxy, _ := e.behindProxy(t)
		ctx, cancel := context.WithCancel(t.Context())
		defer cancel()
		within(t, frozenLimit, func() {
			err := source.Run(ctx, e.query(t, text), func([]database.Column) (func([]database.Value) error, error) {
				return func([]database.Value) error { proxy.Freeze(); cancel(); return nil }, nil
			})
			if !errors.Is(err, context.Canceled) {
				t.Errorf("error %v, want context.Canceled", err)
			}
		})
	})
}

// testCut has the network end the connections, which are found out to be dead only when they are used.
func testCut(t *testing.T, e Engine) {
	t.Run("idle connection", func(t *testing.T) {
		source, proxy, _ := e.behindProxy(t)
		e.wantGood(t, source)
		proxy.Cut()
		e.wantGood(t, source)
	})
	t.Run("while it runs", func(t *testing.T) {
		source, proxy, url := e.behindProxy(t)
		ended := make(chan error)
		go func() {
			_, _, err := run(t.Context(), source, e.query(t, e.Endless[0]))
			ended <- err
		}()
		e.eventuallyRunning(t, url, 1)
		proxy.Cut()
		wantError(t, <-ended, database.Connect, "the server closed the connection while the query ran")
		if source.Stats().Up {
			t.Error("the database counts as up")
		}
		e.wantGood(t, source)
	})
}
