// Package mailtest is the mail server of the tests: it speaks SMTP on this machine and keeps what it receives.
package mailtest

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"net/http/httptest"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"testing"
)

// Options say how a server behaves.
type Options struct {
	Implicit  bool              // TLS from the first byte.
	NoTLS     bool              // It offers no STARTTLS.
	User      string            // Without it, anybody may send.
	Password  string            // Of User.
	Refusal   string            // What a wrong login is answered with; "535 5.7.8 no" by default.
	Recipient map[string]string // What a recipient is answered with, such as "550 5.1.1 unknown", by address.
	Silent    bool              // It takes connections and says nothing.
	QuitFails bool              // It drops the connection instead of saying goodbye.
}

// Mail is one that was received.
type Mail struct {
	From      string
	To        []string
	Data      string // The message, with line breaks as they were sent.
	User      string // Who logged in.
	Encrypted bool
}

// Server is a mail server.
type Server struct {
	Options
	Addr  string         // Host and port.
	Roots *x509.CertPool // What its certificate is verified with.

	tls   *tls.Config
	mutex sync.Mutex
	mails []Mail
}

// New starts a server, which stops at the end of the test.
func New(t testing.TB, o Options) *Server {
	t.Helper()
	if o.Refusal == "" {
		o.Refusal = "535 5.7.8 no"
	}
	certified := httptest.NewTLSServer(nil) // It has a certificate for 127.0.0.1.
	defer certified.Close()
	s := &Server{Options: o, Roots: x509.NewCertPool(), tls: &tls.Config{Certificates: certified.TLS.Certificates, MinVersion: tls.VersionTLS12}}
	s.Roots.AddCert(certified.Certificate())
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s.Addr = listener.Addr().String()
	var (
		running sync.WaitGroup
		mutex   sync.Mutex
		open    []net.Conn
	)
	running.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			mutex.Lock()
			open = append(open, conn)
			mutex.Unlock()
			running.Go(func() { s.serve(conn) })
		}
	})
	t.Cleanup(func() {
		_ = listener.Close()
		mutex.Lock()
		for _, conn := range open {
			_ = conn.Close()
		}
		mutex.Unlock()
		running.Wait()
	})
	return s
}

// Mails returns what was received.
func (s *Server) Mails() []Mail {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	return slices.Clone(s.mails)
}

// session is one connection.
type session struct {
	*Server
	conn net.Conn
	*textproto.Conn
	mail Mail
}

func (s *Server) serve(conn net.Conn) {
	defer conn.Close()
	if s.Silent {
		_, _ = io.Copy(io.Discard, conn)
		return
	}
	c := &session{Server: s}
	c.use(conn, s.Implicit)
	c.say("220 mail.test ready")
	for {
		line, err := c.ReadLine()
		if err != nil || !c.answer(line) {
			return
		}
	}
}

// use continues with a connection, encrypted or not.
func (c *session) use(conn net.Conn, encrypted bool) {
	if encrypted {
		conn = tls.Server(conn, c.tls)
	}
	c.conn, c.mail.Encrypted = conn, encrypted
	c.Conn = &textproto.Conn{Reader: textproto.Reader{R: bufio.NewReader(conn)}, Writer: textproto.Writer{W: bufio.NewWriter(conn)}}
}

func (c *session) say(line string) { _ = c.PrintfLine("%s", line) }

// answer answers a command; it returns false at the end.
func (c *session) answer(line string) bool {
	verb, rest, _ := strings.Cut(line, " ")
	switch strings.ToUpper(verb) {
	case "EHLO":
		c.greet()
	case "STARTTLS":
		c.say("220 go ahead")
		c.use(c.conn, true)
	case "AUTH":
		c.auth(rest)
	case "MAIL":
		if c.User != "" && c.mail.User == "" {
			c.say("530 5.7.0 log in first")
			break
		}
		c.mail.From, c.mail.To = between(rest), nil
		c.say("250 ok")
	case "RCPT":
		to := between(rest)
		if answer := c.Recipient[to]; answer != "" {
			c.say(answer)
			break
		}
		c.mail.To = append(c.mail.To, to)
		c.say("250 ok")
	case "DATA":
		return c.data()
	case "QUIT":
		if !c.QuitFails {
			c.say("221 bye")
		}
		return false
	default: // HELO, NOOP, RSET.
		c.say("250 ok")
	}
	return true
}

func (c *session) greet() {
	c.say("250-mail.test")
	c.say("250-ENHANCEDSTATUSCODES")
	if !c.NoTLS && !c.mail.Encrypted {
		c.say("250-STARTTLS")
	}
	if c.User != "" && c.mail.Encrypted {
		c.say("250-AUTH PLAIN LOGIN")
	}
	c.say("250 8BITMIME")
}

func (c *session) auth(rest string) {
	_, encoded, _ := strings.Cut(rest, " ")
	login, _ := base64.StdEncoding.DecodeString(encoded)
	if string(login) != "\x00"+c.User+"\x00"+c.Password {
		c.say(c.Refusal)
		return
	}
	c.mail.User = c.User
	c.say("235 2.7.0 welcome")
}

func (c *session) data() bool {
	c.say("354 go ahead")
	var b strings.Builder
	for {
		line, err := c.R.ReadString('\n')
		if err != nil {
			return false
		}
		if line == ".\r\n" {
			break
		}
		b.WriteString(strings.TrimPrefix(line, "."))
	}
	c.mail.Data = b.String()
	c.mutex.Lock()
	c.mails = append(c.mails, c.mail)
	n := len(c.mails)
	c.mutex.Unlock()
	c.say(fmt.Sprintf("250 2.0.0 taken as %d", n))
	return true
}

// between returns what stands between < and >.
func between(text string) string {
	_, text, _ = strings.Cut(text, "<")
	text, _, _ = strings.Cut(text, ">")
	return text
}
