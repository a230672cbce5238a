package state

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const saves = "KPI_EXPORTER_TEST_SAVES" // Set in the process that is killed.

// large returns a state that takes a while to write, of which every part says which of two it is.
func large(which string) *State {
	s := &State{Databases: map[string]string{"app": which}}
	for i := range 20_000 {
		s.Readings = append(s.Readings, Reading{Fingerprint: fmt.Sprint(which, i), Databases: []string{"app"}})
	}
	return s
}

// TestKilledWhileSaving kills a process that saves one of two states after the other, at different moments while an unfinished file is there.
// Whatever has the name of the state then is one of the two, whole.
func TestKilledWhileSaving(t *testing.T) {
	if os.Getenv(saves) != "" {
		for { // Until it is killed.
			for _, which := range []string{"old", "new"} {
				if _, err := Save("state", large(which)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
	path := filepath.Join(t.TempDir(), "state")
	if _, err := Save(path, large("old")); err != nil {
		t.Fatal(err)
	}
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	deadline := time.Now().Add(2 * time.Minute)
	unfinished := 0 // How often it was killed while it was saving, and not between.
	for size := int64(1); unfinished < 8; size = size*3%1_500_000 + 1 {
		if time.Now().After(deadline) {
			t.Fatalf("it was saving only %d times when it was killed", unfinished)
		}
		cmd := exec.CommandContext(t.Context(), program, "-test.run=^TestKilledWhileSaving$")
		cmd.Dir, cmd.Env = filepath.Dir(path), append(os.Environ(), saves+"=1")
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		for !hasUnfinished(t, path, size) && time.Now().Before(deadline) {
			time.Sleep(100 * time.Microsecond)
		}
		if err := cmd.Process.Kill(); err != nil {
			t.Fatal(err)
		}
		_ = cmd.Wait() // It was killed.
		if hasUnfinished(t, path, 0) {
			unfinished++
		}
		loaded, _, err := Load(path)
		if err != nil {
			t.Fatalf("killed when %d bytes were written: %v", size, err)
		}
		which := loaded.Databases["app"]
		for _, r := range loaded.Readings {
			if !strings.HasPrefix(r.Fingerprint, which) {
				t.Fatalf("a reading of %s in the state %s", r.Fingerprint, which)
			}
		}
		if len(loaded.Readings) != 20_000 || which != "old" && which != "new" {
			t.Fatalf("the state %q has %d readings", which, len(loaded.Readings))
		}
		if _, err := Save(path, large("old")); err != nil {
			t.Fatal(err)
		}
		for _, name := range unfinishedFiles(t, path) { // Later, another process removes them.
			if err := os.Chtimes(name, time.Time{}, time.Now().Add(-2*leftAfter)); err != nil {
				t.Fatal(err)
			}
		}
		if removeUnfinished(path); hasUnfinished(t, path, 0) {
			t.Fatal("what was not finished is still there")
		}
	}
}

// hasUnfinished reports whether there is a file that is being written, or was, of at least so many bytes.
func hasUnfinished(t *testing.T, path string, size int64) bool {
	t.Helper()
	for _, name := range unfinishedFiles(t, path) {
		if info, err := os.Stat(name); err == nil && info.Size() >= size {
			return true
		}
	}
	return false
}

func unfinishedFiles(t *testing.T, path string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(filepath.Dir(path), temporary(filepath.Base(path))))
	if err != nil {
		t.Fatal(err)
	}
	return names
}
