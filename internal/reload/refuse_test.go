package reload

import (
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestKeeperRefuses has mistakes in the main file, beside a file of a team that is broken, too: what is said is why.
func TestKeeperRefuses(t *testing.T) {
	const (
		head   = "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\nkpis:\n  main: {title: T, period: day, query: SELECT 1 AS value}\n"
		uses   = "  f: {title: T, formula: a * 2}\n"
		typo   = "  f: {title: T, formula: aa * 2}\n"
		wrong  = "  f: {tite: T}\n"
		team   = "kpis:\n  a: {title: T, period: day, query: SELECT 1 AS value}\n"
		broken = "kpis:\n  oops: [\n"
	)
	type files = map[string]string
	for name, test := range map[string]struct {
		before, after files
		want          string // Where and what the cause is.
		broken        string
	}{
		"a mistake at the start": {nil, files{"kpi.yaml": head + wrong, "teams/a.yaml": broken}, `kpi.yaml:5:3: KPI "f" has no query`, "teams/a.yaml"},
		"a mistake at a reload": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": head + wrong, "teams/a.yaml": broken},
			`kpi.yaml:5:3: KPI "f" has no query`, "teams/a.yaml",
		},
		"an unknown KPI at a reload": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": head + typo, "teams/a.yaml": broken},
			`kpi.yaml:5:26: formula of KPI "f": unknown KPI "aa"`, "teams/a.yaml",
		},
		"an unknown KPI beside a new file that is broken": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": head + typo, "teams/a.yaml": team, "teams/b.yaml": broken},
			`kpi.yaml:5:26: formula of KPI "f": unknown KPI "aa"`, "teams/b.yaml",
		},
		"an unknown KPI alone": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": head + typo, "teams/a.yaml": team},
			`kpi.yaml:5:26: formula of KPI "f": unknown KPI "aa"`, "",
		},
		"a typo at the start":                    {nil, files{"kpi.yaml": head + "  f: {title: T, formula: mian * 2}\n", "teams/a.yaml": team}, `kpi.yaml:5:26: formula of KPI "f": unknown KPI "mian"`, ""},
		"a letter too many at the start":         {nil, files{"kpi.yaml": head + "  f: {title: T, formula: mains * 2}\n", "teams/a.yaml": team}, `kpi.yaml:5:26: formula of KPI "f": unknown KPI "mains"`, ""},
		"a typo of a team's name at the start":   {nil, files{"kpi.yaml": head + "  f: {title: T, formula: b_oen * 2}\n", "teams/a.yaml": strings.Replace(team, " a:", " b_one:", 1)}, `kpi.yaml:5:26: formula of KPI "f": unknown KPI "b_oen"`, ""},
		"an unknown KPI without any team":        {nil, files{"kpi.yaml": head + uses}, `kpi.yaml:5:26: formula of KPI "f": unknown KPI "a"`, ""},
		"an unknown query without any team":      {nil, files{"kpi.yaml": head + "  f: {title: T, from: q}\n"}, `kpi.yaml:5:23: unknown query "q"`, ""},
		"an unknown objective without any team":  {nil, files{"kpi.yaml": strings.Replace(head, "main: {", "main: {objective: o, ", 1)}, `kpi.yaml:4:21: unknown objective "o"`, ""},
		"a typo in a decision at the start":      {nil, files{"kpi.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [mian]}]\n" + head, "teams/a.yaml": team}, `kpi.yaml:1:48: unknown KPI "mian"`, ""},
		"a decision that is there twice":         {nil, files{"kpi.yaml": "decisions: [{date: 2026-01-01, text: D, kpis: [main]}, {date: 2026-01-01, text: D, kpis: [main]}]\n" + head, "teams/a.yaml": team}, `kpi.yaml:1:56: the decision of 2026-01-01 "D" is there twice`, ""},
		"a report that cannot be sent":           {nil, files{"kpi.yaml": "owners: {ops: {email: ops@example.com}}\nreports: {weekly: {to: [ops]}}\n" + head, "teams/a.yaml": team}, `kpi.yaml:2:25: owner "ops" has an email address`, ""},
		"a report to the same owner twice":       {nil, files{"kpi.yaml": "reports: {weekly: {to: [ops, ops]}}\n" + head, "teams/a.yaml": "owners: {ops: {email: ops@example.com}}\n" + team}, `kpi.yaml:1:25: owner "ops" has an email address`, ""},
		"a report to a typo of an owner of main": {nil, files{"kpi.yaml": "mail: {from: kpi@example.com, url_file: mail}\nowners: {sales: {email: ops@example.com}}\nreports: {weekly: {to: [slaes]}}\n" + head, "teams/a.yaml": team}, `kpi.yaml:3:25: unknown owner "slaes"`, ""},
		"the file is no longer included": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": strings.Replace(head, "teams/*", "none/*", 1) + uses, "teams/a.yaml": team},
			`kpi.yaml:5:26: formula of KPI "f": unknown KPI "a"`, "",
		},
		"the file has no on_error any longer": {
			files{"kpi.yaml": head + uses, "teams/a.yaml": team},
			files{"kpi.yaml": strings.Replace(head, ", on_error: keep", "", 1) + uses, "teams/a.yaml": broken},
			"teams/a.yaml:2:", "",
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := NewKeeper("kpi.yaml", config.Options{}, all)
			if test.before != nil {
				if c, err := k.Load(remembered(test.before)); err != nil || len(c.Broken) > 0 {
					t.Fatal(c, err)
				}
				k.Keep()
			}
			c, err := k.Load(remembered(test.after))
			if err == nil {
				t.Fatalf("loaded: %s", fits(c))
			}
			if said := strings.TrimPrefix(err.Error(), "then:"); !strings.HasPrefix(said, test.want) || strings.Contains(said, "oops") && test.broken != "" {
				t.Errorf("it says %s\nwant %s", said, test.want)
			}
			var too []string
			if r, ok := errors.AsType[refused](err); ok {
				for _, b := range r.broken {
					too = append(too, strings.TrimPrefix(b.File, "then:"))
				}
			}
			if got := strings.Join(too, " "); got != test.broken {
				t.Errorf("broken are %q, want %q", got, test.broken)
			}
		})
	}
}

// once is files of which each can be read once only, like a pipe.
type once struct {
	remembered

	t    *testing.T
	read map[string]bool
}

func (o once) Read(path string, regular bool) (string, error) {
	if o.read[path] {
		o.t.Errorf("%s is read again", path)
	}
	o.read[path] = true
	return o.remembered.Read(path, regular)
}

// TestKeeperOfRandomFiles has teams change files at random, while the main file needs some of what they have. Nothing is refused, no KPI is
// lost of a file that has not changed, and two who read the same say the same.
func TestKeeperOfRandomFiles(t *testing.T) {
	const main = "databases: {app: {url: sqlite://app.db}}\ninclude: [{path: teams/*.yaml, on_error: keep}]\nkpis:\n" +
		"  main: {title: T, period: day, query: SELECT 1 AS value}\n  f: {title: T, formula: k0 + k1}\n  g: {title: T, formula: previous(k2) + k3}\n"
	for seed := range uint64(15) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 0))
			files := map[string]string{"kpi.yaml": main, "teams/all.yaml": "kpis:\n"}
			for i := range 6 {
				files["teams/all.yaml"] += fmt.Sprintf("  k%d: {title: T, period: day, query: SELECT 1 AS value}\n", i)
			}
			keepers := []*Keeper{NewKeeper("kpi.yaml", config.Options{}, all), NewKeeper("kpi.yaml", config.Options{}, all)}
			was, used := map[string]string{}, []*config.KPI{} // The step before.
			for step := range 40 {
				var said []string
				var now *config.Config
				for _, k := range keepers {
					c, err := k.Load(once{remembered(files), t, map[string]bool{}})
					if err != nil {
						t.Fatalf("step %d: %v\n%v", step, err, files)
					}
					k.Keep()
					said, now = append(said, fits(c)), c
				}
				if said[0] != said[1] || strings.Contains(said[0], "no reason") {
					t.Fatalf("step %d: %s\nthen %s", step, said[0], said[1])
				}
				for _, one := range used {
					if file := strings.TrimPrefix(one.Position.File, "then:"); files[file] != "" && files[file] == was[file] && now.KPI(one.Name) == nil {
						t.Fatalf("step %d: %s of %s is lost: %s\nwas %v\nis  %v", step, one.Name, file, said[0], was, files)
					}
				}
				was, used, files = files, now.KPIs, maps.Clone(files)
				for range 1 + random.IntN(3) {
					change(random, files)
				}
			}
		})
	}
}

// change writes or removes a file of a team.
func change(random *rand.Rand, files map[string]string) {
	file := []string{"teams/all.yaml", "teams/b.yaml", "teams/c.yaml", "teams/d.yaml"}[random.IntN(4)]
	switch random.IntN(8) {
	case 0:
		delete(files, file)
		return
	case 1:
		files[file] = "kpis:\n  oops: [\n"
		return
	}
	text := "kpis:\n"
	for i := range 8 {
		switch random.IntN(4) {
		case 0:
			text += fmt.Sprintf("  k%d: {title: T, period: %s, query: SELECT 1 AS value}\n", i, []string{"day", "instant", "month"}[random.IntN(3)])
		case 1:
			text += fmt.Sprintf("  k%d: {title: T, formula: %s}\n", i, []string{"k0", "k4", "previous(k5)", "g + f", "main", "nobody"}[random.IntN(6)])
		}
	}
	files[file] = text + fmt.Sprintf("  own_%s: {title: T, period: day, query: SELECT 1 AS value}\n", strings.Trim(file, "/.teamsyl"))
}
