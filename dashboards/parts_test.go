package dashboards

import (
	"bytes"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// crowded returns a file in which owners have many KPIs of the kinds of testConfig, with long names and much to say. Some owners are
// called as if they were parts of others.
func crowded(kpis map[string]int) *config.Config {
	cfg := &config.Config{}
	for _, owner := range slices.Sorted(maps.Keys(kpis)) {
		for i := range kpis[owner] {
			k := *testConfig().KPIs[i%5]
			k.Name, k.Owner, k.Objective = fmt.Sprintf("a_name_that_says_what_is_counted_%d_%d", len(cfg.KPIs), i), owner, owner
			k.Description = strings.Repeat("What is counted, and what is not. ", 10)
			cfg.KPIs = append(cfg.KPIs, &k)
		}
	}
	return cfg
}

var boardsOf = regexp.MustCompile(`^/d/([^?]+)\?`)

// TestParts has owners with more KPIs than a board holds: every KPI is on one part, no UID is there twice, links lead to boards that
// there are, and no board is large.
func TestParts(t *testing.T) {
	long := strings.Repeat("a", 24)
	cfg := crowded(map[string]int{
		"growth": 200, "growth-2": 40, "growth-P2": 40, "growth_2": mostOnBoard, "one_more": mostOnBoard + 1, "few": 3, "": 50, long: 10 * mostOnBoard, long[1:]: 40, "An owner": 45,
	})
	for _, by := range []Grouping{ByOwner, ByObjective} {
		t.Run(string(by), func(t *testing.T) {
			files := Generate(cfg, by)
			same := func(a, b File) bool { return a.Name == b.Name && bytes.Equal(a.JSON, b.JSON) }
			if !slices.EqualFunc(files, Generate(cfg, by), same) {
				t.Error("generated twice, the files differ")
			}
			uids := map[string]bool{}
			for _, f := range files {
				uid := strings.TrimSuffix(f.Name, ".json")
				if uids[uid] || !regexp.MustCompile(`^[A-Za-z0-9_-]{1,40}$`).MatchString(uid) {
					t.Errorf("UID %q is there twice, or none that Grafana takes", uid)
				}
				uids[uid] = true
				if len(f.JSON) > 1e6 {
					t.Errorf("%s has %d bytes", f.Name, len(f.JSON))
				}
			}
			shown, titles := map[string]string{}, map[string]bool{}
			for _, g := range groups(cfg, by) {
				d := g.board(by)
				if titles[d.Title] {
					t.Errorf("two boards are called %q", d.Title)
				}
				titles[d.Title] = true
				for _, k := range g.kpis {
					if other, twice := shown[k.Name]; twice {
						t.Errorf("%s is on %s and on %s", k.Name, other, d.UID)
					}
					shown[k.Name] = d.UID
				}
				for _, l := range d.Links {
					if to := boardsOf.FindStringSubmatch(l.URL); len(to) > 1 && !uids[to[1]] {
						t.Errorf("%s leads to %s, which is no board", d.UID, to[1])
					}
				}
			}
			showing := Showing(cfg)
			for _, k := range cfg.KPIs {
				if shown[k.Name] == "" || k.Owner != "" && !slices.Contains(showing[k], shown[k.Name]) {
					t.Errorf("%s is on %q; Showing says %q", k.Name, shown[k.Name], showing[k])
				}
			}
		})
	}
}

// TestPartsInTurn follows the links from the first part to the last and back.
func TestPartsInTurn(t *testing.T) {
	boards := map[string]dashboard{}
	for _, g := range groups(crowded(map[string]int{"growth": 2*mostOnBoard + 1}), ByOwner) {
		d := g.board(ByOwner)
		boards[d.UID] = d
	}
	var got []string
	next := func(d dashboard, title string) dashboard {
		for _, l := range d.Links {
			if l.Title == title {
				return boards[boardsOf.FindStringSubmatch(l.URL)[1]]
			}
		}
		return dashboard{}
	}
	at := boards["kpi-owner-growth"]
	for _, title := range []string{"2 of 3", "3 of 3", "4 of 3", "0 of 3"} {
		got = append(got, at.Title)
		if to := next(at, title); to.UID != "" {
			at = to
		}
	}
	for _, title := range []string{"2 of 3", "1 of 3"} {
		at = next(at, title)
		got = append(got, at.Title)
	}
	want := []string{"KPIs: growth (1 of 3)", "KPIs: growth (2 of 3)", "KPIs: growth (3 of 3)", "KPIs: growth (3 of 3)", "KPIs: growth (2 of 3)", "KPIs: growth (1 of 3)"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

// TestPartsStay adds a KPI: what was on a board before stays there, and the only board that changes beyond how many there are is the last.
func TestPartsStay(t *testing.T) {
	before, after := Showing(crowded(map[string]int{"growth": 2 * mostOnBoard})), Showing(crowded(map[string]int{"growth": 2*mostOnBoard + 1}))
	byName := func(m map[*config.KPI][]string) map[string][]string {
		names := map[string][]string{}
		for k, uids := range m {
			names[k.Name] = uids
		}
		return names
	}
	was, is := byName(before), byName(after)
	for name, uids := range was {
		if diff := cmp.Diff(uids, is[name]); diff != "" {
			t.Errorf("%s: %s", name, diff)
		}
	}
	if len(is) != len(was)+1 {
		t.Errorf("%d KPIs, want one more than %d", len(is), len(was))
	}
}
