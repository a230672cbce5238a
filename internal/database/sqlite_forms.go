package database

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	driversqlite "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// forms looks at one value of everything that the query compares with an instant. What cannot be found out is left out, and
// what takes too long.
func (s *session) forms(ctx context.Context) []Forms {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout/2)
	defer cancel()
	var list []Forms
	for _, c := range s.statement.Comparisons() {
		f := Forms{Comparison: c, Value: s.formOfColumn(ctx, c)}
		if f.Value == "" {
			f.Value = s.form(ctx, c.Values, "value")
		}
		if c.BoundAlone != nil {
			f.Bound = s.form(ctx, c.BoundAlone, "bound")
		} else {
			f.Bound = s.form(ctx, c.Values, "bound")
		}
		if f.Value != "" && f.Bound != "" {
			list = append(list, f)
		}
	}
	return list
}

// form returns the form of one value of a column, "" if there is none.
func (s *session) form(ctx context.Context, statement *sqltext.Statement, column string) (form Form) {
	_ = s.query(ctx, statement, "SELECT typeof("+column+"), CAST("+column+" AS TEXT) FROM (", "\n) WHERE "+column+" IS NOT NULL LIMIT 1", func(rows *sql.Rows) error {
		var err error
		form, err = scanForm(rows)
		return err
	})
	return form
}

// formOfColumn does the same where what is compared is a column of a table, whatever views and aliases are between, without
// running the query. It returns "" where it is not one.
func (s *session) formOfColumn(ctx context.Context, c sqltext.Comparison) Form {
	var columns []driversqlite.ColumnInfo
	err := s.conn.Raw(func(driverConn any) (err error) {
		if d, ok := driverConn.(interface {
			ColumnInfo(query string) ([]driversqlite.ColumnInfo, error)
		}); ok {
			text, _ := c.Values.Render(s.dialect.placeholder)
			columns, err = d.ColumnInfo(text)
		}
		return err
	})
	if err != nil || len(columns) == 0 || columns[0].OriginName == "" {
		return ""
	}
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	column := quote(columns[0].OriginName)
	rows, err := s.conn.QueryContext(ctx, fmt.Sprintf("SELECT typeof(%[1]s), CAST(%[1]s AS TEXT) FROM %[2]s.%[3]s WHERE %[1]s IS NOT NULL LIMIT 1",
		column, quote(columns[0].DatabaseName), quote(columns[0].TableName)))
	if err != nil {
		return ""
	}
	defer rows.Close()
	form, err := scanForm(rows)
	if err != nil || rows.Err() != nil {
		return ""
	}
	return form
}

// scanForm reads the only row.
func scanForm(rows *sql.Rows) (Form, error) {
	if !rows.Next() {
		return "", rows.Err()
	}
	var kind, text string
	if err := rows.Scan(&kind, &text); err != nil {
		return "", err
	}
	return formOf(kind, text), nil
}

// dateAndTime matches what begins like the one form of instants.
var dateAndTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:([ T])\d\d:\d\d(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$`)

// formOf returns the form of a value of a type of SQLite.
func formOf(kind, text string) Form {
	if n, err := strconv.ParseFloat(text, 64); err == nil && kind != "blob" {
		return formOfNumber(kind, math.Abs(n))
	}
	match := dateAndTime.FindStringSubmatch(text)
	switch {
	case match == nil || kind != "text":
		return FormOther
	case match[1] == "":
		return FormDate
	case match[1] == "T" || match[3] != "":
		return FormISO
	case match[2] == "":
		return FormMinutes
	}
	return FormText
}

// formOfNumber tells seconds of the years 1973 to 5138 from smaller units, and days from both.
func formOfNumber(kind string, n float64) Form {
	switch {
	case n >= 1e6 && n < 1e7 && kind == "real":
		return FormJulian
	case n < 1e11:
		return FormSeconds
	case n < 1e14:
		return FormMilliseconds
	case n < 1e17:
		return FormMicroseconds
	}
	return FormOther
}
