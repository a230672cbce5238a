package kpitest

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// Fixtures are tables and rows, and where they are put for the length of a test.
type Fixtures struct {
	Engine   engine.Engine    // That the test names; nil when it names none, or only the environment tells.
	Own      engine.Engine    // That of the databases of the KPI file which hold this; nil when the file does not tell without a secret.
	Database *config.Database // A server that takes a schema of its own for the test; nil if the file names none.
	Schema   []FixtureFile
	Tables   []FixtureTable // Filled after Schema has run, in this order.
	SQL      []FixtureFile  // Run last.
	Position document.Position
}

// FixtureFile is SQL, of one statement or of many.
type FixtureFile struct {
	Name     string // Its path, as it is shown to the user.
	Text     string
	Position document.Position // Where the test names it.
}

// FixtureTable holds the rows of one table.
type FixtureTable struct {
	Name string
	Rows []FixtureRow
}

// FixtureRow is a row of a table. A column that it does not name gets its default.
type FixtureRow struct {
	Columns  []string
	Cells    []Cell // One a column.
	Position document.Position
}

// Cell is the value of a column as it was written.
type Cell struct {
	Text  string
	Null  bool
	Plain bool // Written without quotes: it may be a truth value or a time.
}

const fixtureKeys = "database schema rows sql"

// fixture reads one of fixtureKeys.
func (l *loader) fixture(fx *Fixtures, k, v *document.Node) bool {
	switch k.Value {
	case "database":
		l.database(fx, v)
	case "schema":
		fx.Schema = l.sqlFiles(v, k.Value)
	case "sql":
		fx.SQL = l.sqlFiles(v, k.Value)
	case "rows":
		l.Pairs(v, "rows", func(k, v *document.Node) { fx.Tables = append(fx.Tables, l.table(k, v)) })
	default:
		return false
	}
	return true
}

// database reads where fixtures go: the name of an engine that needs no server, or the URL of a server.
func (l *loader) database(fx *Fixtures, n *document.Node) {
	l.Hide(document.Resolve(n))
	text := l.File.Text(n, "database")
	if !text.OK {
		return
	}
	for _, e := range engine.All() {
		if e.Embedded() && text.Value == e.Name() {
			fx.Engine = e
			return
		}
	}
	d := config.NewDatabase("test", text.Value, "")
	e := d.Engine()
	if e != nil && e.Embedded() {
		text.Fail("write database: "+e.Name(), "fixtures go to a temporary %s file, which has no name", e.Title())
		return
	}
	if err := (engine.Location{URL: text.Value}).Check(); err != nil {
		text.Fail("write ${KPI_TEST_DATABASE_URL}, postgres://user@host:5432/name, or sqlite for a temporary file", "%s", err)
		return
	}
	fx.Engine, fx.Database = e, d
	fx.Database.Position = l.Position(text.Node)
}

// sqlFiles reads the path of a file, or a list of them, and the files.
func (l *loader) sqlFiles(n *document.Node, what string) []FixtureFile {
	var files []FixtureFile
	read := func(n *document.Node) {
		if name, text, ok := l.named(n, what); ok {
			files = append(files, FixtureFile{Name: name, Text: text, Position: l.Position(n)})
		}
	}
	if n = document.Resolve(n); n.Kind == document.SequenceNode {
		l.Items(n, what, read)
	} else {
		read(n)
	}
	return files
}

// named reads the file that a value names.
func (l *loader) named(n *document.Node, what string) (name, text string, ok bool) {
	path := l.File.Text(n, what)
	if !path.OK {
		return "", "", false
	}
	name = l.Path(path.Value)
	text, err := document.ReadFile(name, true)
	switch {
	case err != nil:
		path.Fail("the path is relative to this file", "%s: %s", name, err)
	case !utf8.ValidString(text):
		path.Fail("save the file as UTF-8", "%s holds a byte that is not UTF-8", name)
	default:
		return name, strings.TrimPrefix(text, "\ufeff"), true
	}
	return "", "", false
}

// table reads the rows of a table: a list of mappings, or {csv: file}.
func (l *loader) table(k, v *document.Node) FixtureTable {
	t := FixtureTable{Name: k.Value}
	v = document.Resolve(v)
	switch v.Kind {
	case document.SequenceNode:
		l.Items(v, "a table", func(item *document.Node) { t.Rows = append(t.Rows, l.row(k.Value, item)) })
	case document.MappingNode:
		l.Mapping(v, "a table", "csv", func(k, v *document.Node) bool {
			if k.Value == "csv" {
				t.Rows = l.csvRows(v)
			}
			return k.Value == "csv"
		})
	default:
		l.Fail(v, "write [] for a table without rows", "table %s must be a list of rows, or {csv: file}, not %s", document.Quote(k.Value), document.KindOf(v))
	}
	return t
}

func (l *loader) row(table string, n *document.Node) FixtureRow {
	row := FixtureRow{Position: l.Position(n)}
	l.Pairs(n, "a row of "+table, func(k, v *document.Node) {
		v = document.Resolve(v)
		if v.Kind != document.ScalarNode {
			hint := `write JSON as text: '{"n": 1}'`
			if v.Kind == document.SequenceNode {
				hint = `write an array as the database does: '{a,b}'; or JSON as text: '["a", "b"]'`
			}
			l.Fail(v, hint, "column %s must be one value, not %s", document.Quote(k.Value), document.KindOf(v))
			return
		}
		if l.Untagged(v) && !l.Cut(v) {
			row.Columns = append(row.Columns, k.Value)
			row.Cells = append(row.Cells, Cell{Text: v.Value, Null: document.IsNull(v), Plain: document.IsPlain(v)})
		}
	})
	return row
}

// csvRows reads a file whose first line names the columns. An empty cell is NULL.
func (l *loader) csvRows(n *document.Node) []FixtureRow {
	name, text, ok := l.named(n, "csv")
	if !ok {
		return nil
	}
	reader := csv.NewReader(strings.NewReader(text))
	columns, err := reader.Read()
	if errors.Is(err, io.EOF) {
		l.FailIn(document.Position{File: name}, "name the columns on the first line", "the file is empty")
		return nil
	}
	var rows []FixtureRow
	for err == nil {
		var record []string
		if record, err = reader.Read(); err == nil {
			row := FixtureRow{Columns: columns, Cells: make([]Cell, len(record)), Position: document.Position{File: name}}
			row.Position.Line, row.Position.Column = reader.FieldPos(0)
			for i, text := range record {
				row.Cells[i] = Cell{Text: text, Null: text == "", Plain: true}
			}
			rows = append(rows, row)
		}
	}
	if !errors.Is(err, io.EOF) {
		at := document.Position{File: name}
		if wrong, ok := errors.AsType[*csv.ParseError](err); ok {
			at.Line, at.Column, err = wrong.Line, wrong.Column, wrong.Err
		}
		l.FailIn(at, "", err.Error())
		return nil
	}
	l.csvColumns(name, columns)
	return rows
}

// csvColumns checks the first line of a CSV file. Whether the table has such columns only the database knows.
func (l *loader) csvColumns(name string, columns []string) {
	at := document.Position{File: name, Line: 1, Column: 1}
	for i, c := range columns {
		switch {
		case strings.ContainsAny(c, ";\t"):
			l.FailIn(at, "separate columns with commas", "one column is called "+document.Quote(c))
		case strings.TrimSpace(c) != c || c == "":
			l.FailIn(at, "write the names without spaces between the commas", "one column is called "+document.Quote(c))
		case slices.Contains(columns[:i], c):
			l.FailIn(at, "", "two columns are called "+document.Quote(c))
		}
	}
}
