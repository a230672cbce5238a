// Package delivery sends messages: by mail, and to Slack or a server that understands the same. It knows nothing about KPIs, keeps no
// state, and prints nothing. Its errors hold no part of a password or a token, even where a server repeats it.
package delivery

import (
	"encoding/base64"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// hidden stands where a secret was.
const hidden = "<secret>"

// withoutSecrets returns what a server said as one line of a reasonable length, without secrets and the forms in which they travel.
func withoutSecrets(text string, secrets ...string) string {
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted := strconv.Quote(s)
		for _, form := range []string{s, quoted[1 : len(quoted)-1], base64.StdEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)), url.QueryEscape(s), url.PathEscape(s)} {
			text = strings.ReplaceAll(text, form, hidden)
		}
	}
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
