package webconfig

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// rewrite puts a text into the file of a guard.
func rewrite(t *testing.T, g *Guard, text string) {
	t.Helper()
	if err := os.WriteFile(g.path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// users is a file in which kpi has a password.
func users(t *testing.T, password string) string {
	t.Helper()
	return fmt.Sprintf("basic_auth_users: {kpi: %q}\n", hashOf(t, password, bcrypt.MinCost))
}

// allows reports whether kpi is let in with a password.
func allows(t *testing.T, g *Guard, password string) bool {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
	r.SetBasicAuth("kpi", password)
	w := httptest.NewRecorder()
	g.Handler(http.NotFoundHandler()).ServeHTTP(w, r)
	return w.Code == http.StatusNotFound
}

// What stands in the file only while somebody writes it has no effect, and an empty one lets nobody in without a password.
func TestFileBeingWritten(t *testing.T) {
	g := open(t, users(t, "first"))
	var log bytes.Buffer
	logger := slog.New(slog.NewTextHandler(&log, nil))
	look := func() { g.look(t.Context(), logger) }
	expect := func(when, password string, lines int) {
		t.Helper()
		for _, other := range []string{"first", "second"} {
			if got := allows(t, g, other); got != (other == password) {
				t.Errorf("%s: %s is let in: %v", when, other, got)
			}
		}
		if allows(t, g, "") {
			t.Errorf("%s: who has no password is let in", when)
		}
		if got := strings.Count(log.String(), "\n"); got != lines {
			t.Errorf("%s: %d lines of the log, want %d:\n%s", when, got, lines, log.String())
		}
	}
	look()
	look()
	expect("nothing has changed", "first", 0)
	rewrite(t, g, "")
	look()
	rewrite(t, g, "basic_auth_users: {")
	look()
	rewrite(t, g, users(t, "second"))
	look()
	expect("it is being written", "first", 0)
	look()
	look()
	expect("it was written", "second", 1)
	rewrite(t, g, "# nothing")
	if err := os.Truncate(g.path, 0); err != nil {
		t.Fatal(err)
	}
	look()
	look()
	look()
	expect("it stays empty", "second", 2)
}

func TestRateLimit(t *testing.T) {
	server := serve(t, open(t, "rate_limit: {interval: 1h, burst: 3}\n"))
	for i, want := range []int{http.StatusOK, http.StatusOK, http.StatusOK, http.StatusTooManyRequests} {
		if got, _, err := ask(t.Context(), server.Client(), server.URL, "", ""); err != nil || got != want {
			t.Errorf("request %d: %d, %v, want %d", i+1, got, err, want)
		}
	}
}

// newCertificate writes a certificate for 127.0.0.1 that it has signed itself, and its key, to files.
func newCertificate(t *testing.T, cert, key string) {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	signed, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		t.Fatal(err)
	}
	for path, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: signed}, key: {Type: "PRIVATE KEY", Bytes: der}} {
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// TestClientCertificates lets in who has a certificate that the file asks for, and nobody else, also once the files have changed.
func TestClientCertificates(t *testing.T) {
	folder := t.TempDir()
	at := func(name string) string { return filepath.Join(folder, name) }
	for _, who := range []string{"server", "kpi", "other"} {
		newCertificate(t, at(who+".pem"), at(who+".key"))
	}
	if err := os.Link(at("kpi.pem"), at("ca.pem")); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(at("web.yml"), []byte("tls_server_config: {cert_file: server.pem, key_file: server.key, client_ca_file: ca.pem, client_auth_type: RequireAndVerifyClientCert}"), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := Open(at("web.yml"))
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{Handler: g.Handler(http.NotFoundHandler()), ReadHeaderTimeout: long, ErrorLog: slog.NewLogLogger(slog.DiscardHandler, 0)}
	if !g.Secure(server) {
		t.Fatal("there is no TLS")
	}
	l, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go func() { _ = server.ServeTLS(l, "", "") }()
	t.Cleanup(func() { _ = server.Close() })
	expect := func(who string, want bool) {
		t.Helper()
		c := &tls.Config{InsecureSkipVerify: true} // The server's certificate is the test's own.
		if who != "" {
			pair, err := tls.LoadX509KeyPair(at(who+".pem"), at(who+".key"))
			if err != nil {
				t.Fatal(err)
			}
			c.Certificates = []tls.Certificate{pair}
		}
		transport := &http.Transport{TLSClientConfig: c}
		defer transport.CloseIdleConnections()
		got, _, err := ask(t.Context(), &http.Client{Transport: transport, Timeout: long}, "https://"+l.Addr().String(), "", "")
		if want != (err == nil && got == http.StatusNotFound) {
			t.Errorf("the certificate %q: %d, %v", who, got, err)
		}
	}
	expect("kpi", true)
	expect("other", false)
	expect("", false)
	if err := os.Rename(at("other.pem"), at("ca.pem")); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(at("other.key"), at("ca.key")); err != nil {
		t.Fatal(err)
	}
	logger := slog.New(slog.DiscardHandler)
	g.look(t.Context(), logger)
	g.look(t.Context(), logger)
	expect("kpi", false)
	expect("ca", true)
}
