package state

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// files returns the names of what is in a folder.
func files(t *testing.T, dir string) []string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	names := []string{}
	for _, e := range entries {
		names = append(names, e.Name())
	}
	return names
}

func save(t *testing.T, path string, s *State) {
	t.Helper()
	if _, err := Save(path, s); err != nil {
		t.Fatal(err)
	}
}

// A file is for its owner alone, and replaced as a whole; a link stays one.
func TestSave(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "state")
	if err := os.WriteFile(path, []byte(magic+"0\n"+strings.Repeat("something longer than what follows, which everybody reads\n", 99)), 0o644); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(t.TempDir(), "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{path, link} {
		save(t, path, example())
		got, info, err := Load(path)
		if diff := cmp.Diff(example(), got); err != nil || diff != "" {
			t.Fatalf("%v\n%s", err, diff)
		}
		if info.Mode() != 0o600 {
			t.Errorf("mode %o", info.Mode())
		}
	}
	if to, err := os.Readlink(link); err != nil || to != path {
		t.Errorf("the link leads to %s, %v", to, err)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

// Whatever stands in the place of the file, it is not used, and the error says why without the path.
func TestLoadRefuses(t *testing.T) {
	dir := t.TempDir()
	at := func(name string, place func(path string) error) string {
		path := filepath.Join(dir, name)
		if err := place(path); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, path := range map[string]string{
		"it is a folder": dir,
		"it is not a regular file": at("pipe", func(path string) error {
			return syscall.Mkfifo(path, 0o600)
		}),
		"anybody may write it": at("open", func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Chmod(path, 0o602))
		}),
		"it is empty": at("empty", func(path string) error {
			return os.WriteFile(path, nil, 0o600)
		}),
		"it has more than 256 MB": at("large", func(path string) error {
			return errors.Join(os.WriteFile(path, nil, 0o600), os.Truncate(path, maxBytes+1))
		}),
		"not a directory": at("file", func(path string) error {
			return os.WriteFile(path, nil, 0o600)
		}) + "/state",
		"too many levels of symbolic links": at("loop", func(path string) error {
			return os.Symlink(path, path)
		}),
	} {
		if _, _, err := Load(path); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if _, _, err := Load(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("of a file that is not there: %v", err)
	}
}

// A file is replaced only if nothing but a state is lost: one of any version, and whatever is left of it.
func TestSaveKeepsWhatIsNoState(t *testing.T) {
	whole := string(encode(t, example()))
	for name, c := range map[string]struct {
		text string
		lost bool
	}{
		"KPIs":                       {"timezone: UTC\nkpis: {}\n", true},
		"one byte":                   {"x", true},
		"a line break":               {"\n", true},
		"a state within text":        {"# " + whole, true},
		"a state in capitals":        {strings.ToUpper(whole), true},
		"zeros before text":          {strings.Repeat("\x00", 100000) + "x", true},
		"a state after zeros":        {strings.Repeat("\x00", 4096) + whole, true},
		"nothing":                    {"", false},
		"zeros":                      {strings.Repeat("\x00", 100000), false},
		"few zeros":                  {"\x00", false},
		"a state":                    {whole, false},
		"a later version":            {strings.Replace(whole, "state 1\n", "state 2\n", 1), false},
		"half a state":               {whole[:len(whole)/2], false},
		"a few bytes of a state":     {whole[:7], false},
		"a state and then something": {whole + "x", false},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "state")
			if err := os.WriteFile(path, []byte(c.text), 0o600); err != nil {
				t.Fatal(err)
			}
			if foreign, err := IsForeign(path); err != nil || foreign != c.lost {
				t.Errorf("foreign: %v, %v", foreign, err)
			}
			_, err := Save(path, example())
			if got := err != nil && err.Error() == "there is a file that is not a state of kpi_exporter"; got != c.lost {
				t.Error(err)
			}
			if left, err := os.ReadFile(path); err != nil || (string(left) == c.text) != (c.lost || c.text == whole) {
				t.Errorf("left: %.100q, %v", left, err)
			}
		})
	}
}

// What another user may have written is not believed.
func TestLoadOfOtherUser(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state")
	save(t, path, example())
	if err := os.Chown(path, os.Geteuid()+1, -1); err != nil { // Only root can give files away, and has some for others.
		path = "/etc/passwd"
	}
	if _, _, err := Load(path); err == nil || err.Error() != "it belongs to another user" {
		t.Error(err)
	}
	if path == "/etc/passwd" {
		return
	}
	save(t, path, example())
	if _, _, err := Load(path); err != nil {
		t.Errorf("after it was replaced: %v", err)
	}
}

// A file that cannot be written leaves what is there, and nothing half written.
func TestSaveFails(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]string{
		filepath.Join(dir, "absent", "state"): "no such file or directory",
		filepath.Join(dir, "folder"):          "there is something that is not a regular file",
		"/dev/full":                           "there is something that is not a regular file",
	} {
		if _, err := Save(path, example()); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", path, err, want)
		}
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

// mount mounts a small file system in memory.
func mount(t *testing.T, options string) (dir string) {
	t.Helper()
	dir = t.TempDir()
	if err := syscall.Mount("none", dir, "tmpfs", 0, options); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("only root can mount: %v", err)
		}
		t.Skipf("only root can mount: %v", err)
	}
	t.Cleanup(func() {
		if err := syscall.Unmount(dir, 0); err != nil {
			t.Error(err)
		}
	})
	return dir
}

// On a disk that is full, or that cannot be written, the old file stays.
func TestSaveOnFullDisk(t *testing.T) {
	dir := mount(t, "size=64k")
	path := filepath.Join(dir, "state")
	save(t, path, example())
	large := example()
	large.Databases["app"] = strings.Repeat("x", 100_000)
	if _, err := Save(path, large); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("full: %v", err)
	}
	if err := syscall.Mount("none", dir, "tmpfs", syscall.MS_REMOUNT|syscall.MS_RDONLY, ""); err != nil {
		t.Fatal(err)
	}
	if _, err := Save(path, example()); !errors.Is(err, syscall.EROFS) {
		t.Errorf("read-only: %v", err)
	}
	got, _, err := Load(path)
	if diff := cmp.Diff(example(), got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
	if got := files(t, dir); len(got) != 1 {
		t.Errorf("left behind: %q", got)
	}
}

// What an exporter left that was killed while it wrote is removed once it is certain that it is dead.
func TestRemoveUnfinished(t *testing.T) {
	dir := t.TempDir()
	old := time.Now().Add(-time.Hour)
	for _, name := range []string{".state.1.tmp", ".state.2.tmp", ".other.1.tmp", "state"} {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if name != ".state.2.tmp" {
			if err := os.Chtimes(path, old, old); err != nil {
				t.Fatal(err)
			}
		}
	}
	removeUnfinished(filepath.Join(dir, "state"))
	if diff := cmp.Diff([]string{".other.1.tmp", ".state.2.tmp", "state"}, files(t, dir)); diff != "" {
		t.Error(diff)
	}
}
