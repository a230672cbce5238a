package config

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// decoder walks the values of one file and reports what is wrong with them.
type decoder struct {
	src    *source
	report *report
}

// report collects the problems of all files.
type report struct {
	errors, warnings Problems
	sources          map[string]*source
}

// finish returns the problems in order, each with the line it is about.
func (r *report) finish(ps Problems) Problems {
	for i := range ps {
		if src := r.sources[ps[i].File]; src != nil && ps[i].Line > 0 {
			ps[i].Source = src.shown(ps[i].Line, ps[i].Column)
		}
	}
	return ps.sorted()
}

// field is a setting, and where it was said.
type field[T any] struct {
	d     *decoder // Of the file where it stands; nil if it was not said.
	n     *node
	ok    bool // It was said and is right.
	value T
}

func (f *field[T]) said() bool { return f.d != nil }

// fail reports that the setting is wrong where it stands.
func (f *field[T]) fail(hint, format string, args ...any) {
	f.d.fail(f.n, hint, format, args...)
}

// or inherits a setting that was not said.
func (f *field[T]) or(from *field[T]) {
	if f.d == nil {
		*f = *from
	}
}

func bad[T any](d *decoder, n *node) field[T] { return field[T]{d: d, n: n} }

func good[T any](d *decoder, n *node, value T) field[T] {
	return field[T]{d: d, n: n, ok: true, value: value}
}

func (d *decoder) position(n *node) Position {
	return Position{File: d.src.name, Line: n.Line, Column: n.Column}
}

func (d *decoder) fail(n *node, hint, format string, args ...any) {
	d.failAt(n.Line, n.Column, hint, fmt.Sprintf(format, args...))
}

func (d *decoder) failAt(line, column int, hint, message string) {
	d.failIn(Position{File: d.src.name, Line: line, Column: column}, hint, message)
}

func (d *decoder) failIn(p Position, hint, message string) {
	d.report.errors = append(d.report.errors, Problem{Position: p, Message: message, Hint: hint})
}

// failFile reports what is wrong with the file as a whole.
func (d *decoder) failFile(message, hint string) {
	d.failIn(Position{File: d.src.name}, hint, message)
}

func (d *decoder) warn(n *node, hint, format string, args ...any) {
	d.warnIn(d.position(n), hint, fmt.Sprintf(format, args...))
}

func (d *decoder) warnIn(p Position, hint, message string) {
	d.report.warnings = append(d.report.warnings, Problem{Position: p, Message: message, Hint: hint, Warning: true})
}

func (d *decoder) notSupported(n *node, what string) {
	d.fail(n, "", "%s is not supported yet", what)
}

// pairs calls yield for each key of a mapping, those that it merges with << included. What the mapping is called is
// used in messages.
func (d *decoder) pairs(n *node, what string, yield func(k, v *node)) {
	n = resolve(n)
	if n.Kind != mappingNode {
		d.wrongKind(n, what, "a mapping of keys to values")
		return
	}
	if !d.untagged(n) {
		return
	}
	d.ownPairs(n, what, true, func(k, v *node) { yield(k, v) })
	if !slices.ContainsFunc(n.Content, isMerge) {
		return
	}
	taken := map[string]bool{}
	d.ownPairs(n, what, false, func(k, _ *node) { taken[k.Value] = true })
	d.merged(n, what, taken, yield)
}

// ownPairs calls yield for each key that the mapping itself says.
func (d *decoder) ownPairs(n *node, what string, complain bool, yield func(k, v *node)) {
	const small = 16 // Up to here looking through the keys is faster than a map.
	var lines map[string]int
	if len(n.Content) > 2*small {
		lines = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := resolve(n.Content[i]), n.Content[i+1]
		if isMerge(k) {
			continue
		}
		if k.Kind != scalarNode || isNull(k) || k.Style&taggedStyle != 0 {
			if complain {
				d.fail(k, "", "a key of %s must be plain text", what)
			}
			continue
		}
		first := 0
		if lines != nil {
			if first = lines[k.Value]; first == 0 {
				lines[k.Value] = k.Line
			}
		} else {
			for j := 0; j < i; j += 2 {
				if earlier := resolve(n.Content[j]); earlier.Kind == scalarNode && earlier.Value == k.Value && !isMerge(earlier) {
					first = earlier.Line
					break
				}
			}
		}
		if first == 0 {
			yield(k, v)
		} else if complain {
			d.fail(k, "remove one of them", "key %s stands twice in %s, first on line %d", d.quoteKey(k), what, first)
		}
	}
}

