package config

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// list reads a list of texts. The same text twice is an error.
func (d *decoder) list(n *node, what string) field[[]string] {
	f := good(d, n, []string{})
	failed := d.errorCount()
	d.items(n, what, func(item *node) {
		text := d.text(item, what)
		if text.ok && slices.Contains(f.value, text.value) {
			text.fail("", "%s appears twice in %s", quote(text.value), what)
		}
		f.value = append(f.value, text.value)
	})
	f.ok = d.errorCount() == failed
	return f
}

// scalar returns the value if it is one value on its own, with its text as it stands in the file.
func (d *decoder) scalar(n *node, what string) (*node, bool) {
	n = resolve(n)
	if n.Kind != scalarNode {
		d.wrongKind(n, what, "one value")
		return n, false
	}
	if isNull(n) {
		d.fail(n, "leave the key out, or write a value", "%s has no value", what)
		return n, false
	}
	return n, d.untagged(n)
}

// text reads free text. It must not be empty, nor cut off by a comment.
func (d *decoder) text(n *node, what string) field[string] {
	n, ok := d.scalar(n, what)
	if !ok || d.cut(n) {
		return bad[string](d, n)
	}
	text := strings.TrimSpace(n.Value)
	if text == "" {
		d.fail(n, "", "%s is empty", what)
		return bad[string](d, n)
	}
	return good(d, n, text)
}

// cut reports text that YAML cut off, because a # after a space begins a comment.
func (d *decoder) cut(n *node) bool {
	comment := d.commentAfter(n)
	if comment == "" || isComment(comment) {
		return false
	}
	whole, _, _ := strings.Cut(d.afterPlain(n), "\n")
	d.fail(n, "quote it: "+d.quoted(n.Line, "", n.Value+strings.TrimRight(whole, " \t\r")),
		"the text ends before %s, because a # after a space begins a comment", d.show(n.Line, comment))
	return true
}

// commentAfter returns the comment that follows a plain text on its line, from its # on; "" if none does.
func (d *decoder) commentAfter(n *node) string {
	if !isPlain(n) {
		return ""
	}
	rest, _, _ := strings.Cut(d.afterPlain(n), "\n")
	rest = strings.Trim(rest, " \t\r")
	if !strings.HasPrefix(rest, "#") {
		return ""
	}
	return rest
}

// isComment reports whether what YAML takes for a comment is one: as people write it, there is a space after the # too.
func isComment(text string) bool {
	return len(text) < 2 || strings.ContainsRune(" \t#!-=", rune(text[1]))
}

// afterPlain returns what follows a plain text in its file, "" where it cannot be told.
func (d *decoder) afterPlain(n *node) string {
	rest := d.from(n.Line, n.Column)
	for i := 0; i < len(n.Value); {
		if c := n.Value[i]; c == ' ' || c == '\n' { // Where the text goes over several lines they are joined.
			i += len(n.Value[i:]) - len(strings.TrimLeft(n.Value[i:], " \n"))
			rest = strings.TrimLeft(rest, " \t\r\n")
			continue
		}
		if rest == "" || rest[0] != n.Value[i] {
			return ""
		}
		rest = rest[1:]
		i++
	}
	return rest
}

// word reads one of a few words.
func (d *decoder) word(n *node, what, known string) field[string] {
	f := d.text(n, what)
	if f.ok && !isOneOf(f.value, known) {
		f.fail(didYouMean(f.value, known, "it is one of"), "unknown %s %s", what, quote(f.value))
		f.ok = false
	}
	return f
}

// location reads the name of a time zone.
func (d *decoder) location(n *node, what string) field[*time.Location] {
	f := d.text(n, what)
	if !f.ok {
		return bad[*time.Location](d, f.n)
	}
	zone, ok := d.report.zones[f.value]
	if !ok {
		var err error
		if zone, err = time.LoadLocation(f.value); err != nil || f.value == "Local" {
			f.fail("write an IANA name such as Europe/Berlin, or UTC", "unknown %s %s", what, quote(f.value))
			return bad[*time.Location](d, f.n)
		}
		d.report.zones[f.value] = zone
	}
	return good(d, f.n, zone)
}

// webURL reads an http or https address.
func (d *decoder) webURL(n *node, what string) field[string] {
	f := d.text(n, what)
	if !f.ok {
		return f
	}
	if strings.Contains(f.value, "@") {
		d.hide(f.n)
	}
	u, err := url.Parse(f.value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		f.fail("write it with its scheme: https://example.com/page", "%s must be a web address", what)
	case u.User != nil:
		f.fail("remove what is before the @", "%s must not hold a user or a password: it is shown to everyone", what)
	default:
		return f
	}
	return bad[string](d, f.n)
}

// untagged refuses tags such as !!binary, which give values another meaning than the one they are read with.
func (d *decoder) untagged(n *node) bool {
	if n.Style&taggedStyle != 0 {
		d.fail(n, "write the value without it", "tags such as !!str or !secret mean nothing here")
		return false
	}
	return true
}

// show returns a text of a line to be repeated in a message, unless it may be a secret.
func (d *decoder) show(line int, text string) string {
	if d.secret(line) {
		return `"…"`
	}
	return quote(text)
}

// quoted returns what to write so that YAML takes the text as it is, unless it may be a secret.
func (d *decoder) quoted(line int, key, text string) string {
	if d.secret(line) {
		return key + `"…"`
	}
	return key + yamlQuote(text)
}

func yamlQuote(text string) string {
	if strings.ContainsAny(text, `"\`) {
		return "'" + strings.ReplaceAll(text, "'", "''") + "'"
	}
	return `"` + text + `"`
}

// quote returns a text of the file for a message: short, on one line, and without what looks like a URL with a password.
func quote(text string) string {
	if strings.Contains(text, "://") && secretAt(text) >= 0 {
		return `"…"`
	}
	return strconv.Quote(cutShort(text))
}

// cutShort returns the beginning of a long text.
func cutShort(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
