package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const exposedFile = `databases:
  a: {url_file: secret}
  b: {url: "postgres://kpi@localhost/shop?sslmode=disable", password_file: secret}
  c: {url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=secret"}
  d: {url: "postgres://kpi@localhost/shop?sslmode=disable&sslkey=secret"}
  e: {url: "mysql://kpi@localhost/shop?ssl-mode=REQUIRED&ssl-cert=cert&ssl-key=secret"}
  f: {url: "postgres://kpi:canary@localhost/shop?sslmode=disable"}
  g: {url: "postgres://kpi:${VARIABLE}@localhost/shop?sslmode=disable"}
mail: {from: kpi@example.com, url_file: secret}
slack: {token_file: secret}
kpis:
  users: {title: Users, database: a, period: instant, query: SELECT 1 AS value}
`

// exposedElsewhere names the files in URLs that are not in the KPI file itself.
const exposedElsewhere = `databases:
  h: {url: "${EXPOSED_PASSFILE}"}
  i: {url: "${EXPOSED_KEY}"}
  j: {url: "postgres://kpi@localhost/shop?sslmode=disable&passfile=${EXPOSED_PATH}"}
  k: {url_file: url}
  l: {url: "${EXPOSED_NOT_SET}"}
kpis:
  users: {title: Users, database: h, period: instant, query: SELECT 1 AS value}
`

const exposedPrometheus = `databases:
  b: {url: "prometheus+https://localhost", http_config_file: login}
  c: {url: "prometheus+https://localhost", http_config_file: names}
  d: {url: "prometheus+https://kpi:canary@localhost"}
  e: {url: "prometheus+https://kpi@localhost", password_file: secret}
kpis:
  users: {title: Users, database: b, period: instant, query: 1}
`

// check warns of every file with a secret that everybody may read, wherever it is named, until only their owner may.
func TestCheckOfExposedFiles(t *testing.T) {
	dir := t.TempDir()
	for _, folder := range []string{dir, filepath.Dir(dir)} {
		chmod(t, folder, 0o755)
	}
	at := filepath.Join(dir, "secret")
	for name, value := range map[string]string{
		"EXPOSED_PASSFILE": "postgres://kpi:canary@localhost/shop?sslmode=disable&passfile=" + at,
		"EXPOSED_KEY":      "postgres://kpi@localhost/shop?sslmode=verify-full&sslkey=" + at, "EXPOSED_PATH": at,
	} {
		t.Setenv(name, value)
	}
	files := map[string]string{
		"secret": "canary\n", "url": "mysql://kpi@localhost/shop?ssl-cert=cert&ssl-key=" + at + "\n", "elsewhere.yaml": exposedElsewhere, "prometheus.yaml": exposedPrometheus,
		"login": "authorization: {credentials: canary}\n", "names": "authorization: {credentials_file: secret}\n", "kpi.yaml": strings.ReplaceAll(exposedFile, "=secret", "="+filepath.Join(dir, "secret")),
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, test := range []struct {
		name, file string
		mode       os.FileMode
		want       []string
	}{
		{"closed", "kpi.yaml", 0o600, nil},
		{"closed elsewhere", "elsewhere.yaml", 0o600, nil},
		{"open elsewhere", "elsewhere.yaml", 0o644, []string{"2:", "3:", "4:", "5:"}},
		{"open", "kpi.yaml", 0o644, []string{"2:", "3:", "4:", "5:", "6:", "7:", "9:", "10:"}},
		{"closed, of Prometheus", "prometheus.yaml", 0o600, nil},
		{"open, of Prometheus", "prometheus.yaml", 0o644, []string{"2:", "3:", "4:", "5:"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			for _, name := range []string{"secret", "login", "names", "kpi.yaml", "prometheus.yaml"} {
				chmod(t, filepath.Join(dir, name), test.mode)
			}
			said := printed(t, dir, "check", "--config.file", test.file)
			var lines []string
			for line := range strings.Lines(said) {
				if place, found := strings.CutPrefix(line, test.file+":"); found && strings.Contains(line, "[exposed_secret]") {
					number, _, _ := strings.Cut(place, ":")
					lines = append(lines, number+":")
				}
			}
			if !slices.Equal(lines, test.want) || strings.Contains(said, "canary") {
				t.Errorf("warns of lines %v, want %v:\n%s", lines, test.want, said)
			}
		})
	}
}

func chmod(t *testing.T, path string, mode os.FileMode) {
	t.Helper()
	if err := os.Chmod(path, mode); err != nil {
		t.Fatal(err)
	}
}
