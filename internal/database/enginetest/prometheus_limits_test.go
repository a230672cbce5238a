package enginetest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// TestPrometheusBytes has an answer be larger than it may be.
func TestPrometheusBytes(t *testing.T) {
	addr := front(t, "", func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"scalar","result":[1,"7"]},"x":"` + strings.Repeat("x", 3<<19) + `"}`))
		return true
	})
	e := Engine{Engine: engine.Prometheus{}}
	source := open(t, "prometheus+http://"+addr, 1)
	q := e.query(t, "1")
	q.MaxBytes = 1 << 20
	_, _, err := run(t.Context(), source, q)
	wantError(t, err, database.TooLarge, "the result exceeds 1 MB: aggregate the series that the KPI does not tell apart")
	if !source.Stats().Up {
		t.Error("the database counts as down")
	}
	if got := e.first(t, source, "1"); got.Number != 7 {
		t.Errorf("got %+v", got)
	}
}

// TestPrometheusFrozen has a server say nothing at all: the first query fails at its timeout, later ones at once, until it answers again.
func TestPrometheusFrozen(t *testing.T) {
	addr := promtest.Start(t, t.TempDir())
	proxy := pgtest.NewProxy(t, addr)
	source := open(t, "prometheus+http://"+proxy.Addr(), 1)
	e := Engine{Engine: engine.Prometheus{}, Numbers: func(int) string { return "1" }}
	e.wantGood(t, source)
	proxy.Freeze()
	q := e.query(t, "1")
	q.Timeout = 500 * time.Millisecond
	within(t, q.Timeout+frozenLimit, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Timeout, "the query took longer than its timeout of 500ms, and the server did not even say so")
	})
	if source.Stats().Up {
		t.Error("the database counts as up")
	}
	q.Timeout = 20 * time.Second
	within(t, 4*time.Second, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Connect, "the database does not answer")
	})
	proxy.Thaw()
	eventually(t, "the server is there again", func() bool {
		_, _, err := run(t.Context(), source, q)
		return err == nil
	})
	e.wantGood(t, source)
}

// TestPrometheusCut has the network end the connection of a query.
func TestPrometheusCut(t *testing.T) {
	proxy := pgtest.NewProxy(t, promtest.Start(t, t.TempDir()))
	source := open(t, "prometheus+http://"+proxy.Addr(), 1)
	e := Engine{Engine: engine.Prometheus{}, Numbers: func(int) string { return "1" }}
	ended := make(chan error, 1)
	go func() {
		_, _, err := run(t.Context(), source, e.query(t, slow))
		ended <- err
	}()
	var err error
	eventually(t, "the query has ended", func() bool {
		proxy.Cut() // Until it cuts one that is there.
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	wantError(t, err, database.Connect, "the server closed the connection without an answer")
	if source.Stats().Up {
		t.Error("the database counts as up")
	}
	e.wantGood(t, source)
	proxy.Cut()
	e.wantGood(t, source)
}

// TestPrometheusCancel has a caller give up.
func TestPrometheusCancel(t *testing.T) {
	addr := front(t, "", func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // Only then does the server notice that the caller is gone.
		<-r.Context().Done()
		return true
	})
	e := Engine{Engine: engine.Prometheus{}}
	source := open(t, "prometheus+http://"+addr, 1)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	within(t, time.Second, func() {
		if _, _, err := run(ctx, source, e.query(t, "1")); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
}

// TestPrometheusSecretFileHangs has a file with credentials be a pipe into which nobody writes: a query waits no longer than for a server.
func TestPrometheusSecretFileHangs(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "databases: {prom: {url: 'prometheus+http://127.0.0.1:1', http_config_file: http.yml}}\nkpis: {a: {title: A, period: day, query: 1}}\n"
	for name, text := range map[string]string{"kpi.yaml": text, "http.yml": "authorization: {credentials_file: pipe}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "kpi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	source := openConfig(t, cfg.Databases[0], 1)
	e := Engine{Engine: engine.Prometheus{}}
	q := e.query(t, "1")
	q.Timeout = 500 * time.Millisecond
	within(t, q.Timeout+frozenLimit, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Timeout, "the query took longer than its timeout of 500ms")
	})
	release := func() bool { // Lets go of those who wait for the pipe.
		f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil && f.Close() == nil
	}
	eventually(t, "somebody reads the pipe", release)
	closed := make(chan error)
	go func() { closed <- source.Close() }() // Who then looks for a sign of life may come to the pipe later than the query.
	eventually(t, "nobody uses the source any longer", func() bool {
		release()
		select {
		case err := <-closed:
			return err == nil
		default:
			return false
		}
	})
}
