package secret

import (
	"cmp"
	"encoding/base64"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// Withheld is what Redact returns in place of a text in which a short secret occurs.
const Withheld = "the message is withheld, because the password or token is so short that it may occur in it"

// hidden stands where a secret was.
const hidden = "<secret>"

// shortest is how many characters a secret has that is cut out of a text. In place of a shorter one, a hole would show where it is, in every
// other word.
const shortest = 4

// Redact returns text without the secrets and the forms in which they travel. Where one that is shorter than four characters occurs, all of
// the text is withheld. Empty secrets are none.
func Redact(text string, secrets ...string) (clean string, isWithheld bool) {
	var forms []string
	for _, s := range secrets {
		if s == "" {
			continue
		}
		quoted := strconv.Quote(s)
		forms = append(forms, s, quoted[1:len(quoted)-1], base64.StdEncoding.EncodeToString([]byte(s)), base64.RawStdEncoding.EncodeToString([]byte(s)),
			url.QueryEscape(s), url.PathEscape(s))
	}
	slices.SortStableFunc(forms, func(a, b string) int { return cmp.Compare(len(b), len(a)) }) // Where two begin alike, all of the longer one goes.
	var pairs []string
	for _, form := range forms {
		if len([]rune(form)) < shortest && strings.Contains(text, form) {
			return Withheld, true
		}
		pairs = append(pairs, form, hidden)
	}
	return strings.NewReplacer(pairs...).Replace(text), false
}
