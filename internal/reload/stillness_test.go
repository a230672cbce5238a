package reload

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestStillness has files that somebody is writing while they are read. What is there at first is a KPI file, too.
func TestStillness(t *testing.T) {
	const (
		main = "databases: {app: {url: sqlite://app.db}}\ninclude: [teams/*.yaml]\nkpis:\n  one: {title: One, period: day, query_file: one.sql}\n"
		two  = "  two: {title: Two, period: instant, query: SELECT 2 AS value}\n"
		team = "kpis:\n  three: {title: Three, period: instant, query: SELECT 3 AS value}\n"
		sql  = "SELECT count(*) AS value FROM orders"
	)
	canceled := errors.New("canceled")
	type step map[string]string // What is written during a pause, by file.
	for name, test := range map[string]struct {
		age    time.Duration
		then   []step
		want   string // KPIs, or the error.
		pauses int
	}{
		"old":                         {age: time.Minute, then: []step{{"kpi.yaml": main + two}}, want: "one: 39 letters"},
		"still":                       {want: "one: 39 letters", pauses: 1},
		"the rest of the main file":   {then: []step{{"kpi.yaml": main + two}}, want: "one: 39 letters, two: 17 letters", pauses: 2},
		"the rest of the SQL":         {then: []step{{"one.sql": sql + " WHERE true"}}, want: "one: 50 letters", pauses: 2},
		"a file that a pattern finds": {then: []step{{"teams/b.yaml": team}}, want: "one: 39 letters, three: 17 letters", pauses: 2},
		"bit by bit": {
			then: []step{{"kpi.yaml": main + two[:8]}, {"kpi.yaml": main + two}, {"one.sql": sql + " WHERE true"}, {"teams/b.yaml": team}},
			want: "one: 50 letters, two: 17 letters, three: 17 letters", pauses: 5,
		},
		"wrong until it is whole": {then: []step{{"kpi.yaml": main + "  tw"}, {"kpi.yaml": main}}, want: "one: 39 letters", pauses: 3},
		"a file that comes back":  {age: time.Minute, then: []step{{"one.sql": sql}}, want: "one: 39 letters", pauses: 1},
		"all the time":            {then: slices.Repeat([]step{{"one.sql": sql}, {"one.sql": sql + " "}}, 50), want: "or a file that it names, changes all the time", pauses: stillRounds},
		"canceled":                {then: []step{nil}, want: "canceled", pauses: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			written := time.Now().Add(time.Hour - test.age) // A file of the future is as good as one of this second, however slow this machine is.
			if test.age > 0 {
				written = time.Now().Add(-test.age)
			}
			write := func(name, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				written = written.Add(time.Millisecond)
				if err := os.Chtimes(name, written, written); err != nil {
					t.Fatal(err)
				}
			}
			write("kpi.yaml", main)
			if name != "a file that comes back" {
				write("one.sql", sql)
			}
			pauses := 0
			cfg, err := stillness{NewKeeper("kpi.yaml", config.Options{}, all), func(context.Context) error {
				if pauses++; pauses > len(test.then) {
					return nil
				}
				if test.then[pauses-1] == nil {
					return canceled
				}
				for name, text := range test.then[pauses-1] {
					write(name, text)
				}
				return nil
			}, time.Hour}.load(t.Context())
			got := fmt.Sprint(err)
			if err == nil {
				var kpis []string
				for _, k := range cfg.KPIs {
					kpis = append(kpis, fmt.Sprintf("%s: %d letters", k.Name, len(k.Query.Statement.Plain())))
				}
				got = strings.Join(kpis, ", ")
			}
			if !strings.HasSuffix(got, test.want) || pauses != test.pauses {
				t.Errorf("after %d pauses %s; want %d, %s", pauses, got, test.pauses, test.want)
			}
		})
	}
}

// hanging is a reloader of files that hang in a pipe into which nobody writes, and what its log says.
type hanging struct {
	*Reloader
	t   *testing.T
	log *bytes.Buffer
}

