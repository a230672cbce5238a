// Package promtest runs real servers for tests: Prometheus, on samples of known instants, and what belongs to it.
package promtest

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/freeport"
)

// Backfill returns a data folder with the samples of a text of OpenMetrics.
func Backfill(t testing.TB, openMetrics string) (data string) {
	t.Helper()
	dir := t.TempDir()
	exposition, data := filepath.Join(dir, "history.om"), filepath.Join(dir, "data")
	if err := os.WriteFile(exposition, []byte(openMetrics), 0o600); err != nil {
		t.Fatal(err)
	}
	// A block for two hours is what an empty server would write; a month at once is three hundred times faster.
	cmd := exec.CommandContext(t.Context(), "promtool", "tsdb", "create-blocks-from", "--max-block-duration=768h", "openmetrics", exposition, data) //nolint:gosec // A test's own arguments.
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("promtool: %v\n%s", err, out)
	}
	return data
}

// Start starts Debian's Prometheus, with more flags, on a data folder, and returns its address. It scrapes nothing, and ends with the
// test.
func Start(t testing.TB, data string, flags ...string) (addr string) {
	t.Helper()
	return StartProgram(t, "prometheus", data, flags...)
}

// StartProgram starts a program as Start does.
func StartProgram(t testing.TB, program, data string, flags ...string) (addr string) {
	t.Helper()
	dir := t.TempDir()
	configuration := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(configuration, []byte("global: {scrape_interval: 1h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return Serve(t, program, "--web.listen-address", append([]string{
		"--config.file", configuration, "--storage.tsdb.path", data, "--storage.tsdb.retention.time=10y",
		"--web.console.libraries=" + dir, "--web.console.templates=" + dir,
	}, flags...)...)
}

// Serve starts a server of Prometheus's kind, such as an Alertmanager or a VictoriaMetrics, with the flag that says where it listens, and
// returns its address once it is ready. It ends with the test.
func Serve(t testing.TB, program, listen string, flags ...string) (addr string) {
	t.Helper()
	addr, err := freeport.New().Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())                     // The test's own is over when cleanups run.
	cmd := exec.CommandContext(ctx, program, append(flags, listen+"="+addr)...) //nolint:gosec // A test's own arguments.
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatalf("%v: make deps installs it", err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // It was told to end.
		if t.Failed() {
			t.Logf("%s said:\n%s", program, log.String())
		}
	})
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if ready(t.Context(), "http://"+addr) {
			return addr
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s is not ready", program)
		}
	}
}

// ready reports whether the server answers; one that asks for a password does, too.
func ready(ctx context.Context, url string) bool {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/-/ready", http.NoBody)
	if err != nil {
		return false
	}
	response, err := client.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK || response.StatusCode == http.StatusUnauthorized
}

// Prometheus3 returns the path of Prometheus 3, which "make deps" has built from its module into Go's build cache.
func Prometheus3(t testing.TB) string {
	t.Helper()
	module, err := exec.CommandContext(t.Context(), "go", "env", "GOMOD").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "go", "tool", "-modfile=tools/prometheus/go.mod", "-n", "prometheus")
	cmd.Dir = filepath.Dir(strings.TrimSpace(string(module)))
	cmd.Env = append(os.Environ(), "GOFLAGS=-trimpath -tags=remove_all_sd")
	var errs strings.Builder
	cmd.Stderr = &errs
	path, err := cmd.Output()
	if err != nil {
		t.Fatalf("Prometheus 3 cannot be built: %v\n%s", err, errs.String())
	}
	return strings.TrimSpace(string(path))
}
