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
	for url, says := range map[string]string{"fake://": "the url names no fake", "faker://x": "the url must begin with postgres://, mysql://, sqlite://, fake:// or prometheus+https://"} {
		if _, err := load(url); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v, want …%s…", url, err, says)
		}
	}
}

// TestFakeReadsItsOwnLanguage has SQL read by the engines of the databases that run it, wherever it is said.
func TestFakeReadsItsOwnLanguage(t *testing.T) {
	const (
		own     = `"# don't\nSELECT 1 AS value"`
		wrong   = "SELECT 1 AS value /* forbidden */"
		says    = ": FakeDB forbids this"
		kpi     = "kpis:\n  a: {title: A, period: day, "
		queries = "queries:\n  q: {database: fake, query: " + wrong + "}\n"
	)
	for name, test := range map[string]struct{ text, says string }{
		"its own":                      {kpi + "database: fake, query: " + own + "}", ""},
		"not another's":                {kpi + "database: lite, query: " + own + "}", ":3:53: "},
		"wrong in its own":             {kpi + "database: fake, query: " + wrong + "}", ":3:74" + says},
		"right in another":             {kpi + "database: lite, query: " + wrong + "}", ""},
		"wrong in one of two":          {kpi + "databases: [lite, fake], query: " + wrong + "}", ":3:83" + says},
		"named query":                  {queries + kpi + "from: q}", ":3:51" + says},
		"named query, read elsewhere":  {queries + kpi + "from: q, database: lite}", ""},
		"named query that nobody runs": {queries + kpi + "database: lite, query: SELECT 1 AS value}", ":3:51" + says},
		"query of targets":             {queries + kpi + "database: lite, query: SELECT 1 AS value, better: higher, target: {from: q}}", ":3:51" + says},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "kpi.yaml")
			text := "databases: {fake: {url: fake://x}, lite: {url: sqlite://x}}\n" + test.text + "\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load(path)
			if name == "its own" && err == nil && !strings.HasPrefix(cfg.KPIs[0].Query.StatementFor(cfg.Databases[0]).SQL(), "--") {
				t.Error("the source gets a statement that another engine has parsed")
			}
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), path+test.says)) {
				t.Errorf("error %v, want …%s…\n%s", err, test.says, text)
			}
			if err != nil && strings.Count(err.Error(), says) > 1 {
				t.Errorf("said twice: %v", err)
			}
		})
	}
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	text := "databases: {fake: {data_until: SELECT 1 /* forbidden */, url: fake://x}}\n" + kpi + "query: SELECT 1 AS value}\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := config.Load(path); err == nil || !strings.Contains(err.Error(), path+":1:44"+says) {
		t.Errorf("error %v", err)
	}
}
