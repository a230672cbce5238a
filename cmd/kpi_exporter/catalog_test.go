package main

import (
	"bytes"
	"path/filepath"
	"testing"
)

// The catalogue beside the example is the one that its file gives. With -update it is written anew.
func TestCatalogOfExample(t *testing.T) {
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
