package database

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// startTLS starts a server of its own that speaks TLS, with a certificate for localhost, and returns its URL and the
// path of the certificate.
func startTLS(t *testing.T) (*pgtest.Server, string) {
	t.Helper()
	own, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := own.Stop(); err != nil {
			t.Error(err)
		}
	})
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), DNSNames: []string{"localhost"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	certificate, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder := pgtest.Ask[string](t, own.URL("postgres"), "SELECT current_setting('data_directory')")
	owner, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	for name, block := range map[string]*pem.Block{"server.crt": {Type: "CERTIFICATE", Bytes: certificate}, "server.key": {Type: "PRIVATE KEY", Bytes: keyBytes}} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, int(owner.Sys().(*syscall.Stat_t).Uid), -1); err != nil {
			t.Fatal(err)
		}
	}
	own.Exec(t, own.URL("postgres"), "ALTER SYSTEM SET ssl = on")
	own.Exec(t, own.URL("postgres"), "SELECT pg_reload_conf()")
	eventually(t, "the server speaks TLS", func() bool {
		return pgtest.Ask[string](t, own.URL("postgres"), "SELECT current_setting('ssl')") == "on"
	})
	return own, filepath.Join(folder, "server.crt")
}

func TestTLS(t *testing.T) {
	home := t.TempDir()
	t.Setenv("HOME", home)
	own, certificate := startTLS(t)
	withHost := func(host, mode string) string {
		u := strings.Replace(own.URL("postgres"), "127.0.0.1", host, 1)
		return strings.Replace(u, "sslmode=disable", mode, 1)
	}
	verify := "sslmode=verify-full&sslrootcert=" + url.QueryEscape(certificate)

	for _, address := range []string{withHost("127.0.0.1", ""), withHost("127.0.0.1", "sslmode=prefer"), withHost("localhost", verify)} {
		if got := one(t, openPool(t, address, 1), "SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()"); got != "true" {
			t.Errorf("%s: encrypted: %s", address, got)
		}
	}
	for address, says := range map[string]string{
		withHost("127.0.0.1", verify):                "certificate",
		withHost("localhost", "sslmode=verify-full"): "certificate signed by unknown authority",
	} {
		_, _, err := run(t.Context(), openPool(t, address, 1), newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, says)
	}

	t.Run("certificates at home", func(t *testing.T) { // As docs/databases.md says.
		folder := filepath.Join(home, ".postgresql")
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
		put := func(name, text string) {
			t.Helper()
			if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		text, err := os.ReadFile(certificate)
		if err != nil {
			t.Fatal(err)
		}
		put("root.crt", string(text))
		if got := one(t, openPool(t, withHost("localhost", "sslmode=verify-full"), 1), "SELECT 1"); got != "1" {
			t.Errorf("root.crt: %s", got)
		}
		put("postgresql.crt", "no certificate")
		put("postgresql.key", "no key")
		_, _, err = run(t.Context(), openPool(t, withHost("localhost", "sslmode=require"), 1), newQuery(t, "SELECT 1"))
		wantError(t, err, Connect, "PEM")
		if err := os.RemoveAll(folder); err != nil {
			t.Fatal(err)
		}
	})
	t.Run("timeout", func(t *testing.T) {
		p := openPool(t, withHost("127.0.0.1", ""), 1)
		q := newQuery(t, "SELECT pg_sleep(20)")
		q.Timeout = 2 * time.Second
		within(t, 4*time.Second, func() {
			_, _, err := run(t.Context(), p, q)
			wantError(t, err, Timeout, "the query took longer than its timeout")
		})
	})
	t.Run("frozen network", func(t *testing.T) {
		proxy := pgtest.NewProxy(t, own.Addr())
		p := openPool(t, strings.Replace(withHost("127.0.0.1", ""), own.Addr(), proxy.Addr(), 1), 1)
		q := newQuery(t, "SELECT repeat('x', 1000) FROM generate_series(1, 100000)")
		q.Timeout = 3 * time.Second
		within(t, 5*time.Second, func() {
			err := p.Run(t.Context(), q, func([]Column) (func([]Value) error, error) {
				return func([]Value) error { proxy.Freeze(); return nil }, nil
			})
			wantError(t, err, Timeout, "nothing was heard")
		})
		proxy.Thaw()
		if got := one(t, p, "SELECT 1"); got != "1" {
			t.Errorf("after the thaw: %s", got)
		}
	})
	t.Run("killed", func(t *testing.T) {
		_, _, err := run(t.Context(), openPool(t, withHost("127.0.0.1", ""), 1), newQuery(t, "SELECT pg_terminate_backend(pg_backend_pid())"))
		wantError(t, err, Connect, "an administrator ended the connection, or the server is shutting down")
	})
}
