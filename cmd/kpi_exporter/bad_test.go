package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// Every file that the loader's tests hold to be wrong is refused by check with just the text that they expect, on a terminal without control
// characters.
func TestCheckOfBadFiles(t *testing.T) {
	t.Chdir(filepath.Join("..", "..", "config", "testdata", "bad"))
	goldens, err := filepath.Glob("*.txt")
	if err != nil || len(goldens) == 0 {
		t.Fatal("there are no bad files", err)
	}
	for _, golden := range goldens {
		name := strings.TrimSuffix(golden, ".txt")
		t.Run(name, func(t *testing.T) {
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			var stdout, stderr bytes.Buffer
			code := run(t.Context(), []string{"check", "--config.file", name + ".yml"}, nil, &stdout, &stderr)
			if code != exitProblem || stdout.Len() > 0 {
				t.Errorf("exit code %d, want %d; stdout %q, want none", code, exitProblem, stdout.String())
			}
			if diff := cmp.Diff(format.Inert(string(want)), stderr.String()); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
		})
	}
}
