package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// manyKPIs is a file whose KPIs fill a log soon: they succeed every second, and as many as are broken fail.
func manyKPIs(t *testing.T, broken int) string {
	t.Helper()
	var file strings.Builder
	file.WriteString("databases:\n  app: {url: \"sqlite://app.db\"}\n  gone: {url: \"sqlite:///nowhere/gone.db\"}\ndefaults: {period: instant, every: 1s}\nkpis:\n")
	for i := range 60 {
		fmt.Fprintf(&file, "  good_%d: {title: Good, database: app, query: SELECT 42 AS value}\n", i)
	}
	for i := range broken {
		fmt.Fprintf(&file, "  bad_%d: {title: Bad, database: gone, query: SELECT %[1]d AS value}\n", i)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"kpi.yaml": file.String(), "app.db": ""} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "kpi.yaml")
}

// smallPipe returns a pipe that is soon full.
func smallPipe(t *testing.T) (r, w *os.File) {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close() })
	const setPipeSize = 1031 // F_SETPIPE_SZ of Linux; elsewhere the pipe is larger.
	_, _, _ = syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), setPipeSize, 4096)
	return r, w
}

// fill fills a pipe of smallPipe: whatever writes next waits for a reader. It returns how much there is to read.
func fill(t *testing.T, w *os.File) int {
	t.Helper()
	const getPipeSize = 1032 // F_GETPIPE_SZ of Linux.
	size, _, failed := syscall.Syscall(syscall.SYS_FCNTL, w.Fd(), getPipeSize, 0)
	if failed != 0 {
		t.Fatal(failed)
	}
	if _, err := w.Write(make([]byte, size)); err != nil {
		t.Fatal(err)
	}
	return int(size)
}

// number returns what a metric without labels is, or that of the KPI good_0.
func (s *server) number(metric string) float64 {
	s.t.Helper()
	found := regexp.MustCompile(`(?m)^` + metric + `(?:\{kpi="good_0"\})? (.+)$`).FindStringSubmatch(s.request("GET", "/metrics", 200))
	if found == nil {
		return 0
	}
	value, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		s.t.Error(err)
	}
	return value
}

// await waits until a metric is more than a value.
func (s *server) await(metric string, more float64) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); s.number(metric) <= more; time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.t.Fatalf("%s is %g, want more than %g", metric, s.number(metric), more)
		}
	}
}

// Nobody reads the log: the exporter drops lines, and nothing else. Once somebody reads, the log says how many.
func TestLogWithoutReader(t *testing.T) {
	t.Parallel()
	for _, level := range []string{"debug", "info"} {
		t.Run(level, func(t *testing.T) {
			t.Parallel()
			r, w := smallPipe(t)
			filled := fill(t, w)
			s := startServerTo(t, w, nil, manyKPIs(t, 200), "--log.level", level)
			s.awaitServing()
			if level == "debug" { // At info all lines find a place where they wait.
				s.await(series.LogDropped, 0)
			}
			s.await(series.Evaluations, 0)
			s.await(series.Evaluations, s.number(series.Evaluations)+2)
			s.request("GET", "/-/healthy", 200)
			s.end()
			log, err := io.ReadAll(r)
			if err != nil || len(log) != filled {
				t.Errorf("the log was written, though it was full and nobody read it: %v\n%s", err, log[filled:])
			}
		})
	}
	t.Run("reader is back", func(t *testing.T) {
		t.Parallel()
		r, w := smallPipe(t)
		s := startServerTo(t, w, nil, manyKPIs(t, 200), "--log.level", "debug", "--log.format", "json")
		s.awaitServing()
		s.await(series.LogDropped, 0)
		log := bufio.NewScanner(r)
		said := regexp.MustCompile(`"level":"ERROR".*"msg":"Lines of the log were dropped, because nobody read it or it could not be written","lines":[1-9]`)
		for log.Scan() {
			if said.MatchString(log.Text()) {
				break
			}
		}
		s.signal(syscall.SIGTERM)
		last := ""
		for log.Scan() {
			last = log.Text()
		}
		if !strings.Contains(last, `"msg":"Stopped"`) {
			t.Errorf("the last line is %s, %v", last, log.Err())
		}
		s.end()
	})
	t.Run("reader has gone", func(t *testing.T) {
		t.Parallel()
		r, w := smallPipe(t)
		s := startServerTo(t, w, nil, manyKPIs(t, 200), "--log.level", "debug")
		s.awaitServing()
		_ = r.Close()
		s.await(series.LogDropped, s.number(series.LogDropped)+10)
		s.await(series.Evaluations, s.number(series.Evaluations)+2)
		s.end()
	})
}

// The demo leaves nothing behind if nobody reads what it prints.
func TestDemoWithoutReader(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	addr, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	r, w := smallPipe(t)
	_ = r.Close()
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", "demo", "--web.listen-address", addr)
	cmd.Env = append(os.Environ(), "TMPDIR="+dir)
	cmd.Stdout = w
	out := &strings.Builder{}
	cmd.Stderr = out
	_ = cmd.Run()
	_ = w.Close()
	left, err := os.ReadDir(dir)
	if code := cmd.ProcessState.ExitCode(); code != exitBrokenPipe || out.Len() > 0 || len(left) > 0 || err != nil {
		t.Errorf("exit code %d, want %d; it says %q and leaves %v; %v", code, exitBrokenPipe, out, left, err)
	}
}

// Whoever has read enough of a command's output ends it, without a word; also where SIGPIPE is ignored, as service managers do.
func TestOutputWithoutReader(t *testing.T) {
	t.Parallel()
	file := manyKPIs(t, 0)
	for name, test := range map[string]struct{ args, ignored string }{
		"query":           {"query", "-"},
		"query ignored":   {"query", "''"},
		"csv ignored":     {"query --output csv", "''"},
		"json ignored":    {"query --output json", "''"},
		"explain ignored": {"query --explain", "''"},
		"schema":          {"schema", "-"},
		"schema ignored":  {"schema", "''"},
		"report ignored":  {"report --format json", "''"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			const script = `trap %s PIPE; kpi_exporter %s --config.file %s 2>&3 | head -0 3>&-; exit ${PIPESTATUS[0]}`
			cmd := exec.CommandContext(t.Context(), "bash", "-c", "exec 3>&2; "+fmt.Sprintf(script, test.ignored, test.args, file))
			out, _ := cmd.CombinedOutput()
			if code := cmd.ProcessState.ExitCode(); code != exitBrokenPipe || len(out) > 0 {
				t.Errorf("exit code %d, want %d:\n%s", code, exitBrokenPipe, out)
			}
		})
	}
}
