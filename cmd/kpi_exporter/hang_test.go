package main

import (
	"errors"
	"net/url"
	"os"
	"os/exec"
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

// A function of SQLite that computes for minutes is a KPI that fails with timeout, and not more: another KPI of the file continues, and the program ends in time.
func TestSQLiteFunctionComputesForMinutes(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "kpi.yaml")
	const text = `
databases: {lite: {url: "sqlite://a.db"}}
defaults: {period: instant, every: 1s, timeout: 1s, stale_after: 5m, database: lite}
kpis:
  answer: {title: Answer, query: SELECT count(*) AS value FROM sqlite_master}
  long: {title: Long, query: "SELECT instr(printf('%.*c', 14000000, 'a'), printf('%.*c', 7000000, 'a') || 'b') AS value"}
`
	if err := errors.Join(os.WriteFile(file, []byte(text), 0o600), os.WriteFile(filepath.Join(dir, "a.db"), nil, 0o600)); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, file)
	s.awaitListening()
	s.awaitLog("nothing can end it")
	s.awaitLine(`kpi_evaluation_failures_total\{kpi="long",reason="timeout"\} [2-9]`)
	s.await(`kpi_evaluations_total{kpi="answer"}`, 2)
	s.awaitLine(`kpi_up\{kpi="answer"\} 1$`)
	s.awaitLine(`kpi_exporter_database_up\{database="lite"\} 1$`)
	s.end()

	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "query", "long", "--config.file", file)
	cmd.Dir = dir
	out, _ := cmd.CombinedOutput()
	if code := cmd.ProcessState.ExitCode(); code != exitProblem || !strings.Contains(string(out), "nothing can end it") {
		t.Errorf("exit code %d\n%s", code, out)
	}
}
