package kpitest

import (
	"cmp"
	"errors"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// File says which values the KPIs of a file must have over given rows. Only Load makes one.
type File struct {
	Path      string
	Config    *config.Config       // The KPI file.
	Fixtures  *Fixtures            // What every database of the KPI file holds that has none of its own.
	Databases map[string]*Fixtures // By name: the databases that hold something of their own.
	Cases     []*Case
}

// untested reports whether a database gets no rows, because it answers no SQL.
func (t *File) untested(d *config.Database) bool {
	_, ok := d.Engine().(engine.Prometheus)
	return ok && t.Databases[d.Name] == nil
}

// FixturesOf returns what the database of that name holds.
func (t *File) FixturesOf(database string) *Fixtures {
	return cmp.Or(t.Databases[database], t.Fixtures)
}

const testFileKeys = "kpi_file timezone " + fixtureKeys + " databases cases"

// loader reads one file of tests.
type loader struct {
	*document.File
	report *document.Report
	test   *File
	zone   *time.Location // Instead of that of the KPI file; nil if it is not said.
}

// Load reads a file of tests, what it names, and the KPI file that it is about. Like config.Load it resolves no secret, and its
// error is of type Problems and holds everything that is wrong.
func Load(path string) (*File, error) {
	l := &loader{
		report: document.NewReport(),
		test:   &File{Path: path, Databases: map[string]*Fixtures{}},
	}
	l.load()
	if problems := l.report.Errors(); len(problems) > 0 {
		return nil, problems
	}
	return l.test, nil
}

func (l *loader) load() {
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

func (l *loader) loadKPIs(root, n *document.Node) {
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
	c, err := config.LoadWith(l.Path(path.Value), config.Options{Checks: lint.IDs(), Zone: l.zone})
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
func (l *loader) databases(n *document.Node) {
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
		if own := l.engineOf(k.Value); fx.Engine == nil && fx.Database == nil && (own == nil || !own.Embedded()) {
			fx.Engine, fx.Database = l.test.Fixtures.Engine, l.test.Fixtures.Database
		}
	})
}

func (l *loader) engineOf(database string) engine.Engine {
	for _, d := range l.test.Config.Databases {
		if d.Name == database {
			return d.Engine()
		}
	}
	return nil
}

// place finds out which engine the fixtures of a database of the KPI file need, and that they do not go to itself.
func (l *loader) place(d *config.Database) {
	if l.test.untested(d) {
		return
	}
	fx := l.test.FixturesOf(d.Name)
	if fx.Database != nil && fx.Database.SameURL(d) {
		l.FailIn(fx.Database.Position, "name one that exists for tests, in a variable of its own",
			"this is database "+document.Quote(d.Name)+" of the KPI file, which a test never writes to")
	}
	var to string
	own := d.Engine()
	switch known := cmp.Or(fx.Engine, fx.Own); {
	case own == nil:
		return
	case known != nil && known != own:
		to = known.Title()
	case known == nil && own.Embedded() && fx.Database != nil:
		to = "a server"
	default:
		fx.Own = own
		return
	}
	l.FailIn(fx.place(), "write below databases: what "+d.Name+" holds, with a database: of its own", misplaced(d.Name, own, to))
}

// place returns where the test says where its rows go.
func (fx *Fixtures) place() document.Position {
	if fx.Database != nil {
		return fx.Database.Position
	}
	return fx.Position
}

func misplaced(database string, own engine.Engine, to string) string {
	return "database " + document.Quote(database) + " of the KPI file is " + own.Title() + ", and its rows would go to " + to
}
