package recipients

import (
	"fmt"
	"net/mail"
	"net/url"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/keys"
	"github.com/kpi-exporter/kpi_exporter/internal/mailurl"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// SlackAPI is the address of Slack's methods.
const SlackAPI = "https://slack.com/api"

// Mail is how reports are mailed.
type Mail struct {
	From string // An address as in a mail: "KPIs <kpi@example.com>".
	url  secret.Source
	at   document.Position // Where the value of url or url_file is.
}

// Check says what is wrong with the URL if it can be read now. Nothing of it is shown.
func (m *Mail) Check() document.Problems {
	if m == nil || !m.url.IsReadable() {
		return nil
	}
	_, err := m.Server()
	return problemAt(m.at, err)
}

func problemAt(at document.Position, err error) document.Problems {
	if err == nil {
		return nil
	}
	return document.Problems{{Position: at, Message: err.Error()}}
}

// Server reads the server and its password as they are now. Its errors hold no part of a secret.
func (m *Mail) Server() (mailurl.Server, error) {
	text, err := m.url.Read()
	if err != nil {
		return mailurl.Server{}, fmt.Errorf("mail: %w", err)
	}
	s, err := mailurl.Parse(text)
	if err != nil {
		return mailurl.Server{}, fmt.Errorf("mail: %s: %w", m.url.Name(), err)
	}
	return s, nil
}

// Slack is how reports are posted to Slack, or to a server that understands the same.
type Slack struct {
	API   string // Address of its methods, without a trailing slash.
	token secret.Source
	at    document.Position // Where the value of token or token_file is.
}

// Check says what is wrong with the token if it can be read now. Nothing of it is shown.
func (s *Slack) Check() document.Problems {
	if s == nil || !s.token.IsReadable() {
		return nil
	}
	_, err := s.Token()
	return problemAt(s.at, err)
}

// Token reads the token as it is now. Its errors hold no part of it.
func (s *Slack) Token() (string, error) {
	text, err := s.token.Read()
	if err != nil {
		return "", fmt.Errorf("slack: %w", err)
	}
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		return "", fmt.Errorf("slack: %s: a token such as xoxb-… has neither blanks nor letters with accents", s.token.Name())
	}
	return text, nil
}

// secretKeys are the two keys of a secret, of which one must be there.
type secretKeys struct {
	*document.File
	source secret.Source
	at     document.Position // Where its value is.
	said   []*document.Node
}

// text reads the key that holds the secret, or ${NAME} in its place.
func (r *secretKeys) text(k, v *document.Node) {
	r.said = append(r.said, k)
	r.Hide(document.Resolve(v))
	r.at = r.Position(document.Resolve(v))
	text := r.Text(v, k.Value)
	r.source.Key, r.source.Text = k.Value, text.Value
	if _, err := secret.Replace(text.Value, ""); err != nil {
		text.Fail("", "%s: %s", k.Value, err)
	}
}

// path reads the key with the file that holds the secret.
func (r *secretKeys) path(k, v *document.Node) {
	r.said = append(r.said, k)
	r.at = r.Position(document.Resolve(v))
	r.source.Key, r.source.File = strings.TrimSuffix(k.Value, "_file"), keys.SecretPath(r.File, v, k.Value)
}

// check reports a secret that is given twice, or not at all.
func (r *secretKeys) check(k *document.Node, key string) {
	switch len(r.said) {
	case 0:
		r.Fail(k, fmt.Sprintf("write %s_file: with the path of a file that holds it, or %s: ${NAME} for a variable of the environment", key, key), "%s has no %s", k.Value, key)
	case 2:
		r.Fail(r.said[1], "leave one of them out", "%s and %s cannot be used together", r.said[0].Value, r.said[1].Value)
	}
}

// isMapping reports whether a value is a mapping. If not, it may be the secret itself, and is not shown.
func (r *secretKeys) isMapping(v *document.Node) bool {
	n := document.Resolve(v)
	if n.Kind != document.MappingNode {
		r.Hide(n)
	}
	return n.Kind == document.MappingNode
}

// mailReader reads how reports are mailed.
type mailReader struct {
	*Mail
	secretKeys
	from *document.Node
}

