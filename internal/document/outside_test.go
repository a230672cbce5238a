package document

import (
	"os"
	"path/filepath"
	"testing"
)

// TestOutside asks for files below and beside a folder, also by way of symbolic links: of a file, of a folder, and of the folder
// that is allowed.
func TestOutside(t *testing.T) {
	root := t.TempDir()
	link := func(target, name string) {
		t.Helper()
		if err := os.Symlink(target, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	for _, folder := range []string{"main/sub", "main/..2026/sub", "secrets", "shared"} {
		if err := os.MkdirAll(filepath.Join(root, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"main/a.sql", "main/sub/b.sql", "main/..2026/c.sql", "secrets/pw", "shared/d.csv", "main-too.sql"} {
		if err := os.WriteFile(filepath.Join(root, file), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	link("..2026", "main/..data") // As Kubernetes mounts a ConfigMap.
	link("..data/c.sql", "main/c.sql")
	link("../secrets/pw", "main/innocent.sql")
	link("../secrets", "main/folder")
	link("../secrets/none", "main/dangling.sql")
	link("main", "current")
	link("../main/a.sql", "shared/back.sql")
	for _, tc := range []struct {
		path    string
		outside bool
	}{
		{"main/a.sql", false},
		{"main/sub/b.sql", false},
		{"main/sub/../a.sql", false},
		{"main/c.sql", false},
		{"main/none.sql", false},
		{"main/none/none.sql", false},
		{"current/a.sql", false},
		{"shared/back.sql", false},
		{"main", false},
		{"main/innocent.sql", true},
		{"main/folder/pw", true},
		{"main/folder/none", true},
		{"main/dangling.sql", true},
		{"main/../secrets/pw", true},
		{"main/../secrets/none", true},
		{"main-too.sql", true},
		{"secrets", true},
		{"shared/d.csv", true},
		{"/proc/self/environ", true},
	} {
		path := tc.path
		if !filepath.IsAbs(path) {
			path = root + "/" + path
		}
		for _, folder := range []string{"main", "current"} {
			r := NewReport()
			if r.outside(r.real(path)) {
				t.Errorf("%s is outside before anything is limited", tc.path)
			}
			r.Allow(filepath.Join(root, folder))
			if got := r.outside(r.real(path)); got != tc.outside {
				t.Errorf("%s: outside of %s: %t, want %t", tc.path, folder, got, tc.outside)
			}
		}
	}
	r := NewReport()
	r.Allow(filepath.Join(root, "main"), filepath.Join(root, "shared"))
	if r.outside(r.real(filepath.Join(root, "shared", "d.csv"))) {
		t.Error("a second folder does not count")
	}
	t.Chdir(filepath.Join(root, "main"))
	r = NewReport()
	r.Allow(".")
	if r.outside(r.real("sub/b.sql")) || !r.outside(r.real("../secrets/pw")) {
		t.Error("relative paths are not those of the working directory")
	}
}
