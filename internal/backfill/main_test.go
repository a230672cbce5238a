package backfill

import (
	"context"
	"database/sql"
	"flag"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

var update = flag.Bool("update", false, "write the expected output again")

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// load returns a configuration over a new SQLite database, in the time zone of Berlin; kpis stands below kpis:.
func load(t testing.TB, kpis string, statements ...string) *config.Config {
	t.Helper()
	return loadWith(t, nil, kpis, statements...)
}

// loadWith is load with more files beside the KPI file.
func loadWith(t testing.TB, files map[string]string, kpis string, statements ...string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, "app.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range append(statements, "PRAGMA user_version = 1") { // The file is there even without a table.
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	path := filepath.Join(dir, "kpi.yaml")
	text := "product: Acme\ntimezone: Europe/Berlin\ndatabases: {app: {url: sqlite://app.db}}\nkpis:\n" + kpis
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

// job returns a job over all KPIs, a day apart where they have no complete period, with instants in RFC 3339.
func job(t testing.TB, cfg *config.Config, from, to string) Job {
	t.Helper()
	j := Job{Config: cfg, Now: instant(t, "2030-01-01T00:00:00Z"), Labels: map[string]string{"job": "kpi"}}
	for _, k := range cfg.KPIs {
		j.Ranges = append(j.Ranges, Range{KPI: k, From: instant(t, from), To: instant(t, to), Step: period.Step{Days: 1}})
	}
	return j
}

func instant(t testing.TB, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

func evaluator(t testing.TB, cfg *config.Config) *collector.Evaluator {
	t.Helper()
	e := collector.NewEvaluator(cfg)
	t.Cleanup(e.Close)
	return e
}

// written returns what a job writes into a file.
func written(t testing.TB, j Job) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.om")
	report, err := File{Path: path}.Write(context.Background(), evaluator(t, j.Config), j, nil)
	if err != nil || report.Failed > 0 {
		t.Fatal(report, err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// lines returns those that begin with a metric, without it.
func lines(text, metric string) []string {
	var found []string
	for line := range strings.Lines(text) {
		if rest, ok := strings.CutPrefix(line, metric+"{"); ok {
			found = append(found, strings.TrimSuffix(rest, "\n"))
		}
	}
	return found
}

func server(t testing.TB, address string) *Prometheus {
	t.Helper()
	client := &http.Client{Transport: &http.Transport{}}
	t.Cleanup(client.CloseIdleConnections)
	p, err := NewPrometheus(address, client, &secret.Set{})
	if err != nil {
		t.Fatal(err)
	}
	p.patience = time.Millisecond
	return p
}
