package config

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLoadForeignFiles has the file of a team name, or be a link to, files that hold secrets, which the main file does not say. Nothing of
// them is repeated, and none is loaded: what is a query is served to everybody.
func TestLoadForeignFiles(t *testing.T) {
	const main = `databases:
  app: {url: "postgres://kpi:S3cr3t@db/app?sslmode=require"}
  mysql: {url: "mysql://kpi:S3cr3t@db/app"}
  lite: {url: sqlite://app.db}
  prom: {url: "prometheus+http://prom:9090"}
  open: {url: "${ANY_URL}"}
include: [teams/*.yaml, good.yaml]
`
	secrets := map[string]string{
		"key.pem":       "-----BEGIN PRIVATE KEY-----\nS3cr3tS3cr3t/S3cr3t+S3cr3t==\n-----END PRIVATE KEY-----\n",
		"environment":   "SHOP_URL=postgres://k:S3cr3t@h/db\nPW=S3cr3t\nTOKEN='S3cr3t'\n",
		"commented":     "# period,S3cr3t\nPW=S3cr3t\n",
		"parameter":     "S3cr3t:S3cr3t\n",
		"word":          "S3cr3t\n",
		"expression":    "S3cr3t/S3cr3t+S3cr3t\n",
		"tag":           "$S3cr3t$ S3cr3t\n",
		"quotes":        "'S3cr3t\n",
		"positional":    "$1 S3cr3t\n",
		"web.yml":       "basic_auth_users:\n  S3cr3t: $2y$10$S3cr3t\n",
		"values.yml":    "values:\n  password: S3cr3t\n",
		"select.env":    "SELECT=S3cr3t\n",
		"config.json":   `{"password": "S3cr3t", "a": [S3cr3t}`,
		"config.toml":   "[table]\npassword = \"S3cr3t\"\n",
		"config.hcl":    "database {\n  password = \"S3cr3t\"\n  S3cr3t\n}\n",
		"pgpass":        "db:5432:app:kpi:S3cr3t\n",
		"braces":        "users{\"password\": \"S3cr3t\"}\n",
		"hcl.braces":    "database{\n  user = \"kpi\"\n  password = \"S3cr3t\"\n}\n",
		"unquoted":      "kpi{password=S3cr3t}\n",
		"brackets":      "tokens[S3cr3t]\n",
		"parameter.ini": "tokens[:S3cr3t]\n",
		"call":          "sum(S3cr3t('S3cr3t'))\n",
		"number":        "12 * 34S3cr3t\n",
		"twice":         "sum{__name__=\"S3cr3t\"} * S3cr3t{__name__=\"S3cr3t\"}\n",
		"expression.py": "print{'a'} =~ 'S3cr3t('\n",
		"regexp":        "kpi{a=~\"S3cr3t(\"}\n",
		"escape":        "kpi{a=\"\\S3cr3t\"}\n",
		"dump.sql":      "-- S3cr3t\nALTER ROLE kpi PASSWORD 'S3cr3t';\n",
		"script.py":     "print('S3cr3t', S3cr3t\n",
		"windows":       "PW=S3cr3t\r\nTOKEN=S3cr3t\r\n",
		"latin":         "PW=S3cr3t\nM\xfcller=S3cr3t\n",
		"../kpi.yaml":   "",
		"link_to_main":  "-> kpi.yaml",
		"good.yaml":     "kpis:\n  s: {title: S, period: month, unit: users, query: SELECT 1 AS value, database: lite}\n",
		"link_to_good":  "-> good.yaml",
		"link_to_web":   "-> web.yml",
		"teams/me.yaml": "",
	}
	keys := map[string]string{"values_file": "values_file: ../FILE"}
	for _, database := range []string{"app", "mysql", "lite", "prom", "open"} {
		keys["query_file for "+database] = "database: " + database + ", query_file: ../FILE"
	}
	for file := range secrets {
		for name, key := range keys {
			t.Run(name+" "+file, func(t *testing.T) {
				foreignFolder(t, main, secrets)
				me := "kpis: {x: {title: X, period: month, unit: users, " + strings.Replace(key, "FILE", file, 1) + "}}\n"
				write(t, "teams/me.yaml", strings.Replace(me, "../../kpi.yaml", "../kpi.yaml", 1))
				refused(t)
			})
		}
		t.Run("link "+file, func(t *testing.T) {
			foreignFolder(t, main, secrets)
			if err := os.Symlink("../"+strings.TrimPrefix(file, "../"), "teams/me.yaml"); err != nil {
				t.Fatal(err)
			}
			refused(t)
		})
	}
}

