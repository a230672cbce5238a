package config

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// TestFile says which values the KPIs of a file must have over given rows. Only LoadTest makes one.
type TestFile struct {
	Path      string
	Config    *Config              // The KPI file.
	Fixtures  *Fixtures            // What every database of the KPI file holds that has none of its own.
	Databases map[string]*Fixtures // By name: the databases that hold something of their own.
	Cases     []*TestCase
}

// FixturesOf returns what the database of that name holds.
func (t *TestFile) FixturesOf(database string) *Fixtures {
	return cmp.Or(t.Databases[database], t.Fixtures)
}

// Fixtures are tables and rows, and where they are put for the length of a test.
type Fixtures struct {
	Engine   engine.Engine // Nil when neither the test nor the KPI file tells without a secret.
	Database *Database     // A server that takes a schema of its own for the test; nil if the file names none.
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

const (
	fixtureKeys  = "database schema rows sql"
	testFileKeys = "kpi_file timezone " + fixtureKeys + " databases cases"
)

// testLoader reads one file of tests.
type testLoader struct {
	*document.File
	report *document.Report
	test   *TestFile
	zone   *time.Location // Instead of that of the KPI file; nil if it is not said.
}

// LoadTest reads a file of tests, what it names, and the KPI file that it is about. Like Load it resolves no secret, and its
// error is of type Problems and holds everything that is wrong.
func LoadTest(path string) (*TestFile, error) {
	l := &testLoader{
		report: document.NewReport(),
		test:   &TestFile{Path: path, Databases: map[string]*Fixtures{}},
	}
	l.load()
	if problems := l.report.Errors(); len(problems) > 0 {
		return nil, problems
	}
	return l.test, nil
}

func (l *testLoader) load() {
	var err error
	if l.File, err = l.report.Read(l.test.Path, false); err != nil {
		l.FailFile(err.Error(), "")
		return
	}
	root := l.Parse()
	if root == nil {
		return
	}
	var kpiFile, databases, cases *document.Node
	l.test.Fixtures = &Fixtures{Position: l.Position(root)}
	l.Mapping(root, "the test file", testFileKeys, func(k, v *document.Node) bool {
		switch k.Value {
		case "kpi_file":
			kpiFile = v
		case "timezone":
			l.zone = l.Location(v, k.Value).Value
		case "databases":
			databases = v
		case "cases":
			cases = v
		default:
			return l.fixture(l.test.Fixtures, k, v)
		}
		return true
	})
	if root.Kind != document.MappingNode {
		return
	}
	l.loadKPIs(root, kpiFile)
	if l.test.Config == nil {
		return // Nothing else could be checked.
	}
	if databases != nil {
		l.databases(databases)
	}
	for _, d := range l.test.Config.Databases {
		l.place(d)
	}
	if cases == nil && document.FindOwn(root, "cases") == nil {
		l.FailFile("there are no cases", "write cases: and below it a list, each with name, as_of and expect")
	}
	if cases != nil {
		l.cases(cases)
	}
}

func (l *testLoader) loadKPIs(root, n *document.Node) {
	if n == nil {
		if document.FindOwn(root, "kpi_file") == nil {
			l.FailFile("there is no kpi_file", "write kpi_file: with the path of the KPI file that is tested, relative to this file")
		}
		return
	}
	path := l.Text(n, "kpi_file")
	if !path.OK {
		return
	}
	c, err := LoadWith(l.Path(path.Value), Options{Zone: l.zone})
	problems, ok := errors.AsType[document.Problems](err)
	switch {
	case ok && len(problems) == 1 && problems[0].Line == 0 && problems[0].File == l.Path(path.Value):
		path.Fail("the path is relative to this file", "%s", problems[0].String())
	case ok:
		l.report.Add(problems)
	default:
		l.test.Config = c
	}
}

// databases reads what single databases of the KPI file hold.
func (l *testLoader) databases(n *document.Node) {
	known := make([]string, len(l.test.Config.Databases))
	for i, d := range l.test.Config.Databases {
		known[i] = d.Name
	}
	l.Each(n, "databases", func(k, v *document.Node) {
		if !document.IsOneOf(k.Value, strings.Join(known, " ")) {
			l.Fail(k, document.DidYouMean(k.Value, strings.Join(known, " "), "databases are"), "the KPI file has no database %s", document.Quote(k.Value))
			return
		}
		fx := &Fixtures{Position: l.Position(k)}
		l.test.Databases[k.Value] = fx
		l.Mapping(v, "a database", fixtureKeys, func(k, v *document.Node) bool { return l.fixture(fx, k, v) })
		if own := l.engineOf(k.Value); fx.Engine == nil && (own == nil || !own.Embedded()) {
			fx.Engine, fx.Database = l.test.Fixtures.Engine, l.test.Fixtures.Database
		}
	})
}

func (l *testLoader) engineOf(database string) engine.Engine {
	for _, d := range l.test.Config.Databases {
		if d.Name == database {
			return d.Engine()
		}
	}
	return nil
}

// fixture reads one of fixtureKeys.
func (l *testLoader) fixture(fx *Fixtures, k, v *document.Node) bool {
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
func (l *testLoader) database(fx *Fixtures, n *document.Node) {
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
	d := NewDatabase("test", text.Value, "")
	e := d.Engine()
	if e != nil && e.Embedded() {
		text.Fail("write database: "+e.Name(), "fixtures go to a temporary %s file, which has no name", e.Title())
		return
	}
	if err := d.location().Check(); err != nil {
		text.Fail("write ${KPI_TEST_DATABASE_URL}, postgres://user@host:5432/name, or sqlite for a temporary file", "%s", err)
		return
	}
	if e == nil { // The environment tells.
		e = engine.Postgres{}
	}
	fx.Engine, fx.Database = e, d
	fx.Database.Position = l.Position(text.Node)
}

// place finds out which engine the fixtures of a database of the KPI file need, and that they do not go to itself.
func (l *testLoader) place(d *Database) {
	fx := l.test.FixturesOf(d.Name)
	if fx.Database != nil && fx.Database.url == d.url {
		l.FailIn(fx.Database.Position, "name one that exists for tests, in a variable of its own",
			"this is database "+document.Quote(d.Name)+" of the KPI file, which a test never writes to")
	}
	switch own := d.Engine(); {
	case fx.Engine == nil:
		fx.Engine = own
	case own != nil && own != fx.Engine:
		at := fx.Position
		if fx.Database != nil {
			at = fx.Database.Position
		}
		l.FailIn(at, "write below databases: what "+d.Name+" holds, with a database: of its own",
			"database "+document.Quote(d.Name)+" of the KPI file is "+own.Title()+", and its rows would go to "+fx.Engine.Title())
	}
}

// sqlFiles reads the path of a file, or a list of them, and the files.
func (l *testLoader) sqlFiles(n *document.Node, what string) []FixtureFile {
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
func (l *testLoader) named(n *document.Node, what string) (name, text string, ok bool) {
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
func (l *testLoader) table(k, v *document.Node) FixtureTable {
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

func (l *testLoader) row(table string, n *document.Node) FixtureRow {
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
func (l *testLoader) csvRows(n *document.Node) []FixtureRow {
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
func (l *testLoader) csvColumns(name string, columns []string) {
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
