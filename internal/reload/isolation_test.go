package reload

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestKeeperOfFilesThatDoNotFit changes files so that each is right in itself, but not together with others. Each case is met twice: at a
// reload, after the files were right, and at the start. At a reload nothing is lost; at the start only what needs something that is missing.
func TestKeeperOfFilesThatDoNotFit(t *testing.T) {
	type files map[string]string // "" removes one.
	query := func(name, period string) string {
		return fmt.Sprintf("  %s: {title: T, period: %s, query: SELECT 1 AS value}\n", name, period)
	}
	day := func(name string) string { return query(name, "day") }
	formula := func(name, formula string) string {
		return fmt.Sprintf("  %s: {title: T, formula: %s}\n", name, formula)
	}
	const head = "databases: {app: {url: sqlite://app.db}}\nslack: {token_file: token}\ninclude: [{path: teams/*.yaml, on_error: keep}, other.yaml]\n"
	main := func(kpis string) string { return head + "kpis:\n" + day("main") + kpis }
	const (
		shared = "queries:\n  q: {period: day, query: SELECT 1 AS value}\n"
		owner  = "owners: {growth: {slack: \"#growth\"}}\n"
		sql    = "  a: {title: T, period: day, query_file: x.sql}\n"
		plan   = "queries: {plan: {values_file: plan.csv}}\nkpis:\n"
	)
	planned := "  a: {title: T, period: month, better: higher, query: SELECT 1 AS value, target: {from: plan}}\n"
	for name, test := range map[string]struct {
		before, after   files
		reloaded, start string // The KPIs, what is used of broken files, and what is left out.
	}{
		"main needs a KPI that vanishes": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main f a c other b, unfit earlier teams/a.yaml", "main c other b, rest kpi.yaml, without f",
		},
		"main needs a KPI that is renamed": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("a2") + day("c")},
			"main f a c other b, unfit earlier teams/a.yaml", "main a2 c other b, rest kpi.yaml, without f",
		},
		"main needs a KPI of a file that vanishes": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": ""},
			"main f a c other b, unfit earlier teams/a.yaml", "main other b, rest kpi.yaml, without f",
		},
		"a file vanishes that nobody needs": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a")},
			files{"teams/a.yaml": ""},
			"main other b", "main other b",
		},
		"a KPI moves to another file": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c"), "teams/b.yaml": "kpis:\n" + day("b") + day("a")},
			"main f c b a other", "main f c b a other",
		},
		"a KPI is renamed, and so are those that need it": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a"), "teams/c.yaml": "kpis:\n" + formula("f", "a * 2")},
			files{"teams/a.yaml": "kpis:\n" + day("a2"), "teams/c.yaml": "kpis:\n" + formula("f", "a2 * 2")},
			"main a2 b f other", "main a2 b f other",
		},
		"a KPI is renamed, and so are some that need it": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a"), "teams/c.yaml": "kpis:\n" + formula("g", "a * 2")},
			files{"teams/a.yaml": "kpis:\n" + day("a2"), "teams/c.yaml": "kpis:\n" + formula("g", "a2 * 2")},
			"main f a b g other, unfit earlier teams/a.yaml, earlier teams/c.yaml", "main a2 b g other, rest kpi.yaml, without f",
		},
		"another team needs a KPI that vanishes": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a") + day("c"), "teams/z.yaml": "kpis:\n" + formula("f", "a * 2") + day("z")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main a c b f z other, unfit earlier teams/a.yaml", "main c b z other, rest teams/z.yaml, without f",
		},
		"another team changes at the same time, and still needs it": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a"), "teams/z.yaml": "kpis:\n" + formula("f", "a * 2")},
			files{"teams/a.yaml": "kpis:\n" + day("a2"), "teams/z.yaml": "kpis:\n" + formula("f", "a * 2") + day("z")},
			"main a b f z other, unfit earlier teams/a.yaml", "main a2 b z other, rest teams/z.yaml, without f",
		},
		"a team needs a KPI that nobody has had": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a") + formula("f", "a * 2")},
			files{"teams/a.yaml": "kpis:\n" + day("a") + formula("f", "aa * 2")},
			"main a f b other, earlier teams/a.yaml", "main a b other, rest teams/a.yaml, without f",
		},
		"a chain": {
			files{"kpi.yaml": main(formula("f", "b2 + 1")), "teams/a.yaml": "kpis:\n" + day("a"), "teams/b.yaml": "kpis:\n" + formula("b2", "a + 1"), "teams/c.yaml": "kpis:\n" + formula("g", "f + 1") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("a2")},
			"main f a b2 g c other, unfit earlier teams/a.yaml", "main a2 c other, rest teams/b.yaml, without b2 f g",
		},
		"a team needs a KPI of main that vanishes": {
			files{"kpi.yaml": main(day("n")), "teams/a.yaml": "kpis:\n" + formula("f", "n * 2") + day("c")},
			files{"kpi.yaml": main("")},
			"main c b other, rest teams/a.yaml, without f", "main c b other, rest teams/a.yaml, without f",
		},
		"a team needs a KPI of main that has another period": {
			files{"kpi.yaml": main(day("n")), "teams/a.yaml": "kpis:\n" + formula("f", "previous(n)") + day("c")},
			files{"kpi.yaml": main(query("n", "instant"))},
			"main n c b other, rest teams/a.yaml, without f", "main n c b other, rest teams/a.yaml, without f",
		},
		"main needs a KPI that has another period": {
			files{"kpi.yaml": main(formula("f", "previous(a)")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + query("a", "instant") + day("c")},
			"main f a c b other, unfit earlier teams/a.yaml", "main a c b other, rest kpi.yaml, without f",
		},
		"a formula leads back to itself": {
			files{"kpi.yaml": main(formula("f", "a * 2")), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + formula("a", "f + 1") + day("c")},
			"main f a c b other, earlier teams/a.yaml", "main c b other, rest teams/a.yaml, without a f",
		},
		"a query vanishes": {
			files{"kpi.yaml": main("  f: {title: T, from: q}\n"), "teams/a.yaml": shared + "kpis:\n" + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main f c b other, unfit earlier teams/a.yaml", "main c b other, rest kpi.yaml, without f",
		},
		"a query of main gets labels from a team": {
			files{"kpi.yaml": head + shared + "kpis:\n" + day("main") + "  f: {title: T, from: q}\n", "teams/a.yaml": "kpis:\n" + day("a")},
			files{"teams/a.yaml": "kpis:\n" + day("a") + "  g: {title: T, from: q, labels: [plan]}\n"},
			"main f a b other, unfit earlier teams/a.yaml", "main f b other, unfit without teams/a.yaml",
		},
		"an objective vanishes": {
			files{"kpi.yaml": main("  f: {title: T, objective: o, period: day, query: SELECT 1 AS value}\n"), "teams/a.yaml": "objectives: {o: {title: O}}\nkpis:\n" + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main f c b other, unfit earlier teams/a.yaml", "main c b other, rest kpi.yaml, without f",
		},
		"an owner vanishes": {
			files{"kpi.yaml": head + "reports: {weekly: {to: [growth]}}\nkpis:\n" + day("main"), "teams/a.yaml": owner + "kpis:\n" + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main c b other, unfit earlier teams/a.yaml", "main c b other, rest kpi.yaml, without report weekly",
		},
		"an owner is no longer reached": {
			files{"kpi.yaml": head + "reports: {weekly: {to: [growth]}}\nkpis:\n" + day("main"), "teams/a.yaml": owner + "kpis:\n" + day("c")},
			files{"teams/a.yaml": "owners: {growth: {email: g@example.com}}\nkpis:\n" + day("c")},
			"main c b other, unfit earlier teams/a.yaml", "main c b other, rest kpi.yaml, without report weekly",
		},
		"a KPI vanishes about which main decided": {
			files{"kpi.yaml": head + "decisions: [{date: 2026-01-01, text: D, kpis: [a]}]\nkpis:\n" + day("main"), "teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main a c b other, unfit earlier teams/a.yaml", "main c b other, rest kpi.yaml",
		},
		"a KPI vanishes for which main has a target": {
			files{"kpi.yaml": head + plan + day("main"), "plan.csv": "period,kpi,at_least\n2026-01,a,1\n2026-01,d,2\n", "teams/a.yaml": "kpis:\n" + planned + day("c"), "teams/d.yaml": "kpis:\n" + strings.Replace(planned, "a:", "d:", 1)},
			files{"teams/a.yaml": "kpis:\n" + day("c")},
			"main a c b d other, unfit earlier teams/a.yaml", "main c b d other, rest kpi.yaml",
		},
		"a team has the name of another": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a"), "teams/c.yaml": "kpis:\n" + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("a") + day("c")},
			"main a b c other, earlier teams/a.yaml", "main a b other, twice teams/a.yaml, twice teams/c.yaml, without c",
		},
		"a new file has the name of another, which something needs": {
			files{"kpi.yaml": main(""), "teams/c.yaml": "kpis:\n" + day("c") + formula("chain", "c + 1") + day("c2")},
			files{"teams/00.yaml": "kpis:\n" + query("c", "month") + day("n")},
			"main c chain c2 b other, without teams/00.yaml", "main c2 b n other, twice teams/00.yaml, twice teams/c.yaml, without c chain",
		},
		"a new file has the name of another, and is broken itself": {
			files{"kpi.yaml": main(""), "teams/c.yaml": "kpis:\n" + day("c") + formula("chain", "c + 1")},
			files{"teams/00.yaml": "kpis:\n" + day("c") + "  n: {tite: T}\n"},
			"main c chain b other, without teams/00.yaml", "main c chain b other, without teams/00.yaml",
		},
		"a file without on_error has the name of two teams": {
			files{"kpi.yaml": main(""), "teams/c.yaml": "kpis:\n" + day("c")},
			files{"other.yaml": "kpis:\n" + day("other") + day("x"), "teams/00.yaml": "kpis:\n" + day("x") + day("n"), "teams/c.yaml": "kpis:\n" + day("x") + day("c")},
			"main c b other x, without teams/00.yaml, earlier teams/c.yaml", "main b other x, without teams/00.yaml, without teams/c.yaml",
		},
		"two teams take the same new name": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a"), "teams/c.yaml": "kpis:\n" + day("c")},
			files{"teams/a.yaml": "kpis:\n" + day("a") + day("x"), "teams/c.yaml": "kpis:\n" + day("c") + day("x")},
			"main a b c other, earlier teams/a.yaml, earlier teams/c.yaml", "main a b c other, twice teams/a.yaml, twice teams/c.yaml, without x",
		},
		"two new files have the same name": {
			files{"kpi.yaml": main("")},
			files{"kpi.yaml": main(formula("f", "x + 1")), "teams/a.yaml": "kpis:\n" + day("a") + day("x"), "teams/c.yaml": "kpis:\n" + day("c") + day("x")},
			"main a b c other, twice teams/a.yaml, twice teams/c.yaml, without f x", "main a b c other, twice teams/a.yaml, twice teams/c.yaml, without f x",
		},
		"two teams have the same owner": {
			files{"kpi.yaml": head + "reports: {weekly: {to: [growth]}}\nkpis:\n" + day("main"), "teams/a.yaml": owner + "kpis:\n" + day("a")},
			files{"teams/c.yaml": owner + "kpis:\n" + day("c")},
			"main a b other, without teams/c.yaml", "main a b c other, twice teams/a.yaml, twice teams/c.yaml, without report weekly",
		},
		"two teams have the same objective": {
			files{"kpi.yaml": main("  f: {title: T, objective: o, period: day, query: SELECT 1 AS value}\n"), "teams/a.yaml": "objectives: {o: {title: O}}\nkpis:\n" + day("a")},
			files{"teams/c.yaml": "objectives: {o: {title: P}}\nkpis:\n" + day("c")},
			"main f a b other, without teams/c.yaml", "main a b c other, twice teams/a.yaml, twice teams/c.yaml, without f",
		},
		"two teams have the same query": {
			files{"kpi.yaml": main("  f: {title: T, from: q}\n"), "teams/a.yaml": shared + "kpis:\n" + day("a")},
			files{"teams/c.yaml": shared + "kpis:\n" + day("c")},
			"main f a b other, without teams/c.yaml", "main a b c other, twice teams/a.yaml, twice teams/c.yaml, without f",
		},
		"two teams have the same decision": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [main]}]\nkpis:\n" + day("a")},
			files{"teams/c.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [main]}]\nkpis:\n" + day("c")},
			"main a b other, without teams/c.yaml", "main a b c other, twice teams/a.yaml, twice teams/c.yaml",
		},
		"defaults of main do not suit a team": {
			files{"kpi.yaml": main(""), "teams/a.yaml": "kpis:\n" + day("a"), "teams/c.yaml": "kpis:\n  c: {title: T, period: day, labels: [plan], query: SELECT 1 AS value}\n"},
			files{"kpi.yaml": head + "defaults: {on_empty: zero}\nkpis:\n" + day("main")},
			"main a b other, without teams/c.yaml", "main a b other, without teams/c.yaml",
		},
		"two teams share SQL that breaks": {
			files{"kpi.yaml": main(""), "teams/x.sql": "SELECT 1 AS value", "teams/a.yaml": "kpis:\n" + sql, "teams/c.yaml": "kpis:\n" + strings.Replace(sql, "a:", "c:", 1)},
			files{"teams/x.sql": "SELECT :nonsense AS value"},
			"main a b c other, earlier teams/a.yaml, earlier teams/c.yaml", "main b other, without teams/a.yaml, without teams/c.yaml",
		},
		"two teams share SQL that changes while one of them breaks": {
			files{"kpi.yaml": main(""), "teams/x.sql": "SELECT 1 AS value", "teams/a.yaml": "kpis:\n" + strings.Replace(sql, "a:", "c:", 1), "teams/c.yaml": "kpis:\n" + sql},
			files{"teams/x.sql": "SELECT 2 AS value", "teams/c.yaml": "kpis:\n  a: [\n"},
			"main c b a other, earlier teams/a.yaml, earlier teams/c.yaml", "main c=2 b other, without teams/c.yaml",
		},
		"a team shares SQL with main": {
			files{"kpi.yaml": main("  f: {title: T, period: day, query_file: teams/x.sql}\n"), "teams/x.sql": "SELECT 1 AS value", "teams/a.yaml": "kpis:\n" + sql},
			files{"teams/x.sql": "SELECT 2 AS value", "teams/a.yaml": "kpis:\n  a: [\n"},
			"main f=2 a=2 b other, earlier teams/a.yaml", "main f=2 b other, without teams/a.yaml",
		},
	} {
		base := files{"teams/b.yaml": "kpis:\n" + day("b"), "other.yaml": "kpis:\n" + day("other")}
		if _, ok := test.before["teams/b.yaml"]; ok {
			delete(base, "teams/b.yaml")
		}
		load := func(t *testing.T, k *Keeper, states ...files) string {
			disk := remembered{}
			for _, state := range states {
				maps.Copy(disk, state)
			}
			maps.DeleteFunc(disk, func(_, text string) bool { return text == "" })
			c, err := k.Load(disk)
			if err != nil {
				t.Fatalf("refused: %v", err)
			}
			k.Keep()
			return fits(c)
		}
		t.Run(name+"/start", func(t *testing.T) {
			if got := load(t, NewKeeper("kpi.yaml", config.Options{}, all), base, test.before, test.after); !sameWords(got, test.start) {
				t.Errorf("%s\nwant %s", got, test.start)
			}
		})
		t.Run(name+"/reload", func(t *testing.T) {
			k := NewKeeper("kpi.yaml", config.Options{}, all)
			if got := load(t, k, base, test.before); strings.Contains(got, ",") {
				t.Fatalf("before: %s", got)
			}
			for range 2 { // The second time is as the first.
				if got := load(t, k, base, test.before, test.after); !sameWords(got, test.reloaded) {
					t.Errorf("%s\nwant %s", got, test.reloaded)
				}
			}
			if got := load(t, k, base, test.before); strings.Contains(got, ",") {
				t.Errorf("mended: %s", got)
			}
		})
		t.Run(name+"/reload of what has started so", func(t *testing.T) {
			k := NewKeeper("kpi.yaml", config.Options{}, all)
			for range 2 {
				if got := load(t, k, base, test.before, test.after); !sameWords(got, test.start) {
					t.Errorf("%s\nwant %s", got, test.start)
				}
			}
			if got := load(t, k, base, test.before); strings.Contains(got, ",") {
				t.Errorf("mended: %s", got)
			}
		})
	}
}

