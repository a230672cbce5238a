package reload

import (
	"context"
	"log/slog"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestWatchEnds watches files of which one changes before anybody watches, and others that nobody reads: it reloads once, and ends with
// its context.
func TestWatchEnds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) {
		t.Helper()
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const text = "databases: {app: {url: sqlite://app.db}}\nkpis:\n  one: {title: One, period: instant, query: SELECT 1 AS value}\n"
	write("kpi.yaml", text)
	keeper := NewKeeper(filepath.Join(dir, "kpi.yaml"), config.Options{}, all)
	if _, err := keeper.Read(); err != nil {
		t.Fatal(err)
	}
	write("kpi.yaml", text+"# More.\n")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	reloads := make(chan string, 100)
	var wg sync.WaitGroup
	wg.Go(func() {
		Watch(ctx, keeper, func(_ context.Context, trigger string) error {
			_, err := keeper.Read()
			reloads <- trigger
			return err
		}, slog.New(slog.DiscardHandler))
	})
	want := "--config.watch: " + filepath.Join(dir, "kpi.yaml")
	if got := <-reloads; got != want {
		t.Errorf("the trigger is %s, want %s", got, want)
	}
	for range 100 {
		write("app.db-wal", "rows")
	}
	write("kpi.yaml", text)
	if got := <-reloads; got != want {
		t.Errorf("the trigger is %s, want %s", got, want)
	}
	cancel()
	wg.Wait()
	if n := len(reloads); n > 0 {
		t.Errorf("%d more reloads", n)
	}
}

// TestWatchedFor looks at which folders are watched for a file behind links, and for patterns.
func TestWatchedFor(t *testing.T) {
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{"etc", "git/rev1/teams/a", "git/rev1/teams/b", "git/links", "git/away"} {
		if err := os.MkdirAll(filepath.Join(dir, folder), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{"etc/kpis": "../git/current", "git/current": "rev1", "etc/loop": "loop", "git/links/a": "../away/a"} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	for name, test := range map[string]struct {
		path, pattern string
		want          []string
	}{
		"a file":              {path: "git/kpi.yaml", want: []string{"git"}},
		"behind links":        {path: "etc/kpis/kpi.yaml", want: []string{"etc", "git", "git/rev1"}},
		"in a missing folder": {path: "git/rev2/sql/a.sql", want: []string{"git"}},
		"a loop":              {path: "etc/loop/kpi.yaml", want: []string{"etc"}},
		"a pattern":           {pattern: "etc/kpis/teams/*/*.yaml", want: []string{"etc", "git", "git/rev1/teams", "git/rev1/teams/a", "git/rev1/teams/b"}},
		"links to nothing":    {pattern: "git/links/*/*.yaml", want: []string{"git/links", "git/away"}},
		"a loop of folders":   {pattern: "etc/*/teams/*/*.yaml", want: []string{"etc", "git", "git/rev1", "git/rev1/teams", "git/rev1/teams/a", "git/rev1/teams/b"}},
		"of a missing folder": {pattern: "git/rev2/*.yaml", want: []string{"git"}},
	} {
		t.Run(name, func(t *testing.T) {
			w := watched{map[string]bool{}, map[string]bool{}, map[string]bool{}}
			if test.path != "" {
				w.follow(filepath.Join(dir, test.path), false, maxLinks)
			} else {
				w.pattern(filepath.Join(dir, test.pattern))
			}
			for _, folder := range test.want {
				if !w.folders[filepath.Join(dir, folder)] {
					t.Errorf("%s is not watched: %v", folder, w.folders)
				}
			}
			if len(w.folders) != len(test.want) {
				t.Errorf("watched are %v, want %v", w.folders, test.want)
			}
		})
	}
}
