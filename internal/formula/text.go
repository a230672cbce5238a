// Package formula parses formulas in KPI files: arithmetic over names. What the names mean it does not know.
package formula

import (
	"errors"
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// Grammar is the hint for what is not a formula.
const Grammar = "a formula has + - * / ( ), numbers, names of KPIs, query.column, and previous(x), last_year(x), mean(x, n), pooled(x, n), positive(x), zero(x)"

// Text is a formula in a file.
type Text struct {
	Root *Node // Nil when there is something wrong with it.

	file  *document.File
	value *document.Node
	kpi   string // Whose formula it is.
}

// Read parses the formula of a KPI; it returns nil when nothing can be said about its parts. The library that parses it knows a
// larger language than that of formulas; whatever goes beyond formulas is refused.
func Read(d *document.File, n *document.Node, kpi string) *Text {
	f := &Text{file: d, kpi: kpi}
	n, ok := d.Scalar(n, strings.TrimSuffix(f.prefix(), ": "))
	if !ok {
		return nil
	}
	f.value = n
	if at := foreign(n.Value); at >= 0 && at < maxLetters {
		f.failAt(at, Grammar, fmt.Sprintf("%q has no meaning in a formula", []rune(n.Value)[at]))
		return nil
	}
	if at, wrong := tooMuch(n.Value); wrong != "" {
		f.failAt(at, "write parts of it as KPIs of their own", wrong)
		return nil
	}
	tree, err := parser.Parse(n.Value)
	if wrong, ok := errors.AsType[*exprfile.Error](err); ok {
		f.failAt(wrong.From, Grammar, "syntax error: "+wrong.Message)
		return nil
	}
	if err != nil {
		d.Fail(n, Grammar, "%ssyntax error: %v", f.prefix(), err)
		return nil
	}
	f.Root = f.node(tree.Node)
	return f
}

// String returns the formula as it is written.
func (f *Text) String() string { return strings.TrimSpace(f.value.Value) }

// written returns the call that begins at a letter of the formula as it is written, on one line.
func (f *Text) written(from int) string {
	letters, open := []rune(f.value.Value), 0
	for at := from; at < len(letters); at++ {
		switch letters[at] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return strings.Join(strings.Fields(string(letters[from:at+1])), " ")
			}
		}
	}
	return string(letters[from:])
}

// Fail reports what is wrong with a part of the formula; nil is the formula as a whole.
func (f *Text) Fail(n *Node, hint, format string, args ...any) {
	at := 0
	if n != nil {
		at = n.at
	}
	f.failAt(at, hint, fmt.Sprintf(format, args...))
}

// Position returns where a part of the formula is.
func (f *Text) Position(n *Node) document.Position { return f.position(n.at) }

// foreign returns the index of the first letter that cannot be in a formula, or that begins a comment; -1 if there is none.
func foreign(text string) int {
	at, before := 0, ' '
	for _, r := range text {
		switch {
		case r < 0x80 && isWord(r):
		case !strings.ContainsRune("+-*/(),. \n\t", r):
			return at
		case (r == '/' || r == '*') && (before == '/' || before == '*'):
			return at
		}
		at, before = at+1, r
	}
	return -1
}

// Whatever is longer or deeper is not a formula, and parsing it could take all memory: the parser calls itself for each level.
const maxLetters, maxDepth = 10_000, 100

// tooMuch returns the letter from which on a formula is too long or nested too deep, and what to say; "" for one that is neither.
func tooMuch(text string) (at int, wrong string) {
	depth, signs := 0, 0
	for _, r := range text {
		switch r {
		case '(':
			depth, signs = depth+1, 0
		case ')':
			depth, signs = depth-1, 0
		case '+', '-':
			signs++
		case ' ', '\n', '\t':
		default:
			signs = 0
		}
		switch {
		case depth > maxDepth, signs > maxDepth:
			return at, fmt.Sprintf("it is nested more than %d deep", maxDepth)
		case at == maxLetters:
			return at, fmt.Sprintf("it is longer than %d,000 characters", maxLetters/1000)
		}
		at++
	}
	return 0, ""
}

// prefix begins every message about the formula.
func (f *Text) prefix() string { return "formula of KPI " + document.Quote(f.kpi) + ": " }

// failAt reports what is wrong at a letter of the formula, counted from 0.
func (f *Text) failAt(letter int, hint, message string) {
	f.file.FailIn(f.position(letter), hint, f.prefix()+message)
}

// position returns where in the file a letter of the formula is. Whatever the style of the YAML value, the file has its
// letters in their order, and only the space between them differs. Where that does not hold, the place is the value's.
func (f *Text) position(letter int) document.Position {
	line, column := f.value.Line, f.value.Column
	switch {
	case f.value.Style&(document.LiteralStyle|document.FoldedStyle) != 0:
		line, column = line+1, 1
	case f.value.Anchor != "" && f.value.Style&document.QuotedStyle == 0:
		column += len([]rune("&" + f.value.Anchor))
	case f.value.Style&document.QuotedStyle != 0:
		column++
	}
	text, written := []rune(f.value.Value), f.file.From(line, column) // All that follows, of which the formula may be a small part.
	at := 0                                                           // In what is written.
	for i := 0; i <= len(text); i++ {
		isLetter := i < len(text) && !unicode.IsSpace(text[i])
		letterAt, size := utf8.DecodeRuneInString(written[at:])
		for isLetter && unicode.IsSpace(letterAt) {
			at += size
			letterAt, size = utf8.DecodeRuneInString(written[at:])
		}
		if i == letter {
			break
		}
		if !isLetter {
			continue
		}
		if at == len(written) || letterAt != text[i] {
			return f.file.Position(f.value)
		}
		at += size
	}
	for _, r := range written[:at] {
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return document.Position{File: f.file.Name, Line: line, Column: column}
}

func isWord(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_'
}
