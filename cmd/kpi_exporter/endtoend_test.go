package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"
)

const endToEndKPIs = `
product: Acme
grafana_url: https://grafana.example.com
databases: {app: {url: "%s"}}
owners:
  growth: {slack: "#growth"}
  finance: {slack: "#finance"}
defaults: {database: app, period: instant, every: 1s, stale_after: 1h}
kpis:
  signups:
    title: Signups <b>"today"</b>
    owner: growth
    unit: users
    runbook: https://wiki.example.com/signups
    labels: [plan]
    query: SELECT plan, users AS value FROM signups
    target: {at_least: 100, critical: 80}
  costs:
    title: Costs
    owner: finance
    unit: "currency:EUR"
    query: SELECT euros AS value FROM costs
    target: {at_most: 12k}
`

// TestEndToEnd goes the whole way, with the real programs: rows of PostgreSQL, exporter, Prometheus with the generated
// rules, Alertmanager with the generated routes, and the messages that leave it.
func TestEndToEnd(t *testing.T) {
	t.Parallel()
	url := postgres.NewDatabase(t,
		`CREATE TABLE signups (plan text, users int); INSERT INTO signups VALUES ('pro', 120), ('basic', 120)`,
		`CREATE TABLE costs (euros numeric); INSERT INTO costs VALUES (11000)`)
	c := startChain(t, fmt.Sprintf(endToEndKPIs, url))

	// The owner learns what is at risk.
	postgres.Exec(t, url, `UPDATE signups SET users = 90 WHERE plan = 'pro'`)
	risk := c.messages.wait(t, "firing", map[string]string{"alertname": "KPIAtRisk", "plan": "pro"})
	for name, want := range map[string]string{"owner": "growth", "severity": "info", "kpi": "signups", "job": "kpi"} {
		if risk.Labels[name] != want {
			t.Errorf("label %s is %q, want %q", name, risk.Labels[name], want)
		}
	}

	// Off target says everything, and silences at risk of the same KPI and plan.
	postgres.Exec(t, url, `UPDATE signups SET users = 50 WHERE plan = 'pro'`)
	missed := c.messages.wait(t, "firing", map[string]string{"alertname": "KPITargetMissed", "plan": "pro"})
	for name, want := range map[string]string{
		"summary":       `Signups <b>"today"</b> (plan=pro) is off target.`,
		"description":   `Signups <b>"today"</b> (plan=pro) is 50 users, target at least 100 users (attainment 50%). Owner: growth.`,
		"runbook_url":   "https://wiki.example.com/signups",
		"dashboard_url": "https://grafana.example.com/d/kpi-detail?var-kpi=signups",
	} {
		if missed.Annotations[name] != want {
			t.Errorf("annotation %s is %q, want %q", name, missed.Annotations[name], want)
		}
	}
	c.suppressed(t, "KPIAtRisk", "KPITargetMissed")
	c.messages.inChannel(t, "#growth", `50 users, target at least 100 users`, `Signups &lt;b&gt;`,
		`<https://wiki.example.com/signups|Runbook>`, `<https://grafana.example.com/d/kpi-detail?var-kpi=signups|Dashboard>`)

	// Another owner hears of theirs only.
	postgres.Exec(t, url, `UPDATE costs SET euros = 15000`)
	c.messages.wait(t, "firing", map[string]string{"alertname": "KPITargetMissed", "kpi": "costs"})
	c.messages.inChannel(t, "#finance", `Costs is 15k EUR, target at most 12k EUR`)
	if c.messages.said("#finance", "Signups") || c.messages.said("#growth", "Costs") {
		t.Error("an owner got what is another's")
	}

	// A KPI that can no longer be evaluated is judged by an old value: that verdict is silenced.
	postgres.Exec(t, url, `ALTER TABLE costs RENAME TO gone`)
	c.messages.wait(t, "firing", map[string]string{"alertname": "KPIEvaluationFailing", "kpi": "costs"})
	c.suppressed(t, "KPITargetMissed", "KPIEvaluationFailing")
	postgres.Exec(t, url, `ALTER TABLE gone RENAME TO costs`)

	// Mended rows resolve.
	postgres.Exec(t, url, `UPDATE signups SET users = 120`)
	c.messages.wait(t, "resolved", map[string]string{"alertname": "KPITargetMissed", "plan": "pro"})
	if _, ok := c.messages.find("", map[string]string{"plan": "basic"}); ok {
		t.Error("a plan on target was told of")
	}
}

// chain is the running programs.
type chain struct {
	messages     *messages
	alertmanager string
}

