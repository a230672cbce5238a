package database

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// A file with a secret that hangs costs a query its time, not more, and queries that follow wait for the same read.
func TestSecretHangs(t *testing.T) {
	for name, database := range map[string]string{
		"url_file":      "{url_file: PIPE}",
		"password_file": "{url: \"postgres://kpi@127.0.0.1:1/kpi?sslmode=disable\", password_file: PIPE}",
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			pipe, file := filepath.Join(dir, "pipe"), filepath.Join(dir, "kpi.yaml")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			text := "kpis:\n  a: {title: A, period: instant, query: SELECT 1 AS value}\ndatabases:\n  app: " + strings.ReplaceAll(database, "PIPE", pipe) + "\n"
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(file)
			if err != nil {
				t.Fatal(err)
			}
			source := openSource(t, cfg.Databases[0])
			run := func(timeout time.Duration) error {
				q := newQuery(t, "SELECT 1 AS value")
				q.Timeout = timeout
				_, _, err := run(t.Context(), source, q)
				return err
			}
			want := fmt.Sprintf("database %q: the file with its url or its password could not be read in time", "app")
			wantError(t, run(50*time.Millisecond), Connect, want)
			first := addressOf(t, source).join()
			wantError(t, run(50*time.Millisecond), Connect, want)
			if addressOf(t, source).join() != first {
				t.Error("another read has begun")
			}
			w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
			if err != nil {
				t.Fatal(err)
			}
			_, _ = w.WriteString("postgres://kpi:pw@127.0.0.1:1/kpi?sslmode=disable\n")
			_ = w.Close()
			<-first.done
		})
	}
}

func addressOf(t *testing.T, s Source) *addressReader {
	t.Helper()
	switch s := s.(type) {
	case *deferred:
		return s.address
	case *pool:
		return s.address
	}
	t.Fatalf("%T has no address", s)
	return nil
}
