package main

import (
	"regexp"
	"slices"
	"strings"
)

func (p *docsPage) sqlRun(b docsBlock) string {
	postgres.Exec(p, p.database, b.text)
	return ""
}

// sqlRole makes the role under a name of its own: roles belong to the server, which other tests share.
func (p *docsPage) sqlRole(b docsBlock) string {
	database := regexp.MustCompile(`/([^/?]+)\?`).FindStringSubmatch(p.database)[1]
	role := "docs_" + database
	postgres.Exec(p, p.database, strings.NewReplacer("kpi_exporter", role, "DATABASE shop", "DATABASE "+database).Replace(b.text))
	p.names = append([]string{docsURL, asUser(p.database, role+":change-me")}, p.names[2:]...)
	p.Cleanup(func() { postgres.Exec(p, p.database, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	return ""
}

func asUser(url, user string) string { return strings.Replace(url, "postgres@", user+"@", 1) }

func (p *docsPage) sqlQuery(b docsBlock) string {
	return p.keys(docsBlock{text: "labels: [" + b.options["labels"] + "]\nperiod: " + b.options["period"] + "\nquery: |\n" + indented(b.text, "  ")})
}

func (p *docsPage) condition(b docsBlock) string {
	var columns []string
	for name, kind := range b.options {
		columns = append(columns, "NULL::"+kind+" AS "+name)
	}
	slices.Sort(columns)
	period := "day"
	if strings.Contains(b.text, ":as_of") {
		period = "instant"
	}
	return p.sqlQuery(docsBlock{
		options: map[string]string{"period": period},
		text:    "SELECT count(*) AS value FROM (SELECT " + strings.Join(columns, ", ") + ") AS t WHERE\n" + b.text,
	})
}
