package grafanatest

import (
	"bytes"
	"context"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/freeport"
)

// StartPrometheus starts a real server on a data folder, which scrapes nothing. It ends with the test. A sample counts for as long
// as lookback says. It returns the address.
func StartPrometheus(t testing.TB, data string, lookback time.Duration) string {
	t.Helper()
	dir := t.TempDir()
	configuration := filepath.Join(dir, "prometheus.yml")
	if err := os.WriteFile(configuration, []byte("global: {scrape_interval: 1h}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	address, err := freeport.New().Address(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var log bytes.Buffer
	ctx, cancel := context.WithCancel(context.Background())                                                    // The test's own is over when cleanups run.
	cmd := exec.CommandContext(ctx, "prometheus", "--config.file", configuration, "--storage.tsdb.path", data, //nolint:gosec // A test's own arguments.
		"--storage.tsdb.retention.time=10y", "--web.listen-address", address, "--query.lookback-delta", lookback.String(),
		"--web.console.libraries="+dir, "--web.console.templates="+dir)
	cmd.Stdout, cmd.Stderr = &log, &log
	if err := cmd.Start(); err != nil {
		cancel()
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("prometheus said:\n%s", log.String())
		}
	})
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if ready(t.Context(), "http://"+address) {
			return "http://" + address
		}
		if time.Now().After(deadline) {
			t.Fatal("prometheus is not ready")
		}
	}
}

func ready(ctx context.Context, url string) bool {
	defer http.DefaultClient.CloseIdleConnections()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/-/ready", http.NoBody)
	if err != nil {
		return false
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return false
	}
	_ = response.Body.Close()
	return response.StatusCode == http.StatusOK
}
