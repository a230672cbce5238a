package config

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Every file that a URL names is looked at, wherever the URL is: a warning says which cannot be used, without what may be a secret in place of
// a path. What is not read is not looked at.
func TestCheckFilesOfURLs(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("FILES_POSTGRES", "postgres://kpi@db/shop?sslmode=verify-full&sslrootcert=canary")
	for name, text := range map[string]string{
		"closed": "*:*:*:*:canary", "open": "*:*:*:*:canary", "url": "mysql://kpi@db/shop?ssl-ca=canary", "hunter2": "hunter2",
		"missing.yml": "{basic_auth: {username: kpi, password_file: missing}, tls_config: {ca_file: missing, cert_file: missing, key_file: missing}}",
		"oauth2.yml":  "oauth2: {client_id: kpi, client_secret_file: missing, token_url: 'https://login', tls_config: {ca_file: missing, cert_file: closed, key_file: closed}}",
		"good.yml":    "tls_config: {ca_file: closed}",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(filepath.Join(dir, "open"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(filepath.Join(dir, "pipe"), 0o600); err != nil {
		t.Fatal(err)
	}
	missing := func(parameters ...string) string {
		said := ""
		for _, p := range parameters {
			said += `database "a": ` + p + ": cannot open the file: no such file or directory|correct its path, unless it is only where the exporter runs\n"
		}
		return said
	}
	const refused = `database "a": passfile: others than its owner have access to DIR/open, so it is not used|chmod 600` + "\n"
	for name, test := range map[string]struct{ database, want string }{
		"all is well":               {`url: "postgres://kpi@db/shop?passfile=DIR/closed&sslmode=verify-full&sslrootcert=DIR/open&sslcert=DIR/open&sslkey=DIR/closed"`, ""},
		"passfile":                  {`url: "postgres://kpi@db/shop?sslmode=require&passfile=/canary/pgpass"`, missing("passfile")},
		"passfile without TLS":      {`url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=canary"`, missing("passfile")},
		"passfile beside password":  {`url: "postgres://kpi:secret@localhost/shop?sslmode=disable&passfile=canary"`, ""},
		"password in a file":        {`{url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=canary", password_file: hunter2}`, ""},
		"passfile that is refused":  {`url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=DIR/open"`, refused},
		"passfile is a pipe":        {`url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=DIR/pipe"`, strings.Replace(missing("passfile"), "cannot open the file: no such file or directory", "open DIR/pipe: it is not a regular file", 1)},
		"certificates of libpq":     {`url: "postgres://kpi@db/shop?sslmode=require&sslrootcert=canary&sslcert=canary&sslkey=canary"`, missing("sslcert", "sslkey", "sslrootcert")},
		"certificates without TLS":  {`url: "postgres://kpi@localhost/shop?sslmode=disable&sslrootcert=canary&sslcert=canary&sslkey=canary"`, ""},
		"those of the system":       {`url: "postgres://kpi@db/shop?sslrootcert=system&sslmode=verify-full"`, ""},
		"certificates of MySQL":     {`url: "mysql://kpi@db/shop?ssl-ca=canary&ssl-cert=canary&ssl-key=canary"`, missing("ssl-ca", "ssl-cert", "ssl-key")},
		"MySQL without TLS":         {`url: "mysql://kpi@localhost/shop?ssl-mode=DISABLED&ssl-cert=canary&ssl-key=canary"`, ""},
		"a folder":                  {`url: "mysql://kpi@db/shop?ssl-ca=DIR"`, strings.Replace(missing("ssl-ca"), "cannot open the file: no such file or directory", "open DIR: it is not a regular file", 1)},
		"the URL is in a variable":  {`url: "${FILES_POSTGRES}"`, missing("sslrootcert")},
		"the URL is in a file":      {`url_file: url`, missing("ssl-ca")},
		"a variable is not set":     {`url: "postgres://kpi@${FILES_NOT_SET}/shop?sslmode=require&passfile=canary"`, ""},
		"files of a Prometheus":     {`{url: "prometheus+https://prom", http_config_file: missing.yml}`, missing("ca_file", "cert_file", "key_file", "password_file")},
		"those of its login":        {`{url: "prometheus+https://prom", http_config_file: oauth2.yml}`, missing("ca_file of oauth2", "client_secret_file")},
		"a Prometheus in order":     {`{url: "prometheus+https://prom", http_config_file: good.yml}`, ""},
		"SQLite, which is no other": {`url: "sqlite://canary.db"`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			database := strings.ReplaceAll(test.database, "DIR", dir)
			if !strings.HasPrefix(database, "{") {
				database = "{" + database + "}"
			}
			path := filepath.Join(dir, "kpi.yaml")
			check := func(lint string) string {
				text := "databases: {a: " + database + "}\n" + lint + "kpis: {k: {title: K, period: instant, query: SELECT 1 AS value}}\n"
				if strings.Contains(text, "prom") {
					text = strings.Replace(text, "SELECT 1 AS value", "vector(1)", 1)
				}
				if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				cfg, err := Load(path)
				if err != nil {
					t.Fatal(err)
				}
				said := ""
				for _, p := range cfg.CheckSecrets() {
					if !p.Warning || p.Check != "unusable_file" || p.Position.String() != path+":1:22" && p.Position.String() != path+":1:27" {
						t.Errorf("%+v, want a warning at the url", p)
					}
					said += p.Message + "|" + p.Hint + "\n"
				}
				return said
			}
			said := check("")
			if diff := cmp.Diff(test.want, strings.ReplaceAll(said, dir, "DIR")); diff != "" || strings.Contains(said, "canary") {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if off := check("lint: {off: [unusable_file]}\n"); off != "" {
				t.Errorf("switched off: %s", off)
			}
		})
	}
}
