package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// signupsTest tests the KPI of the file that init writes.
const signupsTest = `kpi_file: ../kpi.yaml
schema: schema.sql
rows:
  users: [{created_at: 2026-03-30 10:00:00}, {created_at: 2026-03-31 00:00:00}]
cases:
  - {name: one per day, as_of: 2026-03-31, expect: {daily_signups: {value: 1, status: off_target}}}
`

// The examples for continuous integration pass where all is well, with the file that init writes, and each of their steps
// fails where something is wrong.
func TestContinuousIntegration(t *testing.T) {
	step := regexp.MustCompile(`(?m)^ +- (?:run: )?kpi_exporter (.+)$`)
	var steps []string
	for _, name := range []string{"github", "gitlab"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "examples", "ci", name+".yml"))
		if err != nil {
			t.Fatal(err)
		}
		found := step.FindAllStringSubmatch(string(text), -1)
		if len(found) != 4 {
			t.Fatalf("%s has %d steps, want 4", name, len(found))
		}
		for _, m := range found {
			steps = append(steps, m[1])
		}
	}
	slices.Sort(steps)
	steps = slices.Compact(steps)

	t.Chdir(t.TempDir())
	execute := func(args ...string) int {
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), args, nil, &stdout, &stderr)
		t.Logf("%v: %d\n%s%s", args, code, &stdout, &stderr)
		return code
	}
	write := func(name, text string) {
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir("tests", 0o700); err != nil {
		t.Fatal(err)
	}
	write("tests/signups.yml", signupsTest)
	write("tests/schema.sql", "CREATE TABLE users (created_at timestamptz NOT NULL);\n")
	for _, args := range [][]string{{"init"}, {"generate", "rules", "--output", "generated"}, {"generate", "catalog", "--output", "generated"}} {
		if code := execute(args...); code != exitOK {
			t.Fatalf("%v: exit code %d", args, code)
		}
	}
	shell := strings.NewReplacer("tests/*.yml", "tests/signups.yml", `"$KPI_TEST_DATABASE_URL"`, postgres.NewDatabase(t))
	all := func(want int) {
		for _, s := range steps {
			if code := execute(strings.Fields(shell.Replace(s))...); code != want {
				t.Errorf("kpi_exporter %s: exit code %d, want %d", s, code, want)
			}
		}
	}
	all(exitOK)
	write("kpi.yaml", "product: broken\n")
	all(exitProblem)
}

// Whatever else runs in these pipelines is pinned: an action by its commit, an image by its digest.
func TestContinuousIntegrationIsPinned(t *testing.T) {
	t.Parallel()
	needs := regexp.MustCompile(`(?m)^ *(?:- )?(?:uses|image|name): ([^ \n]*[@:/][^ \n]*)(?: # v[\d.]+)?$`)
	pinned := regexp.MustCompile(`^[a-z/-]+@[0-9a-f]{40}$|^[a-z]+:\d+\.[\w.-]+@sha256:[0-9a-f]{64}$`)
	for name, want := range map[string]int{"github": 3, "github-diff": 2, "gitlab": 2} {
		found := needs.FindAllSubmatch(readBytes(t, filepath.Join("..", "..", "examples", "ci", name+".yml")), -1)
		if len(found) != want {
			t.Errorf("%s needs %d things, want %d: %s", name, len(found), want, found)
		}
		for _, m := range found {
			if !pinned.Match(m[1]) {
				t.Errorf("%s: %s is not pinned", name, m[1])
			}
		}
	}
}