const hangingFile = "databases: {app: {url: sqlite://app.db}}\nkpis: {one: {title: One, period: day, query: SELECT 1 AS value}}\n"

func newHanging(t *testing.T) hanging {
	t.Helper()
	t.Chdir(t.TempDir())
	h := hanging{t: t, log: &bytes.Buffer{}}
	h.must(os.WriteFile("kpi.yaml", []byte(hangingFile), 0o600))
	keeper := NewKeeper("kpi.yaml", config.Options{}, all)
	cfg, err := keeper.Read()
	h.must(err)
	h.Reloader = New(keeper, func(context.Context, *config.Config) error { return nil }, slog.New(slog.NewTextHandler(h.log, nil)))
	h.Use(cfg)
	h.patience(50 * time.Millisecond)
	return h
}

func (h hanging) must(errs ...error) {
	h.t.Helper()
	if err := errors.Join(errs...); err != nil {
		h.t.Fatal(err)
	}
}

func (h hanging) patience(within time.Duration) {
	h.load = stillness{h.keeper, pauseForStillness, within}.load
}

func (h hanging) reload(says string) {
	h.t.Helper()
	err := h.Reload(h.t.Context(), "SIGHUP")
	if fine := says == ""; fine != (err == nil) || !fine && !strings.Contains(err.Error(), says) {
		h.t.Errorf("got %v, want %s", err, says)
	}
	if got := testutil.ToFloat64(h.successful); (got == 1) != (says == "") {
		h.t.Errorf("success is %v, and it says %v", got, err)
	}
}

// TestReloadOfPipe has the main file become a pipe: reloads fail, of which no more than some leave something behind, and the next one reads
// the file that is there again.
func TestReloadOfPipe(t *testing.T) {
	h := newHanging(t)
	h.must(os.Remove("kpi.yaml"), syscall.Mkfifo("kpi.yaml", 0o600))
	for range maxHanging {
		h.reload("kpi.yaml: reading takes longer than 50ms: a pipe or a file system hangs")
	}
	before := runtime.NumGoroutine()
	h.reload("kpi.yaml is not read: 10 earlier attempts to read files hang")
	if n := runtime.NumGoroutine(); n > before {
		t.Errorf("%d goroutines, and %d before", n, before)
	}
	if !strings.Contains(h.log.String(), "takes longer than 50ms") || !strings.Contains(h.log.String(), "the previous one is still used") {
		t.Errorf("the log does not say why:\n%s", h.log.String())
	}
	writer, err := os.OpenFile("kpi.yaml", os.O_WRONLY, 0) // Those who wait for a writer end.
	h.must(err, writer.Close(), os.Remove("kpi.yaml"), os.WriteFile("kpi.yaml", []byte(hangingFile), 0o600))
	for deadline := time.Now().Add(time.Minute); len(h.keeper.left) > 0 && time.Now().Before(deadline); {
		runtime.Gosched()
	}
	h.patience(time.Minute)
	h.reload("")
}

// TestWatchAfterPipe has the main file become a pipe, and a file again: whoever watches it sees that.
func TestWatchAfterPipe(t *testing.T) {
	h := newHanging(t)
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reloads := make(chan error, 10)
	var wg sync.WaitGroup
	wg.Go(func() {
		Watch(ctx, h.keeper, func(ctx context.Context, trigger string) error {
			err := h.Reload(ctx, trigger)
			reloads <- err
			return err
		}, slog.New(slog.DiscardHandler))
	})
	h.must(syscall.Mkfifo("pipe", 0o600), os.Rename("pipe", "kpi.yaml"))
	if err := <-reloads; err == nil || !strings.Contains(err.Error(), "a pipe or a file system hangs") {
		t.Errorf("got %v", err)
	}
	writer, err := os.OpenFile("kpi.yaml", os.O_WRONLY, 0)
	h.must(err, writer.Close(), os.WriteFile("file", []byte(hangingFile), 0o600), os.Rename("file", "kpi.yaml"))
	for err := range reloads { // At first it may be read too slowly for so little patience.
		if err == nil {
			break
		}
	}
	cancel()
	wg.Wait()
}
