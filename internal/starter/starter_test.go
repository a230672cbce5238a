package starter

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

const libraryFile = "../../examples/product/kpi.yaml"

func load(t *testing.T, text string) *config.Config {
	t.Helper()
	path := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(path)
	if err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return cfg
}

// The example is as good as check wants KPIs to be.
func TestExample(t *testing.T) {
	cfg := load(t, Example())
	for _, p := range slices.Concat(cfg.Warnings, lint.Run(cfg, time.Date(2026, 6, 1, 0, 0, 0, 0, time.UTC))) {
		t.Error(p)
	}
}

// Each KPI of the library comes with all that it needs, and is the same KPI.
func TestCopy(t *testing.T) {
	whole, err := config.Load(libraryFile)
	if err != nil {
		t.Fatal(err)
	}
	library, err := Read(os.DirFS(filepath.Dir(libraryFile)))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, k := range whole.KPIs {
		names = append(names, k.Name)
	}
	if diff := cmp.Diff(names, library.Names()); diff != "" {
		t.Fatalf("(-file +library)\n%s", diff)
	}
	for _, want := range whole.KPIs {
		t.Run(want.Name, func(t *testing.T) {
			text, err := library.Copy([]string{want.Name})
			if err != nil {
				t.Fatal(err)
			}
			cfg := load(t, text)
			for _, p := range cfg.Warnings {
				t.Error(p)
			}
			got := cfg.KPI(want.Name)
			if got == nil {
				t.Fatalf("it is not in\n%s", text)
			}
			if got.Owner != want.Owner || got.Objective != want.Objective || got.Title != want.Title {
				t.Errorf("got %+v, want %+v", got, want)
			}
			if want.Formula != nil {
				if got.Formula == nil || got.Formula.Text != want.Formula.Text {
					t.Errorf("formula %v, want %q", got.Formula, want.Formula.Text)
				}
			} else {
				if diff := cmp.Diff(want.Query.Statement.SQL(), got.Query.Statement.SQL()); diff != "" {
					t.Errorf("SQL (-want +got)\n%s", diff)
				}
				if diff := cmp.Diff(want.Query.Columns, got.Query.Columns); diff != "" {
					t.Errorf("columns (-want +got)\n%s", diff)
				}
			}
			if !slices.ContainsFunc(cfg.Owners, func(o *config.Owner) bool { return o.Name == want.Owner }) {
				t.Errorf("owner %s is missing", want.Owner)
			}
			if len(cfg.Objectives) > len(cfg.KPIs) {
				t.Errorf("%d objectives for %d KPIs", len(cfg.Objectives), len(cfg.KPIs))
			}
		})
	}
}

func TestCopyUnknown(t *testing.T) {
	library, err := Read(fstest.MapFS{"kpi.yaml": {Data: []byte("kpis:\n  a:\n    title: A\n  b:\n    title: B\n")}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := library.Copy([]string{"a", "c"}); err == nil || !strings.Contains(err.Error(), `no KPI "c" to copy; there are a, b`) {
		t.Error(err)
	}
}
