package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// mostOnBoard is how many KPIs a board has: rows of two, fewer than 100 queries, and less than a megabyte. A group of more has several
// boards.
const mostOnBoard = 18

// group is the KPIs of one board.
type group struct {
	slug  string // For the UID and the file name.
	title string
	kpis  []*config.KPI
	part  int // From 1 to parts.
	parts int
}

// groups splits the KPIs of a file, in its order.
func groups(cfg *config.Config, by Grouping) []group {
	var list []group
	for _, g := range wholeGroups(cfg, by) {
		parts := slices.Collect(slices.Chunk(g.kpis, mostOnBoard))
		for i, kpis := range parts {
			part := g
			part.kpis, part.part, part.parts = kpis, i+1, len(parts)
			list = append(list, part)
		}
	}
	return list
}

// wholeGroups does the same however many KPIs have an owner or an objective in common.
func wholeGroups(cfg *config.Config, by Grouping) []group {
	titles := make(map[string]string, len(cfg.Objectives))
	for _, o := range cfg.Objectives {
		titles[o.Name] = o.Title
	}
	var names []string
	kpis := make(map[string][]*config.KPI)
	for _, k := range cfg.KPIs {
		name := k.Owner
		if by == ByObjective {
			name = k.Objective
		}
		if kpis[name] == nil {
			names = append(names, name)
		}
		kpis[name] = append(kpis[name], k)
	}
	// Who has no name comes last.
	if i := slices.Index(names, ""); i >= 0 {
		names = append(slices.Delete(names, i, i+1), "")
	}
	list := make([]group, len(names))
	for i, name := range names {
		g := group{slug: slug(name), kpis: kpis[name], title: name}
		switch {
		case name == "":
			g.title = "no " + string(by)
		case by == ByObjective && titles[name] != "":
			g.title = titles[name]
		}
		list[i] = g
	}
	return list
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,23}$`)

// slug is a name that fits a UID: the name itself where it is plain, else a hash of it, so that it never changes and no
// two names share one.
func slug(name string) string {
	if plainName.MatchString(name) {
		return name
	}
	return hashed(name)
}

func hashed(name string) string {
	sum := sha256.Sum256([]byte(name))
	return "_" + hex.EncodeToString(sum[:6])
}

// uid returns the UID of a part of the group. Its first part has the UID that all KPIs have where they fit one board. No slug has a
// capital letter, so no other group has the UID of a part.
func (g group) uid(by Grouping, part int) string {
	prefix := "kpi-" + string(by) + "-"
	if part == 1 {
		return prefix + g.slug
	}
	suffix := "-P" + strconv.Itoa(part)
	if len(prefix+g.slug+suffix) > maxUID {
		return prefix + hashed(g.slug) + suffix
	}
	return prefix + g.slug + suffix
}

// maxUID is how long a UID of Grafana may be.
const maxUID = 40

// Showing returns for each KPI of a file the UIDs of the dashboards that show it: those that are included, and where they are generated
// the boards of its owner and of its objective.
func Showing(cfg *config.Config) map[*config.KPI][]string {
	uids := make(map[*config.KPI][]string, len(cfg.KPIs))
	for _, k := range cfg.KPIs {
		uids[k] = []string{overviewUID, detailUID, wallUID}
	}
	for _, by := range []Grouping{ByOwner, ByObjective} {
		for _, g := range groups(cfg, by) {
			for _, k := range g.kpis {
				if by == ByOwner && k.Owner != "" || by == ByObjective && k.Objective != "" {
					uids[k] = append(uids[k], g.uid(by, g.part))
				}
			}
		}
	}
	return uids
}

// board shows KPIs of a file in its order, each as a tile and over time.
func (g group) board(by Grouping) dashboard {
	names := make([]string, len(g.kpis))
	for i, k := range g.kpis {
		names[i] = k.Name
	}
	all := scope(fmt.Sprintf("kpi=~%q", strings.Join(names, "|")))
	var panels grid
	panels.add(12, 5, whatChanged(all))
	panels.add(12, 5, statusCounts(all, countSizes()))
	for _, k := range g.kpis {
		panels.add(4, 7, tile(scope(`kpi="`+k.Name+`"`), k.Name, literal(k.Title), boardDescription(k), readable()))
		panels.add(8, 7, boardGraph(k))
	}
	title, part := literal(g.title), ""
	if g.parts > 1 {
		part = fmt.Sprintf(" (%d of %d)", g.part, g.parts)
	}
	d := panels.build(g.uid(by, g.part), "KPIs: "+title+part, "The KPIs of "+title+part+", each with its own unit and target line.")
	d.Links = append(g.links(by), d.Links...)
	d.Annotations.List = []annotation{decisionAnnotation(all)}
	return d
}

// links lead to the overview, and to the parts before and after this one.
func (g group) links(by Grouping) []link {
	links := []link{boardLink("Overview", overviewUID)}
	for _, part := range []int{g.part - 1, g.part + 1} {
		if part >= 1 && part <= g.parts {
			links = append(links, boardLink(fmt.Sprintf("%d of %d", part, g.parts), g.uid(by, part)))
		}
	}
	return links
}

// boardDescription puts into words what the panel shows.
func boardDescription(k *config.KPI) string {
	parts := []string{"The value and the bounds that it is judged by."}
	if k.Description != "" {
		parts = append(parts, literal(k.Description))
	}
	if k.Owner != "" {
		parts = append(parts, "Owner: "+literal(k.Owner)+".")
	}
	return strings.Join(parts, "\n\n")
}

var variableLike = regexp.MustCompile(`(\$)([\w{])|(\[)(\[)`)

// literal keeps Grafana from taking a part of a text for a variable, by a character between that has no width.
func literal(text string) string {
	return variableLike.ReplaceAllString(text, "$1$3\u2060$2$4")
}
