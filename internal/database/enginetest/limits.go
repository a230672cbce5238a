package enginetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

func testTimeout(t *testing.T, e Engine) {
	url := e.New(t)
	source := open(t, url, 1)
	e.wantGood(t, source) // So that connecting takes none of the time.
	for _, text := range e.Endless {
		q := e.query(t, text)
		q.Timeout = time.Second
		within(t, 2*time.Second, func() {
			_, _, err := run(t.Context(), source, q)
			wantError(t, err, database.Timeout, "the query took longer than its timeout of 1s")
		})
	}
	if e.Running != nil {
		within(t, 2*time.Second, func() { // The server answers before it is idle.
			eventually(t, "no query runs on the server", func() bool { return e.Busy(t, url) == 0 })
		})
	}
	e.wantGood(t, source)
}

func testTimeoutBetweenRows(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	for _, text := range e.EndlessRows {
		q := e.query(t, text)
		q.Timeout, q.MaxBytes = time.Second, 1<<30
		within(t, 2*time.Second, func() {
			err := source.Run(t.Context(), q, func([]database.Column) (func([]database.Value) error, error) {
				return func([]database.Value) error { return nil }, nil
			})
			wantError(t, err, database.Timeout, "the query took longer than its timeout of 1s")
		})
	}
	e.wantGood(t, source)
}

// testBytes has results be as large as they may be, and larger.
func testBytes(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	for _, test := range []struct {
		bytes, max int // Of each of three rows, and of all.
		row        string
	}{
		{5 << 20, 0, ""}, {8 << 20, 0, "2"}, {60 << 20, 0, "1"}, {8 << 20, 32 << 20, ""}, {30 << 20, 32 << 20, "2"}, {1 << 20, 1 << 20, "1"},
	} {
		q := e.query(t, e.Wide(test.bytes))
		q.MaxBytes = int64(test.max)
		_, rows, err := run(t.Context(), source, q)
		switch {
		case test.row != "":
			wantError(t, err, database.TooLarge, fmt.Sprintf("the result exceeds %d MB at row %s", cmp.Or(test.max, database.DefaultMaxBytes)>>20, test.row))
		case err != nil || len(rows) != 3 || len(rows[2][1].Text) != test.bytes:
			t.Errorf("%d bytes, at most %d: %d rows, %v", test.bytes, test.max, len(rows), err)
		}
		e.wantGood(t, source)
		if !source.Stats().Up {
			t.Errorf("%d bytes, at most %d: the database counts as down", test.bytes, test.max)
		}
	}
}

func testLock(t *testing.T, e Engine) {
	url := e.New(t, e.Schema...)
	source := open(t, url, 1)
	e.wantGood(t, source) // So that connecting takes none of the time.
	e.Lock.Take(t, url)
	q := e.query(t, e.Lock.Query)
	q.Timeout = 2 * time.Second
	within(t, q.Timeout, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Timeout, e.Lock.Says)
	})
}

func testDeadline(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	within(t, 2*time.Second, func() {
		_, _, err := run(ctx, source, e.query(t, e.Endless[0]))
		wantError(t, err, database.Timeout, "the query took longer than its timeout")
	})
}

func testCancel(t *testing.T, e Engine) {
	url := e.New(t)
	source := open(t, url, 1)
	for _, text := range e.Endless {
		t.Run(text, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			began, ended := make(chan struct{}), make(chan error, 1)
			q := e.query(t, text)
			q.Began = func() { close(began) }
			go func() {
				_, _, err := run(ctx, source, q)
				ended <- err
			}()
			<-began
			e.eventuallyRunning(t, url, 1)
			within(t, 2*time.Second, func() {
				cancel()
				if err := <-ended; !errors.Is(err, context.Canceled) {
					t.Errorf("error %v, want context.Canceled", err)
				}
			})
			e.eventuallyRunning(t, url, 0)
		})
	}
	e.wantGood(t, source)
}

// eventuallyRunning waits until that many queries run, if the engine can tell.
func (e Engine) eventuallyRunning(t *testing.T, url string, want int) {
	t.Helper()
	if e.Running != nil {
		eventually(t, strconv.Itoa(want)+" queries run on the server", func() bool { return e.Running(t, url) == want })
	}
}

