package delivery

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/mail"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/internal/mailtest"
	"github.com/kpi-exporter/kpi_exporter/internal/mailurl"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// aMail has what a report may hold: long lines, letters of other scripts, dots at the beginning of lines.
func aMail() Mail {
	return Mail{
		From: "KPIs <kpi@larkspur.example>", To: "board@larkspur.example", Subject: "Larkspur: 3 off target – „Größe“ went off target",
		Date: time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC), Text: "Trend ▁▂▄▆█\n.\n..dots\n" + strings.Repeat("long ", 300) + "\n",
		HTML: "<p>Trend ▁▂▄▆█ &amp; " + strings.Repeat("long ", 300) + "</p>\n", Page: []byte("<!DOCTYPE html>\n<p>▁▂▄▆█</p>\n"), PageName: "kpi-report-2026-11-29.html",
	}
}

// mailerTo returns what sends to a server, with what a KPI file would say about it.
func mailerTo(t *testing.T, s *mailtest.Server, login string) *Mailer {
	t.Helper()
	scheme, rest := "smtp://", ""
	if s.Implicit {
		scheme = "smtps://"
	}
	if s.NoTLS && !s.Implicit {
		rest = "?tls=off"
	}
	server, err := mailurl.Parse(scheme + login + s.Addr + rest)
	if err != nil {
		t.Fatal(err)
	}
	return &Mailer{Server: server, Roots: s.Roots}
}

// part is a leaf of a mail.
type part struct{ Type, Name, Text string }

// partsOf returns the headers and the parts of a mail, decoded.
func partsOf(t *testing.T, data string) (mail.Header, []part) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var parts []part
	var read func(contentType string, body io.Reader)
	read = func(contentType string, body io.Reader) {
		_, parameters, err := mime.ParseMediaType(contentType)
		if err != nil {
			t.Fatal(err)
		}
		for r := multipart.NewReader(body, parameters["boundary"]); ; {
			p, err := r.NextRawPart()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			kind, _, err := mime.ParseMediaType(p.Header.Get("Content-Type"))
			if err != nil {
				t.Fatal(err)
			}
			if strings.HasPrefix(kind, "multipart/") {
				read(p.Header.Get("Content-Type"), p)
				continue
			}
			var content io.Reader = quotedprintable.NewReader(p)
			if p.Header.Get("Content-Transfer-Encoding") == "base64" {
				content = base64.NewDecoder(base64.StdEncoding, p)
			}
			text, err := io.ReadAll(content)
			if err != nil {
				t.Fatal(err)
			}
			parts = append(parts, part{kind, p.FileName(), strings.ReplaceAll(string(text), "\r\n", "\n")})
		}
	}
	read(msg.Header.Get("Content-Type"), msg.Body)
	return msg.Header, parts
}

// The mail arrives over every kind of connection, whole.
func TestSendMail(t *testing.T) {
	for name, test := range map[string]struct {
		options mailtest.Options
		login   string
	}{
		"without TLS":        {mailtest.Options{NoTLS: true}, ""},
		"STARTTLS":           {mailtest.Options{}, ""},
		"STARTTLS and login": {mailtest.Options{User: "kpi@larkspur.example", Password: "p%/ß:@ w"}, "kpi%40larkspur.example:p%25%2F%C3%9F%3A%40%20w@"},
		"TLS":                {mailtest.Options{Implicit: true}, ""},
		"TLS and login":      {mailtest.Options{Implicit: true, User: "kpi", Password: "s3cret"}, "kpi:s3cret@"},
		"no goodbye":         {mailtest.Options{QuitFails: true}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.New(t, test.options)
			m := aMail()
			if err := mailerTo(t, s, test.login).Send(t.Context(), &m); err != nil {
				t.Fatal(err)
			}
			mails := s.Mails()
			if len(mails) != 1 {
				t.Fatalf("%d mails", len(mails))
			}
			got := mails[0]
			if got.From != "kpi@larkspur.example" || !cmp.Equal(got.To, []string{"board@larkspur.example"}) || got.User != test.options.User || got.Encrypted == test.options.NoTLS {
				t.Errorf("from %s to %s, user %q, encrypted %v", got.From, got.To, got.User, got.Encrypted)
			}
			checkMail(t, got.Data, &m)
		})
	}
}

