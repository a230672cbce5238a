// Package credentials has what HTTP clients share: it notes the credentials that they send, so that no message shows them.
package credentials

import (
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptrace"
	"net/url"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// Transport returns a transport that adds to the set the credentials that its requests really send, wherever they come from: a URL, a file that
// is read for each request, the server of a token. Its errors hold none of the set, even where they repeat an answer that is not HTTP; nor a
// token_url, which may have a secret in it, nor what its server says, which may repeat what was sent to get a token.
func Transport(next http.RoundTripper, secrets *secret.Set) http.RoundTripper {
	return &transport{next, secrets}
}

type transport struct {
	next http.RoundTripper
	set  *secret.Set
}

// RoundTrip implements http.RoundTripper.
func (t *transport) RoundTrip(r *http.Request) (*http.Response, error) {
	t.addUser(r.URL)
	if proxy, err := http.ProxyFromEnvironment(r); err == nil && proxy != nil {
		t.addUser(proxy)
	}
	seen := &httptrace.ClientTrace{WroteHeaderField: func(name string, values []string) {
		if strings.EqualFold(name, "Authorization") || strings.EqualFold(name, "Proxy-Authorization") {
			for _, value := range values {
				t.set.Add(secretsIn(value)...)
			}
		}
	}}
	response, err := t.next.RoundTrip(r.WithContext(httptrace.WithClientTrace(r.Context(), seen)))
	if err != nil {
		err = withoutTokenURL(err)
		if clean, _ := t.set.Redact(err.Error()); clean != err.Error() {
			err = errors.New(clean)
		}
	}
	return response, err
}

// CloseIdleConnections closes those of the transport inside.
func (t *transport) CloseIdleConnections() {
	(&http.Client{Transport: t.next}).CloseIdleConnections()
}

func (t *transport) addUser(u *url.URL) {
	password, _ := u.User.Password()
	t.set.Add(secret.Login(u.User.Username(), password)...)
}

// secretsIn returns the secrets of a header such as Authorization.
func secretsIn(value string) []string {
	scheme, text, ok := strings.Cut(value, " ")
	if !ok {
		return []string{value}
	}
	if strings.EqualFold(scheme, "Basic") {
		login, err := base64.StdEncoding.DecodeString(text)
		if user, password, ok := strings.Cut(string(login), ":"); err == nil && ok {
			return secret.Login(user, password)
		}
	}
	return []string{text}
}
