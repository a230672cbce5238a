package main

import (
	"bytes"
	"strings"
	"testing"
)

// The demo's KPIs are what they say they are, on SQLite too.
func TestDemoKPIs(t *testing.T) {
	var stdout, stderr bytes.Buffer
	code := run(t.Context(), []string{"test", "--cut", "../../internal/demo/testdata/kpis.yml"}, nil, &stdout, &stderr)
	if code != exitOK || !strings.HasSuffix(stdout.String(), "all as expected\n") {
		t.Errorf("exit code %d\n%s%s", code, &stdout, &stderr)
	}
}
