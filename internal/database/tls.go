package database

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
)

// trusted returns the certificates of a file in PEM format.
func trusted(text []byte) (*x509.CertPool, error) {
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(text) {
		return nil, errors.New("the file holds no certificate in PEM format")
	}
	return pool, nil
}

// verifyAuthority has a connection fail unless one of its authorities vouches for the server, whatever the name of that is.
func verifyAuthority(c *tls.Config) {
	c.InsecureSkipVerify = true // Except for what follows.
	roots := c.RootCAs
	c.VerifyConnection = func(state tls.ConnectionState) error {
		options := x509.VerifyOptions{Roots: roots, Intermediates: x509.NewCertPool()}
		for _, c := range state.PeerCertificates[1:] {
			options.Intermediates.AddCert(c)
		}
		_, err := state.PeerCertificates[0].Verify(options)
		return err
	}
}
