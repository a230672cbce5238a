package dashboards

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
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

// board shows KPIs of a file, each with what the file says about it.
func (g group) board(by Grouping) dashboard {
	names := make([]string, len(g.kpis))
	for i, k := range g.kpis {
		names[i] = k.Name
	}
	all := scope(fmt.Sprintf("kpi=~%q", strings.Join(names, "|")))
	var panels grid
	for i, v := range verdicts {
		w := 5
		if i == len(verdicts)-1 {
			w = 4
		}
		panels.add(w, 4, verdictCount(all, v))
	}
	for _, k := range g.kpis {
		panels.add(4, 7, boardCard(k))
		panels.add(8, 7, boardGraph(k))
	}
	return panels.build("kpi-"+string(by)+"-"+g.slug, "KPIs: "+literal(g.title), "The KPIs of "+literal(g.title)+", each with its own unit, thresholds and target line.")
}

func boardCard(k *config.KPI) *panel {
	p := card(scope(`kpi="`+k.Name+`"`), k.Name, literal(k.Title), boardDescription(k), seriesName(k))
	p.FieldConfig.Defaults.Unit = k.Unit.Grafana()
	switch {
	case k.Target == nil:
		return p
	case !staysPut(k.Target):
		return p.appearing(scope(`kpi="`+k.Name+`"`), fieldMapping{"grafana_unit", "__ignore"}, fieldMapping{"color", "color"})
	}
	p.overrideQuery("value", byThresholds(k.Target.BoundSet)...)
	// Among segments the first match counts, among overrides the last.
	for _, segment := range slices.Backward(k.Target.Segments) {
		p.override(segmentPattern(k, segment), byThresholds(segment.BoundSet)...)
	}
	return p
}

// staysPut reports whether the file alone determines the status of a value: not while bounds move with time or data, nor while
// a small sample makes the status unknown. Where it does not, the colour comes from the status.
func staysPut(t *config.Target) bool {
	rules := []config.BoundSet{t.BoundSet}
	for _, s := range t.Segments {
		rules = append(rules, s.BoundSet)
	}
	for _, r := range rules {
		if r.MinSample != nil {
			return false
		}
		for _, b := range []*config.Bound{r.Target.Lower, r.Target.Upper, r.Critical.Lower, r.Critical.Upper} {
			if b != nil && b.Source != config.Fixed && b.Source != config.Benchmark {
				return false
			}
		}
	}
	return !t.Pace && t.From == nil
}

func boardGraph(k *config.KPI) *panel {
	s := scope(`kpi="` + k.Name + `"`)
	return valueAndBounds(s, field{Unit: k.Unit.Grafana()}, literal(k.Title)+" over time", boardDescription(k), seriesName(k))
}

// boardDescription puts into words what the panel shows.
func boardDescription(k *config.KPI) string {
	parts := []string{"The value and the bounds that it is judged by, from the KPI file."}
	if k.Description != "" {
		parts = append(parts, literal(k.Description))
	}
	if k.Owner != "" {
		parts = append(parts, "Owner: "+literal(k.Owner)+".")
	}
	return strings.Join(parts, "\n\n")
}

// seriesName is how the series of a KPI are named: by the values of its labels.
func seriesName(k *config.KPI) string {
	var names []string
	for _, name := range k.LabelNames() {
		names = append(names, "{{"+name+"}}")
	}
	if len(names) == 0 {
		return "Value"
	}
	return strings.Join(names, " / ")
}

// segmentPattern matches the names of the series that a segment is about.
func segmentPattern(k *config.KPI, s config.Segment) string {
	var parts []string
	for _, name := range k.LabelNames() {
		if value, ok := s.Match[name]; ok {
			parts = append(parts, strings.ReplaceAll(regexp.QuoteMeta(value), "/", `\/`))
		} else {
			parts = append(parts, ".*")
		}
	}
	return "/^" + strings.Join(parts, ` \/ `) + "$/"
}

// byThresholds colours a value by a rule.
func byThresholds(r config.BoundSet) []property {
	bounds := r.Bounds()
	if bounds.Target == (status.Range{}) {
		return []property{set("color", fixed(gray))}
	}
	return []property{
		set("color", color{Mode: "thresholds"}),
		set("thresholds", thresholds{Mode: "absolute", Steps: steps(bounds)}),
	}
}

// steps are the colours of a value from the lowest to the highest. A step holds from its value on; meeting a bound
// exactly is on its better side.
func steps(b status.Bounds) []step {
	list := []step{{nil, green}}
	if lower := b.Target.Lower; lower != nil {
		list = []step{{nil, red}}
		if c := b.Critical.Lower; c != nil && *c < *lower {
			list = append(list, step{new(*c), orange})
		}
		list = append(list, step{new(*lower), green})
	}
	if upper := b.Target.Upper; upper != nil {
		beyond := red
		c := b.Critical.Upper
		if c != nil && *c > *upper {
			beyond = orange
		}
		list = append(list, step{new(math.Nextafter(*upper, math.Inf(1))), beyond})
		if beyond == orange {
			list = append(list, step{new(math.Nextafter(*c, math.Inf(1))), red})
		}
	}
	return list
}

var variableLike = regexp.MustCompile(`(\$)([\w{])|(\[)(\[)`)

// literal keeps Grafana from taking a part of a text for a variable, by a character between that has no width.
func literal(text string) string {
	return variableLike.ReplaceAllString(text, "$1$3\u2060$2$4")
}