// sameWords compares what fits returns with KPIs in any order.
func sameWords(got, want string) bool {
	sorted := func(text string) string {
		kpis, rest, _ := strings.Cut(text, ",")
		return strings.Join(slices.Sorted(slices.Values(strings.Fields(kpis))), " ") + "," + rest
	}
	return sorted(got) == sorted(want)
}

// fits says in a line what a Keeper has loaded.
func fits(c *config.Config) string {
	var names, rest []string
	for _, k := range c.KPIs {
		name := k.Name
		if k.Query != nil && strings.Contains(k.Query.Statement.Plain(), "2") {
			name += "=2"
		}
		names = append(names, name)
	}
	parts := []string{strings.Join(names, " ")}
	for _, b := range c.Broken {
		part := map[config.Use]string{config.UseEarlier: "earlier ", config.UseNothing: "without ", config.UseRest: "rest "}[b.Use] + strings.TrimPrefix(b.File, "then:")
		if b.Twice {
			part = strings.Replace(part, "rest", "twice", 1)
		}
		if b.Elsewhere {
			part = "unfit " + part
		}
		if len(b.Problems) == 0 {
			part += " for no reason"
		}
		parts = append(parts, part)
	}
	rest = append(rest, c.Left.KPIs...)
	for _, name := range c.Left.Reports {
		rest = append(rest, "report "+name)
	}
	if len(rest) > 0 {
		parts = append(parts, "without "+strings.Join(rest, " "))
	}
	return strings.Join(parts, ", ")
}

