package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// group is the KPIs of one board.
type group struct {
	slug  string // For the UID and the file name.
	title string
	kpis  []*config.KPI
}

// groups splits the KPIs of a file, in its order.
func groups(cfg *config.Config, by Grouping) []group {
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
	sum := sha256.Sum256([]byte(name))
	return "_" + hex.EncodeToString(sum[:6])
}

func boardUID(by Grouping, slug string) string { return "kpi-" + string(by) + "-" + slug }

// Showing returns the UIDs of the dashboards that show a KPI: those that are included, and where they are generated the boards of its
// owner and of its objective.
func Showing(k *config.KPI) []string {
	uids := []string{overviewUID, detailUID, wallUID}
	if k.Owner != "" {
		uids = append(uids, boardUID(ByOwner, slug(k.Owner)))
	}
	if k.Objective != "" {
		uids = append(uids, boardUID(ByObjective, slug(k.Objective)))
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
	d := panels.build(boardUID(by, g.slug), "KPIs: "+literal(g.title), "The KPIs of "+literal(g.title)+", each with its own unit and target line.")
	d.Links = append([]link{boardLink("Overview", overviewUID)}, d.Links...)
	d.Annotations.List = []annotation{decisionAnnotation(all)}
	return d
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
