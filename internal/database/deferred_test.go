package database

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestDeferredURLThatHangs holds that while the file with the URL does not answer, the statistics do, and that what waits for it
// continues when it has answered.
func TestDeferredURLThatHangs(t *testing.T) {
	url, _ := newFile(t)
	fifo := filepath.Join(t.TempDir(), "url")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	text := "databases: {app: {url_file: " + fifo + "}}\nkpis: {a: {title: A, period: day, query: SELECT 1 AS value}}\n"
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	source := openSource(t, cfg.Databases[0])
	ended := make(chan error, 1)
	go func() {
		_, rows, err := run(context.Background(), source, newQuery(t, "SELECT 1"))
		if err == nil && rows[0][0].Number != 1 {
			err = errors.New("not 1")
		}
		ended <- err
	}()
	w, err := os.OpenFile(fifo, os.O_WRONLY, 0) // Opens once the other side reads.
	if err != nil {
		t.Fatal(err)
	}
	if s := source.Stats(); s.Known {
		t.Errorf("stats %+v before the answer", s)
	}
	plain := filepath.Join(t.TempDir(), "url")
	_, err = w.WriteString(url)
	err = errors.Join(err, os.WriteFile(plain, []byte(url), 0o600), os.Rename(plain, fifo)) // What is read next does not hang.
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	if err := <-ended; err != nil {
		t.Error(err)
	}
}

// TestDeferredAfterClose closes a source before its URL is known.
func TestDeferredAfterClose(t *testing.T) {
	url, _ := newFile(t)
	t.Setenv("KPI_URL", url)
	source := openSource(t, config.NewDatabase("app", "${KPI_URL}", ""))
	if err := source.Close(); err != nil {
		t.Fatal(err)
	}
	_, _, err := run(t.Context(), source, newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, errClosed.Error())
}
