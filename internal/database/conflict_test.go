package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// conflicts makes a function that fails with the error of a conflict, the first times that it is called, and counts its calls.
const conflicts = pgtest.Calls + `;
	CREATE FUNCTION conflict(code text, times int) RETURNS int LANGUAGE plpgsql AS $$
	DECLARE calls int := call();
	BEGIN
		IF calls <= times THEN
			RAISE EXCEPTION 'no. %', calls USING ERRCODE = code;
		END IF;
		RETURN calls;
	END $$`

// calls returns how often conflict was called.
func calls(t *testing.T, url string) string {
	t.Helper()
	return pgtest.Ask[string](t, url, "SELECT count(*) FROM calls")
}

func TestConflicts(t *testing.T) {
	for _, parameter := range withAndWithoutParameter {
		for _, code := range []string{"40001", "40P01"} {
			t.Run(code+" once"+parameter, func(t *testing.T) {
				t.Parallel()
				url := server.NewDatabase(t, conflicts)
				p := openPool(t, url, 1)
				_, rows, err := run(t.Context(), p, newQuery(t, "SELECT conflict('"+code+"', 1)"+parameter))
				if err != nil {
					t.Fatal(err)
				}
				if rows[0][0].Text != "2" {
					t.Errorf("call %s gave the answer", rows[0][0].Text)
				}
				if got := calls(t, url); got != "2" {
					t.Errorf("ran %s times", got)
				}
				wantIdle(t, url, "idle")
			})
			t.Run(code+" always"+parameter, func(t *testing.T) {
				t.Parallel()
				url := server.NewDatabase(t, conflicts)
				p := openPool(t, url, 1)
				_, _, err := run(t.Context(), p, newQuery(t, "SELECT conflict('"+code+"', 9)"+parameter))
				wantError(t, err, Conflict, "tried 3 times: a conflict with other transactions ended the query: no. 3 ("+code+")")
				if got := calls(t, url); got != "3" {
					t.Errorf("ran %s times", got)
				}
				if !p.Stats().Up {
					t.Error("the database counts as down")
				}
				wantIdle(t, url, "idle")
			})
		}
	}
	t.Run("another error the second time", func(t *testing.T) {
		t.Parallel()
		p := openPool(t, server.NewDatabase(t, conflicts), 1)
		_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1 / (conflict('40001', 1) - 2)"))
		wantError(t, err, Refused, "division by zero")
	})
	t.Run("other errors", func(t *testing.T) {
		t.Parallel()
		for _, code := range []string{"40002", "22012", "55P03", "57014", "XX000"} {
			url := server.NewDatabase(t, conflicts)
			_, _, err := run(t.Context(), openPool(t, url, 1), newQuery(t, "SELECT conflict('"+code+"', 1)"))
			if err == nil {
				t.Errorf("%s: no error", code)
			}
			if got := calls(t, url); got != "1" {
				t.Errorf("%s: ran %s times", code, got)
			}
		}
	})
	t.Run("in a plan", func(t *testing.T) {
		t.Parallel()
		url := server.NewDatabase(t, conflicts, "ALTER FUNCTION conflict IMMUTABLE") // So that it is called to plan.
		if _, err := openPool(t, url, 1).Explain(t.Context(), newQuery(t, "SELECT conflict('40001', 1)")); err != nil {
			t.Error(err)
		}
	})
}