// merged calls yield for the keys that come from <<, the nearest first.
func (d *decoder) merged(n *node, what string, taken map[string]bool, yield func(k, v *node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		sources := []*node{resolve(n.Content[i+1])}
		if sources[0].Kind == sequenceNode {
			sources = sources[0].Content
		}
		for _, from := range sources {
			from = resolve(from)
			if from.Kind != mappingNode {
				d.fail(from, "write <<: *name, where &name stands before a mapping", "<< merges mappings, not %s", kind(from))
				continue
			}
			d.ownPairs(from, what, true, func(k, v *node) {
				if !taken[k.Value] {
					taken[k.Value] = true
					yield(k, v)
				}
			})
			d.merged(from, what, taken, yield)
		}
	}
}

// mapping calls visit for each key of a mapping whose keys are fixed. Visit returns false for a key that it does not
// know; known lists those it knows, for the near miss.
func (d *decoder) mapping(n *node, what, known string, visit func(k, v *node) bool) {
	d.pairs(n, what, func(k, v *node) {
		if isNull(v) && isOneOf(k.Value, known) {
			d.null(k, v)
			return
		}
		if !visit(k, v) {
			d.unknownKey(k, v, what, known)
		}
	})
}

func (d *decoder) unknownKey(k, v *node, what, known string) {
	hint := didYouMean(k.Value, known, "keys here")
	if isSplitNumber(k, v) {
		hint = splitNumberHint
	}
	d.fail(k, hint, "unknown key %s in %s", d.quoteKey(k), what)
}

const splitNumberHint = "a comma begins the next key here: write 12000 or 12k for 12,000, and 1.5 for 1,5"

// isSplitNumber reports whether a key without a value is what stood behind the comma of a number: {at_least: 12,000}.
func isSplitNumber(k, v *node) bool {
	return isNull(v) && k.Value != "" && '0' <= k.Value[0] && k.Value[0] <= '9'
}

// quoteKey returns a key to be named in a message, unless it may be part of a secret.
func (d *decoder) quoteKey(k *node) string {
	if d.src.secret(k.Line) && strings.Trim(k.Value, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return `"…"`
	}
	return quote(k.Value)
}

// each calls yield for each entry of a mapping whose keys are names. It checks the names.
func (d *decoder) each(n *node, what string, yield func(k, v *node)) {
	if isNull(n) {
		d.fail(n, "leave the key out", "%s is empty", what)
		return
	}
	d.pairs(n, what, func(k, v *node) {
		if isNull(v) {
			d.null(k, v)
			return
		}
		yield(k, v)
	})
}

// null reports a key without a value, which often is a value that YAML took for a comment.
func (d *decoder) null(k, v *node) {
	rest, _, _ := strings.Cut(d.src.from(v.Line, v.Column), "\n")
	rest = strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(rest), ":"))
	switch {
	case isSplitNumber(k, v):
		d.fail(k, splitNumberHint, "%s has no value", d.quoteKey(k))
	case v.Value != "":
		d.fail(v, "leave the key out", "%s is null", quote(k.Value))
	case len(rest) > 1 && rest[0] == '#' && rest[1] != ' ' && rest[1] != '#':
		d.fail(k, "# begins a comment: write "+d.quoted(v.Line, k.Value+": ", rest), "%s has no value", quote(k.Value))
	default:
		d.fail(k, "write a value, or leave the key out", "%s has no value", d.quoteKey(k))
	}
}

