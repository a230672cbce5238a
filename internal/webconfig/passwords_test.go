package webconfig

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// long is how long anything may take; it takes far less.
const long = time.Minute

func hashOf(t *testing.T, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// open returns a guard for a file with a text.
func open(t *testing.T, text string) *Guard {
	t.Helper()
	path := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// serve starts a server of "welcome" behind a guard.
func serve(t *testing.T, g *Guard) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(g.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "welcome") })))
	t.Cleanup(server.Close)
	return server
}

// ask returns the status and the header of an answer.
func ask(ctx context.Context, c *http.Client, url, user, password string) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, err
}

func TestPasswords(t *testing.T) {
	server := serve(t, open(t, fmt.Sprintf("basic_auth_users: {kpi: %q, other: %q}\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n",
		hashOf(t, "sesame", bcrypt.MinCost), hashOf(t, "", bcrypt.MinCost))))
	for _, test := range []struct {
		name, user, password string
		want                 int
	}{
		{"none", "", "", http.StatusUnauthorized},
		{"wrong", "kpi", "open", http.StatusUnauthorized},
		{"right", "kpi", "sesame", http.StatusOK},
		{"right again", "kpi", "sesame", http.StatusOK},
		{"wrong after a right one", "kpi", "open", http.StatusUnauthorized},
		{"empty", "kpi", "", http.StatusUnauthorized},
		{"that of another user", "other", "sesame", http.StatusUnauthorized},
		{"empty, which is right", "other", "", http.StatusOK},
		{"of nobody", "nobody", "sesame", http.StatusUnauthorized},
		{"user and password moved", "kpisesame", "", http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, header, err := ask(t.Context(), server.Client(), server.URL, test.user, test.password)
			if err != nil || got != test.want {
				t.Errorf("%d, %v, want %d", got, err, test.want)
			}
			if header.Get("X-Frame-Options") != "deny" || (header.Get("WWW-Authenticate") != "") != (test.want == http.StatusUnauthorized) {
				t.Errorf("the header is %v", header)
			}
		})
	}
}
