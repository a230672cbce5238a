package enginetest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

func TestFake(t *testing.T) {
	e := sqliteEngine(t)
	e.Engine = engine.Fake{}
	e.New = func(t testing.TB, statements ...string) string {
		return strings.Replace(newFile(t, statements...), "sqlite://", "fake://", 1)
	}
	e.Lock, e.Beside, e.Unreachable, e.Broken = Lock{}, nil, nil, nil
	Exercise(t, e)
}

// TestFakeInAFile has a KPI file name a fake, and one that is broken.
func TestFakeInAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	load := func(url string) (*config.Config, error) {
		text := "databases: {app: {url: '" + url + "'}}\nkpis:\n  a: {title: A, period: day, query: SELECT 1 AS value}\n"
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return config.Load(path)
	}
	e := sqliteEngine(t)
	cfg, err := load(strings.Replace(newFile(t), "sqlite://", "fake://", 1))
	if err != nil {
		t.Fatal(err)
	}
	if got := cfg.Databases[0].Engine(); got != (engine.Fake{}) {
		t.Errorf("engine %v", got)
	}
	if got := e.first(t, openConfig(t, cfg.Databases[0], 1), "SELECT 1"); got.Number != 1 {
		t.Errorf("got %+v", got)
	}
	for url, says := range map[string]string{"fake://": "the url names no fake", "faker://x": "the url must begin with postgres://, sqlite:// or fake://"} {
		if _, err := load(url); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want …%s…", url, err, says)
		}
	}
}
