package secret

import (
	"encoding/base64"
	"slices"
	"strings"
	"unicode/utf8"
)

// Withheld is what Redact returns in place of a text in which a short secret occurs.
const Withheld = "the message is withheld, because the password or token is so short that it may occur in it"

// hidden stands where a secret was.
const hidden = "<secret>"

// shortest is how many characters a secret has that is cut out of a text. In place of a shorter one, a hole would show where it is, in every
// other word.
const shortest = 4

// Login returns the secrets of a user with a password, for Redact: Basic authentication sends both as one text. None if the password is empty.
func Login(user, password string) []string {
	if password == "" {
		return nil
	}
	return []string{password, user + ":" + password}
}

// Redact returns text without the secrets, in whatever form they are written there: as they are, in base64, or escaped as in a URL, JSON, HTML
// or Go. Where one is written with fewer than four characters, all of the text is withheld. Empty secrets are none.
func Redact(text string, secrets ...string) (clean string, isWithheld bool) {
	var forms []string
	for _, s := range secrets {
		if s != "" {
			forms = append(forms, encoded(s)...)
		}
	}
	if len(forms) == 0 {
		return text, false
	}
	slices.Sort(forms)
	forms = slices.Compact(forms)
	at := byBeginning(forms)
	var b strings.Builder
	kept := 0 // Where the text begins that is not yet written.
	for i := range len(text) {
		longest := 0 // Where two begin alike, all of the longer one goes.
		for _, form := range at[text[i]] {
			n := written(text[i:], form, 1)
			if n > 0 && utf8.RuneCountInString(text[i:i+n]) < shortest {
				return Withheld, true
			}
			longest = max(longest, n)
		}
		if longest > 0 && i >= kept {
			b.WriteString(text[kept:i])
			b.WriteString(hidden)
			kept = i + longest
		}
	}
	return b.String() + text[kept:], false
}

// encoded returns a secret as it is, and in the kinds of base64.
func encoded(secret string) []string {
	forms := []string{secret}
	for _, encoding := range []*base64.Encoding{base64.StdEncoding, base64.RawStdEncoding, base64.URLEncoding, base64.RawURLEncoding} {
		forms = append(forms, encoding.EncodeToString([]byte(secret)))
	}
	return forms
}
