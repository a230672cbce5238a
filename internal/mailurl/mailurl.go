// Package mailurl reads the address of a mail server, written as a URL. It opens no connection.
package mailurl

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"strconv"
)

// Example is a URL to show where one is missing.
const Example = "smtp://user:password@mail.example.com" //nolint:gosec // It is nobody's password.

// TLS says how the connection to a server is encrypted.
type TLS int

// The ways to encrypt a connection. Only StartTLS and Implicit may carry a password.
const (
	StartTLS TLS = iota // It begins in clear text and must be encrypted before anything else is said.
	Implicit            // It is encrypted from the first byte.
	Off                 // It is not encrypted, because the URL says so.
)

// Server is a mail server and who logs in to it. However it is printed, only its host and port show.
type Server struct {
	Host     string
	Port     int
	User     string // "" without a login.
	Password string `json:"-"`
	TLS      TLS
}

// Address returns the host and port.
func (s Server) Address() string { return net.JoinHostPort(s.Host, strconv.Itoa(s.Port)) }

// Format writes the host and port, whatever the verb.
func (s Server) Format(f fmt.State, _ rune) { io.WriteString(f, s.Address()) }

// Parse reads a URL: smtp://user:password@host:587 or smtps://user:password@host:465, where the ports are those that it has if it
// names none, and user and password may be missing. An smtp server must offer STARTTLS, unless the URL ends in ?tls=off; then it
// must not hold a password. Errors hold no part of the URL.
func Parse(text string) (Server, error) {
	u, err := url.Parse(text)
	if err != nil {
		return Server{}, errors.New("it is not a URL such as " + Example +
			": in user and password, / is written as %2F, ? as %3F, # as %23, @ as %40, : as %3A and % as %25")
	}
	s := Server{Host: u.Hostname()}
	switch u.Scheme {
	case "smtp":
		s.Port = 587
	case "smtps":
		s.Port, s.TLS = 465, Implicit
	default:
		return Server{}, errors.New("it must begin with smtp:// or smtps://")
	}
	switch {
	case s.Host == "":
		return Server{}, errors.New("it names no host: write it as " + Example)
	case u.Path != "" && u.Path != "/", u.Fragment != "":
		return Server{}, errors.New("nothing may follow the host and port but ?tls=off")
	}
	if port := u.Port(); port != "" {
		if s.Port, err = strconv.Atoi(port); err != nil || s.Port < 1 || s.Port > 65535 {
			return Server{}, errors.New("its port must be between 1 and 65535")
		}
	}
	if u.User != nil {
		s.User = u.User.Username()
		s.Password, _ = u.User.Password()
		if s.User == "" || s.Password == "" {
			return Server{}, errors.New("it must have both a user and a password, or neither")
		}
	}
	switch {
	case u.RawQuery == "":
	case u.RawQuery != "tls=off":
		return Server{}, errors.New("the only setting is ?tls=off")
	case s.TLS == Implicit:
		return Server{}, errors.New("smtps:// means TLS: write smtp:// for a server without it")
	case s.User != "":
		return Server{}, errors.New("with ?tls=off there must be no password: everybody on the way could read it")
	default:
		s.TLS = Off
	}
	return s, nil
}
