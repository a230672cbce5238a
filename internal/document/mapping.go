package document

import (
	"fmt"
	"slices"
	"strings"
)

// Position returns where a value is.
func (d *File) Position(n *Node) Position {
	return Position{File: d.Name, Line: n.Line, Column: n.Column}
}

// Fail reports that a value is wrong; hint says what to write instead, "" if there is nothing to say.
func (d *File) Fail(n *Node, hint, format string, args ...any) {
	d.FailAt(n.Line, n.Column, hint, fmt.Sprintf(format, args...))
}

// FailAt reports that something is wrong at a line and column of the file.
func (d *File) FailAt(line, column int, hint, message string) {
	d.FailIn(Position{File: d.Name, Line: line, Column: column}, hint, message)
}

// FailIn reports that something is wrong at a place, which may be in another file.
func (d *File) FailIn(p Position, hint, message string) {
	d.report.errors = append(d.report.errors, Problem{Position: p, Message: message, Hint: hint})
}

// FailFile reports what is wrong with the file as a whole.
func (d *File) FailFile(message, hint string) {
	d.FailIn(Position{File: d.Name}, hint, message)
}

// Warn reports a warning at a value; check is the ID by which it is switched off.
func (d *File) Warn(check string, n *Node, hint, format string, args ...any) {
	d.WarnIn(check, d.Position(n), hint, fmt.Sprintf(format, args...))
}

// WarnIn is Warn for a place, which may be in another file.
func (d *File) WarnIn(check string, p Position, hint, message string) {
	d.report.warnings = append(d.report.warnings, Problem{Position: p, Message: message, Hint: hint, Warning: true, Check: check})
}

// ErrorCount returns how many errors have been reported so far, about this file or another.
func (d *File) ErrorCount() int { return len(d.report.errors) }

// Pairs calls yield for each key of a mapping, those that it merges with << included. What the mapping is called is
// used in messages.
func (d *File) Pairs(n *Node, what string, yield func(k, v *Node)) {
	n = Resolve(n)
	if n.Kind != MappingNode {
		d.wrongKind(n, what, "a mapping of keys to values")
		return
	}
	if !d.Untagged(n) {
		return
	}
	d.ownPairs(n, what, true, func(k, v *Node) { yield(k, v) })
	if !slices.ContainsFunc(n.Content, isMerge) {
		return
	}
	taken := map[string]bool{}
	d.ownPairs(n, what, false, func(k, _ *Node) { taken[k.Value] = true })
	d.merged(n, what, taken, yield)
}

// ownPairs calls yield for each key of the mapping itself.
func (d *File) ownPairs(n *Node, what string, reportProblems bool, yield func(k, v *Node)) {
	const small = 16 // Up to here looking through the keys is faster than a map.
	var lines map[string]int
	if len(n.Content) > 2*small {
		lines = make(map[string]int, len(n.Content)/2)
	}
	for i := 0; i+1 < len(n.Content); i += 2 {
		k, v := Resolve(n.Content[i]), n.Content[i+1]
		if isMerge(k) {
			continue
		}
		if k.Kind != ScalarNode || IsNull(k) || k.Style&taggedStyle != 0 {
			if reportProblems {
				d.Fail(k, "", "a key of %s must be plain text", what)
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
				if earlier := Resolve(n.Content[j]); earlier.Kind == ScalarNode && earlier.Value == k.Value && !isMerge(earlier) {
					first = earlier.Line
					break
				}
			}
		}
		if first == 0 {
			yield(k, v)
		} else if reportProblems {
			d.Fail(k, "remove one of them", "key %s appears twice in %s, first on line %d", d.quoteKey(k), what, first)
		}
	}
}

// merged calls yield for the keys that come from <<, the nearest first.
func (d *File) merged(n *Node, what string, taken map[string]bool, yield func(k, v *Node)) {
	for i := 0; i+1 < len(n.Content); i += 2 {
		if !isMerge(n.Content[i]) {
			continue
		}
		sources := []*Node{Resolve(n.Content[i+1])}
		if sources[0].Kind == SequenceNode {
			sources = sources[0].Content
		}
		for _, from := range sources {
			from = Resolve(from)
			if from.Kind != MappingNode {
				d.Fail(from, "write <<: *name, where &name precedes a mapping", "<< merges mappings, not %s", KindOf(from))
				continue
			}
			d.ownPairs(from, what, true, func(k, v *Node) {
				if !taken[k.Value] {
					taken[k.Value] = true
					yield(k, v)
				}
			})
			d.merged(from, what, taken, yield)
		}
	}
}

// Mapping calls visit for each key of a mapping whose keys are fixed. Visit returns false for a key that it does not
// know; known lists those it knows, for the near miss.
func (d *File) Mapping(n *Node, what, known string, visit func(k, v *Node) bool) {
	d.Pairs(n, what, func(k, v *Node) {
		if IsNull(v) && IsOneOf(k.Value, known) {
			d.null(k, v)
			return
		}
		if !visit(k, v) {
			d.UnknownKey(k, v, what, known)
		}
	})
}