// items calls yield for each item of a list; what is used in messages.
func (d *decoder) items(n *node, what string, yield func(item *node)) {
	n = resolve(n)
	if n.Kind != sequenceNode {
		hint := ""
		if n.Kind == scalarNode && !isNull(n) && !d.src.secret(n.Line) {
			hint = "write [" + n.Value + "]"
		}
		d.fail(n, hint, "%s must be a list, not %s", what, kind(n))
		return
	}
	if !d.untagged(n) {
		return
	}
	for _, item := range n.Content {
		yield(resolve(item))
	}
}

// list reads a list of texts. The same text twice is an error.
func (d *decoder) list(n *node, what string) field[[]string] {
	f := good(d, n, []string{})
	failed := len(d.report.errors)
	d.items(n, what, func(item *node) {
		text := d.text(item, what)
		if text.ok && slices.Contains(f.value, text.value) {
			text.fail("", "%s stands twice in %s", quote(text.value), what)
		}
		f.value = append(f.value, text.value)
	})
	f.ok = len(d.report.errors) == failed
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

// cut reports text that YAML cut off, because a # after a space begins a comment. A comment as people write it has a
// space after the # too.
func (d *decoder) cut(n *node) bool {
	if !isPlain(n) {
		return false
	}
	rest := d.src.afterPlain(n)
	comment, _, _ := strings.Cut(rest, "\n")
	comment = strings.TrimRight(comment, " \t\r")
	text := strings.TrimLeft(comment, " \t")
	if len(text) < 2 || text[0] != '#' || strings.ContainsRune(" \t#!-=", rune(text[1])) {
		return false
	}
	d.fail(n, "quote it: "+d.quoted(n.Line, "", n.Value+comment), "the text ends before %s, because a # after a space begins a comment", d.show(n.Line, text))
	return true
}

// afterPlain returns what follows a plain text in its file, "" where it cannot be told.
func (s *source) afterPlain(n *node) string {
	rest := s.from(n.Line, n.Column)
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

// duration reads a length of time such as 30s or 1h30m of at least the given one.
func (d *decoder) duration(n *node, what string, least time.Duration) field[time.Duration] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[time.Duration](d, text)
	}
	value, problem, hint := parseDuration(text.Value)
	switch {
	case problem != "":
		d.fail(text, hint, "%s: %s", what, problem)
	case value < least:
		d.fail(text, "", "%s must be at least %s", what, formatDuration(least))
	default:
		return good(d, text, value)
	}
	return bad[time.Duration](d, text)
}

// count reads a whole number of at least 1.
func (d *decoder) count(n *node, what string) field[int] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[int](d, text)
	}
	value, problem, hint := parseNumber(text.Value, "")
	if problem == "" && (value != float64(int32(value)) || value < 1) {
		problem = fmt.Sprintf("%s is not a whole number of at least 1", quote(text.Value))
	}
	if problem != "" {
		d.fail(text, hint, "%s: %s", what, problem)
		return bad[int](d, text)
	}
	return good(d, text, int(value))
}

// number reads a number in a unit.
func (d *decoder) number(n *node, what string, unit Unit) field[float64] {
	text, ok := d.scalar(n, what)
	if !ok {
		return bad[float64](d, text)
	}
	if text.Style&(foldedStyle|literalStyle) != 0 {
		d.fail(text, "write the number alone: at_least and at_most say which way", "%s: > and | begin a block of text", what)
		return bad[float64](d, text)
	}
	value, problem, hint := parseNumber(text.Value, unit)
	if problem != "" {
		d.fail(text, hint, "%s: %s", what, problem)
		return bad[float64](d, text)
	}
	return good(d, text, value)
}

// positive reads a number of samples.
func (d *decoder) positive(n *node, what string) field[float64] {
	f := d.number(n, what, "")
	if f.ok && f.value <= 0 {
		f.fail("", "%s must be above 0", what)
		f.ok = false
	}
	return f
}

