package main

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"html"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const (
	echoed    = `a/c4n4ry&"7`   // What logs in, or follows Bearer.
	echoToken = "t0k3nc4n4ry99" // What the server of token_url gives.
)

// repeat returns every credential of a request, in all forms in which a server or a proxy may say what it was sent.
func repeat(r *http.Request) string {
	var said []string
	for _, name := range []string{"Authorization", "Proxy-Authorization", "X-Key"} {
		for _, value := range r.Header.Values(name) {
			all := []string{value}
			if _, text, ok := strings.Cut(value, " "); ok {
				all = append(all, text)
				if login, err := base64.StdEncoding.DecodeString(text); err == nil {
					all = append(all, string(login), base64.RawURLEncoding.EncodeToString(login))
				}
			}
			for _, text := range all {
				quoted, _ := json.Marshal(text)
				said = append(said, text, url.QueryEscape(text), url.PathEscape(text), html.EscapeString(text), string(quoted), fmt.Sprintf("%+q", text))
			}
		}
	}
	return strings.Join(said, " ")
}

// echo is a server that refuses everything, or finds something to say about it, and repeats what it was sent. It is a proxy too, and the
// server of a token.
type echo struct {
	how    string // error, long, phrase or remark.
	status int    // Of error.
	filler int    // How many letters are before what long repeats.
}

// ServeHTTP implements http.Handler.
func (e echo) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	said := repeat(r)
	switch {
	case r.URL.Path == "/token":
		w.Header().Set("Content-Type", "application/json")
		_, _ = fmt.Fprintf(w, `{"access_token": %q, "token_type": "Bearer"}`, echoToken)
		return
	case r.URL.Path == "/refuse":
		_ = r.ParseForm()
		http.Error(w, said+" "+r.Form.Encode(), http.StatusUnauthorized)
		return
	case e.how == "long": // The limits of what is shown cut through it.
		said = strings.Repeat("x", e.filler) + " " + said
	case e.how == "phrase":
		conn, _, err := http.NewResponseController(w).Hijack()
		if err == nil {
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 %d %s\r\nContent-Length: 0\r\nConnection: close\r\n\r\n", e.status, said)
			_ = conn.Close()
		}
		return
	}
	if strings.HasPrefix(r.URL.Path, "/-/") {
		said = "kpi_exporter is not healthy: " + said
	}
	quoted, _ := json.Marshal(said)
	w.Header().Set("Content-Type", "application/json")
	switch api := r.URL.Path == "/api/v1/query"; {
	case api && e.how == "remark":
		_, _ = fmt.Fprintf(w, `{"status": "success", "data": {"resultType": "vector", "result": []}, "infos": [%s]}`, bytes.Replace(quoted, []byte(`"`), []byte(`"PromQL info: `), 1))
	case api && e.how == "part":
		_, _ = fmt.Fprintf(w, `{"status": "success", "data": {"resultType": "vector", "result": []}, "warnings": [%s]}`, quoted)
	case api:
		w.WriteHeader(e.status)
		_, _ = fmt.Fprintf(w, `{"status": "error", "errorType": "execution", "error": %s}`, quoted)
	case strings.HasPrefix(r.URL.Path, "/api/v1/"):
		w.WriteHeader(e.status)
		_, _ = fmt.Fprintf(w, `{"detail": %s}`, quoted)
	default:
		w.WriteHeader(e.status)
		_, _ = fmt.Fprintln(w, said)
	}
}

// showsCanary returns what a text shows of the secrets, in any form that is read with little effort.
func showsCanary(text string) string {
	for _, core := range []string{"c4n4ry", "c4n4"} {
		for shift := range 3 { // Where base64 has groups of three bytes.
			group := base64.RawStdEncoding.EncodeToString([]byte(strings.Repeat("_", shift) + core))
			if inner := group[(8*shift+5)/6 : len(group)-1]; strings.Contains(text, inner) {
				return inner
			}
		}
		if strings.Contains(text, core) {
			return core
		}
	}
	return ""
}

// echoConfigs are files of an HTTP client, by what is in them. SERVER is the server that repeats.
func echoConfigs() map[string]string {
	return map[string]string{
		"basic_auth":            "basic_auth: {username: kpi, password: 'SECRET'}",
		"files of basic_auth":   "basic_auth: {username_file: user, password_file: secret}",
		"authorization":         "authorization: {credentials: 'SECRET'}",
		"credentials_file":      "authorization: {credentials_file: secret}",
		"bearer_token":          "bearer_token: 'SECRET'",
		"http_headers":          "http_headers: {X-Key: {secrets: ['SECRET']}}",
		"files of http_headers": "http_headers: {X-Key: {files: [secret]}}",
		"proxy_url":             "proxy_url: http://kpi:" + url.PathEscape(echoed) + "@SERVER",
		"oauth2":                "oauth2: {client_id: kpi, client_secret: 'SECRET', token_url: 'http://SERVER/token'}",
		"oauth2, refused":       "oauth2: {client_id: kpi, client_secret_file: secret, token_url: 'http://SERVER/refuse'}",
	}
}

