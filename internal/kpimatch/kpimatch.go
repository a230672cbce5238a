// Package kpimatch chooses KPIs of a file by the labels of kpi_info, with matchers as Prometheus writes them.
package kpimatch

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/prometheus/prometheus/model/labels"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/series"
)

// Selector chooses the KPIs that all of its matchers match; an empty one chooses all.
type Selector []*labels.Matcher

// Parse reads matchers such as owner=growth, owner!="growth", kpi=~"revenue.*" and level!~team|diagnostic.
func Parse(texts []string) (Selector, error) {
	var s Selector
	for _, text := range texts {
		m, err := parse(text)
		if err != nil {
			return nil, err
		}
		s = append(s, m)
	}
	return s, nil
}

func parse(text string) (*labels.Matcher, error) {
	if !utf8.ValidString(text) {
		return nil, fmt.Errorf("%q is not UTF-8, as the values of labels are", text)
	}
	parts := regexp.MustCompile(`^\s*([a-zA-Z_]\w*)\s*(=~|!~|!=|=)\s*((?s).*?)\s*$`).FindStringSubmatch(text)
	if parts == nil {
		return nil, fmt.Errorf("%s is not a matcher: write owner=growth, or another label with =, !=, =~ or !~", document.Quote(text))
	}
	name, value := parts[1], parts[3]
	if known := strings.Join(names(), " "); !document.IsOneOf(name, known) {
		return nil, fmt.Errorf("%s: there is no label %s; %s", text, document.Quote(name), hint(name, known))
	}
	if strings.HasPrefix(value, `"`) {
		unquoted, err := strconv.Unquote(value)
		if err != nil {
			return nil, fmt.Errorf("%s: the value %s does not end with its quote", document.Quote(text), value)
		}
		value = unquoted
	}
	kind := map[string]labels.MatchType{"=": labels.MatchEqual, "!=": labels.MatchNotEqual, "=~": labels.MatchRegexp, "!~": labels.MatchNotRegexp}[parts[2]]
	m, err := labels.NewMatcher(kind, name, value)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", document.Quote(text), err)
	}
	return m, nil
}

// hint names the label that is meant, if one is near, and all that there are.
func hint(name, known string) string {
	all := "labels are: " + strings.ReplaceAll(known, " ", ", ")
	if near := document.Nearest(name, known); near != "" {
		return near + "; " + all
	}
	return all
}

// names returns the labels of kpi_info.
func names() []string {
	list := []string{"kpi"}
	for _, l := range (series.InfoValues{}).Labels() {
		list = append(list, l.Name)
	}
	return list
}

// Narrow leaves only the KPIs that are chosen in a configuration; see config.Select. It is an error if there are none.
func (s Selector) Narrow(cfg *config.Config) error {
	if len(s) == 0 {
		return nil
	}
	var kpis []*config.KPI
	matched := make([]bool, len(s)) // Whether each matches any KPI.
	for _, k := range cfg.KPIs {
		all := true
		for i, m := range s {
			matches := m.Matches(value(cfg, k, m.Name))
			matched[i] = matched[i] || matches
			all = all && matches
		}
		if all {
			kpis = append(kpis, k)
		}
	}
	if len(kpis) == 0 {
		return s.none(cfg, matched)
	}
	cfg.Select(kpis)
	return nil
}

// none returns the error that no KPI is chosen.
func (s Selector) none(cfg *config.Config, matched []bool) error {
	texts := make([]string, len(s))
	for i, m := range s {
		texts[i] = m.String()
		if !matched[i] {
			return fmt.Errorf("no KPI of %s matches %s", cfg.Files[0], m)
		}
	}
	return fmt.Errorf("no KPI of %s matches all of %s", cfg.Files[0], strings.Join(texts, ", "))
}

// value returns the label of kpi_info that a KPI has, "" if it has none of that name.
func value(cfg *config.Config, k *config.KPI, name string) string {
	if name == "kpi" {
		return k.Name
	}
	for _, l := range collector.Info(cfg, k) {
		if l.Name == name {
			return l.Value
		}
	}
	return ""
}
