package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestHasPast(t *testing.T) {
	c := loadText(t, `databases: {app: {url: "${URL}"}}
defaults: {period: day}
kpis:
  visits: {title: T, query: SELECT count(*) AS value FROM t}
  today: {title: T, period: instant, query: SELECT count(*) AS value FROM t}
  then: {title: T, period: instant, query: SELECT count(*) AS value FROM t WHERE at <= :as_of}
  both: {title: T, formula: then / today}
  deep: {title: T, formula: both + 1}
  good: {title: T, formula: then + 1}
`)
	for name, want := range map[string]bool{"visits": true, "today": false, "then": true, "both": false, "deep": false, "good": true} {
		if got := c.KPI(name).HasPast(); got != want {
			t.Errorf("%s: %t", name, got)
		}
	}
}

// TestQueryEngine reads queries that one engine alone can read. Which one it is, a variable says that holds the URL.
func TestQueryEngine(t *testing.T) {
	const backticks, dollars, metric = "SELECT 1 AS `value` # it's", "SELECT $$it's$$ AS name, 1 AS value", "up"
	for name, test := range map[string]struct{ url, query, wrong string }{
		"MySQL":                          {"mysql://kpi:canary@db/shop", backticks, ""},
		"MariaDB":                        {"mariadb://kpi:canary@db/shop", backticks, ""},
		"SQLite":                         {"sqlite://shop.db", "SELECT 1 AS value", ""},
		"Prometheus":                     {"prometheus+http://localhost:9090", metric, ""},
		"PostgreSQL":                     {"postgres://kpi:canary@db/shop", dollars, ""},
		"MySQL, not its SQL":             {"mysql://kpi:canary@db/shop", dollars, "a string that does not end"},
		"Prometheus, and SQL":            {"prometheus+http://localhost:9090", dollars, "this is SQL, and a Prometheus reads PromQL"},
		"PostgreSQL and PromQL":          {"postgres://kpi:canary@db/shop", "sum(up)", "this is PromQL, and PostgreSQL reads SQL"},
		"not set, so as PostgreSQL does": {"", backticks, "a string that does not end"},
		"no URL, so as PostgreSQL does":  {"canary", backticks, "a string that does not end"},
		"not set, and PromQL":            {"", "sum(up)", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("QUERY_ENGINE", test.url)
			path := filepath.Join(t.TempDir(), "kpi.yaml")
			text := "databases: {app: {url: \"${QUERY_ENGINE}\"}}\nkpis:\n  k:\n    title: K\n    period: instant\n    query: |\n      " + test.query + "\n"
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			_, err := Load(path)
			if test.wrong == "" && err != nil || test.wrong != "" && (err == nil || !strings.Contains(err.Error(), test.wrong)) || err != nil && strings.Contains(err.Error(), "canary") {
				t.Errorf("%v, want %s", err, test.wrong)
			}
		})
	}
}
