package main

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// posted is an alert as Alertmanager gets it.
type posted struct {
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
	StartsAt    time.Time         `json:"startsAt"`
	EndsAt      time.Time         `json:"endsAt"`
}

// testAlert runs alert-test against a server that keeps what it gets and answers with code.
func testAlert(ctx context.Context, t *testing.T, code int, args ...string) (requests []posted, exit int, output string) {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var alerts []posted
		if err := json.NewDecoder(r.Body).Decode(&alerts); err != nil || r.Method != http.MethodPost || r.URL.Path != "/am/api/v2/alerts" {
			t.Errorf("%s %s: %v", r.Method, r.URL, err)
		}
		requests = append(requests, alerts...)
		http.Error(w, "said the server", code)
	}))
	defer server.Close()
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	const yaml = `
databases: {app: {url: "${NOT_SET}"}}
defaults: {database: app, period: day, owner: growth}
kpis:
  users: {title: Users, unit: users, query: SELECT 1 AS value, target: {at_least: 5}, alert: {severity: critical}}
`
	if err := os.WriteFile(file, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	args = append([]string{"alert-test", "users", "--config.file=" + file, "--alertmanager=" + server.URL + "/am/"}, args...)
	exit = run(ctx, args, strings.NewReader(""), &out, &out)
	return requests, exit, out.String()
}

func TestAlertTest(t *testing.T) {
	t.Parallel()
	requests, exit, output := testAlert(t.Context(), t, http.StatusOK, "--for=1ms", "--job=business")
	if exit != exitOK || len(requests) != 2 {
		t.Fatalf("exit code %d, %d requests: %s", exit, len(requests), output)
	}
	firing, resolved := requests[0], requests[1]
	wantLabels := map[string]string{"alertname": "KPITargetMissed", "job": "business", "kpi": "users", "owner": "growth", "severity": "critical"}
	if diff := cmp.Diff(wantLabels, firing.Labels); diff != "" {
		t.Errorf("labels, -want +got:\n%s", diff)
	}
	if got, want := firing.Annotations["description"], "Users is 4.5 users, target at least 5 users (attainment 90%).\nMeasured: 2026-03-31. Owner: growth."; got != want {
		t.Errorf("description %q, want %q", got, want)
	}
	if !firing.EndsAt.After(time.Now()) {
		t.Errorf("fires until %s only", firing.EndsAt)
	}
	if resolved.EndsAt.After(time.Now()) || !resolved.StartsAt.Equal(firing.StartsAt) {
		t.Errorf("resolved from %s to %s, started %s", resolved.StartsAt, resolved.EndsAt, firing.StartsAt)
	}
	if diff := cmp.Diff(firing.Labels, resolved.Labels); diff != "" {
		t.Errorf("another alert was resolved:\n%s", diff)
	}
}

// Ctrl-C ends the wait, not the resolution.
func TestAlertTestResolvesWhenInterrupted(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(2*time.Second, cancel) // Long after the alert was sent, also on a busy machine.
	requests, exit, output := testAlert(ctx, t, http.StatusOK, "--for=1h")
	if exit != exitOK || len(requests) != 2 || !strings.HasSuffix(output, "Resolved.\n") {
		t.Errorf("exit code %d, %d requests: %s", exit, len(requests), output)
	}
}

func TestAlertTestTellsWhatAlertmanagerSays(t *testing.T) {
	t.Parallel()
	requests, exit, output := testAlert(t.Context(), t, http.StatusBadRequest)
	if exit != exitProblem || len(requests) != 1 || !strings.Contains(output, "400 Bad Request: said the server") {
		t.Errorf("exit code %d, %d requests: %s", exit, len(requests), output)
	}
}
