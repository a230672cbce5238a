package collector

import (
	"database/sql"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq"
	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// The servers that the tests share which do not disturb them.
var (
	server  *pgtest.Server
	mariadb mariadbtest.Server // It starts when a test first needs it.
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mariadbtest.M{M: pgtest.M{M: m, Server: &server}, Server: &mariadb})
}

// load returns the configuration of a KPI file, which stands in a folder of its own.
func load(t testing.TB, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
	return cfg
}

// app returns a KPI file over one database named app; kpis is what stands below kpis:, at its margin.
func app(url, kpis string) string {
	return fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q}}\nkpis:\n%s", url, indent(2, kpis))
}

// kpi returns one KPI of a file; more holds what it says beside its title and its query, a key a line.
func kpi(name, sql, more string) string {
	if !strings.Contains(more, "period:") {
		more = "period: instant\n" + more
	}
	return name + ":\n  title: A KPI\n" + indent(2, more) + "  query: |\n" + indent(4, sql)
}

func indent(n int, text string) string {
	var b strings.Builder
	for line := range strings.Lines(strings.TrimRight(text, "\n")) {
		b.WriteString(strings.Repeat(" ", n) + line)
	}
	return strings.TrimRight(b.String(), "\n ") + "\n"
}

// evaluate returns the results of all KPIs of cfg at one instant.
func evaluate(t testing.TB, cfg *config.Config, asOf time.Time) []Result {
	t.Helper()
	e := NewEvaluator(cfg)
	defer e.Close()
	return e.Evaluate(t.Context(), requests(cfg, asOf))
}

func requests(cfg *config.Config, asOf time.Time) []Request {
	all := make([]Request, len(cfg.KPIs))
	for i, k := range cfg.KPIs {
		all[i] = Request{KPI: k, AsOf: asOf}
	}
	return all
}

// eventually polls until the condition holds, for at most a minute: the machine may be busy.
func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", what)
		}
	}
}

// newSQLite returns the URL of a new SQLite file that the statements were run on.
func newSQLite(t testing.TB, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	url := "sqlite://" + path
	execSQLite(t, url, "PRAGMA user_version = 1") // The file is there even without a table.
	for _, s := range statements {
		execSQLite(t, url, s)
	}
	return url
}

func execSQLite(t testing.TB, url, statement string) {
	t.Helper()
	db, err := sql.Open("sqlite", strings.TrimPrefix(url, "sqlite://"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), statement); err != nil {
		t.Fatalf("%v, in:\n%s", err, statement)
	}
}

func discard() *slog.Logger { return slog.New(slog.DiscardHandler) }
