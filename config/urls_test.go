package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestCheckSecrets holds what is said about URLs and tokens in the environment and in files: where they come from and what is wrong, without
// any part of them; nothing about what cannot be read.
func TestCheckSecrets(t *testing.T) {
	for name, value := range map[string]string{
		"CHECK_GOOD": "postgres://kpi:canary@db/shop?sslmode=require", "CHECK_ORM": "postgres://kpi:canary@db/shop?schema=canary", "CHECK_PORT": "54x2",
		"CHECK_MYSQL": "mysql://kpi:canary@db/shop?parseTime=true", "CHECK_WORD": "canary", "CHECK_MAIL": "http://kpi:canary@mail", "CHECK_TOKEN": "xoxb canary",
		"CHECK_EMPTY": "", "CHECK_PROM": "prometheus+https://prom", "CHECK_MARIADB": "mariadb://kpi:canary@db/shop?ssl-mode=REQUIRED",
	} {
		t.Setenv(name, value)
	}
	dir := t.TempDir()
	for name, text := range map[string]string{"url": "oracle://canary\n", "lines": "canary\ncanary\n", "empty": "", "password": "canary", "mariadb": "mariadb://kpi:canary@db/shop"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	const (
		form     = "the url is not a URL of the form postgres://user@host:5432/name "
		httpFile = `database "a": http_config_file is for a Prometheus, and the url is one of PostgreSQL|leave it out: the url says how to connect`
		zone     = `database "a": session_timezone is set, and the time zone of a session of MySQL is always UTC|leave it out, and convert in the query: CONVERT_TZ(created_at, 'UTC', :timezone)`
	)
	for text, want := range map[string]string{
		`databases: {a: {url: "${CHECK_GOOD}"}}`:                                     "",
		`databases: {a: {url: "${CHECK_NOT_SET}"}}`:                                  "",
		`databases: {a: {url: "${CHECK_EMPTY}"}}`:                                    "",
		`databases: {a: {url: "postgres://${CHECK_NOT_SET}@db:${CHECK_PORT}/shop"}}`: "",
		`databases: {a: {url_file: missing}}`:                                        "",
		`databases: {a: {url_file: pipe}}`:                                           "",
		`databases: {a: {url: "${CHECK_GOOD}", password_file: missing}}`:             "",
		`databases: {a: {url: "${CHECK_GOOD}", password_file: password}}`:            `kpi.yaml:1:22: database "a": the url holds a password and there is a password_file: leave one of them out`,
		`databases: {a: {url: "${CHECK_ORM}"}}`:                                      `kpi.yaml:1:22: database "a": the parameter schema of the url is not supported` + "|write search_path instead; correct the variable CHECK_ORM",
		`databases: {a: {url: "${CHECK_WORD}"}}`:                                     `kpi.yaml:1:22: database "a": ` + form + "(there is no :// in it)|correct the variable CHECK_WORD",
		`databases: {a: {url: "${CHECK_MYSQL}"}}`:                                    `kpi.yaml:1:22: database "a": the parameter parseTime of the url is not supported|leave it out; times are always read; correct the variable CHECK_MYSQL`,
		`databases: {a: {url: "postgres://kpi@db:${CHECK_PORT}/shop"}}`:              `kpi.yaml:1:22: database "a": ` + form + "(the port is not a number)|correct the variable CHECK_PORT",
		`databases: {a: {url: "${CHECK_PROM}", http_config_file: missing}}`:          "",
		`databases: {a: {url: "${CHECK_PROM}", http_config_file: pipe}}`:             "",
		`databases: {a: {url: "${CHECK_PROM}", http_config_file: lines}}`:            `kpi.yaml:1:22: database "a": http_config_file: DIR/lines:1: the value is of another kind than its key takes`,
		`databases: {a: {url: "${CHECK_GOOD}", http_config_file: lines}}`:            `kpi.yaml:1:39: ` + httpFile,
		`databases: {a: {url: "${CHECK_GOOD}", http_config_file: missing}}`:          `kpi.yaml:1:39: ` + httpFile,
		`databases: {a: {url: "${CHECK_GOOD}", session_timezone: Asia/Tokyo}}`:       "",
		`databases: {a: {url: "${CHECK_PROM}", session_timezone: Asia/Tokyo}}`:       `kpi.yaml:1:39: database "a": session_timezone is set, and the time zone of a session of Prometheus is always UTC|leave it out: [:period] is as long as the period is in the time zone of the KPI`,
		`databases: {a: {session_timezone: UTC, url: "${CHECK_MARIADB}"}}`:           `kpi.yaml:1:17: ` + zone,
		`databases: {a: {url_file: mariadb, session_timezone: Asia/Tokyo}}`:          `kpi.yaml:1:36: ` + zone,
		`databases: {a: {url: "${CHECK_MARIADB}", max_connections: 1}}`:              `kpi.yaml:1:42: database "a": max_connections is 1, and MySQL needs one connection to cancel queries beside those that run them|write max_connections: 2 or more`,
		`databases: {a: {url_file: url}}`:                                            `kpi.yaml:1:27: database "a": ` + form + "(it must begin with postgres://, mysql://, sqlite:// or prometheus+https://)|correct the file that url_file names",
		`databases: {a: {url_file: lines}}`:                                          `kpi.yaml:1:27: database "a": url_file: DIR/lines has more than one line: leave only the url in it|correct the file that url_file names`,
		`databases: {a: {url_file: empty}}`:                                          `kpi.yaml:1:27: database "a": url_file: DIR/empty is empty|correct the file that url_file names`,
		`mail: {from: a@b, url: "${CHECK_MAIL}"}`:                                    `kpi.yaml:1:24: mail: url: `,
		`mail: {from: a@b, url: "${CHECK_NOT_SET}"}`:                                 "",
		`slack: {token: "${CHECK_TOKEN}"}`:                                           `kpi.yaml:1:16: slack: token: a token such as xoxb-… has neither blanks nor letters with accents`,
		`slack: {token_file: lines}`:                                                 `kpi.yaml:1:21: slack: token_file: DIR/lines has more than one line: leave only the token in it`,
	} {
		if !strings.HasPrefix(text, "databases") {
			text += "\ndatabases: {a: {url: sqlite://a.db}}"
		}
		path, query := filepath.Join(dir, "kpi.yaml"), "SELECT 1 AS value"
		if strings.Contains(text, "CHECK_PROM") {
			query = "vector(1)"
		}
		if err := os.WriteFile(path, []byte(text+"\nkpis: {k: {title: K, period: instant, query: "+query+"}}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		cfg, err := Load(path)
		if err != nil {
			t.Fatalf("%s: %v", text, err)
		}
		got := ""
		for _, p := range cfg.CheckSecrets() {
			got += strings.TrimSuffix(p.Position.String()+": "+p.Message+"|"+p.Hint, "|")
		}
		got = strings.ReplaceAll(strings.Replace(got, path, "kpi.yaml", 1), dir, "DIR")
		if strings.Contains(got, "canary") {
			t.Errorf("%s: %s", text, got)
		}
		if strings.HasSuffix(want, ": ") && strings.HasPrefix(got, want) {
			continue
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", text, diff)
		}
	}
}
