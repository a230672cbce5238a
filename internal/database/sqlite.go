package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	driversqlite "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// sqlite is the dialect of SQLite files, which are opened for reading only. There is no session to configure: times
// are UTC text.
type sqlite struct{}

const sqliteTime = "2006-01-02 15:04:05"

func (sqlite) connector(resolve func(context.Context) (engine.Address, error)) driver.Connector {
	return sqliteConnector(resolve)
}

type sqliteConnector func(context.Context) (engine.Address, error)

// Driver implements driver.Connector.
func (sqliteConnector) Driver() driver.Driver { return &driversqlite.Driver{} }

// Connect opens the file.
func (resolve sqliteConnector) Connect(ctx context.Context) (driver.Conn, error) {
	address, err := resolve(ctx)
	if err != nil {
		return nil, err
	}
	file, ok := address.(engine.SQLiteFile)
	if !ok {
		return nil, errors.New("the url no longer points to a SQLite file: restart to change the engine")
	}
	path := file.Path()
	if err := engine.Regular(path); err != nil { // SQLite itself does not say which file.
		return nil, withoutQuery(err)
	}
	escaped := strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(path)
	connector, err := driversqlite.NewConnector("file:" + escaped + "?mode=ro&_pragma=query_only(1)&_pragma=busy_timeout(1000)")
	if err != nil {
		return nil, err
	}
	conn, err := connector.Connect(ctx)
	if err != nil {
		return nil, err
	}
	return newSQLiteConn(conn)
}

// withoutQuery returns the error about a file without what follows a ? in its name. It is part of the name here, but
// where people take it for options it may hold a key.
func withoutQuery(err error) error {
	file, ok := errors.AsType[*os.PathError](err)
	if !ok {
		return err
	}
	name, _, found := strings.Cut(file.Path, "?")
	if !found {
		return err
	}
	return fmt.Errorf("%s %s?…: %w (a SQLite URL has no options: the ? is taken as part of the file name)", file.Op, name, file.Err)
}

// idle is 0 because an open file stays what it was when another one takes its name.
func (sqlite) idle() time.Duration { return 0 }

func (sqlite) begin(conn *sqlx.Conn, _ settings, handedOver bool) error {
	text := "BEGIN"
	if handedOver {
		text = "ROLLBACK; BEGIN"
	}
	_, err := conn.ExecContext(context.Background(), text)
	return err
}

func (sqlite) outlives(*sqltext.Statement) bool { return false }

func (sqlite) end(conn *sqlx.Conn, _ *sqltext.Statement) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}

func (sqlite) placeholder(ordinal int, _ string) string { return "?" + strconv.Itoa(ordinal) }

func (s sqlite) render(statement *sqltext.Statement) (text string, names []string) {
	return statement.Render(s.placeholder)
}

func (sqlite) instant(t time.Time) any { return t.UTC().Format(sqliteTime) }

func (sqlite) classify(err error, _ string) (FailureReason, string) {
	sqliteErr, ok := errors.AsType[*driversqlite.Error](err)
	if !ok {
		return "", ""
	}
	const busy, locked, readOnly, interrupted, corrupt, cannotOpen, tooBig, notADatabase = 5, 6, 8, 9, 11, 14, 18, 26
	switch sqliteErr.Code() & 0xff { // The rest distinguishes finer cases.
	case busy, locked:
		return Timeout, "the file is locked by a writer: " + err.Error()
	case readOnly:
		return Write, "the query tries to change something: " + err.Error()
	case interrupted:
		return "", ""
	case tooBig:
		return TooLarge, err.Error()
	case corrupt, cannotOpen, notADatabase:
		return Connect, err.Error()
	}
	return Refused, err.Error()
}

func (sqlite) readable(*Value) error { return nil }

func (sqlite) number(v *Value) (float64, error) {
	switch source := v.source.(type) {
	case int64:
		return float64(source), nil
	case float64:
		return source, nil
	case time.Time: // A column that is declared as a date or time.
		if isSQLiteDate(v, source) {
			return seconds(inZone(source, v.zone)), nil
		}
		return seconds(source), nil
	case string:
		return 0, fmt.Errorf("text is not a number: write CAST(%s AS REAL), which makes 0 of what is not one, or unixepoch(%s) for a time", identifier(v.column.Name), identifier(v.column.Name))
	}
	return 0, fmt.Errorf("a blob is not a number: write CAST(CAST(%s AS TEXT) AS REAL), which makes 0 of what is not one", identifier(v.column.Name))
}

// text writes a cell as a cast to text does.
func (sqlite) text(v *Value) string {
	switch source := v.source.(type) {
	case string:
		return source
	case int64:
		return strconv.FormatInt(source, 10)
	case float64:
		return formatSQLiteFloat(source)
	case time.Time:
		if isSQLiteDate(v, source) {
			return source.Format(time.DateOnly)
		}
		return source.Format(sqliteTime)
	}
	return string(v.bytes)
}

// isSQLiteDate reports whether a cell is a date: what is declared as one may hold a time, too.
func isSQLiteDate(v *Value, t time.Time) bool {
	return v.column.Type == "date" && t.Equal(t.Truncate(24*time.Hour))
}

// formatSQLiteFloat writes 15 digits where they are enough to read the same number again, else 17, and always a point.
func formatSQLiteFloat(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "Inf"
	case math.IsInf(f, -1):
		return "-Inf"
	case f == 0:
		return "0.0"
	}
	scientific := strconv.FormatFloat(f, 'e', 14, 64)
	if same, err := strconv.ParseFloat(scientific, 64); err != nil || same != f {
		scientific = strconv.FormatFloat(f, 'e', 16, 64)
	}
	mantissa, exponent, _ := strings.Cut(scientific, "e")
	trim := func(digits string) string {
		digits = strings.TrimRight(digits, "0")
		if strings.HasSuffix(digits, ".") {
			digits += "0"
		}
		return digits
	}
	n, err := strconv.Atoi(exponent)
	if err != nil || n < -4 || n >= 17 {
		return trim(mantissa) + "e" + exponent
	}
	_, fraction, _ := strings.Cut(mantissa, ".")
	return trim(strconv.FormatFloat(f, 'f', max(len(fraction)-n, 1), 64))
}

func (sqlite) explain(ctx context.Context, s *session) (Explanation, error) {
	if _, err := s.columns(ctx, "EXPLAIN QUERY PLAN ", ""); err != nil {
		return Explanation{}, err
	}
	columns, err := s.ownColumns()
	return Explanation{Columns: columns}, err
}

// ownColumns returns the columns of the statement itself: as a subquery it would have w and w:1 in place of two called w.
func (s *session) ownColumns() (columns []Column, err error) {
	text, _ := s.statement.Render(s.dialect.placeholder)
	err = s.conn.Raw(func(driverConn any) error {
		preparer, ok := driverConn.(interface {
			ColumnInfo(query string) ([]driversqlite.ColumnInfo, error)
		})
		if !ok {
			return fmt.Errorf("the driver %T names no columns", driverConn)
		}
		list, err := preparer.ColumnInfo(text)
		for _, c := range list {
			columns = append(columns, Column{Name: escape(c.Name), Type: strings.ToLower(c.DeclType)})
		}
		return err
	})
	return columns, err
}
