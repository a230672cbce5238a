package logwriter

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func report(dropped uint64) []byte { return fmt.Appendf(nil, "dropped %d\n", dropped) }

// pipe returns a Writer whose lines wait for the scanner.
func pipe(t *testing.T) (*Writer, *bufio.Scanner) {
	t.Helper()
	r, to := io.Pipe()
	t.Cleanup(func() { _ = r.Close() })
	return New(to, report), bufio.NewScanner(r)
}

func read(t *testing.T, s *bufio.Scanner, want string) {
	t.Helper()
	if !s.Scan() || s.Text() != want {
		t.Fatalf("got %q, want %q; %v", s.Text(), want, s.Err())
	}
}

// A reader who stalls holds nobody up, and learns what was dropped once there is nothing older to read.
func TestStalledReader(t *testing.T) {
	for name, test := range map[string]struct {
		line string
		fit  int // So many lines wait, and one is being written.
	}{
		"lines": {"x", maxLines},
		"bytes": {strings.Repeat("x", maxBytes/10), 9}, // The line break takes a byte.
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w, log := pipe(t)
				log.Buffer(nil, maxBytes)
				write := func(text string) {
					if n, err := w.Write([]byte(text + "\n")); n != len(text)+1 || err != nil {
						t.Errorf("%d, %v", n, err)
					}
				}
				write("first")
				synctest.Wait() // It is being written.
				for range test.fit + 7 {
					write(test.line)
				}
				if got := w.Dropped(); got != 7 {
					t.Errorf("dropped %d, want 7", got)
				}
				read(t, log, "first")
				write("too early") // Older lines wait.
				for range test.fit {
					read(t, log, test.line)
				}
				read(t, log, "dropped 8")
				write("last")
				read(t, log, "last")
				w.Close(time.Minute)
				if got := w.Dropped(); got != 8 {
					t.Errorf("dropped %d, want 8", got)
				}
			})
		})
	}
}

// The report comes without another line.
func TestReportOfItsOwn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, log := pipe(t)
		for range maxLines + 5 {
			_, _ = w.Write([]byte("x\n"))
		}
		for log.Scan() {
			if log.Text() != "x" {
				break
			}
		}
		if !strings.HasPrefix(log.Text(), "dropped ") {
			t.Errorf("got %q", log.Text())
		}
		w.Close(time.Minute)
	})
}

// faulty is a writer that fails while err is not nil.
type faulty struct {
	mu   sync.Mutex
	err  error
	text strings.Builder
}

func (f *faulty) fail(err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.err = err
}

func (f *faulty) Write(b []byte) (int, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.err != nil {
		return 0, f.err
	}
	return f.text.Write(b)
}

// Lines that cannot be written are counted; the first that can be is the report.
func TestFailingReader(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		to := &faulty{err: errors.New("broken pipe")}
		w := New(to, report)
		for range 3 {
			_, _ = w.Write([]byte("lost\n"))
			synctest.Wait()
		}
		to.fail(nil)
		for _, line := range []string{"lost, too\n", "kept\n"} {
			_, _ = w.Write([]byte(line))
			synctest.Wait()
		}
		w.Close(time.Minute)
		if got, want := to.text.String(), "dropped 4\nkept\n"; got != want || w.Dropped() != 4 {
			t.Errorf("got %q, %d dropped; want %q, 4", got, w.Dropped(), want)
		}
	})
}

// Close writes what waits, and gives up in time.
func TestClose(t *testing.T) {
	t.Run("reader", func(t *testing.T) {
		to := &faulty{}
		w := New(to, report)
		for range 100 {
			_, _ = w.Write([]byte("x\n"))
		}
		w.Close(time.Hour)
		_, _ = w.Write([]byte("late\n"))
		if got := to.text.String(); got != strings.Repeat("x\n", 100) || w.Dropped() != 1 {
			t.Errorf("got %q, %d dropped", got, w.Dropped())
		}
	})
	t.Run("no reader", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			w, _ := pipe(t)
			_, _ = w.Write([]byte("x\n"))
			start := time.Now()
			if w.Close(2 * time.Second); time.Since(start) != 2*time.Second {
				t.Errorf("it took %s", time.Since(start))
			}
		})
	})
}

func TestConcurrent(t *testing.T) {
	to := &faulty{}
	w := New(to, report)
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 1000 {
				_, _ = w.Write([]byte("x\n"))
			}
		})
	}
	wg.Wait()
	w.Close(time.Hour)
	if written := strings.Count(to.text.String(), "x\n"); uint64(written)+w.Dropped() != 8000 {
		t.Errorf("%d written, %d dropped, want 8000 in all", written, w.Dropped())
	}
}
