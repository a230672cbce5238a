package config

import (
	"strings"
	"testing"
)

// TestJoinedLines has SQL in every style of YAML. A comment is refused that takes along what the file has on the next line, as the engine reads
// comments: to MySQL and MariaDB, 5--3 is 8.
func TestJoinedLines(t *testing.T) {
	const (
		postgres = "postgres://reader@db.example.com/app?sslmode=disable"
		mysql    = "mysql://reader@db.example.com/app"
		sqlite   = "sqlite:///data/app.db"
		prom     = "prometheus+http://prometheus.example.com"
	)
	for name, test := range map[string]struct{ url, query, mark string }{
		"folded, two dashes":                 {postgres, ">\n      SELECT 5--3\n      AS value", "--"},
		"folded, two dashes, SQLite":         {sqlite, ">\n      SELECT 5--3\n      AS value", "--"},
		"folded, two dashes, MySQL":          {mysql, ">\n      SELECT 5--3\n      AS value", ""},
		"folded, two dashes and a blank":     {mysql, ">\n      SELECT 5-- 3\n      AS value", "--"},
		"folded, two dashes and a line":      {mysql, ">\n      SELECT 5--\n      3 AS value", "--"},
		"folded, in brackets that stay open": {mysql, ">\n      SELECT (5 -- five\n      ) AS value", "--"},
		"folded, hash":                       {mysql, ">\n      SELECT 5 # five\n      AS value", "#"},
		"folded, hash before a blank line":   {mysql, ">\n      SELECT 5 # five\n      AS value\n\n      FROM t", "#"},
		"folded, dashes in a string":         {postgres, ">\n      SELECT count('--')\n      AS value", ""},
		"folded, PromQL":                     {prom, ">\n      vector(5--3)\n      + 1", ""},
		"folded, PromQL, hash":               {prom, ">\n      vector(5) # five\n      + 1", "#"},
		"literal":                            {postgres, "|\n      SELECT 5 -- five\n      AS value", ""},
		"plain, several lines":               {postgres, "SELECT 5 -- five\n      AS value", "--"},
		"plain, one line":                    {mysql, "SELECT 5--3 AS value", ""},
		"single quotes, several lines":       {mysql, "'SELECT 5 -- five\n      AS value'", "--"},
		"double quotes, several lines":       {mysql, "\"SELECT 5 -- five\n      AS value\"", "--"},
		"double quotes, breaks and lines":    {mysql, "\"SELECT 5,\\n 6 -- six\n      AS value\"", "--"},
		"double quotes, hash and lines":      {mysql, "\"SELECT 5,\\n 6 # six\n      AS value\"", "#"},
		"double quotes, one line":            {postgres, `"SELECT 5 -- \"five\"\n AS value"`, ""},
		"double quotes, one line, an anchor": {postgres, `&q "SELECT 5 -- five\n AS value"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			said := errorsOf(t, "databases: {app: {url: \""+test.url+"\"}}\nkpis:\n  k:\n    title: K\n    period: instant\n    query: "+test.query+"\n")
			want := ""
			if test.mark != "" {
				want = "YAML joins these lines, so what follows " + test.mark + " becomes part of the comment"
			}
			if (want == "") != (said == "") || !strings.Contains(said, want) {
				t.Errorf("%q, want %q", said, want)
			}
		})
	}
}
