package format

import (
	"strconv"
	"strings"
	"unicode"
)

// Visible writes text with escapes in place of letters that are not printable, such as the beginning of a control sequence or a mark
// that turns the direction of what follows.
func Visible(text string) string {
	var b strings.Builder
	for _, r := range text {
		if unicode.IsPrint(r) {
			b.WriteRune(r)
			continue
		}
		quoted := strconv.QuoteRune(r)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

// Inert writes a page, or another text of several lines, with escapes in place of what would be obeyed rather than shown: control
// sequences, and marks that turn the direction of what follows. Newlines, tabs, and the joiners of emoji and scripts stay. What JSON leaves
// as it is in a string becomes an escape of JSON.
func Inert(text string) string {
	if !strings.ContainsFunc(text, isObeyed) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		switch {
		case r == '\x7f':
			b.WriteString(`\u007f`)
		case isObeyed(r):
			b.WriteString(Visible(string(r)))
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// isObeyed reports whether a character controls a terminal, or embeds, overrides or isolates a direction.
func isObeyed(r rune) bool {
	return unicode.IsControl(r) && r != '\n' && r != '\t' || r >= '\u202a' && r <= '\u202e' || r >= '\u2066' && r <= '\u2069'
}

// OneLine is Visible for text that goes over several lines: they become one.
func OneLine(text string) string { return Visible(strings.Join(strings.Fields(text), " ")) }

// WebLink writes an http or https address as Markdown links it, also in a table; nothing in it ends the link or begins another mark.
func WebLink(address string) string {
	return "<" + strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20").Replace(Visible(address)) + ">"
}
