package rules

import (
	"bytes"
	"flag"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

var update = flag.Bool("update", false, "Write the golden files instead of comparing with them.")

// golden compares with a file, or writes it.
func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	if *update {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s differs; write it with -update (-want +got):\n%s", path, diff)
	}
}

// program runs one of the programs that the packages prometheus and prometheus-alertmanager of Debian install.
func program(t *testing.T, dir string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(args[0])
	if err != nil {
		t.Fatalf("%v: install the Debian packages prometheus and prometheus-alertmanager", err)
	}
	cmd := exec.Command(path, args[1:]...)
	cmd.Dir = dir
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// load reads a KPI file made of a head and KPIs.
func load(t *testing.T, yaml string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(yaml), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func loadFile(t testing.TB, path string) *config.Config {
	t.Helper()
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatal(err)
	}
	return cfg
}

func generate(t *testing.T, cfg *config.Config) *Groups {
	t.Helper()
	groups, err := Generate(cfg)
	if err != nil {
		t.Fatal(err)
	}
	return groups
}

func contentOf(t *testing.T, content func() ([]byte, error)) []byte {
	t.Helper()
	b, err := content()
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// place writes the rules of a file, and their tests, into a folder.
func place(t *testing.T, cfg *config.Config) string {
	t.Helper()
	dir := t.TempDir()
	tests, err := Tests(cfg, "kpi.rules.yml")
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{
		"kpi.rules.yml":      contentOf(t, generate(t, cfg).File),
		"kpi.rules.test.yml": tests,
	} {
		if err := os.WriteFile(filepath.Join(dir, name), content, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// files are the KPI files that the tests generate from.
var files = map[string]string{
	"product": "../../examples/product/kpi.yaml",
	"own":     "testdata/own.yaml",
	"hostile": "testdata/hostile.yaml",
}

func TestIncludedRules(t *testing.T) {
	golden(t, "../../examples/prometheus/kpi.rules.yml", contentOf(t, generate(t, &config.Config{}).File))
}

// Whoever installs the chart's example takes the rules beside it.
func TestChartRules(t *testing.T) {
	golden(t, "../../examples/helm/shop/kpi.rules.yml", contentOf(t, generate(t, loadFile(t, "../../examples/helm/shop/kpi.yaml")).Resource))
}

func TestGoldens(t *testing.T) {
	cfg := loadFile(t, files["own"])
	dir := place(t, cfg)
	for _, name := range []string{"kpi.rules.yml", "kpi.rules.test.yml"} {
		got, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		golden(t, "testdata/own/"+name, got)
	}
	golden(t, "testdata/own/prometheusrule.yml", contentOf(t, generate(t, cfg).Resource))
}

// TestMetricsAreExposed looks for names that no family of the exporter has, in expressions and in the queries of annotations.
func TestMetricsAreExposed(t *testing.T) {
	text := contentOf(t, generate(t, loadFile(t, files["own"])).File)
	names := regexp.MustCompile(`\bkpi_\w+`).FindAllString(string(text), -1)
	for _, name := range names {
		if name != "kpi_exporter" && series.Find(name).Name == "" {
			t.Errorf("%s is not exposed", name)
		}
	}
	if len(names) < 40 {
		t.Errorf("%d names were found", len(names))
	}
}

// TestQueriesOfAlerts counts the queries in the texts of each alert: Prometheus runs them for each active alert at every evaluation, so
// that they decide how many alerts it can have.
func TestQueriesOfAlerts(t *testing.T) {
	judged := 0
	for name, file := range files {
		for _, g := range generate(t, loadFile(t, file)).Groups {
			for _, r := range g.Rules {
				queries := 0
				for _, templates := range []map[string]string{r.Labels, r.Annotations} {
					for _, text := range templates {
						queries += len(regexp.MustCompile(`\|\s*query\b|\(query |{{-? *query `).FindAllString(text, -1))
					}
				}
				if queries > 1 {
					t.Errorf("%s: the texts of %s run %d queries", name, r.Alert, queries)
				}
				if r.Alert == TargetMissed || r.Alert == AtRisk || r.Alert == BehindPace {
					judged += queries
				}
			}
		}
	}
	if judged == 0 {
		t.Error("no query was found: does the test look for the right thing?")
	}
}

func TestGenerateIsDeterministic(t *testing.T) {
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			first := contentOf(t, generate(t, loadFile(t, file)).File)
			for range 5 {
				if again := contentOf(t, generate(t, loadFile(t, file)).File); !bytes.Equal(first, again) {
					t.Fatal(cmp.Diff(string(first), string(again)))
				}
			}
		})
	}
}

// Prometheus itself says that the rules of each file are good, that they do for each KPI what they should, and that the
// texts are those that Example renders.
func TestPrometheusAgrees(t *testing.T) {
	for name, file := range files {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := place(t, loadFile(t, file))
			program(t, dir, "promtool", "check", "rules", "--lint=all", "--lint-fatal", "kpi.rules.yml")
			program(t, dir, "promtool", "test", "rules", "kpi.rules.test.yml")
		})
	}
}

// The included rules, by cases written by hand: each alert fires, waits, resolves and keeps silent.
func TestIncludedRulesBehave(t *testing.T) {
	t.Parallel()
	out := program(t, "../../examples/prometheus", "promtool", "check", "rules", "--lint=all", "--lint-fatal", "kpi.rules.yml")
	if !strings.Contains(out, "SUCCESS: 40 rules found") {
		t.Errorf("promtool check rules: %s", out)
	}
	program(t, "../../examples/prometheus", "promtool", "check", "config", "prometheus.yml")
	program(t, "../../examples/prometheus", "promtool", "test", "rules", "kpi.rules.test.yml", "kpi.history.test.yml")
}

func TestGenerateRefusesLabelsThatMerge(t *testing.T) {
	cfg := load(t, `
databases: {app: {url: "sqlite://app.db"}}
kpis:
  users:
    title: Users
    period: day
    labels: [plan]
    query: SELECT plan, 1 AS value
    alert: {labels: {plan: pro}}
`)
	_, err := Generate(cfg)
	want := `kpi "users": alert label "plan" is also a label of its samples, which would become alike`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

func TestCheckFindsBadRules(t *testing.T) {
	for name, r := range map[string]Rule{
		"expression": {Record: "bad", Expr: "sum(kpi_value[5m])"},
		"label":      {Alert: "bad", Expr: "up", Labels: map[string]string{"team": "{{ end }}"}},
		"annotation": {Alert: "bad", Expr: "up", Annotations: map[string]string{"summary": "{{ humanise $value }}"}},
	} {
		t.Run(name, func(t *testing.T) {
			groups := Groups{Groups: []Group{{Rules: []Rule{r}}}}
			if err := groups.check(); err == nil || !strings.HasPrefix(err.Error(), "rule bad: ") {
				t.Errorf("error %v", err)
			}
		})
	}
}