// TestKeeperOfTooManyKPIs has teams define more KPIs than an exporter may have: the file gives way with which there are too many.
func TestKeeperOfTooManyKPIs(t *testing.T) {
	team := func(name string, n int) string {
		text := "kpis:\n"
		for i := range n {
			text += fmt.Sprintf("  %s%d: {title: T, period: day, query: SELECT 1 AS value}\n", name, i)
		}
		return text
	}
	const most = config.MaxKPIs
	disk := remembered{
		"kpi.yaml":     "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\nkpis:\n" + "  main: {title: T, period: day, query: SELECT 1 AS value}\n",
		"teams/a.yaml": team("a", most/2), "teams/b.yaml": team("b", most/2), "teams/c.yaml": team("c", 1),
	}
	k := NewKeeper("kpi.yaml", config.Options{}, all)
	for i, state := range []struct {
		a    int
		want string
	}{
		{most / 2, "nothing then:teams/b.yaml for then:teams/b.yaml:5001:3"}, // The line is that of the KPI that is one too many.
		{most / 4, ""},
		{most / 2, "earlier then:teams/a.yaml for then:teams/b.yaml:5001:3"},
	} {
		disk["teams/a.yaml"] = team("a", state.a)
		c, err := k.Load(disk)
		if err != nil {
			t.Fatal(err)
		}
		k.Keep()
		var got string
		for _, b := range c.Broken {
			got += fmt.Sprintf("%s %s for %s", b.Use, b.File, b.Problems[0].Position)
		}
		if got != state.want || c.KPI("main") == nil || c.KPI("c0") == nil {
			t.Errorf("state %d: %s, want %s", i, got, state.want)
		}
	}
}