// TestConflictAmidRows has a conflict when rows were read already: they come again, after another call of begin.
func TestConflictAmidRows(t *testing.T) {
	url := server.NewDatabase(t, conflicts)
	p := openPool(t, url, 1)
	const rows = 20000
	q := newQuery(t, fmt.Sprintf("SELECT i, CASE i WHEN %d THEN conflict('40001', 1) END FROM generate_series(1, %[1]d) AS i", rows))
	var begun []int
	err := p.Run(t.Context(), q, func([]Column) (func([]Value) error, error) {
		begun = append(begun, 0)
		return func([]Value) error { begun[len(begun)-1]++; return nil }, nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(begun) != 2 || begun[0] == 0 || begun[0] == rows || begun[1] != rows {
		t.Errorf("rows of each try: %v", begun)
	}
}

// TestConflictTakesNoLonger leaves the second try what the first has left of the timeout.
func TestConflictTakesNoLonger(t *testing.T) {
	p := openPool(t, server.NewDatabase(t, conflicts), 1)
	one(t, p, "SELECT 1") // So that connecting takes none of the time.
	q := newQuery(t, "SELECT pg_sleep(0.6), conflict('40001', 1)")
	q.Timeout = time.Second
	within(t, q.Timeout+time.Second, func() {
		_, _, err := run(t.Context(), p, q)
		wantError(t, err, Timeout, "the query took longer than its timeout of 1s")
	})
}

// TestConflictOfCanceledCaller does not try again what nobody wants.
func TestConflictOfCanceledCaller(t *testing.T) {
	url := server.NewDatabase(t, conflicts)
	ctx, cancel := context.WithCancel(t.Context())
	err := openPool(t, url, 1).Run(ctx, newQuery(t, "SELECT i, CASE i WHEN 20000 THEN conflict('40001', 1) END FROM generate_series(1, 20000) AS i"),
		func([]Column) (func([]Value) error, error) {
			return func([]Value) error { cancel(); return nil }, nil
		})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
}

// TestDeadlock has a query and another session wait for each other.
func TestDeadlock(t *testing.T) {
	url := server.NewDatabase(t, `CREATE FUNCTION quarrel() RETURNS text LANGUAGE plpgsql AS $$ BEGIN
		PERFORM pg_advisory_xact_lock(1);
		WHILE EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 2 AND granted) LOOP -- By the other session.
			IF EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND objid = 1 AND NOT granted) THEN -- Which waits.
				PERFORM pg_advisory_xact_lock(2);
			END IF;
			PERFORM pg_sleep(0.001);
		END LOOP;
		RETURN 'peace';
	END $$`)
	server.Exec(t, url, "ALTER DATABASE "+pgtest.Ask[string](t, url, "SELECT quote_ident(current_database())")+" SET deadlock_timeout = '10ms'")
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	other, err := db.BeginTx(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.ExecContext(t.Context(), "SET deadlock_timeout = '1h'; SELECT pg_advisory_xact_lock(2)"); err != nil {
		t.Fatal(err)
	}
	var waiting sync.WaitGroup
	waiting.Go(func() {
		eventually(t, "the query has its lock", func() bool {
			return pgtest.Ask[string](t, url, "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 1") == "1"
		})
		if _, err := other.ExecContext(t.Context(), "SELECT pg_advisory_xact_lock(1)"); err != nil {
			t.Error(err)
		}
		if err := other.Commit(); err != nil {
			t.Error(err)
		}
	})
	defer waiting.Wait()
	if got := one(t, openPool(t, url, 1), "SELECT quarrel()"); got != "peace" {
		t.Errorf("got %q", got)
	}
	log, err := server.Log()
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(log, "deadlock detected") {
		t.Error("there was no deadlock")
	}
}

// TestRecoveryConflict has a standby remove rows that a query still sees.
func TestRecoveryConflict(t *testing.T) {
	primary := server.NewDatabase(t, "CREATE TABLE sale (amount int)", "INSERT INTO sale VALUES (1), (2), (3)", `
		CREATE FUNCTION slow_total(patient bool) RETURNS int STABLE LANGUAGE plpgsql AS $$ BEGIN -- With the snapshot of the query.
			WHILE patient OR (SELECT count(*) FROM sale) = 3 LOOP
				PERFORM pg_sleep(0.01);
			END LOOP;
			RETURN (SELECT sum(amount) FROM sale);
		END $$`)
	standby := server.NewStandby(t, "max_standby_streaming_delay = 0")
	url := strings.Replace(primary, server.Addr(), standby.Addr(), 1)
	p := openPool(t, url, 1)
	conflicts := func() int {
		log, err := standby.Log()
		if err != nil {
			t.Fatal(err)
		}
		return strings.Count(log, "canceling statement due to conflict with recovery")
	}
	// ask runs a query, and makes for conflicts while it runs until there have been so many.
	ask := func(sql string, enough int) (rows [][]cell, err error) {
		var asking sync.WaitGroup
		defer asking.Wait()
		asking.Go(func() { _, rows, err = run(context.Background(), p, newQuery(t, sql)) })
		eventually(t, "the query runs", func() bool {
			return pgtest.Ask[string](t, url, "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'kpi_exporter' AND query LIKE '%"+sql+"' AND state = 'active'") == "1"
		})
		server.Exec(t, primary, "DELETE FROM sale WHERE amount = 1")
		eventually(t, "there were conflicts", func() bool {
			if conflicts() >= enough {
				return true
			}
			server.Exec(t, primary, "UPDATE sale SET amount = amount")
			server.Exec(t, primary, "VACUUM sale")
			return false
		})
		asking.Wait()
		return rows, err
	}

	rows, err := ask("SELECT slow_total(false)", 1)
	if err != nil {
		t.Fatal(err)
	}
	if got := rows[0][0].Text; got != "5" { // The second time it no longer sees the deleted row.
		t.Errorf("got %s, want 5", got)
	}
	_, err = ask("SELECT slow_total(true)", 4)
	wantError(t, err, Conflict, "tried 3 times: the standby ended the query to follow its primary: canceling statement due to conflict with recovery (40001); "+
		"there, hot_standby_feedback = on, or max_standby_streaming_delay longer than the query, prevents most of it")
	if got := conflicts(); got != 4 {
		t.Errorf("%d conflicts, want 4", got)
	}
}
