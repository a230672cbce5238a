package secret

import (
	"encoding/json"
	"html"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
)

// written returns how many bytes at the beginning of text stand for a secret of which any character may be escaped; 0 if it is not there.
// What was escaped may be escaped again, so many times: HTML in JSON.
// Where there are several readings, it is the longest.
func written(text, secret string, depth int) int {
	ends := []int{0} // Where what was found so far may end: of a\\b, two backslashes may be one that is escaped.
	for secret != "" && len(ends) > 0 {
		_, size := utf8.DecodeRuneInString(secret)
		var next []int
		for _, end := range ends {
			for _, n := range spellings(text[end:], secret[:size], depth) {
				if !slices.Contains(next, end+n) {
					next = append(next, end+n)
				}
			}
		}
		ends, secret = next, secret[size:]
	}
	if len(ends) == 0 {
		return 0
	}
	return slices.Max(ends)
}

// escapes are the characters with which what is escaped begins.
const escapes = `%&\+`

// byBeginning returns the secrets that may stand at a byte of a text, by that byte.
func byBeginning(secrets []string) (at [256][]string) {
	for _, secret := range secrets {
		at[secret[0]] = append(at[secret[0]], secret)
	}
	for _, escape := range []byte(escapes) {
		at[escape] = secrets
	}
	return at
}

// spellings returns how many bytes at the beginning of text stand for a character, in each way in which it may be read.
func spellings(text, character string, depth int) []int {
	var found []int
	if strings.HasPrefix(text, character) {
		found = append(found, len(character))
	}
	if text == "" {
		return found
	}
	if depth > 0 && strings.IndexByte(escapes, text[0]) >= 0 {
		for _, escaped := range escapedForms(character) {
			if n := written(text, escaped, depth-1); n > 0 {
				found = append(found, n)
			}
		}
	}
	switch text[0] {
	case '+':
		if character == " " {
			found = append(found, 1)
		}
	case '%':
		if n := len("%2F") * len(character); n <= len(text) && strings.Count(text[:n], "%") == len(character) && unescaped(text[:n]) == character {
			found = append(found, n)
		}
	case '&':
		if n := strings.IndexByte(text[:min(len(text), longestEntity)], ';') + 1; n > 0 && html.UnescapeString(text[:n]) == character {
			found = append(found, n)
		}
	case '\\':
		if strings.HasPrefix(text[1:], character) {
			found = append(found, 1+len(character))
		}
		if n := backslashed(text, character); n > 0 {
			found = append(found, n)
		}
	}
	return found
}

// escapedForms returns how encoders write a character that is neither a letter nor a digit of ASCII.
func escapedForms(character string) []string {
	quoted, _ := json.Marshal(character)
	forms := []string{
		html.EscapeString(character), strings.Trim(strconv.QuoteToASCII(character), `"`), string(quoted[1 : len(quoted)-1]), url.QueryEscape(character),
	}
	switch character {
	case `"`:
		forms = append(forms, "&quot;", `\"`)
	case "'":
		forms = append(forms, "&#x27;")
	}
	return slices.DeleteFunc(forms, func(form string) bool { return form == character || form == "" })
}

// longestEntity is how many bytes an entity of HTML has at most, of those that encoders write.
const longestEntity = 12

// unescaped returns a text without the escapes of a URL, "" if one is broken.
func unescaped(text string) string {
	plain, _ := url.PathUnescape(text)
	return plain
}

// backslashed returns how many bytes an escape as in Go or JSON has at the beginning of text, if it is that of a character.
func backslashed(text, character string) int {
	const pair = `\ud83d\ude00` // One character in JSON.
	var paired string
	if len(character) == utf8.UTFMax && len(text) >= len(pair) && json.Unmarshal([]byte(`"`+text[:len(pair)]+`"`), &paired) == nil && paired == character {
		return len(pair)
	}
	var plain []byte // Go may write each byte of a character as \xNN.
	for rest := text; strings.HasPrefix(rest, `\`) && len(plain) < len(character); {
		value, isMultibyte, tail, err := strconv.UnquoteChar(rest, 0)
		switch {
		case err != nil:
			return 0
		case isMultibyte:
			plain = utf8.AppendRune(plain, value)
		default:
			plain = append(plain, byte(value)) //nolint:gosec // It is one: what is longer is multibyte.
		}
		rest = tail
		if string(plain) == character {
			return len(text) - len(rest)
		}
	}
	return 0
}
