package main

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// interruptedText is what a command says that was asked to end.
const interruptedText = "kpi_exporter: terminated signal received\n"

// TestInterrupt ends every command while it waits for a file that hangs, here a pipe into which nobody writes. It says so at once, not when
// its time is up.
func TestInterrupt(t *testing.T) {
	t.Parallel()
	const said = interruptedText
	type row struct {
		args   string // PIPE is the file that hangs, GOOD one that does not.
		code   int
		stderr string
	}
	rows := map[string]row{
		"serve":              {"serve --config.file PIPE", exitOK, ""},
		"check":              {"check --config.file PIPE", exitProblem, said},
		"check github":       {"check --connect --format github --config.file PIPE", exitProblem, said},
		"query":              {"query --config.file PIPE", exitProblem, said},
		"report":             {"report --config.file PIPE", exitProblem, said},
		"report send":        {"report --send weekly --config.file PIPE", exitProblem, said},
		"backfill":           {"backfill --from 2026-01-01 --to 2026-02-01 --output x.om --config.file PIPE", exitProblem, said},
		"backfill http":      {"backfill --from 2026-01-01 --to 2026-02-01 --remote-write http://localhost:1 --http.config.file PIPE --config.file GOOD", exitProblem, said},
		"mcp":                {"mcp --http.config.file PIPE", exitProblem, said},
		"health":             {"health --http.config.file PIPE", exitProblem, said},
		"alert-test":         {"alert-test answer --alertmanager http://localhost:1 --config.file PIPE", exitProblem, said},
		"generate rules":     {"generate rules --output . --config.file PIPE", exitProblem, said},
		"generate am":        {"generate alertmanager --output . --config.file PIPE", exitProblem, said},
		"generate catalog":   {"generate catalog --output . --config.file PIPE", exitProblem, said},
		"generate dashboard": {"generate dashboards --output . --check --config.file PIPE", exitProblem, said},
		"diff old":           {"diff PIPE GOOD", exitProblem, said},
		"diff new":           {"diff GOOD PIPE", exitProblem, said},
		"test":               {"test PIPE", exitProblem, said},
	}
	for name, test := range rows {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe, good := makePipe(t), filepath.Join(t.TempDir(), "good.yaml")
			if err := os.WriteFile(good, []byte(answerFile), 0o600); err != nil {
				t.Fatal(err)
			}
			args := strings.NewReplacer("PIPE", pipe, "GOOD", good).Replace(test.args)
			cmd := exec.CommandContext(t.Context(), "kpi_exporter", strings.Fields(args)...)
			cmd.Dir = t.TempDir()
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			awaitReader(t, pipe)
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait() // The code says it.
			if code := cmd.ProcessState.ExitCode(); code != test.code || stderr.String() != test.stderr || stdout.Len() > 0 {
				t.Errorf("exit code %d, stderr %q, stdout %q; want %d, %q and nothing", code, stderr.String(), stdout.String(), test.code, test.stderr)
			}
		})
	}
}

// A pipe that a KPI file names hangs nothing: only regular files are read.
func TestNamedPipe(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ file, want string }{
		"query_file":  {"databases: {app: {url: \"sqlite://app.db\"}}\nkpis:\n  a: {title: A, period: instant, query_file: kpi.fifo}\n", "not a regular file|  hint: name a file: a folder, a pipe or a device is not read\n"},
		"values_file": {"kpis:\n  a: {title: A, period: month, values_file: kpi.fifo}\n", "not a regular file|  hint: name a file: a folder, a pipe or a device is not read\n"},
		"include":     {"include: [kpi.fifo]\nkpis: {}\n", "not a regular file|  hint: name a file: a folder, a pipe or a device is not read\n"},
		"pattern":     {"include: [\"*.fifo\"]\nkpis: {}\n", "not a regular file|  hint: name a file: a folder, a pipe or a device is not read\n"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			if err := syscall.Mkfifo(filepath.Join(dir, "kpi.fifo"), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(filepath.Join(dir, "kpi.yaml"), []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			cmd := exec.CommandContext(t.Context(), "kpi_exporter", "check")
			cmd.Dir = dir
			out, _ := cmd.CombinedOutput()
			message, hint, _ := strings.Cut(test.want, "|")
			if code := cmd.ProcessState.ExitCode(); code != exitProblem || !strings.Contains(string(out), message) || !strings.HasSuffix(string(out), hint) {
				t.Errorf("exit code %d\n%s", code, out)
			}
		})
	}
}

