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

// OneLine is Visible for text that goes over several lines: they become one.
func OneLine(text string) string { return Visible(strings.Join(strings.Fields(text), " ")) }

// WebLink writes an http or https address as Markdown links it, also in a table; nothing in it ends the link or begins another mark.
func WebLink(address string) string {
	return "<" + strings.NewReplacer("|", "%7C", "<", "%3C", ">", "%3E", " ", "%20").Replace(Visible(address)) + ">"
}
