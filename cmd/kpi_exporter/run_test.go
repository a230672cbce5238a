package main

import (
	"bytes"
	"errors"
	"fmt"
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
