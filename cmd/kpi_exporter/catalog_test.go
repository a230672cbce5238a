package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// The catalogue beside the example is the one that its file gives. With -update it is written again.
func TestCatalogOfExample(t *testing.T) {
	t.Parallel()
	dir := filepath.Join("..", "..", "examples", "product")
	args := []string{"generate", "catalog", "--config.file", filepath.Join(dir, "kpi.yaml"), "--output", dir}
	if !*update {
		args = append(args, "--check")
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitOK {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}

// docs/library.md leads to the definition of each KPI of the example, in the order of its files.
func TestDocsLinkKPIs(t *testing.T) {
	t.Parallel()
	root := filepath.Join("..", "..")
	library, err := os.ReadFile(filepath.Join(root, "docs", "library.md"))
	if err != nil {
		t.Fatal(err)
	}
	catalog, err := os.ReadFile(filepath.Join(root, "examples", "product", "catalog.md"))
	if err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(filepath.Join(root, "examples", "product", "kpi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, k := range cfg.KPIs {
		want = append(want, k.Title+" "+k.Name)
		if !bytes.Contains(catalog, []byte(`<a id="kpi-`+k.Name+`"></a>`)) {
			t.Errorf("the catalogue has no place kpi-%s", k.Name)
		}
	}
	for _, link := range regexp.MustCompile(`\[([^]]+)\]\(\.\./examples/product/catalog\.md#kpi-(\w+)\)`).FindAllSubmatch(library, -1) {
		got = append(got, string(link[1])+" "+string(link[2]))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-example +library)\n%s", diff)
	}
}
