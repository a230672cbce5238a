package kpitest

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// fixtureDB is a place for fixtures that is gone after the test.
type fixtureDB struct {
	dialect
	db  *sql.DB
	url string // How a database of the KPI file leads here.

	columns    []timeColumn // Nil until the first truncateAfter.
	references []reference
}

// dialect is what differs between engines.
type dialect interface {
	// quote returns a name as SQL takes it.
	quote(name string) string
	// table returns the name of a table as SQL takes it.
	table(name string) string
	// cell returns the value of a cell as the driver takes it.
	cell(Cell) any
	// bits finds the columns in which a number is another value than the text of its digits, as table.column in lower case.
	bits(context.Context, session) ([]string, error)
	// parameter returns the placeholder of a parameter, counted from 1.
	parameter(n int) string
	// emptyRow returns what follows the name of a table to insert a row of defaults.
	emptyRow() string
	// literal returns an instant as SQL that columns with times compare with.
	literal(time.Time) string
	// tables returns SQL that lists the names of the tables.
	tables() string
	// exec runs a file of SQL, ends what it has set for its session, and says what it has done that no test can rest on: with
	// the line if the engine says it, and no secret.
	exec(ctx context.Context, db *sql.DB, text string) error
	// commit ends a transaction, unless it has written to what is not of the test: then it undoes it, and says to what.
	commit(context.Context, *sql.Tx) error
	// check reports values that do not mean what they seem to; nil if all do.
	check(context.Context, *sql.DB) error
	// explain returns what is wrong with a text of SQL, with the line if the engine reports it, and no secret.
	explain(sql string, err error) string
	// timeColumns finds the columns that hold times.
	timeColumns(context.Context, *sql.DB) ([]timeColumn, error)
	// foreignKeys finds what refers to what.
	foreignKeys(context.Context, *sql.DB) ([]reference, error)
	// free takes from the tables what would keep rows from being deleted: constraints and triggers.
	free(context.Context, *sql.DB) error
	// refresh brings what the database keeps of the rows up to date.
	refresh(context.Context, session) error
	// remove drops the place, and gives back what the engine holds beside it.
	remove(ctx context.Context)
}

// newPlace makes an empty place for fixtures. on is the server that somebody named for tests, nil for an engine that needs none.
type newPlace func(ctx context.Context, on *config.Database) (*fixtureDB, error)

// fixturePlaces returns how places are made, by engine. An engine whose KPIs can be tested is one line.
func fixturePlaces() map[engine.Engine]newPlace {
	return map[engine.Engine]newPlace{
		engine.Postgres{}: newPostgres,
		engine.MySQL{}:    newMySQL,
		engine.SQLite{}:   newSQLite,
	}
}

// newFixtureDB makes an empty place for the fixtures of a database of the KPI file.
func newFixtureDB(ctx context.Context, database string, fx *Fixtures, override string) (*fixtureDB, error) {
	e, on := cmp.Or(fx.Engine, fx.Own), fx.Database
	switch isTestable := e == nil || fixturePlaces()[e] != nil; {
	case !isTestable:
		return nil, problem(fx.Position, "write database: with a server of PostgreSQL, MySQL or MariaDB, or sqlite for a temporary file, if the SQL runs there as well",
			"the rows for %q would go to %s, where no test can make a place for them", database, e.Title())
	case e != nil && e.Embedded():
		return fixturePlaces()[e](ctx, nil)
	case override != "":
		on = config.NewDatabase("test", override, "")
	case on == nil:
		return nil, problem(fx.Position, "name a server of PostgreSQL, MySQL or MariaDB with --database or database:, or write database: sqlite for a temporary file",
			"there is no database to load the rows for %q into", database)
	}
	address, err := on.Address()
	if err != nil {
		return nil, err
	}
	switch e = address.Engine(); {
	case fx.Own != nil && fx.Own != e:
		return nil, problem(fx.place(), "name a server of "+fx.Own.Title()+" for the rows", "%s", misplaced(database, fx.Own, e.Title()))
	case e.Embedded() || fixturePlaces()[e] == nil:
		return nil, fmt.Errorf("database %q: it must be a server of PostgreSQL or MySQL: write postgres://user@host:5432/name", on.Name)
	}
	return fixturePlaces()[e](ctx, on)
}

