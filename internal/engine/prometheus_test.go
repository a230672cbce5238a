package engine

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestPrometheusURL(t *testing.T) {
	t.Setenv("PW", "p@ss:/?#&w%")
	t.Setenv("HOST", "prom.example.com")
	for text, want := range map[string]string{
		"prometheus+http://h:9090":                  "http://h:9090  ",
		"prometheus+https://${HOST}":                "https://prom.example.com  ",
		"prometheus+https://h/prom/":                "https://h/prom  ",
		"prometheus+https://h/a%20b/prometheus":     "https://h/a%20b/prometheus  ",
		"prometheus+https://kpi:${PW}@[::1]:1/prom": "https://[::1]:1/prom kpi p@ss:/?#&w%",
		"prometheus+https://kpi@h":                  "https://h kpi ",
	} {
		address, err := Location{URL: text}.Resolve()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		u := address.(PrometheusURL)
		user, password := "", ""
		if login := u.HTTPConfig().BasicAuth; login != nil {
			user, password = login.Username, string(login.Password)
		}
		if got := strings.Join([]string{u.URL(), user, password}, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		if got := fmt.Sprintf("%v %+v", u, struct{ u PrometheusURL }{u}); strings.Contains(got, "ss") {
			t.Errorf("printed as %s", got)
		}
		t.Setenv("URL", u.Reveal())
		if again, err := (Location{URL: "${URL}"}).Resolve(); err != nil || !u.Same(again.(PrometheusURL)) {
			t.Errorf("%s: read again, it is %v, %v", text, again, err)
		}
	}
}

func TestPrometheusURLErrors(t *testing.T) {
	const hosts = "a host has one port: write host:9090, and an IPv6 address in square brackets, [::1]:9090"
	for rest, want := range map[string]string{
		"":                     "it names no host",
		"u@":                   "it names no host",
		"can/ary@h":            "it names no user; escape / and ? in a password, or use a password_file",
		"h:1:2":                hosts,
		"h:canary":             "the port is not a number",
		"h?timeout=canary":     "it has a ? or a #: parameters are not for a Prometheus, and headers are in an http_config_file",
		"${HOST}?x=canary":     "it has a ? or a #: parameters are not for a Prometheus, and headers are in an http_config_file",
		"h/graph#canary":       "it has a ? or a #: parameters are not for a Prometheus, and headers are in an http_config_file",
		"h/api/v1":             "it ends in /api/v1: leave that out",
		"h/prom/api/v1/query/": "it ends in /api/v1: leave that out",
		"h/a%zz":               "a % in the path is not followed by two hexadecimal digits",
		"u:can\nary@h":         "there is a space or a control character in it",
		"u:canary%zz@h":        "a % in the password is not followed by two hexadecimal digits: write %25, or use password_file",
	} {
		err := Prometheus{}.Check(rest)
		if want := "the url is not a URL of the form prometheus+https://host:9090 (" + want + ")"; err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", rest, err, want)
		}
	}
	for _, scheme := range []string{"http", "https"} {
		const want = "the url of a Prometheus begins with prometheus+https:// or prometheus+http://"
		if err := (Location{URL: scheme + "://h:9090"}).Check(); err == nil || err.Error() != want {
			t.Errorf("%s: %v", scheme, err)
		}
	}
}

func TestPrometheusWarning(t *testing.T) {
	const want = "with prometheus+http the password and the data cross the network unencrypted: use prometheus+https"
	for url, warns := range map[string]bool{
		"prometheus+http://u@h": true, "prometheus+http://u:${PW}@h": true, "prometheus+http://h": false, "prometheus+https://u@h": false, "prometheus+http://u@localhost": false, "prometheus+http://u@127.0.0.1:9": false,
	} {
		if got := (Location{URL: url}).Warning(); (got == want) != warns || !warns && got != "" {
			t.Errorf("%s: %q", url, got)
		}
	}
}

// TestHTTPConfigFile reads how a client connects, and tells no secret of what it cannot read.
func TestHTTPConfigFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "http.yml")
	resolve := func(url, text string) (Address, error) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return Location{URL: url, HTTPConfigFile: path}.Resolve()
	}
	const url = "prometheus+https://h"
	before, err := resolve(url, "authorization: {credentials: canary}\ntls_config: {ca_file: ca.pem}\n")
	if err != nil {
		t.Fatal(err)
	}
	u := before.(PrometheusURL)
	if got := u.HTTPConfig(); got.TLSConfig.CAFile != filepath.Join(dir, "ca.pem") || string(got.Authorization.Credentials) != "canary" {
		t.Errorf("got %+v", got)
	}
	if !slices.Contains(u.Secrets(), "canary") {
		t.Error("the credentials are no secret")
	}
	after, err := resolve(url, "authorization: {credentials: rotated}\n")
	if err != nil || u.Same(after.(PrometheusURL)) {
		t.Errorf("rotated credentials are the same, %v", err)
	}
	for text, want := range map[string]string{
		"basic_auth: {passwort: canary}":                      "http.yml:1: there is no key passwort: did you mean `password`?",
		"basic_auth: {user: canary}":                          "http.yml:1: there is no key user",
		"canary":                                              "http.yml:1: the value is of another kind than its key takes",
		"basic_auth: [canary]":                                "http.yml:1:14: the value of basic_auth is of another kind than the key takes",
		"basic_auth: {username: a\npassword: canary":          "http.yml: yaml: line",
		"tls_config: {min_version: canary}":                   "http.yml: unknown TLS version: … (",
		"proxy_url: 'http://u:can ary@h:x'":                   "http.yml:1:12: proxy_url is not a URL",
		"bearer_token: canary\nbearer_token_file: x":          "at most one of bearer_token & bearer_token_file must be configured",
		"basic_auth: {username: a}\nauthorization: {type: x}": "at most one of basic_auth, oauth2 & authorization must be configured",
	} {
		_, err := resolve(url, text)
		if err == nil || !strings.Contains(err.Error(), "http_config_file: ") || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "can") {
			t.Errorf("%q: %v, want …%s…", text, err, want)
		}
	}
	if _, err := resolve("prometheus+https://u:p@h", "basic_auth: {username: a}"); err == nil || !strings.Contains(err.Error(), "leave one of them out") {
		t.Errorf("two logins: %v", err)
	}
	if _, err := (Location{URL: url, HTTPConfigFile: filepath.Join(dir, "missing")}).Resolve(); err == nil || strings.Contains(err.Error(), dir) {
		t.Errorf("no file: %v", err)
	}
}
