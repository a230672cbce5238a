package secret

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsExposed(t *testing.T) {
	folder := t.TempDir()
	if err := os.Chmod(filepath.Dir(folder), 0o755); err != nil { // Also of this test.
		t.Fatal(err)
	}
	path, link := filepath.Join(folder, "password"), filepath.Join(folder, "link")
	if err := os.WriteFile(path, []byte("secret"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		file, folder os.FileMode
		want         bool
	}{
		{0o600, 0o755, false}, {0o640, 0o755, false}, {0o644, 0o755, true}, {0o604, 0o711, true}, {0o644, 0o750, false},
	} {
		if err := os.Chmod(path, test.file); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(folder, test.folder); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{path, link} {
			if got := IsExposed(name); got != test.want {
				t.Errorf("%s of %o in %o: %v", filepath.Base(name), test.file, test.folder, got)
			}
		}
	}
	if IsExposed(filepath.Join(folder, "missing")) {
		t.Error("a file that is not there is exposed")
	}
}
