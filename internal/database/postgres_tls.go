package database

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"syscall"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// postgresTLS says how connections are encrypted and the server verified, as libpq does it with these settings; nil means not at all.
// The name of the host is still missing.
func postgresTLS(cfg pq.Config, mode pq.SSLMode) (*tls.Config, error) {
	if mode == pq.SSLModeDisable || mode == pq.SSLModeAllow {
		return nil, nil
	}
	c := &tls.Config{
		MinVersion: tlsVersions[cfg.SSLMinProtocolVersion], MaxVersion: tlsVersions[cfg.SSLMaxProtocolVersion],
		Renegotiation: tls.RenegotiateFreelyAsClient, // Redshift asks for it.
	}
	if cfg.SSLNegotiation == pq.SSLNegotiationDirect {
		c.NextProtos = []string{"postgresql"} // The server wants to hear that.
	}
	root := cfg.SSLRootCert
	if root == "" {
		root = atHome("root.crt")
		if _, err := os.Stat(root); err != nil {
			root = ""
		}
	}
	var text []byte
	if root != "" && root != "system" {
		var err error
		if text, err = os.ReadFile(root); err != nil {
			return nil, err
		}
		if c.RootCAs, err = trusted(text); err != nil {
			return nil, fmt.Errorf("sslrootcert: %w", err)
		}
	}
	switch {
	case mode == pq.SSLModeVerifyFull:
	case mode == pq.SSLModeVerifyCA, root != "":
		verifyAuthority(c)
	default:
		c.InsecureSkipVerify = true
	}
	return c, setClientCertificate(c, cfg, text)
}

var tlsVersions = map[pq.SSLProtocolVersion]uint16{
	pq.SSLProtocolVersionTLS10: tls.VersionTLS10, pq.SSLProtocolVersionTLS11: tls.VersionTLS11,
	pq.SSLProtocolVersionTLS12: tls.VersionTLS12, pq.SSLProtocolVersionTLS13: tls.VersionTLS13,
}

// setClientCertificate has the client show its certificate if it has one, together with those of authorities in between that are in
// the file of root certificates.
func setClientCertificate(c *tls.Config, cfg pq.Config, roots []byte) error {
	path, key := cfg.SSLCert, cfg.SSLKey
	if path == "" {
		path = atHome("postgresql.crt")
	}
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) {
		return nil
	}
	if key == "" {
		key = atHome("postgresql.key")
	}
	if err := engine.PrivateKey("sslkey", key).Check(); err != nil {
		return err
	}
	certificate, err := tls.LoadX509KeyPair(path, key)
	if err != nil {
		return err
	}
	certificate.Certificate = append(certificate.Certificate, intermediates(roots)...)
	// Not Certificates, of which only those are shown whose authority the server names: it may name only that of the authority.
	c.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return &certificate, nil }
	return nil
}

// intermediates returns the certificates of authorities that others vouch for.
func intermediates(text []byte) (list [][]byte) {
	for {
		var block *pem.Block
		if block, text = pem.Decode(text); block == nil {
			return list
		}
		c, err := x509.ParseCertificate(block.Bytes)
		if err == nil && c.IsCA && !bytes.Equal(c.RawIssuer, c.RawSubject) {
			list = append(list, block.Bytes)
		}
	}
}

// atHome returns the path of a file where libpq looks for it; "" if there is no home.
func atHome(name string) string {
	home, err := os.UserHomeDir()
	if err != nil {
		self, err := user.Current()
		if err != nil {
			return ""
		}
		home = self.HomeDir
	}
	return filepath.Join(home, ".postgresql", name)
}
