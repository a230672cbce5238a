package config

import (
	"fmt"
	"slices"
	"strings"
)

func (d *decoder) position(n *node) Position {
	return Position{File: d.Name, Line: n.Line, Column: n.Column}
}

func (d *decoder) fail(n *node, hint, format string, args ...any) {
	d.failAt(n.Line, n.Column, hint, fmt.Sprintf(format, args...))
}

func (d *decoder) failAt(line, column int, hint, message string) {
	d.failIn(Position{File: d.Name, Line: line, Column: column}, hint, message)
}

func (d *decoder) failIn(p Position, hint, message string) {
	d.report.errors = append(d.report.errors, Problem{Position: p, Message: message, Hint: hint})
}

// failFile reports what is wrong with the file as a whole.
func (d *decoder) failFile(message, hint string) {
	d.failIn(Position{File: d.Name}, hint, message)
}

// warn reports what one of lintRules finds.
func (d *decoder) warn(rule string, n *node, hint, format string, args ...any) {
	d.warnIn(rule, d.position(n), hint, fmt.Sprintf(format, args...))
}

func (d *decoder) warnIn(rule string, p Position, hint, message string) {
	d.report.warnings = append(d.report.warnings, Problem{Position: p, Message: message, Hint: hint, Warning: true, Rule: rule})
}

func (d *decoder) notSupported(n *node, what string) {
	d.fail(n, "", "%s is not supported yet", what)
}

// errorCount returns how many errors have been reported so far, about this file or another.
func (d *decoder) errorCount() int { return len(d.report.errors) }

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
			d.fail(k, "remove one of them", "key %s appears twice in %s, first on line %d", d.quoteKey(k), what, first)
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
				d.fail(from, "write <<: *name, where &name precedes a mapping", "<< merges mappings, not %s", kind(from))
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

// isSplitNumber reports whether a key without a value is what stood behind the comma of a number: {at_least: 12,000}. Four
// digits are a year.
func isSplitNumber(k, v *node) bool {
	digits, _, _ := strings.Cut(k.Value, "-")
	return isNull(v) && len(digits) != len("2006") && digits != "" && '0' <= digits[0] && digits[0] <= '9'
}

// quoteKey returns a key to be named in a message, unless it may be part of a secret.
func (d *decoder) quoteKey(k *node) string {
	if d.secret(k.Line) && strings.Trim(k.Value, "abcdefghijklmnopqrstuvwxyz_") != "" {
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
	rest, _, _ := strings.Cut(d.from(v.Line, v.Column), "\n")
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
		if n.Kind == scalarNode && !isNull(n) && !d.secret(n.Line) {
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

func (d *decoder) wrongKind(n *node, what, want string) {
	hint := ""
	if n.Kind == sequenceNode && len(n.Content) > 0 && n.Style&flowStyle == 0 {
		hint = "write it without the -"
	}
	d.fail(n, hint, "%s must be %s, not %s", what, want, kind(n))
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
