package database

import (
	"context"
	"errors"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

var (
	server  *pgtest.Server
	mariadb mariadbtest.Server
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mariadbtest.M{M: pgtest.M{M: m, Server: &server}, Server: &mariadb})
}

// openPool returns a pool on the URL that is closed when the test ends.
func openPool(t testing.TB, url string, connections int) *pool {
	t.Helper()
	return openConfig(t, config.NewDatabase("app", url, ""), connections)
}

func openConfig(t testing.TB, cfg *config.Database, connections int) *pool {
	t.Helper()
	cfg.MaxConnections = connections
	p, ok := openSource(t, cfg).(*pool)
	if !ok {
		t.Fatal("the file does not say which engine it is")
	}
	return p
}

// openSource returns a source that is closed when the test ends.
func openSource(t testing.TB, cfg *config.Database) Source {
	t.Helper()
	source := Open(cfg)
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Errorf("closing the source: %v", err)
		}
	})
	return source
}

func newQuery(t testing.TB, sql string) Query {
	t.Helper()
	statement, err := sqltext.Parse(sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	day := func(d int) time.Time { return time.Date(2026, 4, d, 0, 0, 0, 0, time.UTC) }
	return Query{
		KPIs: []string{"revenue"}, Statement: statement, Timeout: 20 * time.Second, Timezone: "UTC",
		Parameters: Parameters{AsOf: day(5), PeriodStart: day(3), PeriodEnd: day(4), PreviousStart: day(2), PreviousEnd: day(3), Timezone: "Europe/Berlin"},
	}
}

// cell is a Value that lasts.
type cell struct {
	Null    bool
	Number  float64
	Err     string
	Text    string
	Invalid bool
}

// run returns all rows of a query.
func run(ctx context.Context, p Source, q Query) ([]Column, [][]cell, error) {
	var columns []Column
	var rows [][]cell
	err := p.Run(ctx, q, func(c []Column) (func([]Value) error, error) {
		columns = c
		return func(values []Value) error {
			row := make([]cell, len(values))
			for i := range values {
				n, err := values[i].Number()
				text, valid := values[i].Text()
				row[i] = cell{Null: values[i].Null(), Number: n, Text: text, Invalid: !valid}
				if err != nil {
					row[i].Err = err.Error()
				}
			}
			rows = append(rows, row)
			return nil
		}, nil
	})
	return columns, rows, err
}

// one returns the text of the only cell of a query.
func one(t testing.TB, p Source, sql string) string {
	t.Helper()
	_, rows, err := run(t.Context(), p, newQuery(t, sql))
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	if len(rows) != 1 || len(rows[0]) != 1 {
		t.Fatalf("%s: got %v, want one cell", sql, rows)
	}
	return rows[0][0].Text
}

// wantError checks the reason and that the sentence says what it must.
func wantError(t testing.TB, err error, reason FailureReason, says string) {
	t.Helper()
	var e *Error
	switch {
	case !errors.As(err, &e):
		t.Errorf("error %v (%T), want reason %s", err, err, reason)
	case e.Reason != reason || !strings.Contains(e.Error(), says):
		t.Errorf("reason %s: %q\nwant   %s: …%s…", e.Reason, e, reason, says)
	}
}

// eventually polls until the condition holds.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

// within fails the test if the work takes longer. A busy machine gets eight seconds more; what never ends takes twenty and more.
func within(t testing.TB, limit time.Duration, work func()) {
	t.Helper()
	start := time.Now()
	work()
	if took := time.Since(start); took > limit+8*time.Second {
		t.Errorf("took %s, want at most %s", took, limit)
	}
}

// accept handles connections to an address of its own, which it returns, until the test ends.
func accept(t testing.TB, handle func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() {
				defer conn.Close()
				handle(conn)
			})
		}
	})
	t.Cleanup(connections.Wait)
	t.Cleanup(func() { listener.Close() })
	return listener.Addr().String()
}
