package kpitest

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEngineOfRows has test files name where the rows go in every way, for KPI files that say or do not say which engine they are
// for.
func TestEngineOfRows(t *testing.T) {
	postgres, maria := server.NewDatabase(t), mariadb.NewDatabase(t)
	const variable = "${KPI_TEST_DATABASE_URL}"
	const mysqlKPI, postgresKPI, sqliteKPI, unknownKPI = "mysql://u@h/d?ssl-mode=DISABLED", "postgres://u@h/d?sslmode=disable", "sqlite://d.db", "${PRODUCT}"
	for _, test := range []struct{ name, kpi, database, env, flag, says string }{
		{"MySQL, a variable", mysqlKPI, variable, maria, "", ""},
		{"MariaDB, a variable", strings.Replace(mysqlKPI, "mysql", "mariadb", 1), variable, maria, "", ""},
		{"MySQL, a part of the URL is a variable", mysqlKPI, strings.Replace(maria, "tester@", "${NAME}@", 1), "", "", ""},
		{"MySQL, the URL", mysqlKPI, maria, "", "", ""},
		{"MySQL, the flag", mysqlKPI, "", "", maria, ""},
		{"MySQL, the flag beats a variable that is not set", mysqlKPI, variable, "", maria, ""},
		{"MySQL, a variable leads to PostgreSQL", mysqlKPI, variable, postgres, "", `test.yaml:2:11: database "d" of the KPI file is MySQL, and its rows would go to PostgreSQL`},
		{"MySQL, the flag leads to PostgreSQL", mysqlKPI, variable, maria, postgres, `test.yaml:2:11: database "d" of the KPI file is MySQL, and its rows would go to PostgreSQL`},
		{"MySQL, a URL of PostgreSQL", mysqlKPI, postgresKPI, "", "", `database "d" of the KPI file is MySQL, and its rows would go to PostgreSQL`},
		{"MySQL, a SQLite file", mysqlKPI, "sqlite", "", "", `database "d" of the KPI file is MySQL, and its rows would go to SQLite`},
		{"MySQL, a variable leads to a SQLite file", mysqlKPI, variable, "sqlite://x.db", "", `database "d" of the KPI file is MySQL, and its rows would go to SQLite`},
		{"MySQL, a variable that is not set", mysqlKPI, variable, "", "", "the environment variable KPI_TEST_DATABASE_URL is not set"},
		{"MySQL, nothing", mysqlKPI, "", "", "", `there is no database to load the rows for "d" into`},

		{"PostgreSQL, a variable", postgresKPI, variable, postgres, "", ""},
		{"PostgreSQL, a variable leads to MariaDB", postgresKPI, variable, maria, "", `database "d" of the KPI file is PostgreSQL, and its rows would go to MySQL`},
		{"SQLite, nothing", sqliteKPI, "", "", "", ""},
		{"SQLite, the flag", sqliteKPI, "", "", postgres, ""}, // It needs none.
		{"SQLite, a variable", sqliteKPI, variable, postgres, "", `database "d" of the KPI file is SQLite, and its rows would go to a server`},

		{"unknown, a variable leads to MariaDB", unknownKPI, variable, maria, "", ""},
		{"unknown, a variable leads to PostgreSQL", unknownKPI, variable, postgres, "", ""},
		{"unknown, a variable leads to a SQLite file", unknownKPI, variable, "sqlite://x.db", "", `database "test": it must be a server of PostgreSQL or MySQL`},
		{"unknown, a variable leads to a Prometheus", unknownKPI, variable, "prometheus+http://127.0.0.1:1", "", `database "test": it must be a server of PostgreSQL or MySQL`},
		{"unknown, a URL and a flag of another engine", unknownKPI, maria, "", postgres, ""},
		{"unknown, a SQLite file", unknownKPI, "sqlite", "", "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Setenv("KPI_TEST_DATABASE_URL", test.env)
			t.Setenv("NAME", "tester")
			database := "database: " + test.database + "\n"
			if test.database == "" {
				database = ""
			}
			folder := writeFiles(t, map[string]string{
				"kpi.yaml":   "databases: {d: {url: \"" + test.kpi + "\"}}\nkpis: {one: {title: One, period: instant, query: SELECT sum(n) AS value FROM t}}\n",
				"schema.sql": "CREATE TABLE t (n int);",
				"test.yaml":  "kpi_file: kpi.yaml\n" + database + "schema: schema.sql\nrows: {t: [{n: 1}, {n: 2}]}\ncases: [{name: one, as_of: 2026-01-01, expect: {one: 3}}]\n",
			})
			checkRun(t, folder, Options{Database: test.flag, Cut: true}, test.says)
		})
	}
}

// TestEnginesOfRows has a KPI file with two engines get its rows from one variable, and from one each.
func TestEnginesOfRows(t *testing.T) {
	t.Setenv("KPI_TEST_DATABASE_URL", server.NewDatabase(t))
	t.Setenv("KPI_TEST_MARIADB_URL", mariadb.NewDatabase(t))
	for name, test := range map[string]struct{ databases, says string }{
		"one for both":                       {"", `database "m" of the KPI file is MySQL, and its rows would go to PostgreSQL`},
		"one each":                           {"databases: {m: {database: \"${KPI_TEST_MARIADB_URL}\", schema: schema.sql, rows: {t: [{n: 3}]}}}\n", ""},
		"rows of its own, in the same place": {"databases: {m: {schema: schema.sql, rows: {t: [{n: 3}]}}}\n", `database "m" of the KPI file is MySQL, and its rows would go to PostgreSQL`},
	} {
		t.Run(name, func(t *testing.T) {
			folder := writeFiles(t, map[string]string{
				"kpi.yaml": "databases: {p: {url: \"postgres://u@h/d?sslmode=disable\"}, m: {url: \"mysql://u@h/d?ssl-mode=DISABLED\"}}\n" +
					"kpis: {one: {title: One, period: instant, databases: [p, m], merge: sum, query: SELECT sum(n) AS value FROM t}}\n",
				"schema.sql": "CREATE TABLE t (n int);",
				"test.yaml": "kpi_file: kpi.yaml\ndatabase: ${KPI_TEST_DATABASE_URL}\nschema: schema.sql\nrows: {t: [{n: 1}, {n: 2}]}\n" + test.databases +
					"cases: [{name: one, as_of: 2026-01-01, expect: {one: 6}}]\n",
			})
			checkRun(t, folder, Options{}, test.says)
		})
	}
}

// writeFiles returns a new folder with files.
func writeFiles(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

// checkRun holds that the only check of test.yaml passes, or that loading or running it gives an error that says something.
func checkRun(t *testing.T, folder string, o Options, says string) {
	t.Helper()
	var checks []Check
	file, err := Load(filepath.Join(folder, "test.yaml"))
	if err == nil {
		checks, err = Run(t.Context(), file, o)
	}
	switch {
	case says == "" && (err != nil || len(checks) != 1 || !checks[0].Passed()):
		t.Errorf("%v, %+v", err, checks)
	case says != "" && (err == nil || !strings.Contains(err.Error(), says)):
		t.Errorf("%v, want …%s…", err, says)
	}
}