// A command whose output nobody reads on ends when it is asked to, not when its time is up.
func TestInterruptStalledOutput(t *testing.T) {
	t.Parallel()
	for _, args := range []string{"--help-long", "schema", "query --output json --config.file FILE", "report --format json --output /dev/stdout --config.file FILE"} {
		t.Run(args, func(t *testing.T) {
			t.Parallel()
			r, w := smallPipe(t)
			args := strings.ReplaceAll(args, "FILE", manyKPIs(t, 0))
			cmd := exec.CommandContext(t.Context(), "kpi_exporter", strings.Fields(args)...)
			cmd.Dir = t.TempDir()
			var stderr strings.Builder
			cmd.Stdout, cmd.Stderr = w, &stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			_ = w.Close()
			first := make([]byte, 1)
			if _, err := io.ReadFull(r, first); err != nil { // It writes, and there is more.
				t.Fatal(err)
			}
			if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			_ = cmd.Wait()
			if code := cmd.ProcessState.ExitCode(); code != exitProblem || stderr.String() != interruptedText {
				t.Errorf("exit code %d, stderr %q; want %d and %q", code, stderr.String(), exitProblem, interruptedText)
			}
		})
	}
}

// A command that hangs where nothing can be left behind ends a little later: here it compares its output with a pipe in the place of a file.
func TestInterruptLastResort(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "catalog.md")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "generate", "catalog", "--check", "--output", filepath.Dir(pipe), "--config.file", manyKPIs(t, 0))
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	awaitReader(t, pipe)
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	const want = "kpi_exporter: not finished 4.5s after it was asked to end: a file, a database or whoever reads the output hangs\n"
	if code := cmd.ProcessState.ExitCode(); code != exitProblem || stderr.String() != want {
		t.Errorf("exit code %d, stderr %q; want %d and %q", code, stderr.String(), exitProblem, want)
	}
}

// A command that computes for long ends when it is asked to: here formulas, of which each reads the one before it, over years.
func TestInterruptLongReport(t *testing.T) {
	t.Parallel()
	text := "databases: {app: {url: \"sqlite://app.db\"}}\nkpis:\n  k0: {title: K, period: day, query: SELECT 1 AS value, target: {at_least: 12.000}}\n"
	for i := range 1000 {
		text += fmt.Sprintf("  k%d: {title: K, formula: k%d + 1}\n", i+1, i)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"kpi.yaml": text, "app.db": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "report")
	cmd.Dir = dir
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stderr)
	for { // The file is loaded once its warning is there.
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(line, "at_least: 12.0") {
			break
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, err := io.ReadAll(lines)
	_ = cmd.Wait() // The code says it.
	if code := cmd.ProcessState.ExitCode(); err != nil || code != exitProblem || !strings.HasSuffix(string(rest), interruptedText) || stdout.Len() > 0 {
		t.Errorf("exit code %d, stderr %q, stdout of %d bytes, %v; want %d, %q and nothing", code, rest, stdout.Len(), err, exitProblem, interruptedText)
	}
}

// The demo that is ended while it makes up its data says nothing of that, and leaves nothing behind.
func TestInterruptDemo(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "demo", "--web.listen-address", "localhost:0")
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	for deadline := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		if files, _ := filepath.Glob(filepath.Join(dir, "*", "product.db*")); len(files) > 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("there is no database")
		}
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	left, err := os.ReadDir(dir)
	if code := cmd.ProcessState.ExitCode(); code != exitProblem || stderr.String() != interruptedText || stdout.Len() > 0 || len(left) > 0 || err != nil {
		t.Errorf("exit code %d, stderr %q, stdout %q; want %d, %q and nothing. It leaves %v, %v", code, stderr.String(), stdout.String(), exitProblem, interruptedText, left, err)
	}
}

// A secret that hangs does not keep the exporter from its end.
func TestEndWhileSecretHangs(t *testing.T) {
	t.Parallel()
	for name, database := range map[string]string{
		"url_file":      "{url_file: PIPE}",
		"password_file": "{url: \"postgres://kpi@localhost/kpi?sslmode=disable\", password_file: PIPE}",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe, file := makePipe(t), filepath.Join(t.TempDir(), "kpi.yaml")
			text := strings.ReplaceAll("databases:\n  app: "+database+"\nkpis:\n  a: {title: A, period: instant, query: SELECT 1 AS value}\n", "PIPE", pipe)
			if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			s := startServer(t, file)
			s.awaitServing()
			awaitReader(t, pipe)
			s.end()
		})
	}
}