// TestEcho has a server repeat the credentials of each client of this program: no message shows them, and each says what it would say.
func TestEcho(t *testing.T) {
	t.Parallel()
	const login = "kpi:a%2Fc4n4ry%26%227@"
	backfill := []string{"backfill", "--from", "2026-01-01", "--to", "2026-01-02"}
	for name, test := range map[string]struct {
		echo
		args []string // In which LOGIN@SERVER is the server, with a login in the URL if the file has none.
	}{
		"query":                     {echo{"error", 422, 0}, []string{"query", "p"}},
		"query, long":               {echo{"long", 422, 975}, []string{"query", "p"}},
		"query, unavailable":        {echo{"error", 503, 0}, []string{"query", "p"}},
		"query, part":               {echo{"part", 0, 0}, []string{"query", "p"}},
		"check":                     {echo{"remark", 0, 0}, []string{"check", "--connect"}},
		"check, refused":            {echo{"error", 422, 0}, []string{"check", "--connect"}},
		"remote write":              {echo{"error", 422, 0}, append(backfill, "a", "--remote-write", "http://LOGIN@SERVER/w")},
		"remote write, long":        {echo{"long", 422, 485}, append(backfill, "a", "--remote-write", "http://LOGIN@SERVER/w")},
		"remote write, phrase":      {echo{"phrase", 422, 0}, append(backfill, "a", "--remote-write", "http://LOGIN@SERVER/w")},
		"verify":                    {echo{"error", 422, 0}, append(backfill, "a", "--verify", "http://LOGIN@SERVER")},
		"verify, part":              {echo{"part", 0, 0}, append(backfill, "a", "--verify", "http://LOGIN@SERVER")},
		"held":                      {echo{"error", 422, 0}, append(backfill, "a", "--output", "held.txt", "--prometheus", "http://LOGIN@SERVER")},
		"replace":                   {echo{"error", 422, 0}, append(backfill, "a", "--output", "replaced.txt", "--replace", "http://LOGIN@SERVER")},
		"health, long":              {echo{"long", 503, 945}, []string{"health", "--url", "http://SERVER"}},
		"health, unavailable":       {echo{"error", 503, 0}, []string{"health", "--url", "http://SERVER"}},
		"health, phrase":            {echo{"phrase", 500, 0}, []string{"health", "--url", "http://SERVER"}},
		"health, refused":           {echo{"phrase", 401, 0}, []string{"health", "--url", "http://SERVER"}},
		"mcp":                       {echo{"error", 422, 0}, []string{"mcp", "--url", "http://SERVER"}},
		"alert-test":                {echo{"error", 422, 0}, []string{"alert-test", "a", "--alertmanager", "http://LOGIN@SERVER"}},
		"alert-test, long":          {echo{"long", 422, 975}, []string{"alert-test", "a", "--alertmanager", "http://LOGIN@SERVER"}},
		"alert-test, reason phrase": {echo{"phrase", 422, 0}, []string{"alert-test", "a", "--alertmanager", "http://LOGIN@SERVER"}},
		"report --send":             {echo{"error", 200, 0}, []string{"report", "--send", "weekly"}},
	} {
		configs := echoConfigs()
		switch command := test.args[0]; command {
		case "alert-test", "report":
			configs = map[string]string{}
		}
		if command := test.args[0]; command != "health" && command != "mcp" {
			configs["url"] = ""
		}
		if slices.Contains(test.args, "--remote-write") || test.args[0] == "mcp" {
			delete(configs, "oauth2, refused") // The one would try again for minutes, the other says nothing of it.
		}
		for credential, config := range configs {
			t.Run(name+"/"+credential, func(t *testing.T) {
				server := httptest.NewServer(test.echo)
				defer server.Close()
				host := strings.TrimPrefix(server.URL, "http://")
				dir := t.TempDir()
				inURL := login
				if config != "" {
					inURL = ""
				}
				file := func(name, text string) string {
					path := filepath.Join(dir, name)
					if err := os.WriteFile(path, []byte(strings.NewReplacer("SERVER", host, "SECRET", strings.ReplaceAll(echoed, "'", "''"), "LOGIN@", inURL).Replace(text)), 0o600); err != nil {
						t.Fatal(err)
					}
					return path
				}
				file("secret", echoed+"\n")
				file("user", "kpi\n")
				file("app.db", "")
				http := file("http.yml", config+"\n")
				text := echoKPIs
				if config != "" {
					text = strings.Replace(text, "prometheus+http://LOGIN@SERVER", "prometheus+http://SERVER', http_config_file: '"+http, 1)
				}
				args := []string{"--config.file", file("kpi.yaml", text)}
				for _, arg := range test.args {
					arg = strings.NewReplacer("LOGIN@", inURL, "SERVER", host).Replace(arg)
					if strings.HasSuffix(arg, ".txt") {
						arg = filepath.Join(dir, arg)
					}
					args = append(args, arg)
				}
				if config != "" && test.args[0] != "query" && test.args[0] != "check" {
					args = append(args, "--http.config.file", http)
				}
				var output bytes.Buffer
				var said string
				if test.args[0] == "mcp" {
					said, _ = call(t, connect(t, args[3:]...), "list_kpis", nil)
				} else {
					run(t.Context(), args, strings.NewReader(""), &output, &output)
					said = output.String()
				}
				if shown := showsCanary(said); shown != "" {
					t.Errorf("%q is in:\n%s", shown, said)
				}
				want := "<secret" // The end of it may be cut off.
				if credential == "oauth2, refused" {
					want = "the server of token_url answers 401 Unauthorized"
				}
				if !strings.Contains(said, want) {
					t.Errorf("the server's words are missing in:\n%s", said)
				}
			})
		}
	}
}

const echoKPIs = `product: Shop
databases:
  app: {url: "sqlite://app.db"}
  p: {url: 'prometheus+http://LOGIN@SERVER'}
defaults: {database: app}
slack: {token_file: secret, api_url: "http://SERVER/slack"}
reports: {weekly: {to: [growth]}}
owners: {growth: {slack: "#growth"}}
kpis:
  a: {title: A, owner: growth, period: day, query: "SELECT 3 AS value WHERE :period_start < :period_end", target: {at_least: 5}}
  p: {title: P, owner: growth, database: p, period: day, query: sum(up)}
`
