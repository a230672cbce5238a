package main

import (
	"cmp"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

// kpiFile is a file that check has nothing to say against, unless it is bad.
func (p *docsPage) kpiFile(b docsBlock) string {
	name := cmp.Or(b.options["file"], "kpi.yaml")
	if _, bad := b.options["bad"]; bad {
		p.write(name, b.text)
		return p.run(p.bash(p.Context(), "kpi_exporter check --config.file "+name+" 2>&1 >/dev/null"), "1")
	}
	if complaint := p.check(name, b.text); complaint != "" {
		return complaint
	}
	if strings.Contains(p.output, "warning:") {
		return p.output
	}
	return ""
}

// hasKey reports whether YAML has a key at its top.
func hasKey(text string, keys ...string) bool {
	var top map[string]any
	_ = yaml.Unmarshal([]byte(text), &top) // check says what is wrong with it.
	return slices.ContainsFunc(keys, func(key string) bool { _, ok := top[key]; return ok })
}

// part adds what the sections lack to be a file.
func (p *docsPage) part(b docsBlock) string {
	text := b.text
	if name := b.options["file"]; name != "" {
		p.write(name, text)
	}
	if !hasKey(text, "databases") {
		text += "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\n"
	}
	if !hasKey(text, "kpis", "include") {
		text += "kpis: {it: {title: It, period: day, query: SELECT 1 AS value}}\n"
	}
	return p.check("part.yaml", text)
}

func indented(text, by string) string {
	return by + strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\n", "\n"+by) + "\n"
}

// keys adds what the keys lack to be a KPI.
func (p *docsPage) keys(b docsBlock) string {
	text := "title: It\n" + b.text
	if !hasKey(text, "period", "from", "formula") {
		text += "period: day\n"
	}
	if !hasKey(text, "query", "query_file", "from", "formula") {
		text += "query: SELECT count(*) AS value FROM orders WHERE created_at >= :period_start AND created_at < :period_end\n"
	}
	file := "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\n"
	if hasKey(text, "databases") {
		file = "databases: {eu: {url: \"${EU_DATABASE_URL}\"}, us: {url: \"${US_DATABASE_URL}\"}}\n"
	}
	return p.check("keys.yaml", file+"kpis:\n  it:\n"+indented(text, "    "))
}

// target makes a KPI with the label country for the target, and for what its bounds come from.
func (p *docsPage) target(b docsBlock) string {
	text := "unit: " + cmp.Or(b.options["unit"], "orders") + "\nperiod: " + strings.ReplaceAll(cmp.Or(b.options["period"], "month"), ":", ": ") + `
labels: [country]
sample_size: orders
query: |
  SELECT country, count(*) AS value, count(*) AS orders
  FROM orders
  WHERE created_at >= ` + start(b) + `
  GROUP BY country
`
	target := b.text
	if hasKey(target, "target") {
		return p.keys(docsBlock{text: text + target})
	}
	return p.keys(docsBlock{text: text + "target:\n" + indented(target, "  ")})
}

func start(b docsBlock) string {
	if b.options["period"] == "instant" {
		return "'2025-01-01' AND created_at < :as_of"
	}
	return ":period_start AND created_at < :period_end"
}

func (p *docsPage) prometheus(b docsBlock) string {
	p.write("prometheus.yml", b.text)
	return p.command("promtool check config prometheus.yml")
}

func (p *docsPage) amtool(b docsBlock) string {
	p.write("alertmanager.yml", b.text)
	return p.command("amtool check-config alertmanager.yml")
}

// webConfig has serve read the file: a wrong one ends it.
func (p *docsPage) webConfig(b docsBlock) string {
	p.write("web.yml", b.text)
	p.write("kpi.yaml", "databases: {app: {url: \"${APP_DATABASE_URL}\"}}\nkpis: {it: {title: It, period: instant, query: SELECT 1 AS value}}\n")
	return p.start(docsBlock{text: "kpi_exporter --web.config.file=web.yml"})
}
