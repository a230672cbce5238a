package database

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// holder is who a certificate is for.
type holder struct {
	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// issue makes a certificate for a name; that of an authority if it is one. Without an issuer it vouches for itself.
func issue(t *testing.T, name string, isAuthority bool, issuer *holder) *holder {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name}, IsCA: isAuthority, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	by := &holder{template, key}
	if issuer != nil {
		by = issuer
	}
	text, err := x509.CreateCertificate(rand.Reader, template, by.certificate, &key.PublicKey, by.key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(text)
	if err != nil {
		t.Fatal(err)
	}
	return &holder{certificate, key}
}

func (h *holder) pem() string {
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: h.certificate.Raw}))
}

func (h *holder) keyPEM(t *testing.T) string {
	t.Helper()
	text, err := x509.MarshalPKCS8PrivateKey(h.key)
	if err != nil {
		t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: text}))
}

// TestTLSModes connects with every setting of TLS that a URL may have, to a server where roles differ in what they are asked for.
func TestTLSModes(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	own, server := startTLS(t)
	root := issue(t, "root", true, nil)
	between := issue(t, "between", true, root)
	client := issue(t, "certified", false, between)
	folder := t.TempDir()
	put := func(name, text string) string {
		t.Helper()
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return url.QueryEscape(path)
	}
	text, err := os.ReadFile(server)
	if err != nil {
		t.Fatal(err)
	}
	trust, other := put("server.crt", string(text)), put("other.crt", root.pem())
	chain, missing := put("chain.crt", string(text)+between.pem()), url.QueryEscape(filepath.Join(folder, "missing"))
	certificate := "&sslcert=" + put("client.crt", client.pem()) + "&sslkey=" + put("client.key", client.keyPEM(t))
	configure(t, own, root.pem(), `
		hostssl   all certified all cert
		hostnossl all encrypted all reject
		hostssl   all known     all scram-sha-256
		hostssl   all plain     all reject
		host      all all       all trust`)

	host, port, _ := strings.Cut(own.Addr(), ":")
	for _, test := range []struct{ user, host, parameters, want string }{ // The version of TLS, or a part of the error.
		{"postgres", host, "sslmode=disable", "none"},
		{"postgres", host, "sslmode=allow", "none"},
		{"encrypted", host, "sslmode=disable", "no encryption"},
		{"encrypted", host, "sslmode=allow", "TLSv1.3"},
		{"plain", host, "sslmode=allow", "none"},
		{"nobody", host, "sslmode=allow", `role "nobody" does not exist`},
		{"encrypted", host, "sslmode=prefer", "TLSv1.3"},
		{"postgres", host, "sslmode=prefer&sslrootcert=" + other, "none"},
		{"plain", host, "sslmode=prefer", "reject"},
		{"postgres", host, "sslmode=require", "TLSv1.3"},
		{"postgres", host, "", "TLSv1.3"},
		{"postgres", host, "sslmode=require&sslrootcert=" + trust, "TLSv1.3"},
		{"postgres", host, "sslmode=require&sslrootcert=" + other, "certificate signed by unknown authority"},
		{"postgres", host, "sslmode=require&sslrootcert=" + missing, "sslrootcert: "},
		{"postgres", host, "sslmode=verify-ca&sslrootcert=" + trust, "TLSv1.3"},
		{"postgres", host, "sslmode=verify-ca", "certificate signed by unknown authority"},
		{"postgres", "localhost", "sslmode=verify-full&sslrootcert=" + trust, "TLSv1.3"},
		{"postgres", "localhost", "sslmode=verify-full&sslsni=0&sslrootcert=" + trust, "TLSv1.3"},
		{"postgres", host, "sslmode=verify-full&sslrootcert=" + trust, "cannot validate certificate for 127.0.0.1"},
		{"postgres", "localhost", "sslrootcert=system", "certificate signed by unknown authority"},
		{"postgres", "nowhere.example", "sslmode=verify-full&hostaddr=127.0.0.1&sslrootcert=" + trust, "nowhere.example"},
		{"postgres", "localhost", "sslmode=verify-full&hostaddr=127.0.0.1&sslrootcert=" + trust, "TLSv1.3"},
		{"postgres", host + ":" + port + ",localhost", "sslmode=verify-full&sslrootcert=" + trust, "TLSv1.3"},
		{"encrypted", "127.0.0.1:1," + host, "sslmode=allow", "TLSv1.3"},
		{"postgres", host, "ssl_max_protocol_version=TLSv1.2", "TLSv1.2"},
		{"postgres", host, "ssl_min_protocol_version=TLSv1.3", "TLSv1.3"},
		{"known:secret", host, "sslmode=require", "TLSv1.3"},
		{"known:wrong", host, "sslmode=require", "password authentication failed"},
		{"certified", host, "sslrootcert=" + chain + certificate, "TLSv1.3"},
		{"certified", host, "ssl_max_protocol_version=TLSv1.2&sslrootcert=" + chain + certificate, "TLSv1.2"},
		{"certified", host, "sslrootcert=" + trust + certificate, "cannot connect: "},
		{"certified", host, "sslmode=require", "requires a valid client certificate"},
	} {
		t.Run(test.user+" "+test.host+" "+strings.ReplaceAll(test.parameters, url.QueryEscape(folder), ""), func(t *testing.T) {
			address := "postgres://" + test.user + "@" + test.host + ":" + port + "/postgres?" + test.parameters
			_, rows, err := run(t.Context(), openPool(t, address, 1), newQuery(t, "SELECT coalesce(version, 'none') FROM pg_stat_ssl WHERE pid = pg_backend_pid()"))
			if err != nil {
				wantError(t, err, Connect, test.want)
			} else if got := rows[0][0].Text; got != test.want {
				t.Errorf("encrypted with %s, want %s", got, test.want)
			}
		})
	}
}

