// Package enginetest holds what every engine must do, whatever it is: one suite of tests that each of them passes. It asks an
// engine what it can do, and skips, by name, what the engine cannot.
package enginetest

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// Engine is an engine under test: its queries, in its own language, and what it can do. What is not set, it cannot do.
type Engine struct {
	Engine engine.Engine
	// New returns the URL of a new database, in which these statements have run. It is gone after the test.
	New func(t testing.TB, statements ...string) string

	Numbers     func(n int) string // A query of n rows, whose first column holds 1 to n.
	Values      []Value
	Wide        func(bytes int) string // A query of two columns, the second of which is a text of so many bytes in each of three rows; nil if nothing bounds it.
	Null        string                 // A query of one cell, which is NULL; "" if there is no NULL.
	Parameters  map[string]string      // Queries of one cell with parameters, and its text in a session of Europe/Berlin.
	Columns     Columns
	Failing     map[string]string  // Queries that fail, and what the error says.
	Endless     []string           // Queries that do not end, and have no row before.
	EndlessRows []string           // Queries whose rows do not end.
	Zoned       string             // A query of one cell that depends on the session's time zone.
	Zones       map[string]float64 // The value of Zoned, by time zone.

	Schema []string                              // Statements after which Writes would change something.
	Writes []string                              // Queries that try to change something.
	Leaves []string                              // Queries that are allowed, but must leave nothing behind for the next one.
	State  string                                // A query of one cell that shows every change.
	Beside func(t testing.TB, url string) string // Shows every change too, without the source; nil if State is enough.

	Explain  Explain
	Lock     Lock
	Rights   Rights
	Standby  Standby
	Conflict Conflict
	Password func(t *testing.T) Password        // Nil for an engine without passwords.
	Running  func(t testing.TB, url string) int // How many of our queries run, as the server says; nil for an engine without one.
	Busy     func(t testing.TB, url string) int // How many of our connections are not idle: in a query, in a transaction, or beginning one.
	Server   func(url string) string            // Host and port of the server in a URL; nil for an engine without one.

	Unreachable map[string]string            // URLs that lead nowhere, and what the error says.
	Broken      func(secret string) []string // URLs with a secret in them that are broken in every way.
}

// Value is a cell and how it is read.
type Value struct {
	Query  string  // Its first cell is the value. A second one, if there is one, is the value as the engine writes it as text.
	Number float64 // NaN for NULL and NaN.
	Err    string  // What the error says where the value is not a number; "" for none.
	Text   string  // "" means: whatever the second cell says.
}

// Columns is a query whose columns have names that are easily mixed up, and no rows.
type Columns struct {
	Query string
	Want  []database.Column
}

// Explain is a query that could not end, and what is known of it without running it.
type Explain struct {
	Query   string
	Columns []database.Column
	HasCost bool
	Failing map[string]string // Queries that fail, and what the error says.
}

// Lock is what a query has to wait for.
type Lock struct {
	Take  func(t testing.TB, url string) // Locks, until the test ends, what the query reads. Schema has run before.
	Query string
	Says  string
}

// Conflict has a query end because of other transactions.
type Conflict struct {
	Schema       []string
	Once, Always string // Queries that conflict the first time, and every time; Once then has one cell, 2.
}

// Password is a database that requires a password.
type Password struct {
	URL  string                              // Without the password.
	Set  func(t testing.TB, password string) // On the server.
	User string                              // A query whose one cell shows that the password was good.
	Says string                              // What the error says about a wrong password.
	Echo func(text string) string            // A query whose error quotes the text; nil if no error quotes any.
}

