// Package sqlfile reads SQL from values of YAML files and from files of its own, so that what is wrong with it is shown at its place.
package sqlfile

import (
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// The parameters of SQL. Those of a window mean nothing at an instant.
const (
	ofWindow   = "period_start period_end previous_start previous_end"
	parameters = "as_of timezone " + ofWindow
)

// WindowParameters returns the parameters of a window, which mean nothing at an instant.
func WindowParameters() []string { return strings.Fields(ofWindow) }

// Text is SQL, and where it is: in a file of its own, or in a value of a YAML file. Parse reads it when it is known which engine
// runs it.
type Text struct {
	Place
	d     *document.File // The file that holds the SQL.
	text  string
	alone bool   // It is all that its file has.
	until string // The key of SQL that asks how far the data reaches; "" for other SQL.

	joined string // The key of SQL whose lines YAML joins; "" for other SQL.

	Statement  engine.Statement // As the first engine reads it; nil until one has.
	Statements Statements
	reported   []string // What is wrong is reported once, where engines agree.
}

// Statements is SQL as engines read it: nil as a statement, where something is wrong with it.
type Statements []statementOf

// statementOf is SQL as one engine reads it.
type statementOf struct {
	engine    engine.Engine
	statement engine.Statement
}

// Of returns the SQL as an engine reads it, and whether the engine was asked.
func (s Statements) Of(e engine.Engine) (statement engine.Statement, asked bool) {
	for _, of := range s {
		if of.engine == e {
			return of.statement, true
		}
	}
	return nil, false
}

// Place is where SQL is.
type Place struct {
	Start document.Position // Where its first character is.
	exact bool              // The lines below follow, each indented as the first; else all that is known is where it starts.
}

// At returns where in the file a line and column of the SQL are, or where it starts if that is all that is known.
func (p Place) At(line, column int) document.Position {
	at := p.Start
	if p.exact {
		at.Line += line - 1
		at.Column += column - 1
	}
	return at
}

// Read reads SQL that a KPI or a named query says, with the parameters there are. The value is nil when there is
// something wrong with how it is written.
func Read(d *document.File, n *document.Node, what string) document.Field[*Text] {
	return readAs(d, n, readSQL(d, n, what))
}

// readAs returns what was read of a value, as wrong if it is nil.
func readAs(d *document.File, n *document.Node, value *Text) document.Field[*Text] {
	f := document.Good(d, n, value)
	f.OK = value != nil
	return f
}

// ReadDataUntil reads SQL that asks how far the data reaches: at this moment, whatever period is measured.
func ReadDataUntil(d *document.File, n *document.Node, what string) document.Field[*Text] {
	q := readSQL(d, n, what)
	if q != nil {
		q.until = what
	}
	return readAs(d, n, q)
}

// readSQL reads SQL in the YAML file. It returns nil when there is something wrong with it.
func readSQL(d *document.File, n *document.Node, what string) *Text {
	n, ok := d.Scalar(n, what)
	if !ok {
		return nil
	}
	if comment := d.CommentAfter(n); comment != "" && sqltext.ContinuesAfterHash(n.Value, comment[1:]) {
		d.Fail(n, "use "+what+": | and write the SQL on the lines below", "the SQL ends before #, which begins a comment in YAML")
		return nil
	}
	q := locate(d, n)
	q.text = n.Value
	if n.Style&document.LiteralStyle == 0 && severalLines(d, n) {
		q.joined = what
	}
	return &q
}

// severalLines reports whether a text that is not a literal block covers several lines of its file.
func severalLines(d *document.File, n *document.Node) bool {
	if n.Style&document.FoldedStyle != 0 {
		return true
	}
	const longest = len("!!str ") + len("\"") // What may be in front of the text, beside an anchor.
	line := d.RestOfLine(n.Line, n.Column)
	if n.Style&document.DoubleQuotedStyle != 0 && !strings.Contains(n.Anchor, `"`) { // With escapes it reads otherwise than it is written.
		_, rest, _ := strings.Cut(line, `"`)
		return !endsInLine(rest)
	}
	return !strings.Contains(line[:min(len(line), len(n.Value)+len("& ")+len(n.Anchor)+longest)], n.Value)
}

// endsInLine reports whether a text in double quotes ends in the line whose rest this is, behind its first quote.
func endsInLine(rest string) bool {
	for i := 0; i < len(rest); i++ {
		switch rest[i] {
		case '"':
			return true
		case '\\':
			i++
		}
	}
	return false
}

// locate finds out where the text of a value begins.
func locate(d *document.File, n *document.Node) Text {
	q := Text{d: d, Place: Place{Start: d.Position(n)}}
	if n.Style&document.LiteralStyle != 0 {
		below := n.Line
		for text := range strings.Lines(n.Value) {
			below++
			if text = strings.TrimRight(text, "\n"); text == "" {
				continue // Blank lines need not be indented.
			}
			written := d.Line(below)
			if deep := len(written) - len(text); deep >= 0 && written[deep:] == text {
				q.Start = document.Position{File: d.Name, Line: n.Line + 1, Column: 1 + deep}
				q.exact = true
			}
			break
		}
		return q
	}
	quotes := 0
	if n.Style&document.QuotedStyle != 0 {
		quotes = 1
	}
	if strings.HasPrefix(d.From(n.Line, n.Column+quotes), n.Value) && !strings.Contains(n.Value, "\n") {
		q.Start.Column += quotes
		q.exact = true
	}
	return q
}

// ReadFile reads SQL that is in a file of its own. It calls found with the name of the file.
func ReadFile(d *document.File, n *document.Node, what string, found func(name string)) document.Field[*Text] {
	return readAs(d, n, fileText(d, n, what, found))
}

func fileText(d *document.File, n *document.Node, what string, found func(name string)) *Text {
	inside, _ := d.Named(n, what, found)
	if inside == nil || !inside.IsUTF8() {
		return nil
	}
	return &Text{d: inside, Place: Place{Start: document.Position{File: inside.Name, Line: 1, Column: 1}, exact: true}, text: inside.Content, alone: true}
}
