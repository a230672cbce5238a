package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestManyWarnings has a file with 25 warnings of each of some checks: people see the first ten and how many more there are, and every
// error. The lines of a pull request have them all.
func TestManyWarnings(t *testing.T) {
	t.Parallel()
	const n = 25
	file := func(name, key string) string {
		var text strings.Builder
		text.WriteString("databases: {app: {url: \"sqlite://app.db\"}}\nkpis:\n")
		for i := range n {
			fmt.Fprintf(&text, "  kpi_%c: {title: K, period: instant, unit: EUR, query: SELECT unixepoch(:as_of) AS value%s}\n", 'a'+i, key)
		}
		path := filepath.Join(t.TempDir(), name)
		if err := os.WriteFile(path, []byte(text.String()), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	good, bad := file("good.yaml", ""), file("bad.yaml", ", labls: [plan]")
	for _, tc := range []struct {
		name string
		args []string
		want map[string]string // By what is counted, how many lines of it and what follows.
	}{
		{"check", []string{"check", "--config.file", good}, map[string]string{"odd_unit": "10 and 15 more", "no_objective": "10 and 15 more", "no_owner": "10 and 15 more"}},
		{"a command that only loads", []string{"query", "--explain", "--config.file", good}, map[string]string{"odd_unit": "10 and 15 more"}},
		{"lines of a pull request", []string{"check", "--format", "github", "--config.file", good}, map[string]string{"odd_unit": "25", "no_objective": "25", "no_owner": "25"}},
		{"errors", []string{"check", "--config.file", bad}, map[string]string{"labls": "25"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			run(t.Context(), tc.args, nil, &stdout, &stderr)
			text := stdout.String() + stderr.String()
			for what, want := range tc.want {
				got := fmt.Sprint(len(regexp.MustCompile(`(?m)^(::|\S+: warning: ).*`+what+`|: unknown key "`+what).FindAllString(text, -1)))
				if rest := regexp.MustCompile(`(?m)^and \d+ more(?: \[` + what + `\]$)`).FindString(text); rest != "" {
					got += " " + strings.TrimSuffix(rest, " ["+what+"]")
				}
				if got != want {
					t.Errorf("%s: %s, want %s, in:\n%s", what, got, want, text)
				}
			}
			if again := regexp.MustCompile(`(?m)^and .*$`).FindAllString(stdout.String(), -1); len(again) > 0 {
				t.Errorf("standard output says %q", again)
			}
		})
	}
}