var errOpenTransaction = errors.New("it leaves a transaction open: end it with COMMIT")

func problem(at document.Position, hint, format string, args ...any) error {
	return document.Problems{{Position: at, Message: fmt.Sprintf(format, args...), Hint: hint}}
}

// fill runs the schema, inserts the rows, runs the rest, and looks at the result.
func (f *fixtureDB) fill(ctx context.Context, fx *Fixtures) error {
	if err := f.run(ctx, fx.Schema); err != nil {
		return err
	}
	if err := f.insert(ctx, fx); err != nil {
		return err
	}
	if err := f.run(ctx, fx.SQL); err != nil {
		return err
	}
	if err := f.check(ctx, f.db); err != nil {
		return problem(fx.Position, "", "%s", err)
	}
	return nil
}

func (f *fixtureDB) run(ctx context.Context, files []FixtureFile) error {
	for _, file := range files {
		if err := f.exec(ctx, f.db, file.Text); err != nil {
			return problem(file.Position, "", "%s: %s", file.Name, err)
		}
	}
	return nil
}

func (f *fixtureDB) insert(ctx context.Context, fx *Fixtures) error {
	tx, err := f.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer func() { _ = tx.Rollback() }()
	bits, err := f.bits(ctx, tx)
	if err != nil {
		return err
	}
	for _, t := range fx.Tables {
		for _, row := range t.Rows {
			cells := make([]any, len(row.Cells))
			for i, c := range row.Cells {
				n, notDigits := strconv.ParseUint(c.Text, 10, 64)
				switch isBits := slices.Contains(bits, strings.ToLower(t.Name+"."+row.Columns[i])); {
				case c.Null:
				case isBits && notDigits == nil:
					cells[i] = n
				default:
					cells[i] = f.cell(c)
				}
			}
			if _, err := tx.ExecContext(ctx, f.insertion(t.Name, row.Columns), cells...); err != nil {
				_ = tx.Rollback() // Before anything else can be queried.
				return problem(row.Position, f.misnamed(ctx, t.Name, row.Columns), "table %q: %s", t.Name, f.explain("", err))
			}
		}
	}
	if err := f.commit(ctx, tx); err != nil {
		return problem(fx.Position, "", "rows: %s", err)
	}
	return nil
}

// misnamed returns which columns a table has, if one of these is not among them, or which tables there are, if it is not
// among those; else "".
func (f *fixtureDB) misnamed(ctx context.Context, table string, columns []string) string {
	tables, err := collect(ctx, f.db, f.tables(), scanName)
	if err != nil {
		return ""
	}
	if !slices.Contains(tables, table) && len(tables) == 0 {
		return ""
	}
	if !slices.Contains(tables, table) {
		return "the tables are: " + strings.Join(tables, ", ")
	}
	rows, err := f.db.QueryContext(ctx, "SELECT * FROM "+f.table(table)+" LIMIT 0") //nolint:gosec // The name is quoted.
	if err != nil {
		return ""
	}
	defer func() { _ = rows.Close() }()
	names, err := rows.Columns()
	if errors.Join(err, rows.Err()) != nil || !slices.ContainsFunc(columns, func(c string) bool { return !slices.Contains(names, c) }) {
		return ""
	}
	return "its columns are: " + strings.Join(names, ", ")
}

func (f *fixtureDB) insertion(table string, columns []string) string {
	if len(columns) == 0 {
		return "INSERT INTO " + f.table(table) + " " + f.emptyRow()
	}
	quoted, places := make([]string, len(columns)), make([]string, len(columns))
	for i, c := range columns {
		quoted[i], places[i] = f.quote(c), f.parameter(i+1)
	}
	return fmt.Sprintf("INSERT INTO %s (%s) VALUES (%s)", f.table(table), strings.Join(quoted, ", "), strings.Join(places, ", "))
}

// remove drops the place, whatever has happened.
func (f *fixtureDB) remove(ctx context.Context) {
	_ = f.db.Close()
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	f.dialect.remove(ctx)
}
