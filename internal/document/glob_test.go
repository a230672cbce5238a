package document

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGlob looks for files where all can be read, as filepath.Glob does, and where something cannot: that is no empty folder.
func TestGlob(t *testing.T) {
	t.Chdir(t.TempDir())
	for _, folder := range []string{"teams/a", "teams/a-b", "teams/c", "empty", "some/good", "some/.git", "odd[1]"} {
		if err := os.MkdirAll(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, file := range []string{"teams/a/k.yaml", "teams/a-b/k.yaml", "teams/b.yaml", "teams/a.yaml", "some/good/k.yaml", "some/file", "odd[1]/k.yaml"} {
		if err := os.WriteFile(file, nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"loop": "loop", "nowhere": "gone", "current": "teams", "deep": "nowhere/x", "teams/c/k.yaml": "gone", "some/loop": "loop", "some/nowhere": "gone", "some/.git/x": "gone",
	} {
		if err := os.Symlink(target, name); err != nil {
			t.Fatal(err)
		}
	}
	for pattern, want := range map[string]string{
		"teams/*.yaml":       "",
		"teams/*/*.yaml":     "",
		"teams/*/k.yaml":     "",
		"teams/?":            "",
		"*/*.yaml":           "loop: too many levels of symbolic links, nowhere: no such file or directory, deep: no such file or directory",
		"current/*.yaml":     "",
		"../*/teams/*.yaml":  "",
		"odd\\[1]/*.yaml":    "",
		"*.yaml":             "",
		"empty/*.yaml":       "",
		"gone/*.yaml":        "",
		"gone/*/k.yaml":      "",
		"teams/gone/*.yaml":  "",
		"current/gone/*":     "",
		"teams/a.yaml":       "",
		"teams/gone.yaml":    "",
		"nowhere":            "",
		"loop/*.yaml":        "loop: too many levels of symbolic links",
		"loop/k.yaml":        "loop/k.yaml: too many levels of symbolic links",
		"nowhere/*.yaml":     "nowhere: no such file or directory",
		"nowhere/k.yaml":     "nowhere: no such file or directory",
		"nowhere/x/*/k.yaml": "nowhere: no such file or directory",
		"deep/*.yaml":        "deep: no such file or directory",
		"teams/a.yaml/*":     "teams/a.yaml: not a directory",
		"teams/a.yaml/x":     "teams/a.yaml/x: not a directory",
		"some/*/*.yaml":      "some/loop: too many levels of symbolic links, some/nowhere: no such file or directory",
		"some/*/k.yaml":      "some/loop/k.yaml: too many levels of symbolic links, some/nowhere: no such file or directory",
	} {
		t.Run(pattern, func(t *testing.T) {
			paths, err := filepath.Glob(pattern)
			if err != nil {
				t.Fatal(err)
			}
			got, err := Disk{}.Glob(pattern)
			if diff := cmp.Diff(paths, got); diff != "" {
				t.Errorf("found (-filepath.Glob +got):\n%s", diff)
			}
			unread, isUnread := errors.AsType[UnreadError](err)
			if err != nil && !isUnread {
				t.Fatal(err)
			}
			if said := strings.Join(sentences(unread), ", "); !sameWords(said, want) {
				t.Errorf("unread are %q, want %q", said, want)
			}
		})
	}
	if _, err := (Disk{}).Glob("[a"); !errors.Is(err, filepath.ErrBadPattern) {
		t.Errorf("[a: %v", err)
	}
}

func sentences(unread []*fs.PathError) (list []string) {
	for _, one := range unread {
		list = append(list, one.Path+": "+one.Err.Error())
	}
	return list
}

// sameWords compares lists whatever their order.
func sameWords(a, b string) bool {
	set := func(text string) map[string]bool {
		all := map[string]bool{}
		for part := range strings.SplitSeq(text, ", ") {
			all[part] = true
		}
		return all
	}
	return cmp.Equal(set(a), set(b))
}