// foreignFolder makes a folder with files, some of them links, and works in it.
func foreignFolder(t *testing.T, main string, files map[string]string) {
	t.Helper()
	t.Chdir(t.TempDir())
	write(t, "teams/readme.txt", "")
	write(t, "kpi.yaml", main)
	for name, text := range files {
		if target, isLink := strings.CutPrefix(text, "-> "); isLink {
			if err := os.Symlink(target, name); err != nil {
				t.Fatal(err)
			}
		} else if text != "" {
			write(t, name, text)
		}
	}
	if _, err := Load("kpi.yaml"); err != nil {
		t.Fatal(err)
	}
}

// refused loads kpi.yaml, which must fail without a secret in what is said.
func refused(t *testing.T) {
	t.Helper()
	_, err := Load("kpi.yaml")
	if err == nil {
		t.Fatal("loaded")
	}
	if said := fmt.Sprint(err); strings.Contains(said, "S3cr3t") {
		t.Errorf("gives it away:\n%s", said)
	}
}

// TestLoadQueryFiles has files that are queries, which must load, and some that are nearly.
func TestLoadQueryFiles(t *testing.T) {
	for name, test := range map[string]struct{ database, text, want string }{
		"SQL":                       {"app", "-- why\n(SELECT 1 AS value)\n", ""},
		"PromQL":                    {"prom", "# why\nsum(rate(x[:period]))\n", ""},
		"a selector":                {"prom", "up{}\n", ""},
		"a comparison":              {"prom", "a / on (x) b > 1\n", ""},
		"a word of another keyword": {"app", "SELEC 1 AS value\n", "q: this is not a query: it does not begin with SELECT, WITH, VALUES or TABLE\n  hint: write one query into the file, and nothing else"},
		"a query that changes":      {"app", "DELETE FROM t\n", "q: this is not a query: it does not begin with SELECT, WITH, VALUES or TABLE\n  hint: write one query into the file, and nothing else"},
		"a metric":                  {"prom", "up\n", "q: this is not PromQL with a function or a selector, such as sum(up) or up{}\n  hint: write up{} for up, or put it into query:"},
		"a recorded series":         {"prom", "job:requests:rate5m\n", ""},
		"a ratio of recorded ones":  {"prom", "job:errors:rate5m offset 1h / job:requests:rate5m\n", ""},
		"a line of three parts":     {"prom", "kpi:realm:0cc175b9c0f1b6a831c399e269772661\n", "q: this is not PromQL with a function or a selector, such as sum(up) or up{}\n  hint: write up{} for up, or put it into query:"},
		"an error of SQL":           {"app", "SELECT:as_of AS value\n", "q:1:7: a space is missing before the parameter :as_of\n  1 | SELECT:as_of AS value\n    |       ^"},
		"an error of PromQL":        {"prom", "sum(up\n", "q:2:1: unclosed left parenthesis"},
		"an error in a line":        {"prom", "sum(up))\n", "q:1:9: this is not valid PromQL\n  hint: put it into query: to see more"},
		"a function":                {"prom", "sum(secret(up))\n", "q:1:5: unknown function\n  hint: put it into query: to see more"},
		"a type":                    {"prom", "sum(rate(up))\n", "q:1:10: expected type range vector in call to function \"rate\", got instant vector"},
		"a parameter":               {"prom", "sum(rate(up[:secret]))\n", "q:1:13: only [:period] is a parameter of PromQL\n  hint: put it into query: to see more"},
		"PromQL for PostgreSQL":     {"app", "sum(up)\n", "q:1:1: this is PromQL, and PostgreSQL reads SQL\n  hint: set database: to a Prometheus, or write SQL"},
		"SQL for a Prometheus":      {"prom", "SELECT 1 AS value\n", "q:1:1: this is SQL, and a Prometheus reads PromQL\n  1 | SELECT 1 AS value\n    | ^"},
		"nothing":                   {"app", " \n", "q:1:1: no statement here: the text is empty or only comments"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			write(t, "q", test.text)
			write(t, "kpi.yaml", "databases: {app: {url: \"postgres://kpi@db/app\"}, prom: {url: \"prometheus+http://p\"}}\nkpis: {x: {title: X, period: day, database: "+test.database+", query_file: q}}\n")
			_, err := Load("kpi.yaml")
			said := ""
			if err != nil {
				said = err.Error()
			}
			if said != test.want {
				t.Errorf("got  %s\nwant %s", said, test.want)
			}
		})
	}
}
