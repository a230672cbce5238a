package engine

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// SecretFiles returns the files with a secret that parameters of the URL name, as far as the KPI file shows them: by parameter, a path
// as the driver opens it.
func (l Location) SecretFiles() map[string]string { return secretFiles(l.said()) }

// secretFiles leaves only the parameters that name a file with a secret.
func secretFiles(parameters map[string]string) map[string]string {
	maps.DeleteFunc(parameters, func(key, value string) bool {
		return value == "" || !slices.Contains([]string{"passfile", "sslkey", "ssl-key"}, key)
	})
	return parameters
}

// HasPassword reports whether the KPI file itself holds a password.
func (l Location) HasPassword() bool {
	if e := l.Engine(); e == nil || e.Embedded() {
		return false
	}
	_, rest, _ := strings.Cut(l.URL, "://")
	rest, _, _ = strings.Cut(rest, "?")
	login, _, _ := cutLogin(rest)
	_, password, _ := strings.Cut(login, ":")
	return isLiteral(password) || l.said()["password"] != ""
}

// said returns the parameters whose values are in the KPI file.
func (l Location) said() map[string]string {
	parameters := map[string]string{}
	if e := l.Engine(); e == nil || e.Embedded() {
		return parameters
	}
	_, query, _ := strings.Cut(l.URL, "?")
	for part := range strings.SplitSeq(query, "&") {
		key, value, _ := strings.Cut(part, "=")
		if value, err := url.PathUnescape(value); err == nil && isLiteral(value) {
			parameters[key] = value
		}
	}
	return parameters
}

// isLiteral reports whether something is written that is more than variables of the environment.
func isLiteral(text string) bool {
	rest, err := secret.Replace(text, "")
	return err == nil && rest != "" && rest == text
}
