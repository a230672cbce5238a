package pages

import (
	"cmp"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/status"
)

// filter is which KPIs a scoreboard shows, as its address says. What is "" filters nothing.
type filter struct {
	scoreboard.Filter
	Status status.Status
	Kiosk  bool // For a screen on a wall: no filters, larger type.
}

// maxText is how many bytes of a text are looked for.
const maxText = 100

// readFilter reads the filter of an address. Its error is a RequestError.
func readFilter(query url.Values) (filter, error) {
	f := filter{Kiosk: query.Get("kiosk") == "1", Filter: scoreboard.Filter{
		Owner: query.Get("owner"), Objective: query.Get("objective"), Category: query.Get("category"), Level: query.Get("level"),
		Text: strings.Join(strings.Fields(strings.ToValidUTF8(query.Get("q"), "")), " "),
	}}
	f.Text = strings.ToValidUTF8(f.Text[:min(len(f.Text), maxText)], "")
	f.Status = status.Status(query.Get("status"))
	if f.Status != "" && !slices.Contains(status.Statuses(), f.Status) {
		names := make([]string, 0, len(status.Statuses()))
		for _, s := range status.Statuses() {
			names = append(names, string(s))
		}
		return f, RequestError("There is no status " + strconv.Quote(report.Printable(string(f.Status))) + "; a status is one of " + strings.Join(names, ", ") + ".")
	}
	return f, nil
}

// values returns the query of an address with this filter.
func (f *filter) values() url.Values {
	v := url.Values{}
	for name, value := range map[string]string{
		"owner": f.Owner, "objective": f.Objective, "category": f.Category, "level": f.Level, "status": string(f.Status), "q": f.Text,
	} {
		if value != "" {
			v.Set(name, value)
		}
	}
	if f.Kiosk {
		v.Set("kiosk", "1")
	}
	return v
}

// narrows reports whether the filter leaves out KPIs by anything but their status.
func (f *filter) narrows() bool {
	return cmp.Or(f.Owner, f.Objective, f.Category, f.Level, f.Text) != ""
}

// choice is one value that a filter can have.
type choice struct {
	Value, Text string
	Chosen      bool
}

// menu is a filter with its choices.
type menu struct {
	Name, Label, All string
	Choices          []choice
}

// menus returns the filters that can tell KPIs apart.
func (f *filter) menus(cfg *config.Config) []menu {
	all := []menu{
		{"owner", "Owner", "All owners", choices(cfg, f.Owner, func(k *config.KPI) (string, string) { return k.Owner, k.Owner })},
		{"objective", "Objective", "All objectives", choices(cfg, f.Objective, func(k *config.KPI) (string, string) {
			if k.Objective == "" {
				return scoreboard.NoObjective, "No objective"
			}
			return k.Objective, cmp.Or(cfg.ObjectiveTitle(k), k.Objective)
		})},
		{"category", "Category", "All categories", choices(cfg, f.Category, func(k *config.KPI) (string, string) {
			return k.Category, strings.ReplaceAll(k.Category, "_", " ")
		})},
		{"level", "Level", "All levels", choices(cfg, f.Level, func(k *config.KPI) (string, string) { return k.Level, k.Level })},
	}
	return slices.DeleteFunc(all, func(m menu) bool { return len(m.Choices) < 2 && (len(m.Choices) == 0 || !m.Choices[0].Chosen) })
}

// choices returns what the KPIs of a file have, each once, in the order of the file.
func choices(cfg *config.Config, chosen string, of func(k *config.KPI) (value, text string)) []choice {
	var list []choice
	for _, k := range cfg.KPIs {
		value, text := of(k)
		if value != "" && !slices.ContainsFunc(list, func(c choice) bool { return c.Value == value }) {
			list = append(list, choice{value, text, value == chosen})
		}
	}
	return list
}
