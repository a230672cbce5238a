package config

import (
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// remembered holds files as they were at another time, by their paths.
type remembered map[string]string

func (r remembered) Read(path string, _ bool) (string, error) {
	text, ok := r[path]
	if !ok {
		return "", fs.ErrNotExist
	}
	return text, nil
}

func (r remembered) Glob(pattern string) ([]string, error) {
	var matches []string
	for _, path := range slices.Sorted(maps.Keys(r)) {
		if ok, err := filepath.Match(pattern, path); err != nil {
			return nil, err
		} else if ok {
			matches = append(matches, path)
		}
	}
	return matches, nil
}

func (r remembered) Real(path string) string { return path }

func (r remembered) Name(path string) string { return "then:" + path }

// TestFilesFromElsewhere reads nothing from the disk but secrets, and names files as their source does.
func TestFilesFromElsewhere(t *testing.T) {
	files := remembered{
		"conf/kpi.yaml": "allow_paths: [../sql]\ndatabases: {app: {url: sqlite://shop.db}}\ninclude: [teams/*.yaml]\n" +
			"kpis:\n  one: {title: One, period: day, query_file: ../sql/one.sql}\n",
		"conf/teams/a.yaml":  "kpis:\n  two: {title: Two, period: day, query_file: two.sql}\n",
		"conf/teams/two.sql": "SELECT 2 AS value",
		"sql/one.sql":        "SELECT 1 AS value",
	}
	c, err := LoadWith("conf/kpi.yaml", Options{Files: files})
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"then:conf/kpi.yaml", "then:conf/teams/a.yaml", "then:sql/one.sql", "then:conf/teams/two.sql"}
	if diff := cmp.Diff(want, c.Files); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if got := c.KPI("two").Query.Position.String(); got != "then:conf/teams/two.sql:1:1" {
		t.Errorf("the SQL is at %s", got)
	}
	if address, err := c.Databases[0].Address(); err != nil || address.Reveal() != "sqlite://conf/shop.db" {
		t.Errorf("address %v, %v", address, err)
	}

	files["conf/teams/a.yaml"] = "kpis:\n  one: {title: One, period: day, query_file: gone.sql}\n  two: {tite: Two}\n"
	files["conf/kpi.yaml"] = strings.Replace(files["conf/kpi.yaml"], "teams/*.yaml", "teams/*.yaml, gone.yaml", 1)
	_, err = LoadWith("conf/kpi.yaml", Options{Files: files})
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{
		"then:conf/kpi.yaml:3:25: then:conf/gone.yaml: file does not exist\n  3 | include: [teams/*.yaml, gone.yaml]\n",
		`then:conf/teams/a.yaml:2:3: KPI "one" is defined twice, first at then:conf/kpi.yaml:5:3`,
		"then:conf/teams/a.yaml:2:46: then:conf/teams/gone.sql: file does not exist\n",
		`then:conf/teams/a.yaml:3:9: unknown key "tite" in a KPI`,
	} {
		if !strings.Contains(err.Error()+"\n", want) {
			t.Errorf("it does not say %q:\n%s", want, err)
		}
	}
}