// startChain starts all programs on loopback, for the KPIs of a file; they end with the test.
func startChain(t *testing.T, kpis string) *chain {
	t.Helper()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		if err := os.WriteFile(in(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	address := func() string {
		a, err := freeAddress()
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	exporter, prometheus, alertmanager := address(), address(), address()
	c := &chain{messages: listenForMessages(t), alertmanager: "http://" + alertmanager}

	write("kpi.yaml", kpis)
	write("slack_url", c.messages.url+"/slack")
	generate := func(what string, args ...string) {
		var out bytes.Buffer
		args = append([]string{"generate", what, "--config.file=" + in("kpi.yaml"), "--output=" + dir}, args...)
		if code := run(t.Context(), args, strings.NewReader(""), &out, &out); code != exitOK {
			t.Fatalf("%v: exit code %d: %s", args, code, out.String())
		}
	}
	generate("rules")
	generate("alertmanager", "--slack.url-file="+in("slack_url"), "--webhook.url="+c.messages.url+"/webhook", "--office-hours=00:00-24:00")
	// Hours are seconds here, and every day is a working day.
	rewrite(t, in("kpi.rules.yml"), `\binterval: \w+`, "interval: 1s", `\bfor: \w+`, "for: 1s", `keep_firing_for: \w+`, "keep_firing_for: 5s")
	rewrite(t, in("alertmanager.yml"), `group_(wait|interval): \w+`, "group_$1: 1s", "monday:friday", "sunday:saturday")
	write("prometheus.yml", fmt.Sprintf(`
global: {scrape_interval: 1s, evaluation_interval: 1s}
rule_files: [kpi.rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: [%q]}]}]}
scrape_configs: [{job_name: kpi, honor_labels: true, static_configs: [{targets: [%q]}]}]
`, alertmanager, exporter))

	ctx, cancel := context.WithCancel(context.Background())
	var wg sync.WaitGroup
	t.Cleanup(func() {
		cancel()
		wg.Wait()
	})
	wg.Go(func() {
		args := []string{"serve", "--config.file=" + in("kpi.yaml"), "--web.listen-address=" + exporter, "--log.level=error"}
		if code := run(ctx, args, strings.NewReader(""), io.Discard, io.Discard); code != exitOK {
			t.Errorf("serve: exit code %d", code)
		}
	})
	start := func(name string, args ...string) {
		var log bytes.Buffer
		cmd := exec.CommandContext(ctx, name, args...)
		cmd.Stdout, cmd.Stderr = &log, &log
		if err := cmd.Start(); err != nil {
			t.Fatalf("%v: install the Debian packages prometheus and prometheus-alertmanager", err)
		}
		wg.Go(func() {
			_ = cmd.Wait() // It is killed.
			if t.Failed() {
				t.Logf("%s:\n%s", name, log.String())
			}
		})
	}
	start("prometheus-alertmanager", "--config.file="+in("alertmanager.yml"), "--storage.path="+in("alertmanager"),
		"--web.listen-address="+alertmanager, "--cluster.listen-address=")
	start("prometheus", "--config.file="+in("prometheus.yml"), "--storage.tsdb.path="+in("prometheus"),
		"--web.listen-address="+prometheus, "--web.console.libraries="+dir, "--web.console.templates="+dir)
	return c
}

// rewrite replaces patterns in a file; every one of them must be there.
func rewrite(t *testing.T, path string, pairs ...string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < len(pairs); i += 2 {
		re := regexp.MustCompile(pairs[i])
		if !re.Match(content) {
			t.Fatalf("%s: no %s", path, pairs[i])
		}
		content = re.ReplaceAll(content, []byte(pairs[i+1]))
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

// suppressed waits until Alertmanager holds one alert back because of another.
func (c *chain) suppressed(t *testing.T, name, by string) {
	t.Helper()
	until(t, name+" is suppressed by "+by, func() bool {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, c.alertmanager+"/api/v2/alerts", http.NoBody)
		if err != nil {
			t.Fatal(err)
		}
		response, err := http.DefaultClient.Do(request)
		if err != nil {
			return false // It is not there yet.
		}
		defer func() { _ = response.Body.Close() }()
		var alerts []struct {
			Fingerprint string            `json:"fingerprint"`
			Labels      map[string]string `json:"labels"`
			Status      struct {
				InhibitedBy []string `json:"inhibitedBy"`
			} `json:"status"`
		}
		if err := json.NewDecoder(response.Body).Decode(&alerts); err != nil {
			return false
		}
		names := map[string]string{}
		for _, a := range alerts {
			names[a.Fingerprint] = a.Labels["alertname"]
		}
		for _, a := range alerts {
			for _, source := range a.Status.InhibitedBy {
				if a.Labels["alertname"] == name && names[source] == by {
					return true
				}
			}
		}
		return false
	})
}

// until waits for a condition.
func until(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !done(); time.Sleep(50 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("never happened: %s", what)
		}
	}
}
