package revision

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

func TestSplit(t *testing.T) {
	for argument, want := range map[string][2]string{
		"HEAD~1:kpi.yaml":              {"HEAD~1", "kpi.yaml"},
		"origin/main:./a/kpi.yaml":     {"origin/main", "./a/kpi.yaml"},
		"HEAD^{/fix: it}:a:b.yaml":     {"HEAD^{/fix: it}", "a:b.yaml"},
		"main@{2026-01-01 12:00}:x":    {"main@{2026-01-01 12:00}", "x"},
		"--upload-pack=touch x:kpi.ya": {"--upload-pack=touch x", "kpi.ya"},
		"kpi.yaml":                     {},
		":kpi.yaml":                    {},
		"HEAD:":                        {},
		"":                             {},
	} {
		revision, name, ok := Split(argument)
		if got := [2]string{revision, name}; ok != (want != [2]string{}) || ok && got != want {
			t.Errorf("%q: %q, %v, want %q", argument, got, ok, want)
		}
	}
}

// repository makes a repository with these files in its only commit, and works in one of its folders.
func repository(t *testing.T, folder string, files map[string]string) {
	t.Helper()
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Chdir(t.TempDir())
	for name, text := range files {
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		err := os.WriteFile(name, []byte(text), 0o600)
		if target, isLink := strings.CutPrefix(text, "-> "); isLink {
			if err = os.Remove(name); err == nil {
				err = os.Symlink(target, name)
			}
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	gitDo(t, "init", "--quiet")
	gitDo(t, "add", "--all")
	gitDo(t, "commit", "--quiet", "--message", "first: all")
	t.Chdir(folder)
}

func gitDo(t *testing.T, args ...string) {
	t.Helper()
	all := append([]string{"-c", "user.name=A", "-c", "user.email=a@example.com"}, args...)
	if out, err := exec.CommandContext(t.Context(), "git", all...).CombinedOutput(); err != nil {
		t.Fatalf("git %v: %v\n%s", args, err, out)
	}
}

var files = map[string]string{
	"kpi.yaml": "main", "teams/a.yaml": "a", "teams/b.yaml": "b", "teams/sql/a b.sql": "sql", "sub/kpi.yaml": "sub", "sub/deep/c.yaml": "c",
	"link.yaml": "-> teams/a.yaml", "folder": "-> teams", "out.yaml": "-> /etc/hostname", "broken.yaml": "-> nowhere", "loop": "-> loop",
	"x blob 3": "spaces", "t[ae]ams/d.yaml": "d", "--help": "flag",
}

func TestRead(t *testing.T) {
	for folder, paths := range map[string]map[string]string{
		".": {
			"kpi.yaml": "main", "teams/sql/a b.sql": "sql", "link.yaml": "a", "folder/b.yaml": "b", "x blob 3": "spaces", "--help": "flag",
			"ROOT/teams/b.yaml": "b", "sub/../kpi.yaml": "main",
		},
		"sub": {"kpi.yaml": "sub", "../kpi.yaml": "main", "deep/c.yaml": "c", "../sub/kpi.yaml": "sub"},
	} {
		t.Run(folder, func(t *testing.T) {
			repository(t, folder, files)
			tree, err := Open(t.Context(), "HEAD")
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile("kpi.yaml", []byte("changed since"), 0o600); err != nil {
				t.Fatal(err)
			}
			for path, want := range paths {
				path = strings.Replace(path, "ROOT", tree.root, 1)
				if got, err := tree.Read(path, true); got != want || err != nil {
					t.Errorf("%s: %q, %v, want %q", path, got, err, want)
				}
			}
			for path, want := range map[string]error{
				"gone.yaml": fs.ErrNotExist, "../../etc/hostname": fs.ErrNotExist, "/etc/hostname": fs.ErrNotExist, "x\ny": fs.ErrNotExist,
				tree.root + "/broken.yaml": fs.ErrNotExist, tree.root + "/loop": fs.ErrNotExist, tree.root + "/teams": document.ErrNotRegular,
			} {
				if _, err := tree.Read(path, true); !errors.Is(err, want) {
					t.Errorf("%q: %v, want %v", path, err, want)
				}
			}
			if _, err := tree.Read(tree.root+"/out.yaml", true); err == nil || err.Error() != "a symbolic link that leads out of the repository" {
				t.Errorf("out.yaml: %v", err)
			}
		})
	}
}

func TestTooLarge(t *testing.T) {
	repository(t, ".", map[string]string{"most": strings.Repeat("x", document.MaxFileSize), "more": strings.Repeat("x", document.MaxFileSize+1)})
	tree, err := Open(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	if text, err := tree.Read("most", true); len(text) != document.MaxFileSize || err != nil {
		t.Errorf("%d bytes, %v", len(text), err)
	}
	if _, err := tree.Read("more", true); err == nil || err.Error() != document.TooLarge().Error() {
		t.Errorf("%v", err)
	}
}

// TestPaths has the disk and the revision agree on what a path means, as git writes it and as a pattern finds it.
func TestPaths(t *testing.T) {
	repository(t, "sub", files)
	tree, err := Open(t.Context(), "HEAD^{/first: all}")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{
		"kpi.yaml": "../kpi.yaml", "sub/kpi.yaml": "kpi.yaml", "./kpi.yaml": "kpi.yaml", "../kpi.yaml": "../kpi.yaml", "teams/a.yaml": "../teams/a.yaml",
		"../../x": "../../x",
	} {
		if got := tree.Path(name); got != want {
			t.Errorf("Path(%s) = %s, want %s", name, got, want)
		}
	}
	for at, want := range map[string]string{
		"kpi.yaml": "HEAD^{/first: all}:sub/kpi.yaml", "../x": "HEAD^{/first: all}:x", "../../x": "../../x",
	} {
		if got := tree.Name(at); got != want {
			t.Errorf("Name(%s) = %s, want %s", at, got, want)
		}
	}
	for _, pattern := range []string{
		"*", "*.yaml", "*/*.yaml", "../te*/*.yaml", "../teams/*", "../sub/*.yaml", "../../*", "kpi.yaml", "gone.yaml", `../t\[ae\]ams/*`, "../t[ae]ams/*", "../*[!n]k.yaml",
	} {
		want, err := filepath.Glob(pattern)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(pattern, "../../") {
			want = nil // Nothing outside of the repository is in a revision.
		}
		for _, root := range []string{"", tree.root + "/sub/"} {
			if root != "" && strings.HasPrefix(pattern, "../") {
				continue
			}
			got, err := tree.Glob(root + pattern)
			for i := range got {
				got[i] = strings.TrimPrefix(got[i], root)
			}
			if diff := cmp.Diff(want, got); diff != "" || err != nil {
				t.Errorf("%s: %v, -disk +revision:\n%s", root+pattern, err, diff)
			}
		}
	}
	if _, err := tree.Glob("[a"); err == nil {
		t.Error("no error for a pattern that is none")
	}
}

func TestOpenErrors(t *testing.T) {
	repository(t, ".", map[string]string{"kpi.yaml": "main"})
	for revision, want := range map[string]string{
		"nobody":                     `there is no revision "nobody" in this repository`,
		"--upload-pack=touch pwned":  `there is no revision "--upload-pack=touch pwned" in this repository`,
		"-n":                         `there is no revision "-n" in this repository`,
		"HEAD; touch pwned":          `there is no revision "HEAD; touch pwned" in this repository`,
		"$(touch pwned)":             `there is no revision "$(touch pwned)" in this repository`,
		"HEAD^{tree} --output=pwned": `there is no revision "HEAD^{tree} --output=pwned" in this repository`,
		"HEAD:kpi.yaml":              `there is no revision "HEAD:kpi.yaml" in this repository`,
		"HEAD\n--all":                `there is no revision "HEAD\n--all" in this repository`,
		"HEAD~1":                     `there is no revision "HEAD~1" in this repository`,
	} {
		if _, err := Open(t.Context(), revision); err == nil || err.Error() != want {
			t.Errorf("%q: %v, want %s", revision, err, want)
		}
	}
	if _, err := os.Stat("pwned"); !errors.Is(err, fs.ErrNotExist) {
		t.Error("a revision was run as a command")
	}
	for _, good := range []string{"HEAD", "@", "HEAD^{tree}", "HEAD^{/first: all}"} {
		if _, err := Open(t.Context(), good); err != nil {
			t.Errorf("%s: %v", good, err)
		}
	}

	t.Run("shallow", func(t *testing.T) {
		origin, err := os.Getwd()
		if err != nil {
			t.Fatal(err)
		}
		clone := filepath.Join(t.TempDir(), "clone")
		gitDo(t, "commit", "--quiet", "--allow-empty", "--message", "second")
		gitDo(t, "clone", "--quiet", "--depth", "1", "file://"+origin, clone)
		t.Chdir(clone)
		const want = `there is no revision "HEAD~1" in this clone, which is shallow: fetch more of its history`
		if _, err := Open(t.Context(), "HEAD~1"); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	})
	t.Run("no repository", func(t *testing.T) {
		t.Chdir(t.TempDir())
		t.Setenv("GIT_CEILING_DIRECTORIES", "/")
		const want = `revision "HEAD": git: not a git repository`
		if _, err := Open(t.Context(), "HEAD"); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
	})
	t.Run("no git", func(t *testing.T) {
		t.Setenv("PATH", t.TempDir())
		const want = `revision "HEAD": git is not installed, which reads revisions`
		if _, err := Open(t.Context(), "HEAD"); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
	})
}