// location reads the name of a time zone.
func (d *decoder) location(n *node, what string, zones map[string]*time.Location) field[*time.Location] {
	f := d.text(n, what)
	if !f.ok {
		return bad[*time.Location](d, f.n)
	}
	zone, ok := zones[f.value]
	if !ok {
		var err error
		if zone, err = time.LoadLocation(f.value); err != nil || f.value == "Local" {
			f.fail("write an IANA name such as Europe/Berlin, or UTC", "unknown %s %s", what, quote(f.value))
			return bad[*time.Location](d, f.n)
		}
		zones[f.value] = zone
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
		d.src.hide(f.n)
	}
	u, err := url.Parse(f.value)
	switch {
	case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "":
		f.fail("write it with its scheme: https://example.com/page", "%s must be a web address", what)
	case u.User != nil:
		f.fail("leave out what stands before the @", "%s must not hold a user or a password: it is shown to everyone", what)
	default:
		return f
	}
	return bad[string](d, f.n)
}

// period reads a period: a word, or a mapping with one key.
func (d *decoder) period(n *node) field[period.Period] {
	n = resolve(n)
	if n.Kind != mappingNode {
		f := d.text(n, "period")
		if !f.ok {
			return bad[period.Period](d, n)
		}
		p, err := period.Parse(f.value)
		if err != nil {
			d.fail(n, nearest(f.value, "day week month quarter year instant"), "%s", err)
			return bad[period.Period](d, n)
		}
		return good(d, n, p)
	}
	f := bad[period.Period](d, n)
	keys := 0
	d.each(n, "period", func(k, v *node) {
		keys++
		if keys > 1 {
			d.fail(k, "", "period takes one key")
			f.ok = false
			return
		}
		v, ok := d.scalar(v, "period")
		if !ok {
			return
		}
		p, err := period.ParseMap(k.Value, v.Value)
		if err != nil {
			d.fail(k, nearest(k.Value, "days weeks months trailing to_date"), "%s", err)
			return
		}
		f = good(d, n, p)
	})
	if len(n.Content) == 0 {
		d.fail(n, "write day, or {days: 30}", "period is empty")
	}
	return f
}

// cron reads a schedule of five fields.
func (d *decoder) cron(n *node) field[*period.Cron] {
	f := d.text(n, "cron")
	if !f.ok {
		return bad[*period.Cron](d, f.n)
	}
	c, err := period.ParseCron(f.value)
	if err != nil {
		f.fail("", "%s", err)
		return bad[*period.Cron](d, f.n)
	}
	return good(d, f.n, &c)
}

func (d *decoder) wrongKind(n *node, what, want string) {
	hint := ""
	if n.Kind == sequenceNode && len(n.Content) > 0 && n.Style&flowStyle == 0 {
		hint = "write it without the -"
	}
	d.fail(n, hint, "%s must be %s, not %s", what, want, kind(n))
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
	if d.src.secret(line) {
		return `"…"`
	}
	return quote(text)
}

// quoted returns what to write so that YAML takes the text as it is, unless it may be a secret.
func (d *decoder) quoted(line int, key, text string) string {
	if d.src.secret(line) {
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
	const longest = 60
	if strings.Contains(text, "://") && secretAt(text) >= 0 {
		return `"…"`
	}
	if runes := []rune(text); len(runes) > longest {
		text = string(runes[:longest]) + "…"
	}
	return strconv.Quote(text)
}

// findOwn returns a key of a mapping, nil if it does not say it itself. A key without a value, which has been reported
// already, must not be reported as missing too.
func findOwn(n *node, key string) *node {
	n = resolve(n)
	for i := 0; n.Kind == mappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

func resolve(n *node) *node {
	if n.Kind == aliasNode {
		return n.Alias
	}
	return n
}

func kind(n *node) string {
	switch {
	case n.Kind == mappingNode:
		return "a mapping"
	case n.Kind == sequenceNode:
		return "a list"
	case isNull(n):
		return "nothing"
	}
	return "one value"
}

func isNull(n *node) bool { return n.Kind == scalarNode && n.Tag == "!!null" }

func isMerge(n *node) bool { return n.Kind == scalarNode && n.Tag == "!!merge" }

func isPlain(n *node) bool { return n.Style&(quotedStyle|literalStyle|foldedStyle) == 0 }
