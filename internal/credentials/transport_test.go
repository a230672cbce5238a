package credentials_test

import (
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/credentials"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// TestTransport has a server repeat the credentials of a request: they are in no text and no error.
func TestTransport(t *testing.T) {
	for name, test := range map[string]struct {
		prepare func(*http.Request)
		want    string
	}{
		"none":             {func(*http.Request) {}, ""},
		"Basic":            {func(r *http.Request) { r.SetBasicAuth("kpi", "topsecret") }, "Basic <secret>"},
		"Basic, short":     {func(r *http.Request) { r.SetBasicAuth("kpi", "ab") }, "Basic <secret>"},
		"Bearer":           {func(r *http.Request) { r.Header.Set("Authorization", "Bearer t0ken") }, "Bearer <secret>"},
		"Bearer, short":    {func(r *http.Request) { r.Header.Set("Authorization", "Bearer abc") }, secret.Withheld},
		"without a scheme": {func(r *http.Request) { r.Header.Set("Authorization", "t0ken") }, "<secret>"},
		"broken Basic":     {func(r *http.Request) { r.Header.Set("Authorization", "Basic t0ken") }, "Basic <secret>"},
	} {
		t.Run(name, func(t *testing.T) {
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.WriteString(w, r.Header.Get("Authorization"))
			}))
			defer server.Close()
			var set secret.Set
			client := http.Client{Transport: credentials.Transport(http.DefaultTransport, &set)}
			defer client.CloseIdleConnections()
			request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL, http.NoBody)
			if err != nil {
				t.Fatal(err)
			}
			test.prepare(request)
			response, err := client.Do(request)
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			body, err := io.ReadAll(response.Body)
			if got, _ := set.Redact(string(body)); err != nil || got != test.want {
				t.Errorf("%q, %v, want %q", got, err, test.want)
			}
		})
	}
}

// TestTransportOfNoHTTP asks a server that answers with what it was sent.
func TestTransportOfNoHTTP(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	go func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		r := make([]byte, 4096)
		n, _ := conn.Read(r)
		for line := range strings.SplitSeq(string(r[:n]), "\r\n") {
			if login, ok := strings.CutPrefix(line, "Authorization: Basic "); ok {
				_, _ = fmt.Fprintf(conn, "%s\r\n\r\n", login)
			}
		}
	}()
	var set secret.Set
	client := http.Client{Transport: credentials.Transport(&http.Transport{}, &set)}
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://kpi:topsecret@"+listener.Addr().String(), http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := client.Do(request)
	if err == nil {
		response.Body.Close()
	}
	if err == nil || !strings.Contains(err.Error(), `malformed HTTP response "<secret>"`) {
		t.Error(err)
	}
}
