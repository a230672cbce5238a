package main

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

const hangFile = `
databases:
  lite: {url: "sqlite://a.db"}
  certified: {url: "postgres://kpi:pw@127.0.0.1:1/kpi?sslmode=verify-full&sslrootcert=PIPE"}
defaults: {period: instant, every: 1s, timeout: 2s, stale_after: 3s}
kpis:
  answer: {title: Answer, database: lite, query: SELECT 42 AS value}
  secure: {title: Secure, database: certified, query: SELECT 42 AS value}
`

// A pipe in the place of a database's file is a database that is down, until a file is there again. The program ends in time all the same.
func TestDatabaseFileHangs(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, db, pipe := filepath.Join(dir, "kpi.yaml"), filepath.Join(dir, "a.db"), filepath.Join(dir, "pipe")
	if err := os.WriteFile(file, []byte(strings.Replace(hangFile, "PIPE", url.QueryEscape(pipe), 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	mustDo := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	mustDo(os.WriteFile(db, nil, 0o600)) // An empty database.
	mustDo(syscall.Mkfifo(pipe, 0o600))
	s := startServer(t, file)
	s.awaitListening()
	s.awaitLine(`kpi_value\{kpi="answer"\} 42$`)
	s.awaitLine(`kpi_exporter_database_up\{database="certified"\} 0$`)

	mustDo(os.Rename(db, db+".good"))
	mustDo(syscall.Mkfifo(db, 0o600))
	s.awaitLine(`kpi_up\{kpi="answer"\} 0$`)
	s.awaitLine(`kpi_exporter_database_up\{database="lite"\} 0$`)
	s.awaitLine(`kpi_evaluation_failures_total\{kpi="answer",reason="connect"\} [1-9]`)

	mustDo(os.Rename(db+".good", db))
	s.awaitLine(`kpi_up\{kpi="answer"\} 1$`)
	s.awaitLine(`kpi_exporter_database_up\{database="lite"\} 1$`)
	s.end()
}
