package reload

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// TestKeeperOfUnreadFolder has a folder of teams that cannot be read for some time. Nobody knows what is in it: with on_error: keep what was
// in use stays, and else the reload is refused.
func TestKeeperOfUnreadFolder(t *testing.T) {
	const main = "databases: {app: {url: sqlite://app.db}}\ninclude: [INCLUDE]\nkpis:\n  main: {title: T, period: day, query: SELECT 1 AS value}\n"
	const keep = "{path: teams/*/*.yaml, on_error: keep}"
	for name, test := range map[string]struct {
		include, breaks string
		want            string // The KPIs, and the files that are broken.
		atStart         string
	}{
		"a folder":               {keep, "teams/b", "main a b; teams/b nothing, teams/b/kpi.yaml earlier", "main a; teams/b nothing"},
		"all folders":            {keep, "teams", "main a b; teams nothing, teams/a/kpi.yaml earlier, teams/b/kpi.yaml earlier", "main; teams nothing"},
		"a folder without keep":  {"teams/*/*.yaml", "teams/b", "kpi.yaml:2:11: teams/b: too many levels of symbolic links", "kpi.yaml:2:11: teams/b: too many levels of symbolic links"},
		"all folders, by a name": {"{path: teams/b/kpi.yaml, on_error: keep}", "teams", "main b; teams/b/kpi.yaml earlier", "main; teams/b/kpi.yaml nothing"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write := func(name, text string) {
				t.Helper()
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			move := func(from, to string) {
				t.Helper()
				if err := os.Rename(from, to); err != nil {
					t.Fatal(err)
				}
			}
			for _, team := range []string{"a", "b"} {
				if err := os.MkdirAll("teams/"+team, 0o700); err != nil {
					t.Fatal(err)
				}
				write("teams/"+team+"/kpi.yaml", "kpis:\n  "+team+": {title: T, period: day, query: SELECT 1 AS value}\n")
			}
			write("kpi.yaml", strings.Replace(main, "INCLUDE", test.include, 1))
			k := NewKeeper("kpi.yaml", config.Options{}, all)
			load := func(k *Keeper) string {
				c, err := k.Load(document.NewSeen())
				if err != nil {
					line, _, _ := strings.Cut(err.Error(), "\n")
					return line
				}
				k.Keep()
				return kpisAndBroken(c)
			}
			whole := load(k)
			move(test.breaks, "away")
			if err := os.Symlink(filepath.Base(test.breaks), test.breaks); err != nil {
				t.Fatal(err)
			}
			for range 2 { // What was kept once can be kept again.
				if got := load(k); got != test.want {
					t.Errorf("at a reload: %s\nwant %s", got, test.want)
				}
			}
			if got := load(NewKeeper("kpi.yaml", config.Options{}, all)); got != test.atStart {
				t.Errorf("at the start: %s\nwant %s", got, test.atStart)
			}
			if err := os.Remove(test.breaks); err != nil {
				t.Fatal(err)
			}
			move("away", test.breaks)
			if got := load(k); got != whole {
				t.Errorf("mended: %s\nwant %s", got, whole)
			}
		})
	}
}

// kpisAndBroken returns the names of the KPIs, and which files are broken.
func kpisAndBroken(c *config.Config) string {
	var names, broken []string
	for _, k := range c.KPIs {
		names = append(names, k.Name)
	}
	for _, b := range c.Broken {
		broken = append(broken, b.File+" "+string(b.Use))
	}
	return strings.Join(names, " ") + "; " + strings.Join(broken, ", ")
}
