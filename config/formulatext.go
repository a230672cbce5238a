package config

import (
	"errors"
	"fmt"
	"strings"
	"unicode"

	"github.com/expr-lang/expr/ast"
	exprfile "github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/parser"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// formulaText is a formula as it stands in a file. The library that parses it knows a larger language than that of
// formulas; whatever goes beyond formulas is refused here and when the tree is read.
type formulaText struct {
	d    *document.File
	n    *document.Node // The value.
	kpi  string         // Whose formula it is.
	tree ast.Node
}

// readFormula parses the formula of a KPI; it returns nil when there is something wrong with it.
func readFormula(d *document.File, n *document.Node, kpi string) *formulaText {
	f := &formulaText{d: d, kpi: kpi}
	n, ok := d.Scalar(n, strings.TrimSuffix(f.prefix(), ": "))
	if !ok {
		return nil
	}
	f.n = n
	if at := foreign(n.Value); at >= 0 {
		f.failAt(at, formulaGrammar, fmt.Sprintf("%q has no meaning in a formula", []rune(n.Value)[at]))
		return nil
	}
	tree, err := parser.Parse(n.Value)
	if wrong, ok := errors.AsType[*exprfile.Error](err); ok {
		f.failAt(wrong.From, formulaGrammar, "syntax error: "+wrong.Message)
		return nil
	}
	if err != nil {
		d.Fail(n, formulaGrammar, "%ssyntax error: %v", f.prefix(), err)
		return nil
	}
	f.tree = tree.Node
	return f
}

// foreign returns the index of the first letter that cannot be in a formula, or that begins a comment; -1 if there is none.
func foreign(text string) int {
	at, before := 0, ' '
	for _, r := range text {
		switch {
		case r < 0x80 && isLabelName("_"+string(r)):
		case !strings.ContainsRune("+-*/(),. \n\t", r):
			return at
		case (r == '/' || r == '*') && (before == '/' || before == '*'):
			return at
		}
		at, before = at+1, r
	}
	return -1
}

// prefix begins every message about the formula.
func (f *formulaText) prefix() string { return "formula of KPI " + document.Quote(f.kpi) + ": " }

// failAt reports what is wrong at a letter of the formula, counted from 0.
func (f *formulaText) failAt(letter int, hint, message string) {
	f.d.FailIn(f.position(letter), hint, f.prefix()+message)
}

// position returns where in the file a letter of the formula is. Whatever the style of the YAML value, the file has its
// letters in their order, and only the space between them differs. Where that does not hold, the place is the value's.
func (f *formulaText) position(letter int) document.Position {
	line, column := f.n.Line, f.n.Column
	switch {
	case f.n.Style&(document.LiteralStyle|document.FoldedStyle) != 0:
		line, column = line+1, 1
	case f.n.Anchor != "" && f.n.Style&document.QuotedStyle == 0:
		column += len([]rune("&" + f.n.Anchor))
	case f.n.Style&document.QuotedStyle != 0:
		column++
	}
	text, written := []rune(f.n.Value), []rune(f.d.From(line, column))
	at := 0 // In what is written.
	for i := 0; i <= len(text); i++ {
		isLetter := i < len(text) && !unicode.IsSpace(text[i])
		for isLetter && at < len(written) && unicode.IsSpace(written[at]) {
			at++
		}
		if i == letter {
			break
		}
		if !isLetter {
			continue
		}
		if at == len(written) || written[at] != text[i] {
			return f.d.Position(f.n)
		}
		at++
	}
	for _, r := range written[:at] {
		if column++; r == '\n' {
			line, column = line+1, 1
		}
	}
	return document.Position{File: f.d.Name, Line: line, Column: column}
}
