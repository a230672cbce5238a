package main

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
	"github.com/kpi-exporter/kpi_exporter/internal/webconfig"
)

// TestForeignFileMistakes holds where and what it says that is wrong: a place, a key and the near miss, without types of Go.
func TestForeignFileMistakes(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yml")
	for text, want := range map[string]string{
		"basic_auth:\n  username: a\n  passwort: canary\n":               "PATH:3: there is no key passwort: did you mean `password`?",
		"basic_auth:\n  username: a\ncanary!: b\n":                       "PATH:3: there is no such key",
		"basic_auth: canary\n":                                           "PATH:1:13: the value of basic_auth is of another kind than the key takes",
		"tls_config:\n  min_version: TLS\n  key: TLS\n":                  "PATH: " + secret.Withheld,
		"web basic_auth_users:\n  kpi: canary\n":                         "PATH:2:8: the password of this user is not a bcrypt hash: write what htpasswd -nB prints after the colon",
		"web tls_server_config:\n  cert_fil: a\n":                        "PATH:2: there is no key cert_fil: did you mean `cert_file`?",
		"web http_server_config: {headers: {canary: no}}\n":              "PATH:1:40: there is no such header: write one of Strict-Transport-Security, X-Content-Type-Options, X-Frame-Options, X-XSS-Protection, Content-Security-Policy",
		"web http_server_config: {headers: {X-Frame-Options: canary}}\n": "PATH:1:49: X-Frame-Options takes only deny or sameorigin",
		"web tls_server_config: {cert_file: canary}\n":                   "PATH:1:32: cert_file: cannot open the file: no such file or directory",
		"web tls_server_config: {cert_file: /dev/null}\n":                "PATH:1:32: cert_file: cannot open the file: not a regular file",
		"web tls_server_config: {cert: canary}\n":                        "PATH: missing one of key or key_file",
		"web tls_server_config: canary\n":                                "PATH:1:20: the value of tls_server_config is of another kind than the key takes",
	} {
		content, isWeb := strings.CutPrefix(text, "web ")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := webconfig.Open(path)
		if !isWeb {
			_, err = newHTTPClient(path)
		}
		if err == nil || strings.ReplaceAll(err.Error(), path, "PATH") != want || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v\nwant %s", text, err, want)
		}
	}
}

// TestTokenURL holds that the URL of token_url, which may have a secret in its query, is in no error of a request.
func TestTokenURL(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f.yml")
	text := "oauth2:\n  client_id: a\n  client_secret: b4c5\n  token_url: http://127.0.0.1:1/token?x=canary\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	client, err := httpClient(t.Context(), path, time.Minute)
	if err != nil {
		t.Fatal(err)
	}
	defer client.CloseIdleConnections()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://127.0.0.1:1/", http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err == nil {
		response.Body.Close()
	}
	if err == nil || strings.Contains(err.Error(), "canary") || !strings.Contains(err.Error(), "the server of token_url: dial tcp 127.0.0.1:1") {
		t.Error(err)
	}
}
