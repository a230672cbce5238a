package document

import (
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// List reads a list of texts, and leaves out what is none. The same text twice is an error.
func (d *File) List(n *Node, what string) Field[[]string] {
	f := Good(d, n, []string{})
	failed, seen := d.ErrorCount(), map[string]bool{}
	d.Items(n, what, func(item *Node) {
		text := d.Text(item, what)
		if !text.OK {
			return
		}
		if seen[text.Value] {
			text.Fail("", "%s appears twice in %s", Quote(text.Value), what)
		}
		seen[text.Value] = true
		f.Value = append(f.Value, text.Value)
	})
	f.OK = d.ErrorCount() == failed
	return f
}

// Scalar returns the value if it is one value on its own, with its text as it stands in the file.
func (d *File) Scalar(n *Node, what string) (*Node, bool) {
	n = Resolve(n)
	if n.Kind != ScalarNode {
		d.wrongKind(n, what, "one value")
		return n, false
	}
	if IsNull(n) {
		d.Fail(n, "leave the key out, or write a value", "%s has no value", what)
		return n, false
	}
	return n, d.Untagged(n)
}

// Text reads free text. It must not be empty, nor cut off by a comment.
func (d *File) Text(n *Node, what string) Field[string] {
	n, ok := d.Scalar(n, what)
	if !ok || d.Cut(n) {
		return Bad[string](d, n)
	}
	text := strings.TrimSpace(n.Value)
	if text == "" {
		d.Fail(n, "", "%s is empty", what)
		return Bad[string](d, n)
	}
	return Good(d, n, text)
}

// maxShort and maxURL are how many characters a title or a name and an address may have that every page and every series of kpi_info show.
const maxShort, maxURL = 250, 2000

// ShortText reads a title or a name.
func (d *File) ShortText(n *Node, what string) Field[string] {
	return d.atMost(maxShort, d.Text(n, what), what)
}

func (d *File) atMost(limit int, f Field[string], what string) Field[string] {
	if !f.OK || utf8.RuneCountInString(f.Value) <= limit {
		return f
	}
	f.Fail("shorten it; a description may be longer", "%s has more than %d characters", what, limit)
	return Bad[string](d, f.Node)
}

// Cut reports text that YAML cut off, because a # after a space begins a comment.
func (d *File) Cut(n *Node) bool {
	comment := d.CommentAfter(n)
	if comment == "" || isComment(comment) {
		return false
	}
	whole, _, _ := strings.Cut(d.afterPlain(n), "\n")
	d.Fail(n, "quote it: "+d.quoted(n.Line, "", n.Value+strings.TrimRight(whole, " \t\r")),
		"the text ends before %s, because a # after a space begins a comment", d.Show(n.Line, comment))
	return true
}

// CommentAfter returns the comment that follows a plain text on its line, from its # on; "" if none does.
func (d *File) CommentAfter(n *Node) string {
	if !IsPlain(n) {
		return ""
	}
	rest := strings.TrimLeft(d.afterPlain(n), " \t\r")
	if !strings.HasPrefix(rest, "#") {
		return ""
	}
	rest, _, _ = strings.Cut(rest, "\n")
	return strings.TrimRight(rest, " \t\r")
}

// isComment reports whether what YAML takes for a comment is one: as people write it, there is a space after the # too.
func isComment(text string) bool {
	return len(text) < 2 || strings.ContainsRune(" \t#!-=", rune(text[1]))
}

// afterPlain returns what follows a plain text in its file, "" where it cannot be told.
func (d *File) afterPlain(n *Node) string {
	rest := d.From(n.Line, n.Column)
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

// SecretPath reads the path of a file that holds a secret. Where the secret itself stands in its place, nothing of it is shown.
func (d *File) SecretPath(n *Node, what string) Field[string] {
	n = Resolve(n)
	if n.Kind == ScalarNode && isPath(n.Value) {
		path := d.Text(n, what)
		if _, err := os.Lstat(d.Path(n.Value)); err != nil { // It may be the secret.
			d.Hide(n)
		}
		if path.OK {
			d.report.secrets[d.report.real(d.Path(path.Value))] = d.Position(n)
		}
		return path
	}
	d.Hide(n)
	if n.Kind == ScalarNode && !IsNull(n) {
		d.Fail(n, "write the path of a file that holds it", "%s is not a path", what)
		return Bad[string](d, n)
	}
	return d.Text(n, what)
}

// isPath reports whether a text may be the path of a file, and not a URL, a connection string, a token or several lines. A path may
// hold an @, but no file is named by a user and a password.
func isPath(text string) bool {
	const longest = 4095 // Bytes, on Linux.
	folder, _, at := strings.Cut(text, "@")
	token := strings.HasPrefix(text, "xox") && strings.Count(text, "-") > 1
	return !(len(text) > longest || secretAt(text) >= 0 || token || at && strings.Contains(folder, ":") ||
		strings.ContainsFunc(strings.TrimRight(text, "\n"), unicode.IsControl))
}

// Word reads one of a few words.
func (d *File) Word(n *Node, what, known string) Field[string] {
	f := d.Text(n, what)
	if f.OK && !IsOneOf(f.Value, known) {
		f.Fail(DidYouMean(f.Value, known, "it is one of"), "unknown %s %s", what, Quote(f.Value))
		f.OK = false
	}
	return f
}

// Location reads the name of a time zone.
func (d *File) Location(n *Node, what string) Field[*time.Location] {
	f := d.Text(n, what)
	if !f.OK {
		return Bad[*time.Location](d, f.Node)
	}
	zone, ok := d.report.zones[f.Value]
	if !ok {
		var err error
		if zone, err = time.LoadLocation(f.Value); err != nil || f.Value == "Local" {
			f.Fail("write an IANA name such as Europe/Berlin, or UTC", "unknown %s %s", what, Quote(f.Value))
			return Bad[*time.Location](d, f.Node)
		}
		d.report.zones[f.Value] = zone
	}
	return Good(d, f.Node, zone)
}

// WebURL reads an http or https address.
func (d *File) WebURL(n *Node, what string) Field[string] {
	f := d.atMost(maxURL, d.Text(n, what), what)
	if !f.OK {
		return f
	}
	if strings.Contains(f.Value, "@") {
		d.Hide(f.Node)
	}
	u, err := url.Parse(f.Value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		f.Fail("write it with its scheme: https://example.com/page", "%s must be a web address", what)
	case u.User != nil:
		f.Fail("remove what is before the @", "%s must not hold a user or a password: it is shown to everyone", what)
	default:
		return f
	}
	return Bad[string](d, f.Node)
}

// Untagged refuses tags such as !!binary, which give values another meaning than the one they are read with.
func (d *File) Untagged(n *Node) bool {
	if n.Style&taggedStyle != 0 {
		d.Fail(n, "write the value without it", "tags such as !!str or !secret mean nothing here")
		return false
	}
	return true
}

// Show returns a text of a line to be repeated in a message, unless it may be a secret.
func (d *File) Show(line int, text string) string {
	if d.secret(line) {
		return `"…"`
	}
	return Quote(text)
}

// quoted returns what to write so that YAML takes the text as it is, unless it may be a secret.
func (d *File) quoted(line int, key, text string) string {
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

// Quote returns a text of the file for a message: short, on one line, and without what looks like a URL with a password.
func Quote(text string) string {
	if strings.Contains(text, "://") && secretAt(text) >= 0 {
		return `"…"`
	}
	return strconv.Quote(CutShort(text))
}

// CutShort returns the beginning of a long text.
func CutShort(text string) string {
	const longest = 60
	if runes := []rune(text); len(runes) > longest {
		return string(runes[:longest]) + "…"
	}
	return text
}