// testCallerStops has a caller have enough of rows that do not end, and of columns.
func testCallerStops(t *testing.T, e Engine) {
	url := e.New(t)
	source := open(t, url, 1)
	for _, text := range e.EndlessRows {
		tooMany := errors.New("too many rows")
		n, stopped := 0, time.Time{}
		err := source.Run(t.Context(), e.query(t, text), func([]database.Column) (func([]database.Value) error, error) {
			return func([]database.Value) error {
				if n++; n > 1000 {
					stopped = time.Now()
					return tooMany
				}
				return nil
			}, nil
		})
		if !errors.Is(err, tooMany) {
			t.Errorf("error %v, want the caller's own", err)
		}
		if took := time.Since(stopped); took > 5*time.Second { // Reading the rest takes ten at least.
			t.Errorf("stopping took %s", took)
		}
		e.eventuallyRunning(t, url, 0)
	}
	badColumns := errors.New("bad columns")
	err := source.Run(t.Context(), e.query(t, e.Numbers(1)), func([]database.Column) (func([]database.Value) error, error) { return nil, badColumns })
	if !errors.Is(err, badColumns) {
		t.Errorf("error %v, want the caller's own", err)
	}
	e.wantGood(t, source)
}

func testLimit(t *testing.T, e Engine) {
	source := open(t, e.New(t), 2)
	var all sync.WaitGroup
	var now, most atomic.Int64
	for range 20 {
		all.Go(func() {
			err := source.Run(t.Context(), e.query(t, e.Numbers(1)), func([]database.Column) (func([]database.Value) error, error) {
				defer now.Add(-1)
				for n := now.Add(1); ; {
					seen := most.Load()
					if n <= seen || most.CompareAndSwap(seen, n) {
						break
					}
				}
				time.Sleep(10 * time.Millisecond)
				return func([]database.Value) error { return nil }, nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if got := most.Load(); got != 2 {
		t.Errorf("at most %d queries at once, want 2", got)
	}
	if s := source.Stats(); s.Waiting != 0 || s.BusyRatio == 0 {
		t.Errorf("stats %+v, want none waiting and some time busy", s)
	}
}

// hold keeps the only connection in use until release is closed.
func (e Engine) hold(t *testing.T, source database.Source, release <-chan struct{}) {
	t.Helper()
	held, ended := make(chan struct{}), make(chan struct{})
	q := e.query(t, e.Numbers(1))
	go func() {
		defer close(ended)
		err := source.Run(context.Background(), q, func([]database.Column) (func([]database.Value) error, error) {
			close(held)
			<-release
			return func([]database.Value) error { return nil }, nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	t.Cleanup(func() { <-ended })
	<-held
}

// testTakeOver has queries wait for the only connection, so that they follow each other on it.
func testTakeOver(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	release := make(chan struct{})
	e.hold(t, source, release)
	var all sync.WaitGroup
	for i := range 5 {
		q := e.query(t, e.Numbers(i+1))
		all.Go(func() {
			_, rows, err := run(t.Context(), source, q)
			if err != nil || len(rows) != i+1 || rows[i][0].Text != strconv.Itoa(i+1) {
				t.Error(i, rows, err)
			}
		})
		eventually(t, "the query waits", func() bool { return source.Stats().Waiting > i })
	}
	close(release)
	all.Wait()
	e.wantGood(t, source)
}

func testWaiting(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	release := make(chan struct{})
	e.hold(t, source, release)
	q := e.query(t, e.Numbers(1))
	q.Timeout = 500 * time.Millisecond // Less than it waits.
	ended := make(chan error, 1)
	go func() {
		_, _, err := run(t.Context(), source, q)
		ended <- err
	}()
	ctx, cancel := context.WithTimeout(t.Context(), 600*time.Millisecond)
	defer cancel()
	if _, _, err := run(ctx, source, e.query(t, e.Numbers(1))); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error %v, want the context's", err)
	}
	close(release)
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

func testClose(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	release := make(chan struct{})
	e.hold(t, source, release)
	var all sync.WaitGroup
	var closed atomic.Int64
	for range 3 {
		all.Go(func() {
			if err := source.Close(); err != nil {
				t.Error(err)
			}
			closed.Add(1)
		})
	}
	time.Sleep(20 * time.Millisecond)
	if n := closed.Load(); n > 0 {
		t.Error("it did not wait for the running query")
	}
	close(release)
	all.Wait()
	_, _, err := run(t.Context(), source, e.query(t, e.Numbers(1)))
	wantError(t, err, database.Connect, "the pool of connections is closed")
	if err := open(t, "${KPI_NOT_SET}", 1).Close(); err != nil {
		t.Errorf("a source that was never used: %v", err)
	}
}
