package reload

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
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

// all narrows nothing.
func all(*config.Config) error { return nil }

// TestKeeper loads files of which some become wrong, one state after the other.
func TestKeeper(t *testing.T) {
	kpi := func(name, keys string) string { return "  " + name + ": {title: T, period: day, " + keys + "}\n" }
	sql := func(name, n string) string { return kpi(name, "query: SELECT "+n+" AS value") }
	const (
		head   = "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\n"
		broken = "kpis:\n  oops: [\n"
		wrong  = "kpis:\n  a: {tite: A}\n"
	)
	type state struct {
		files map[string]string // As they are from now on; "" removes one.
		want  string            // KPIs with their SQL, what is broken and what is left out; or the error.
	}
	for name, states := range map[string][]state{
		"at start": {
			{
				map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/a.yaml": broken, "teams/b.yaml": "kpis:\n" + sql("b", "2")},
				"main=1 b=2 without teams/a.yaml",
			},
			{map[string]string{"teams/a.yaml": "kpis:\n" + sql("a", "3")}, "main=1 a=3 b=2"},
			{map[string]string{"teams/a.yaml": broken}, "main=1 a=3 b=2 earlier teams/a.yaml"},
			{map[string]string{"teams/a.yaml": wrong}, "main=1 a=3 b=2 earlier teams/a.yaml"},
			{map[string]string{"teams/b.yaml": "kpis:\n" + sql("b", "4")}, "main=1 a=3 b=4 earlier teams/a.yaml"},
			{map[string]string{"teams/a.yaml": ""}, "main=1 b=4"},
			{map[string]string{"teams/a.yaml": broken}, "main=1 b=4 without teams/a.yaml"},
		},
		"what needs it": {
			{map[string]string{
				"kpi.yaml": head + "slack: {token_file: token}\nreports: {weekly: {to: [growth]}, other: {to: [ops]}}\nowners: {ops: {slack: \"#ops\"}}\ndecisions: [{date: 2026-01-01, text: D, kpis: [a]}]\nkpis:\n" +
					sql("main", "1") + kpi("by_query", "from: q") + "  by_formula: {title: T, formula: a / main}\n  chain: {title: T, formula: by_formula + 1}\n  early: {title: T, formula: chain + 1}\n" +
					kpi("by_objective", "objective: habit, query: SELECT 5 AS value"),
				"teams/a.yaml": broken, "teams/b.yaml": "kpis:\n  b: {title: T, formula: a * 2}\n" + sql("c", "6"),
			}, "main=1 c=6 without teams/a.yaml and b by_formula by_objective by_query chain early report weekly"},
			{
				map[string]string{"teams/a.yaml": "owners: {growth: {slack: \"#growth\"}}\nobjectives: {habit: {title: H}}\nqueries: {q: {period: day, query: SELECT 7 AS value}}\nkpis:\n" + sql("a", "8")},
				"main=1 by_query=7 by_formula chain early by_objective=5 a=8 b c=6",
			},
			{map[string]string{"teams/a.yaml": wrong}, "main=1 by_query=7 by_formula chain early by_objective=5 a=8 b c=6 earlier teams/a.yaml"},
		},
		"a file that it names": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/a.yaml": "kpis:\n" + kpi("a", "query_file: a.sql"), "teams/a.sql": "SELECT 2 AS value"}, "main=1 a=2"},
			{map[string]string{"teams/a.sql": "SELECT :nonsense AS value"}, "main=1 a=2 earlier teams/a.yaml"},
			{map[string]string{"teams/a.sql": ""}, "main=1 a=2 earlier teams/a.yaml"},
			{map[string]string{"teams/a.sql": "SELECT 3 AS value"}, "main=1 a=3"},
		},
		"a name that is taken": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/b.yaml": "kpis:\n" + sql("b", "2")}, "main=1 b=2"},
			{map[string]string{"teams/a.yaml": "kpis:\n" + sql("b", "3")}, "main=1 b=2 without teams/a.yaml"},
			{map[string]string{"teams/a.yaml": "kpis:\n" + sql("main", "3")}, "main=1 b=2 without teams/a.yaml"},
		},
		"a name that two have at the start": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/a.yaml": "kpis:\n" + sql("b", "2"), "teams/b.yaml": "kpis:\n" + sql("b", "3") + sql("b2", "4")}, "main=1 b2=4 rest teams/a.yaml rest teams/b.yaml and b"},
			{map[string]string{"teams/a.yaml": "kpis:\n" + sql("b", "5") + sql("a", "6")}, "main=1 a=6 b2=4 rest teams/a.yaml rest teams/b.yaml and b"},
			{map[string]string{"teams/c.yaml": "kpis:\n" + sql("b", "7") + sql("c", "8")}, "main=1 a=6 b2=4 c=8 rest teams/a.yaml rest teams/b.yaml rest teams/c.yaml and b"},
			{map[string]string{"teams/a.yaml": "", "teams/c.yaml": ""}, "main=1 b=3 b2=4"},
			{map[string]string{"teams/a.yaml": "kpis:\n" + sql("b", "5")}, "main=1 b=3 b2=4 without teams/a.yaml"},
			{map[string]string{"teams/b.yaml": "kpis:\n" + sql("b", "9")}, "main=1 b=9 without teams/a.yaml"},
		},
		"a query that is there already": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/b.yaml": "queries: {q: {period: day, query: SELECT 2 AS value}}\nkpis:\n" + kpi("b", "from: q")}, "main=1 b=2"},
			{map[string]string{"teams/a.yaml": "queries: {q: {period: day, query: SELECT 3 AS value}}\nkpis:\n" + kpi("a", "from: q")}, "main=1 b=2 without teams/a.yaml"},
		},
		"an owner that is there already": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/b.yaml": "owners: {growth: {email: b@example.com}}\nkpis:\n" + sql("b", "2")}, "main=1 b=2"},
			{map[string]string{"teams/a.yaml": "owners: {growth: {email: a@example.com}}\nkpis:\n" + sql("a", "3")}, "main=1 b=2 without teams/a.yaml"},
		},
		"a decision that is there already": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/b.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [main]}]\nkpis:\n" + sql("b", "2")}, "main=1 b=2"},
			{map[string]string{"teams/a.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [main]}]\nkpis:\n" + sql("a", "3")}, "main=1 b=2 without teams/a.yaml"},
		},
		"an objective that is there already": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/b.yaml": "objectives: {grow: {title: B}}\nkpis:\n" + sql("b", "2")}, "main=1 b=2"},
			{map[string]string{"teams/a.yaml": "objectives: {grow: {title: A}}\nkpis:\n" + sql("a", "3")}, "main=1 b=2 without teams/a.yaml"},
		},
		"a name that another file has taken since": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/a.yaml": "kpis:\n" + sql("a", "2")}, "main=1 a=2"},
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1") + sql("a", "3"), "teams/a.yaml": broken}, "main=1 a=3 without teams/a.yaml"},
		},
		"a file by its name": {
			{map[string]string{"kpi.yaml": strings.Replace(head, "*.yaml", "a.yaml", 1) + "kpis:\n" + sql("main", "1")}, "main=1 without teams/a.yaml"},
		},
		"the main file": {
			{map[string]string{"kpi.yaml": head + "kpis:\n" + sql("main", "1"), "teams/a.yaml": "kpis:\n" + sql("a", "2")}, "main=1 a=2"},
			{map[string]string{"kpi.yaml": head + "kpis:\n  main: {tite: Main}\n", "teams/a.yaml": broken}, "kpi.yaml:4:10: unknown key \"tite\" in a KPI"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			files, k := remembered{}, NewKeeper("kpi.yaml", config.Options{}, all)
			for i, s := range states {
				maps.Copy(files, s.files)
				maps.DeleteFunc(files, func(_, text string) bool { return text == "" })
				c, err := k.Load(files)
				if err == nil {
					k.Keep()
				}
				if got := kept(c, err); got != s.want && (err == nil || !strings.Contains(got, s.want)) {
					t.Fatalf("state %d: %s\nwant %s", i+1, got, s.want)
				}
			}
		})
	}
}

