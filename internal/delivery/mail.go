package delivery

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/mail"
	"net/textproto"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"github.com/kpi-exporter/kpi_exporter/internal/mailurl"
)

// Mail is a message with the same text twice, and a page attached.
type Mail struct {
	From     string // As in a mail: "KPIs <kpi@example.com>".
	To       string // One address, or several with commas between them.
	Subject  string
	Date     time.Time
	Text     string
	HTML     string
	Page     []byte // An HTML page.
	PageName string // Its file name.
}

// WriteTo writes the mail as it is sent.
func (m *Mail) WriteTo(w io.Writer) (int64, error) {
	msg, err := m.message()
	if err != nil {
		return 0, err
	}
	return msg.WriteTo(w)
}

// message builds the mail. Addresses that cannot be parsed are refused, and what a header cannot hold is encoded.
func (m *Mail) message() (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	from, err := mail.ParseAddress(m.From)
	if err != nil {
		return nil, errors.New("the sender is not an email address")
	}
	to, err := mail.ParseAddressList(m.To)
	if err != nil {
		return nil, errors.New("the recipient is not an email address")
	}
	msg.FromMailAddress(from)
	msg.ToMailAddress(to...)
	msg.Subject(strings.Join(strings.Fields(m.Subject), " "))
	msg.SetDateWithValue(m.Date)
	_, domain, _ := strings.Cut(from.Address, "@")
	msg.SetMessageIDWithValue(rand.Text() + "@" + domain)
	msg.SetGenHeader("Auto-Submitted", "auto-generated") // Nobody's absence is answered to it.
	msg.SetBodyString(gomail.TypeTextPlain, m.Text)
	msg.AddAlternativeString(gomail.TypeTextHTML, m.HTML)
	msg.AttachReadSeeker(m.PageName, bytes.NewReader(m.Page), gomail.WithFileContentType(gomail.TypeTextHTML))
	return msg, nil
}

// Mailer sends mails through a server.
type Mailer struct {
	Server mailurl.Server
	Roots  *x509.CertPool // Nil for those of the system.
}

// Send sends a mail. It returns once the server has taken it, or ctx ends.
func (s *Mailer) Send(ctx context.Context, m *Mail) error {
	msg, err := m.message()
	if err != nil {
		return err
	}
	dialed := make(chan func(), 1)
	client, err := gomail.NewClient(s.Server.Host, s.options(ctx, dialed)...)
	if err != nil {
		return errors.New("the host of the mail server is not valid")
	}
	err = client.DialAndSendWithContext(ctx, msg)
	select {
	case release := <-dialed:
		release()
	default:
	}
	switch {
	case err == nil, msg.IsDelivered(): // What goes wrong after the server has taken it is no matter.
		return nil
	case ctx.Err() != nil:
		return fmt.Errorf("server %s: %w", s.Server.Address(), context.Cause(ctx))
	}
	return fmt.Errorf("server %s: %s", s.Server.Address(), s.words(err))
}

// mostReplies is how many bytes a server may send while it takes a mail. The library reads a line as long as it is.
const mostReplies = 1 << 20

// limitedConn is a network connection on which only so many bytes are read.
type limitedConn struct {
	net.Conn
	left int
}

// Read implements net.Conn.
func (c *limitedConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if c.left -= n; c.left < 0 {
		return 0, fmt.Errorf("it sends more than %d MB: it is not a mail server", mostReplies>>20)
	}
	return n, err
}

// noTimeout is longer than anybody waits: ctx alone limits the time.
const noTimeout = 24 * time.Hour

// options returns how the server is spoken to. The connection is closed when ctx ends, whatever it waits for; what closes it at any
// other end goes to dialed.
func (s *Mailer) options(ctx context.Context, dialed chan<- func()) []gomail.Option {
	encrypted := &tls.Config{ServerName: s.Server.Host, RootCAs: s.Roots, MinVersion: tls.VersionTLS12}
	options := []gomail.Option{
		gomail.WithPort(s.Server.Port), gomail.WithTLSPolicy(gomail.TLSMandatory), gomail.WithTLSConfig(encrypted), gomail.WithTimeout(noTimeout),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			var d net.Dialer
			opened, err := d.DialContext(dialing, network, address)
			if err != nil {
				return nil, err
			}
			conn := &limitedConn{opened, mostReplies}
			stop := context.AfterFunc(ctx, func() { _ = conn.Close() })
			dialed <- func() { stop(); _ = conn.Close() }
			if s.Server.TLS != mailurl.Implicit {
				return conn, nil
			}
			secure := tls.Client(conn, encrypted)
			err = secure.HandshakeContext(dialing)
			return secure, err
		}),
	}
	switch s.Server.TLS {
	case mailurl.Implicit:
		options = append(options, gomail.WithSSL(), gomail.WithPort(s.Server.Port))
	case mailurl.Off:
		options = append(options, gomail.WithTLSPolicy(gomail.NoTLS))
	case mailurl.StartTLS:
	}
	if s.Server.User != "" {
		options = append(options, gomail.WithUsername(s.Server.User), gomail.WithPassword(s.Server.Password), gomail.WithOpportunisticSMTPAuth(
			gomail.SMTPAuthSCRAMSHA256, gomail.SMTPAuthSCRAMSHA1, gomail.SMTPAuthPlain, gomail.SMTPAuthLogin, gomail.SMTPAuthCramMD5))
	}
	return options
}

// words says what went wrong. Of a refused login only the code is shown, for a server that was given a password may repeat it in any
// form; what else a server says is shown without the password.
func (s *Mailer) words(err error) string {
	text := err.Error()
	if strings.Contains(text, "SMTP AUTH failed") {
		text = "the login failed"
		if answer, ok := errors.AsType[*textproto.Error](err); ok {
			text = fmt.Sprintf("it refuses the user or the password (%d)", answer.Code)
		}
		return text
	}
	if sent, ok := errors.AsType[*gomail.SendError](err); ok {
		text, _, _ = strings.Cut(sent.Error(), ", affected ")
	}
	text = strings.TrimPrefix(text, "dial failed: ")
	if strings.Contains(text, "does not support STARTTLS") {
		return "it offers no STARTTLS: write smtps:// if it expects TLS from the first byte, or ?tls=off behind the port for a server without TLS"
	}
	login := s.Server.User + "\x00" + s.Server.Password
	if s.Server.Password == "" {
		login = ""
	}
	return withoutSecrets(text, "\x00"+login, login, s.Server.Password)
}
