package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// The error of a command is printed once, and decides the exit code.
func TestFinish(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		code   int
		stderr string
	}{
		"fine":        {nil, exitOK, ""},
		"reported":    {fmt.Errorf("check: %w", errReported), exitProblem, ""},
		"problem":     {errors.New("no network"), exitProblem, "kpi_exporter: no network\n"},
		"usage":       {usageError{errors.New("--last: no")}, exitUsage, "kpi_exporter: --last: no\n"},
		"wrong file":  {document.Problems{{Message: "unknown key"}}, exitProblem, fmt.Sprintln(document.Problem{Message: "unknown key"})},
		"wrong usage": {fmt.Errorf("query: %w", usageError{errors.New("no")}), exitUsage, "kpi_exporter: query: no\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var stderr bytes.Buffer
			code := environment{stderr: &stderr}.finish(test.err)
			if code != test.code || stderr.String() != test.stderr {
				t.Errorf("exit code %d, want %d; stderr %q, want %q", code, test.code, stderr.String(), test.stderr)
			}
		})
	}
}

// program runs a command of the program in this process and returns what it prints; its exit code must be the expected.
func program(t testing.TB, code int, args ...string) (stdout, stderr string) {
	t.Helper()
	var out, errs bytes.Buffer
	if got := run(t.Context(), args, strings.NewReader(""), &out, &errs); got != code {
		t.Fatalf("%v: exit code %d, want %d\n%s%s", args, got, code, out.String(), errs.String())
	}
	return out.String(), errs.String()
}

func writeText(t testing.TB, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func readBytes(t testing.TB, path string) []byte {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return content
}
