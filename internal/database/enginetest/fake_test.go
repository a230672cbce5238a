package enginetest

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestNewEngine adds a made-up engine to the source code, and has it pass the suite: it takes a file in internal/engine and a
// line in its table, and a file here and a line in the table of kinds. Nothing else changes.
func TestNewEngine(t *testing.T) {
	here, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	root, folder := filepath.Join(here, "..", "..", ".."), t.TempDir()
	replace := map[string]string{}
	add := func(to, from string) {
		replace[filepath.Join(root, to)] = filepath.Join(here, "testdata", "fake", from)
	}
	add("internal/engine/fake.go", "engine.go")
	add("internal/database/fake.go", "database.go")
	add("internal/database/enginetest/exercise_fake_test.go", "fake_test.go")
	insert := func(in, after, line string) {
		text, err := os.ReadFile(filepath.Join(root, in))
		if err != nil {
			t.Fatal(err)
		}
		if strings.Count(string(text), after) != 1 {
			t.Fatalf("%s: no line %q to write one below", in, after)
		}
		changed := filepath.Join(folder, filepath.Base(in))
		if err := os.WriteFile(changed, []byte(strings.Replace(string(text), after, after+line, 1)), 0o600); err != nil {
			t.Fatal(err)
		}
		replace[filepath.Join(root, in)] = changed
	}
	insert("internal/engine/engine.go", "\t\tSQLite{},\n", "\t\tFake{},\n")
	insert("internal/database/kinds.go", "\t\t{engine.SQLite{}, sqlSource(sqlite{}, 0)},\n", "\t\t{engine.Fake{}, newFake},\n")

	overlay, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(folder, "overlay.json")
	if err := os.WriteFile(path, overlay, 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.CommandContext(t.Context(), "go", "test", "-v", "-overlay", path, "-run", "^TestFake", ".").CombinedOutput()
	if err != nil || !strings.Contains(string(out), "--- PASS: TestFakeInAFile") || !strings.Contains(string(out), "--- PASS: TestFakeReadsItsOwnLanguage") || !strings.Contains(string(out), "    --- PASS: TestFake/values") {
		t.Errorf("%v\n%s", err, out)
	}
}