// Exercise runs the suite.
func Exercise(t *testing.T, e Engine) {
	for _, test := range []struct {
		name string
		can  bool
		run  func(*testing.T, Engine)
	}{
		{"parameters", e.Parameters != nil, testParameters},
		{"values", e.Values != nil, testValues},
		{"NULL", e.Null != "", testNull},
		{"bytes of a result", e.Wide != nil, testBytes},
		{"columns", e.Columns.Query != "", testColumns},
		{"session time zone", e.Zoned != "", testZone},
		{"writes", e.Writes != nil, testWrites},
		{"leaving something behind", e.Leaves != nil, testLeaves},
		{"errors", e.Failing != nil, testErrors},
		{"a time zone that does not exist", e.Numbers != nil, testUnknownZone},
		{"conflicts", e.Conflict.Once != "", testConflict},
		{"explaining", e.Explain.Query != "", testExplain},
		{"inspecting", true, testInspect},
		{"rights", e.Rights.Reader != nil, testRights},
		{"standby", e.Standby.New != nil, testStandby},
		{"timeout", e.Endless != nil, testTimeout},
		{"timeout between rows", e.EndlessRows != nil, testTimeoutBetweenRows},
		{"timeout at a lock", e.Lock.Take != nil, testLock},
		{"deadline of the caller", e.Endless != nil, testDeadline},
		{"cancellation by the caller", e.Endless != nil, testCancel},
		{"error of the caller", e.EndlessRows != nil, testCallerStops},
		{"limit of connections", e.Numbers != nil, testLimit},
		{"queries that wait take over", e.Numbers != nil, testTakeOver},
		{"waiting is not the timeout", e.Numbers != nil, testWaiting},
		{"closing", e.Numbers != nil, testClose},
		{"frozen network", e.Server != nil, testFrozen},
		{"cut network", e.Server != nil, testCut},
		{"a URL that is not set", e.Numbers != nil, testMissingURL},
		{"unreachable", e.Unreachable != nil, testUnreachable},
		{"passwords", e.Password != nil, testPasswords},
		{"secrets", e.Broken != nil, testSecrets},
	} {
		t.Run(test.name, func(t *testing.T) {
			if !test.can {
				t.Skipf("%s cannot do this", e.Engine.Title())
			}
			test.run(t, e)
		})
	}
}

// open returns a source on the URL that is closed when the test ends.
func open(t testing.TB, url string, connections int) database.Source {
	t.Helper()
	return openConfig(t, config.NewDatabase("app", url, ""), connections)
}

func openConfig(t testing.TB, cfg *config.Database, connections int) database.Source {
	t.Helper()
	cfg.MaxConnections = connections + 1 // An engine may want one for itself.
	if e := cfg.Engine(); e != nil {
		cfg.MaxConnections = connections + e.Spare()
	}
	source := database.Open(cfg)
	t.Cleanup(func() {
		if err := source.Close(); err != nil {
			t.Errorf("closing: %v", err)
		}
	})
	return source
}

// query returns a query with parameters and a timeout that is not reached.
func (e Engine) query(t testing.TB, text string) database.Query {
	t.Helper()
	statement, err := e.Engine.Parse(text)
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	day := func(d int) time.Time { return time.Date(2026, 4, d, 0, 0, 0, 0, time.UTC) }
	return database.Query{
		KPIs: []string{"revenue"}, Statement: statement, Timeout: 20 * time.Second, Timezone: "UTC",
		Parameters: database.Parameters{
			AsOf: day(5), PeriodStart: day(3), PeriodEnd: day(4), PreviousStart: day(2), PreviousEnd: day(3), Timezone: "Europe/Berlin",
		},
	}
}

// cell is a database.Value that lasts.
type cell struct {
	Null   bool
	Number float64
	Err    string
	Text   string
}

// run returns all rows of a query.
func run(ctx context.Context, source database.Source, q database.Query) (columns []database.Column, rows [][]cell, err error) {
	err = source.Run(ctx, q, func(c []database.Column) (func([]database.Value) error, error) {
		columns, rows = c, nil
		return func(values []database.Value) error {
			row := make([]cell, len(values))
			for i := range values {
				n, err := values[i].Number()
				text, _ := values[i].Text()
				row[i] = cell{Null: values[i].Null(), Number: n, Text: text}
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

// first returns the first cell of a query that has one.
func (e Engine) first(t testing.TB, source database.Source, text string) cell {
	t.Helper()
	_, rows, err := run(t.Context(), source, e.query(t, text))
	if err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	if len(rows) == 0 || len(rows[0]) == 0 {
		t.Fatalf("%s: no cell", text)
	}
	return rows[0][0]
}

// wantGood checks that the source runs a query as if nothing had been.
func (e Engine) wantGood(t testing.TB, source database.Source) {
	t.Helper()
	if e.Numbers == nil {
		return
	}
	if got := e.first(t, source, e.Numbers(1)); got.Number != 1 {
		t.Errorf("afterwards: %+v", got)
	}
	if s := source.Stats(); !s.Known || !s.Up || s.Waiting != 0 {
		t.Errorf("stats %+v, want a database that is up", s)
	}
}

// wantError checks the reason and that the sentence says what it must.
func wantError(t testing.TB, err error, reason database.FailureReason, says string) {
	t.Helper()
	e, ok := errors.AsType[*database.Error](err)
	switch {
	case !ok:
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