// configure has a server know an authority of clients and these rules, and roles that they are about.
func configure(t *testing.T, own *pgtest.Server, authority, rules string) {
	t.Helper()
	own.Exec(t, own.URL("postgres"), "CREATE ROLE certified LOGIN; CREATE ROLE encrypted LOGIN; CREATE ROLE plain LOGIN; CREATE ROLE known LOGIN PASSWORD 'secret'")
	own.Exec(t, own.URL("postgres"), "ALTER SYSTEM SET ssl_ca_file = 'root.crt'")
	folder := pgtest.Ask[string](t, own.URL("postgres"), "SELECT current_setting('data_directory')")
	owner, err := os.Stat(folder)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"root.crt": authority, "pg_hba.conf": rules} {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chown(path, int(owner.Sys().(*syscall.Stat_t).Uid), -1); err != nil {
			t.Fatal(err)
		}
	}
	if err := own.Restart(); err != nil {
		t.Fatal(err)
	}
}

// TestTLSGreeting has a server note what a client asks for at the beginning of TLS.
func TestTLSGreeting(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	self := issue(t, "localhost", false, nil)
	for _, test := range []struct{ host, parameters, name, protocol string }{
		{"localhost", "", "localhost", ""},
		{"localhost", "sslsni=0", "", ""},
		{"127.0.0.1", "", "", ""},
		{"localhost", "sslnegotiation=direct", "localhost", "postgresql"},
	} {
		t.Run(test.host+" "+test.parameters, func(t *testing.T) {
			greeted := make(chan *tls.ClientHelloInfo, 1)
			settings := &tls.Config{
				Certificates: []tls.Certificate{{Certificate: [][]byte{self.certificate.Raw}, PrivateKey: self.key}},
				NextProtos:   []string{"postgresql"},
				GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
					greeted <- hello
					return nil, nil
				},
			}
			address := serveOnce(t, func(conn net.Conn) {
				if !strings.Contains(test.parameters, "direct") {
					if !agree(t, conn) {
						return
					}
				}
				encrypted := tls.Server(conn, settings)
				if _, err := encrypted.Read(make([]byte, 8)); err != nil {
					t.Error(err)
				}
				_, _ = io.WriteString(encrypted, message('E', "SFATAL\x00C28000\x00Mthat was all\x00\x00"))
				encrypted.Close()
			})
			_, port, _ := strings.Cut(address, ":")
			_, _, err := run(t.Context(), openPool(t, "postgres://u@"+test.host+":"+port+"/db?"+test.parameters, 1), newQuery(t, "SELECT 1"))
			wantError(t, err, Connect, "that was all")
			hello := <-greeted
			if got := strings.Join(hello.SupportedProtos, " "); hello.ServerName != test.name || got != test.protocol {
				t.Errorf("asked for the host %q and the protocol %q, want %q and %q", hello.ServerName, got, test.name, test.protocol)
			}
		})
	}
}

// agree reads a client's wish for TLS and agrees to it.
func agree(t *testing.T, conn net.Conn) bool {
	wish := make([]byte, 8)
	_, err := io.ReadFull(conn, wish)
	if err == nil {
		_, err = conn.Write([]byte("S"))
	}
	if err != nil || !bytes.Equal(wish, []byte("\x00\x00\x00\x08\x04\xd2\x16\x2f")) {
		t.Errorf("the client begins with %q, %v", wish, err)
		return false
	}
	return true
}

// serveOnce serves one connection, which ends with the function, and returns its address.
func serveOnce(t *testing.T, serve func(net.Conn)) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var served sync.WaitGroup
	served.Go(func() {
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		serve(conn)
	})
	t.Cleanup(func() {
		listener.Close()
		served.Wait()
	})
	return listener.Addr().String()
}

// TestCancelOverTLS holds that a query over TLS is canceled over TLS, too: the key to it is a secret.
func TestCancelOverTLS(t *testing.T) {
	own, _ := startTLS(t)
	var mu sync.Mutex
	var begun []string // The first eight bytes of each connection.
	address := forward(t, own.Addr(), func(first string) {
		mu.Lock()
		defer mu.Unlock()
		begun = append(begun, first)
	})
	p := openPool(t, "postgres://postgres@"+address+"/postgres?sslmode=require", 1)
	one(t, p, "SELECT 1")
	running := func(n string) func() bool {
		return func() bool {
			return pgtest.Ask[string](t, own.URL("postgres"), "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep'") == n
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() {
		_, _, err := run(ctx, p, newQuery(t, "SELECT pg_sleep(600)"))
		ended <- err
	}()
	eventually(t, "the query runs", running("1"))
	cancel()
	eventually(t, "the query has ended", running("0"))
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the caller's end", err)
	}
	mu.Lock()
	defer mu.Unlock()
	if len(begun) != 2 {
		t.Errorf("%d connections, want one that asks and one that cancels", len(begun))
	}
	for _, first := range begun {
		if first != "\x00\x00\x00\x08\x04\xd2\x16\x2f" {
			t.Errorf("a connection begins with %q", first)
		}
	}
}

// forward passes connections on to an address, and notes the first bytes of each.
func forward(t *testing.T, to string, note func(first string)) string {
	t.Helper()
	return accept(t, func(client net.Conn) {
		server, err := net.Dial("tcp", to)
		if err != nil {
			t.Error(err)
			return
		}
		var back sync.WaitGroup
		defer back.Wait()
		defer server.Close()
		back.Go(func() { _, _ = io.Copy(client, server); client.Close() })
		first := make([]byte, 8)
		if _, err := io.ReadFull(client, first); err != nil {
			return
		}
		note(string(first))
		_, _ = server.Write(first)
		_, _ = io.Copy(server, client)
	})
}
