package pages

import (
	"cmp"
	"html/template"
	"slices"
	"strconv"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// boardPage is what the template of the scoreboard is filled with.
type boardPage struct {
	Heading string
	Counts  []count
	Missed  []missed
	Filter  filter
	Open    bool // The filters, on a narrow screen.
	Menus   []menu
	AsOf    string
	Clear   string // The address without filters; "" if there are none.
	Summary string // How many KPIs a filter has left; "" without one.
	Groups  []group
}

// count is how many KPIs have a status, and a filter by it.
type count struct {
	Class, Shape, Word string
	Count              int
	Href               string
	Chosen             bool
}

// group is an objective with its KPIs.
type group struct {
	ID, Title, Owner string
	Description      string
	Tally            []count
	Cards            []template.HTML
	KPIs             []*card
}

// shown are the statuses in the order in which they are counted.
func shown() []status.Status {
	return []status.Status{status.OffTarget, status.AtRisk, status.OnTarget, status.Unknown, status.NoTarget}
}

// counts counts statuses. All of them are returned, or only those that occur.
func counts(statuses []status.Status, all bool) []count {
	var list []count
	for _, s := range shown() {
		n := 0
		for _, one := range statuses {
			if one == s {
				n++
			}
		}
		if all || n > 0 {
			list = append(list, count{Class: report.Class(s), Shape: report.Shape(s), Word: s.Text(), Count: n})
		}
	}
	return list
}

// overview writes the page of all KPIs that a filter leaves.
func (r *Renderer) overview(b *View, f filter) ([]byte, error) {
	content := boardPage{Filter: f, Menus: f.menus(b.Config), AsOf: b.instant(), Open: f.narrows(), Heading: cmp.Or(b.Config.Product, "KPIs") + ": scoreboard"}
	var statuses []status.Status // Of what the rest of the filter leaves.
	var left []*card
	for _, c := range b.cards {
		if !f.Holds(c.KPI) {
			continue
		}
		statuses = append(statuses, c.Verdict.Status)
		if f.Status == "" || f.Status == c.Verdict.Status {
			left = append(left, c)
		}
	}
	content.Counts = counts(statuses, true)
	for i, s := range shown() {
		other := f
		other.Status = s
		if f.Status == s {
			other.Status = ""
		}
		content.Counts[i].Href, content.Counts[i].Chosen = address("/", b.with(other.values())), f.Status == s
	}
	if f.narrows() || f.Status != "" {
		content.Clear = "/" + b.suffix()
		content.Summary = strconv.Itoa(len(left)) + " of " + format.Count(len(b.cards), "KPI")
		if len(left) == 0 {
			content.Summary = "No KPI matches the filter: " + content.Summary + "."
		}
	}
	s := r.newShell(b, title(statuses), "/", b.with(f.values()))
	if f.Kiosk {
		s.Class = "kiosk"
		return r.page(&s, "wall", wallPage{Heading: content.Heading, Summary: content.Summary, Counts: content.Counts, Sections: newWall(left)})
	}
	if f.Status == "" {
		content.Missed = mostMissed(left)
	}
	content.Groups = groups(b.Config, left)
	for i := range content.Groups {
		g := &content.Groups[i]
		for _, c := range g.KPIs {
			g.Cards = append(g.Cards, b.html[c])
		}
	}
	return r.page(&s, "board", content)
}

// missed names KPIs with one status that misses the target.
type missed struct {
	Class, Shape, Word string
	KPIs               []link
	More               string
}

// maxMissed is how many KPIs are named above the cards.
const maxMissed = 7

// mostMissed names what is off target or, if nothing is, what is at risk.
func mostMissed(cards []*card) []missed {
	for _, s := range []status.Status{status.OffTarget, status.AtRisk} {
		of := slices.DeleteFunc(slices.Clone(cards), func(c *card) bool { return c.Verdict.Status != s })
		if len(of) == 0 {
			continue
		}
		one := missed{Class: report.Class(s), Shape: report.Shape(s), Word: report.Capital(s.Text())}
		named := mostUrgent(of)[:min(len(of), maxMissed)]
		for _, c := range named {
			one.KPIs = append(one.KPIs, link{Href: c.Href, Text: c.Title})
		}
		if more := len(of) - len(named); more > 0 {
			one.More = strconv.Itoa(more) + " more"
		}
		return []missed{one}
	}
	return nil
}

// title says in a few words how things stand.
func title(statuses []status.Status) string {
	for _, c := range counts(statuses, false) {
		if c.Class != "none" && c.Class != "unknown" {
			return strconv.Itoa(c.Count) + " " + c.Word
		}
	}
	return "Scoreboard"
}

// groups puts cards under their objectives, in the order of the file: in each those of level company first.
func groups(cfg *config.Config, cards []*card) []group {
	var list []group
	add := func(g group, objective string) {
		for _, company := range []bool{true, false} {
			for _, c := range cards {
				if k := c.KPI; k.Objective == objective && (k.Level == "company") == company {
					g.KPIs = append(g.KPIs, c)
				}
			}
		}
		if len(g.KPIs) == 0 {
			return
		}
		statuses := make([]status.Status, len(g.KPIs))
		for i, c := range g.KPIs {
			statuses[i] = c.Verdict.Status
		}
		g.Tally = counts(statuses, false)
		list = append(list, g)
	}
	for _, o := range cfg.Objectives {
		add(group{ID: "objective-" + o.Name, Title: cmp.Or(o.Title, o.Name), Owner: o.Owner, Description: o.Description}, o.Name)
	}
	rest := "KPIs"
	if len(list) > 0 {
		rest = "No objective"
	}
	add(group{ID: "objective-" + scoreboard.NoObjective, Title: rest}, "")
	return list
}