// UnknownKey reports an unknown key of a mapping, with the nearest of the known ones.
func (d *File) UnknownKey(k, v *Node, what, known string) {
	hint := DidYouMean(k.Value, known, "keys here")
	if isSplitNumber(k, v) {
		hint = splitNumberHint
	}
	d.Fail(k, hint, "unknown key %s in %s", d.quoteKey(k), what)
}

const splitNumberHint = "a comma begins the next key here: write 12000 or 12k for 12,000, and 1.5 for 1,5"

// isSplitNumber reports whether a key without a value was behind the comma of a number: {at_least: 12,000}. Four
// digits are a year.
func isSplitNumber(k, v *Node) bool {
	digits, _, _ := strings.Cut(k.Value, "-")
	return IsNull(v) && len(digits) != len("2006") && digits != "" && '0' <= digits[0] && digits[0] <= '9'
}

// quoteKey returns a key to be named in a message, unless it may be part of a secret.
func (d *File) quoteKey(k *Node) string {
	if d.secret(k.Line) && strings.Trim(k.Value, "abcdefghijklmnopqrstuvwxyz_") != "" {
		return `"…"`
	}
	return Quote(k.Value)
}

// Each calls yield for each entry of a mapping whose keys are names. It checks the names.
func (d *File) Each(n *Node, what string, yield func(k, v *Node)) {
	if IsNull(n) {
		d.Fail(n, "leave the key out", "%s is empty", what)
		return
	}
	d.Pairs(n, what, func(k, v *Node) {
		if IsNull(v) {
			d.null(k, v)
			return
		}
		yield(k, v)
	})
}

// null reports a key without a value, which often is a value that YAML took for a comment.
func (d *File) null(k, v *Node) {
	rest := strings.TrimSpace(strings.TrimPrefix(strings.TrimSpace(d.RestOfLine(v.Line, v.Column)), ":"))
	switch {
	case isSplitNumber(k, v):
		d.Fail(k, splitNumberHint, "%s has no value", d.quoteKey(k))
	case v.Value != "":
		d.Fail(v, "leave the key out", "%s is null", Quote(k.Value))
	case len(rest) > 1 && rest[0] == '#' && rest[1] != ' ' && rest[1] != '#':
		d.Fail(k, "# begins a comment: write "+d.quoted(v.Line, k.Value+": ", rest), "%s has no value", Quote(k.Value))
	default:
		d.Fail(k, "write a value, or leave the key out", "%s has no value", d.quoteKey(k))
	}
}

// Items calls yield for each item of a list; what is used in messages.
func (d *File) Items(n *Node, what string, yield func(item *Node)) {
	n = Resolve(n)
	if n.Kind != SequenceNode {
		hint := ""
		if n.Kind == ScalarNode && !IsNull(n) && !d.secret(n.Line) {
			hint = "write [" + n.Value + "]"
		}
		d.Fail(n, hint, "%s must be a list, not %s", what, KindOf(n))
		return
	}
	if !d.Untagged(n) {
		return
	}
	for _, item := range n.Content {
		yield(Resolve(item))
	}
}

func (d *File) wrongKind(n *Node, what, want string) {
	hint := ""
	if n.Kind == SequenceNode && len(n.Content) > 0 && n.Style&flowStyle == 0 {
		hint = "write it without the -"
	}
	d.Fail(n, hint, "%s must be %s, not %s", what, want, KindOf(n))
}

// FindOwn returns a key of a mapping, nil if the mapping itself lacks it. A key without a value, which has been reported
// already, must not be reported as missing too.
func FindOwn(n *Node, key string) *Node {
	n = Resolve(n)
	for i := 0; n.Kind == MappingNode && i < len(n.Content); i += 2 {
		if n.Content[i].Value == key {
			return n.Content[i]
		}
	}
	return nil
}

// Resolve returns the value behind an alias; any other value is returned as it is.
func Resolve(n *Node) *Node {
	if n.Kind == aliasNode {
		return n.Alias
	}
	return n
}

// KindOf returns what a value is, in words: a mapping, a list, nothing or one value.
func KindOf(n *Node) string {
	switch {
	case n.Kind == MappingNode:
		return "a mapping"
	case n.Kind == SequenceNode:
		return "a list"
	case IsNull(n):
		return "nothing"
	}
	return "one value"
}

// IsNull reports whether a key has no value: nothing, null or ~.
func IsNull(n *Node) bool { return n.Kind == ScalarNode && n.Tag == "!!null" }

func isMerge(n *Node) bool { return n.Kind == ScalarNode && n.Tag == "!!merge" }

// IsPlain reports whether a text is neither quoted nor a block.
func IsPlain(n *Node) bool { return n.Style&(QuotedStyle|LiteralStyle|FoldedStyle) == 0 }

// FindKey returns the first use of a key in a value or the values within it.
func FindKey(n *Node, key string) *Node {
	n = Resolve(n)
	for i, child := range n.Content {
		if n.Kind == MappingNode && i%2 == 0 && child.Value == key {
			return child
		}
		if found := FindKey(child, key); found != nil {
			return found
		}
	}
	return nil
}