func checkMail(t *testing.T, data string, m *Mail) {
	t.Helper()
	for line := range strings.Lines(data) {
		if len(line) > 1000 || strings.ContainsFunc(line, func(r rune) bool { return r > 126 }) {
			t.Errorf("a server may refuse the line %.80q", line)
		}
	}
	header, parts := partsOf(t, data)
	if diff := cmp.Diff([]part{{"text/plain", "", m.Text}, {"text/html", "", m.HTML}, {"text/html", m.PageName, string(m.Page)}}, parts); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	subject, err := (&mime.WordDecoder{}).DecodeHeader(header.Get("Subject"))
	if err != nil || subject != m.Subject {
		t.Errorf("subject %q %v", subject, err)
	}
	if date, err := header.Date(); err != nil || !date.Equal(m.Date) {
		t.Errorf("date %s %v", date, err)
	}
	if id := header.Get("Message-ID"); !regexp.MustCompile(`^<\w{20,}@larkspur\.example>$`).MatchString(id) {
		t.Errorf("message id %q", id)
	}
	if header.Get("Auto-Submitted") != "auto-generated" || header.Get("MIME-Version") != "1.0" {
		t.Errorf("headers %v", header)
	}
}

// Several addresses of an owner get one mail.
func TestSendMailToSeveral(t *testing.T) {
	s := mailtest.New(t, mailtest.Options{NoTLS: true})
	m := aMail()
	m.To = `"Board, The" <board@larkspur.example>, ceo@larkspur.example`
	if err := mailerTo(t, s, "").Send(t.Context(), &m); err != nil {
		t.Fatal(err)
	}
	if got := s.Mails()[0].To; !cmp.Equal(got, []string{"board@larkspur.example", "ceo@larkspur.example"}) {
		t.Errorf("to %s", got)
	}
}

// Nothing in a subject or an address becomes a header of its own.
func TestMailHeaders(t *testing.T) {
	for _, text := range []string{"a\r\nBcc: evil@evil.example", "a\nBcc: evil@evil.example\n\nbody", "a\rBcc: evil@evil.example", "=?utf-8?q?a=0D=0ABcc:_evil@evil.example?=", strings.Repeat("ß ", 400), strings.Repeat("x", 1200)} {
		m := aMail()
		m.Subject = text
		var b bytes.Buffer
		if _, err := m.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		header, parts := partsOf(t, b.String())
		if header.Get("Bcc") != "" || len(parts) != 3 || len(header) != 8 {
			t.Errorf("%q: headers %v", text, header)
		}
	}
	for _, address := range []string{"", "board", "board@larkspur.example\r\nBcc: evil@evil.example", "board@larkspur.example>\r\nRCPT TO:<evil@evil.example"} {
		from, to := aMail(), aMail()
		from.From, to.To = address, address
		for _, m := range []Mail{from, to} {
			if _, err := m.WriteTo(io.Discard); err == nil || strings.Contains(err.Error(), "evil") {
				t.Errorf("%q: %v", address, err)
			}
		}
	}
}

// What fails says so, without a password, however the server repeats it.
func TestSendMailFails(t *testing.T) {
	const password = `s3cret/"ß`
	encoded := base64.StdEncoding.EncodeToString([]byte("\x00kpi\x00" + password))
	plain := base64.StdEncoding.EncodeToString([]byte(password))
	repeats := "; you said " + password + " and " + encoded + " and " + plain + " and s3cret%2F%22%C3%9F\x1b[31m"
	right := mailtest.Options{User: "kpi", Password: password}
	with := func(change func(*mailtest.Options)) mailtest.Options {
		o := right
		change(&o)
		return o
	}
	for name, test := range map[string]struct {
		options mailtest.Options
		want    string
	}{
		"wrong password": {with(func(o *mailtest.Options) { o.Password, o.Refusal = "other", "535 5.7.8 no"+repeats }), "it refuses the user or the password (535)"},
		"recipient": {with(func(o *mailtest.Options) {
			o.Recipient = map[string]string{"board@larkspur.example": "550 5.1.1 unknown" + repeats}
		}), `550 "5.1.1 unknown`},
		"no login":          {mailtest.Options{}, "server does not support SMTP AUTH"},
		"no STARTTLS":       {with(func(o *mailtest.Options) { o.NoTLS = true }), "it offers no STARTTLS"},
		"plain text at TLS": {with(func(o *mailtest.Options) { o.Implicit = true }), "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			s := mailtest.New(t, test.options)
			server, err := mailurl.Parse("smtp://kpi:s3cret%2F%22%C3%9F@" + s.Addr)
			if err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			if test.want == "EOF" { // Both wait for the other to begin.
				cancel()
				test.want = "context canceled"
			}
			m := aMail()
			err = (&Mailer{Server: server, Roots: s.Roots}).Send(ctx, &m)
			if err == nil || !strings.Contains(err.Error(), test.want) || !strings.Contains(err.Error(), s.Addr) {
				t.Fatalf("%v, want something with %q", err, test.want)
			}
			for _, secret := range []string{"s3cret", encoded, plain, "\x1b"} {
				if strings.Contains(err.Error(), secret) {
					t.Errorf("gives %q away: %v", secret, err)
				}
			}
			if len(s.Mails()) > 0 {
				t.Error("the mail was taken")
			}
		})
	}
}