func mailKeys() []keys.Into[*mailReader] {
	return []keys.Into[*mailReader]{
		keys.To("from", "mail", schema.Required(schema.Pattern(".@.", "text")), "sender, such as `KPIs <kpi@example.com>`", func(r *mailReader, k, v *document.Node) {
			r.from = k
			text := r.Text(v, k.Value)
			if _, err := mail.ParseAddress(text.Value); text.OK && err != nil {
				text.Fail("write kpi@example.com, or KPIs <kpi@example.com>", "%s is not an email address", document.Quote(text.Value))
			}
			r.From = text.Value
		}),
		keys.To("url_file", "mail", schema.Text(), "file that holds the server, its user and password: `"+mailurl.Example+"`; see [Delivery](report.md#delivery)", func(r *mailReader, k, v *document.Node) { r.path(k, v) }),
		keys.To("url", "mail", schema.Text(), "the same, where `${NAME}` comes from the environment", func(r *mailReader, k, v *document.Node) {
			r.text(k, v)
			r.checkURL(k)
		}),
	}
}

// checkURL checks a URL that is in the file whole. It must not hold a password there.
func (r *mailReader) checkURL(k *document.Node) {
	text := r.source.Text
	if text == "" || strings.Contains(text, "${") {
		return
	}
	if s, err := mailurl.Parse(text); err != nil {
		r.Fail(k, "", "the url: %s", err)
	} else if s.Password != "" {
		r.Fail(k, "write url_file: with the path of a file that holds the URL, or url: ${NAME} for a variable of the environment", "a password must not be in the KPI file")
	}
}

// ReadMail reads how reports are mailed.
func (r *Reader) ReadMail(d *document.File, k, v *document.Node) {
	m := &mailReader{Mail: &Mail{}, secretKeys: secretKeys{File: d}}
	keys.Read(d, v, "mail", mailKeys(), m, m.hideUnknown)
	if m.isMapping(v) {
		if m.from == nil {
			d.Fail(k, "add from: with the address that mails come from", "mail has no from")
		}
		m.check(k, "url")
	}
	m.url, m.Mail.at = m.source, m.secretKeys.at
	r.Mail = m.Mail
}

// slackReader reads how reports are posted to Slack.
type slackReader struct {
	*Slack
	secretKeys
}

func slackKeys() []keys.Into[*slackReader] {
	return []keys.Into[*slackReader]{
		keys.To("token_file", "slack", schema.Text(), "file that holds the token of a bot with the scope `chat:write`", func(r *slackReader, k, v *document.Node) { r.path(k, v) }),
		keys.To("token", "slack", schema.Pattern(`\$\{`, "text"), "`${NAME}`: the token is in the environment", func(r *slackReader, k, v *document.Node) {
			r.text(k, v)
			if text := r.source.Text; text != "" && !strings.Contains(text, "${") {
				r.Fail(k, "write token_file: with the path of a file that holds it, or token: ${NAME} for a variable of the environment", "a token must not be in the KPI file")
			}
		}),
		keys.To("api_url", "slack", schema.WebURL(), "address of the API, for servers that understand the same calls; `"+SlackAPI+"` by default", func(r *slackReader, k, v *document.Node) {
			address := r.WebURL(v, k.Value)
			if u, err := url.Parse(address.Value); address.OK && err == nil && u.Scheme == "http" && !isLoopback(u.Hostname()) {
				address.Fail("write https://", "api_url must begin with https:// unless the server is on this machine: everybody on the way could read the token")
			}
			r.API = strings.TrimRight(address.Value, "/")
		}),
	}
}

func isLoopback(host string) bool { return host == "localhost" || host == "127.0.0.1" || host == "::1" }

// ReadSlack reads how reports are posted to Slack.
func (r *Reader) ReadSlack(d *document.File, k, v *document.Node) {
	s := &slackReader{Slack: &Slack{API: SlackAPI}, secretKeys: secretKeys{File: d}}
	keys.Read(d, v, "slack", slackKeys(), s, s.hideUnknown)
	if s.isMapping(v) {
		s.check(k, "token")
	}
	s.token, s.Slack.at = s.source, s.secretKeys.at
	r.Slack = s.Slack
}

// hideUnknown keeps the value of a key that is not known from being shown: it may be a password.
func (r *secretKeys) hideUnknown(_, v *document.Node) bool {
	r.Hide(document.Resolve(v))
	return false
}
