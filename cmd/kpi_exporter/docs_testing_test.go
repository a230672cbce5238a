package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestDocsTesting runs the test that docs/testing.md shows, over the files that it names.
func TestDocsTesting(t *testing.T) {
	blocks := docsBlocks(t, "testing.md")
	if len(blocks) != 2 {
		t.Fatalf("%d blocks, want 2: a test, and the command that runs it", len(blocks))
	}
	dir := t.TempDir()
	writeText(t, filepath.Join(dir, "schema.sql"), string(readBytes(t, "../../examples/product/schema.sql")))
	if err := os.Mkdir(filepath.Join(dir, "tests"), 0o700); err != nil {
		t.Fatal(err)
	}
	test := writeText(t, filepath.Join(dir, "tests", "churn.yml"), blocks[0])
	for _, args := range [][]string{
		{"init", "--config.file", filepath.Join(dir, "kpi.yaml"), "revenue", "customer_churn_rate", "mrr_by_plan"},
		{"test", "--database", postgres.NewDatabase(t), "--cut", test},
	} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitOK {
			t.Errorf("%s: exit code %d\n%s%s", args[0], code, &stdout, &stderr)
		}
	}
}