// kept says in a line what a Keeper has loaded.
func kept(c *config.Config, err error) string {
	if err != nil {
		return fmt.Sprint(err)
	}
	var words []string
	for _, k := range c.KPIs {
		word := k.Name
		if k.Query != nil {
			word += "=" + strings.TrimSuffix(strings.TrimPrefix(k.Query.Statement.Plain(), "SELECT "), " AS value")
		}
		words = append(words, word)
	}
	for _, b := range c.Broken {
		words = append(words, map[config.Use]string{config.UseEarlier: "earlier", config.UseNothing: "without", config.UseRest: "rest"}[b.Use], strings.TrimPrefix(b.File, "then:"))
	}
	if len(c.Left.KPIs) > 0 {
		words = append(words, "and")
	}
	words = append(words, c.Left.KPIs...)
	for _, name := range slices.Sorted(slices.Values(c.Left.Reports)) {
		words = append(words, "report", name)
	}
	return strings.Join(words, " ")
}

// TestNarrow has an exporter that is for one KPI, of a team whose file breaks.
func TestNarrow(t *testing.T) {
	const head = "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\nkpis:\n  main: {title: Main, period: day, query: SELECT 1 AS value}\n"
	const team = "kpis:\n  ours: {title: Ours, period: day, query: SELECT 2 AS value}\n"
	files := remembered{"kpi.yaml": head, "teams/a.yaml": "kpis:\n  oops: [\n"}
	k := NewKeeper("kpi.yaml", config.Options{}, func(c *config.Config) error {
		ours := c.KPI("ours")
		if ours == nil {
			return errors.New("nothing is ours")
		}
		c.Select([]*config.KPI{ours})
		return nil
	})
	for i, state := range []struct{ team, want string }{
		{"kpis:\n  oops: [\n", "without teams/a.yaml"}, // Whether something is ours nobody knows.
		{team, "ours=2"},
		{"kpis:\n  oops: [\n", "ours=2 earlier teams/a.yaml"},
		{strings.Replace(team, "ours", "theirs", 1), "nothing is ours"},
		{team, "ours=2"},
	} {
		files["teams/a.yaml"] = state.team
		c, err := k.Load(files)
		if err == nil {
			k.Keep()
		}
		if got := kept(c, err); got != state.want && (err == nil || !strings.Contains(got, state.want)) {
			t.Errorf("state %d: %s\nwant %s", i+1, got, state.want)
		}
		if err != nil && i == 3 && places(err).Error() != "no KPI of the file is for this exporter; the log says why" {
			t.Errorf("whoever asked learns %v", places(err))
		}
	}
}