// A certificate that nobody vouches for is refused before anything is said.
func TestSendMailToStranger(t *testing.T) {
	for _, implicit := range []bool{false, true} {
		s := mailtest.New(t, mailtest.Options{Implicit: implicit, User: "kpi", Password: "s3cret"})
		mailer := mailerTo(t, s, "kpi:s3cret@")
		mailer.Roots = nil
		m := aMail()
		if err := mailer.Send(t.Context(), &m); err == nil || !strings.Contains(err.Error(), "certificate") {
			t.Errorf("implicit %v: %v", implicit, err)
		}
	}
}

// A server that never ends a line, or its lines, takes no memory.
func TestSendMailToTalker(t *testing.T) {
	for name, text := range map[string]string{"a line": strings.Repeat("x", 1<<16), "lines": strings.Repeat("220-hello\r\n", 1<<12)} {
		t.Run(name, func(t *testing.T) {
			l, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			sent := make(chan int64)
			go func() {
				defer close(sent)
				conn, err := l.Accept()
				if err != nil {
					return
				}
				defer conn.Close()
				n := int64(0)
				for err == nil {
					var k int
					k, err = io.WriteString(conn, text)
					n += int64(k)
				}
				sent <- n
			}()
			defer l.Close()
			server, err := mailurl.Parse("smtp://" + l.Addr().String() + "?tls=off")
			if err != nil {
				t.Fatal(err)
			}
			m := aMail()
			err = (&Mailer{Server: server}).Send(t.Context(), &m)
			if err == nil || !strings.Contains(err.Error(), "it sends more than 1 MB: it is not a mail server") {
				t.Errorf("%.300v", err)
			}
			if n := <-sent; n > 64<<20 { // What lies in the buffers of the network counts too.
				t.Errorf("it could send %d bytes", n)
			}
		})
	}
}

// A server that says nothing keeps nobody waiting for longer than the time that there is.
func TestSendMailEnds(t *testing.T) {
	s := mailtest.New(t, mailtest.Options{Silent: true, NoTLS: true})
	m := aMail()
	late := errors.New("not finished in time")
	ctx, cancel := context.WithTimeoutCause(t.Context(), 50*time.Millisecond, late)
	defer cancel()
	if err := mailerTo(t, s, "").Send(ctx, &m); !errors.Is(err, late) {
		t.Error(err)
	}
	s = mailtest.New(t, mailtest.Options{Silent: true, Implicit: true})
	ctx, cancel = context.WithTimeoutCause(t.Context(), 50*time.Millisecond, late)
	defer cancel()
	if err := mailerTo(t, s, "").Send(ctx, &m); !errors.Is(err, late) {
		t.Error(err)
	}
	m.To = ""
	if err := mailerTo(t, s, "").Send(t.Context(), &m); err == nil || !strings.Contains(err.Error(), "recipient") {
		t.Error(err)
	}
}

func TestWithoutSecrets(t *testing.T) {
	if got := withoutSecrets("a\r\n  b "+strconv.Itoa(12345)+" \x1b[31m", "12345", ""); got != "a b <secret> �[31m" {
		t.Errorf("%q", got)
	}
	if got := []rune(withoutSecrets(strings.Repeat("ß", 5000))); len(got) != 301 {
		t.Errorf("%d letters", len(got))
	}
}
