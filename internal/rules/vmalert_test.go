package rules

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// vmPage is what an exporter exposes of a KPI that misses its target.
const vmPage = `kpi_info{kpi="share",job="kpi",instance="a",title="Share",unit="ratio",objective_title="Make it a habit",owner="growth",runbook="https://wiki.example.com/share"} 1
kpi_period_info{kpi="share",job="kpi",instance="a",measured="2026-03"} 1
kpi_value{kpi="share",job="kpi",instance="a",plan="pro"} 0.0395
kpi_status{kpi="share",job="kpi",instance="a",plan="pro"} 2
kpi_bound{kpi="share",job="kpi",instance="a",plan="pro",tier="target",side="lower"} 0.05
kpi_attainment_ratio{kpi="share",job="kpi",instance="a",plan="pro"} 0.79
kpi_sample_size{kpi="share",job="kpi",instance="a",plan="pro"} 12345
kpi_previous_value{kpi="share",job="kpi",instance="a",plan="pro",compared_with="previous_period"} 0.0495
`

// TestVMAlert has Debian's vmalert, which does not know keep_firing_for, load and run the included rules without it. It refuses them
// with it. Its alerts fire, reach a real Alertmanager, and say what those of Prometheus say.
func TestVMAlert(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	groups := generate(t, &config.Config{})
	rulesAt := func(name string) string {
		// Every second, so that the test need not wait for minutes.
		text := bytes.ReplaceAll(contentOf(t, groups.File), []byte("    interval: 1m\n"), []byte("    interval: 1s\n"))
		text = bytes.ReplaceAll(text, []byte("        for: 10m\n"), []byte("        for: 2s\n"))
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if out, err := exec.Command("vmalert", "-dryRun", "-rule="+rulesAt("with.yml")).CombinedOutput(); err == nil || !strings.Contains(string(out), "keep_firing_for") {
		t.Errorf("keep_firing_for is not refused (%v): is the switch still needed?\n%s", err, out)
	}
	groups.LeaveOutKeepFiringFor()
	file := rulesAt("without.yml")
	program(t, dir, "vmalert", "-dryRun", "-rule="+file)

	store := "http://" + promtest.Serve(t, "victoria-metrics", "-httpListenAddr", "-storageDataPath="+filepath.Join(dir, "data"), "-retentionPeriod=1y", "-search.latencyOffset=0s")
	routes := filepath.Join(dir, "alertmanager.yml")
	if err := os.WriteFile(routes, []byte("route: {receiver: nobody}\nreceivers: [{name: nobody}]\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	manager := "http://" + promtest.Serve(t, "prometheus-alertmanager", "--web.listen-address", "--config.file="+routes, "--storage.path="+filepath.Join(dir, "alertmanager"),
		"--cluster.listen-address=")
	promtest.Serve(t, "vmalert", "-httpListenAddr", "-rule="+file, "-datasource.url="+store, "-remoteWrite.url="+store, "-remoteWrite.flushInterval=100ms",
		"-notifier.url="+manager, "-evaluationInterval=1s")
	const want = "Share (plan=pro) is 3.95%, target at least 5% (attainment 79%).\n" +
		"Measured: 2026-03, sample size 12.3k. Previous period: 4.95% (change -1 percentage point). Objective: Make it a habit. Owner: growth."
	awaitAlert(t, store, manager, vmPage, want)
	// A number of another size is another series: the one before must be gone.
	awaitAlert(t, store, manager, strings.Replace(vmPage, "12345", "987", 1), strings.Replace(want, "12.3k", "987", 1))
}

// awaitAlert exposes a page until Alertmanager has the alert with this description.
func awaitAlert(t *testing.T, store, manager, page, want string) {
	t.Helper()
	last := ""
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(200 * time.Millisecond) {
		_, _ = fetch(t, http.MethodPost, store+"/api/v1/import/prometheus", page) // Again and again, as a scrape does.
		text, err := fetch(t, http.MethodGet, manager+"/api/v2/alerts", "")
		var delivered []struct {
			Labels, Annotations map[string]string
		}
		if err == nil && json.Unmarshal([]byte(text), &delivered) == nil {
			for _, a := range delivered {
				if a.Labels["alertname"] != TargetMissed {
					continue
				}
				last = fmt.Sprint(a)
				if a.Annotations["description"] == want && a.Annotations["summary"] == "Share (plan=pro) is off target." &&
					a.Annotations["runbook_url"] == "https://wiki.example.com/share" && a.Labels["title"]+a.Labels["measured"] == "" {
					return
				}
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the alert does not read as with Prometheus: %s %v", last, err)
		}
	}
}

func fetch(t *testing.T, method, url, body string) (string, error) {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	return string(text), err
}
