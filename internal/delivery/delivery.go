// Package delivery sends messages: by mail, and to Slack or a server that understands the same. It knows nothing about KPIs, keeps no
// state, and prints nothing. Its errors hold no part of a password or a token, even where a server repeats it.
package delivery

import (
	"strings"
	"unicode"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// withoutSecrets returns what a server said as one line of a reasonable length, without secrets.
func withoutSecrets(text string, secrets ...string) string {
	text, _ = secret.Redact(text, secrets...)
	const most = 300
	letters := []rune(strings.Join(strings.Fields(text), " "))
	if len(letters) > most {
		letters = append(letters[:most], '…')
	}
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '�'
		}
		return r
	}, string(letters))
}
