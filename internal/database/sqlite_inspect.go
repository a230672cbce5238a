package database

import (
	"context"
	"database/sql"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	driversqlite "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// inspectQuery finds out in which forms instants are written, because SQLite has no type for them.
func (sqlite) inspectQuery(ctx context.Context, s *session) (QueryAdvice, error) {
	return QueryAdvice{Forms: s.forms(ctx)}, nil
}

// inspect finds nothing: the file is opened for reading only, so that no query can write to it, whoever may write to the file; and
// there are no roles, and no copies.
func (sqlite) inspect(context.Context, *session) (Advice, error) { return Advice{}, nil }

// side is one value of a side of a comparison.
type side struct {
	form     Form // "" if there is no value.
	text     string
	isNumber bool // Its storage class.
	converts bool // SQLite converts the other side to the class of this one.
}

// sideOf selects what a side holds of an expression. A number is less than every text, unless the affinity of an operand has
// the other one converted.
const sideOf = "SELECT typeof(%[1]s), CAST(%[1]s AS TEXT), CASE WHEN typeof(%[1]s) IN ('integer', 'real') THEN %[1]s > '-9e300' ELSE %[1]s < 9e300 END FROM "

// forms looks at one value of everything that the query compares with an instant. What cannot be found out is left out, and
// what takes too long.
func (s *session) forms(ctx context.Context) []Forms {
	ctx, cancel := context.WithTimeout(ctx, s.Timeout/2)
	defer cancel()
	var list []Forms
	for _, c := range s.statement.Comparisons() {
		value := s.sideOfColumn(ctx, c)
		if value.form == "" {
			value = s.side(ctx, c.Values, "value")
		}
		bounds := c.BoundAlone
		if bounds == nil {
			bounds = c.Values
		}
		bound := s.side(ctx, bounds, "bound")
		f := Forms{Comparison: c, Value: value.form, Bound: bound.form}
		if c.ReadValues != nil {
			f.Read = s.side(ctx, c.ReadValues, "value").form
		}
		if isTime := f.Read.IsInstant() || f.Read.Layout() != ""; isTime && f.Value == "" && ctx.Err() == nil {
			f.Value = FormNull
		}
		if f.Value == "" || f.Bound == "" {
			continue
		}
		if f.Value != FormNull && value.isNumber != bound.isNumber && !value.converts && !bound.converts {
			f.Unlike = map[bool]string{true: "number", false: "text"}[value.isNumber]
		}
		f.BoundInUTC = f.Bound.Layout() != "" && s.boundInUTC(ctx, c)
		f.ValueInUTC = f.Value.Layout() != "" && s.valueInUTC(ctx, f)
		list = append(list, f)
	}
	return list
}

// side returns one value of a column, without form if there is none.
func (s *session) side(ctx context.Context, statement *sqltext.Statement, column string) (v side) {
	_ = s.query(ctx, statement, fmt.Sprintf(sideOf, column)+"(", "\n) WHERE "+column+" IS NOT NULL LIMIT 1", func(rows *sql.Rows) error {
		var err error
		v, err = scanSide(rows)
		return err
	})
	return v
}

// sideOfColumn does the same where what is compared is a column of a table, whatever views and aliases are between, without
// running the query. There is no form where it is not one.
func (s *session) sideOfColumn(ctx context.Context, c sqltext.Comparison) side {
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
		return side{}
	}
	quote := func(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }
	column := quote(columns[0].OriginName)
	rows, err := s.conn.QueryContext(ctx, fmt.Sprintf(sideOf+"%[2]s.%[3]s WHERE %[1]s IS NOT NULL LIMIT 1",
		column, quote(columns[0].DatabaseName), quote(columns[0].TableName)))
	if err != nil {
		return side{}
	}
	defer rows.Close()
	v, err := scanSide(rows)
	if err != nil || rows.Err() != nil {
		return side{}
	}
	return v
}

// scanSide reads the only row.
func scanSide(rows *sql.Rows) (side, error) {
	if !rows.Next() {
		return side{}, rows.Err()
	}
	var v side
	var kind string
	if err := rows.Scan(&kind, &v.text, &v.converts); err != nil {
		return side{}, err
	}
	v.form, v.isNumber = formOf(kind, v.text), kind == "integer" || kind == "real"
	return v, nil
}

// dateAndTime matches what begins like the one form of instants.
var dateAndTime = regexp.MustCompile(`^\d{4}-\d\d-\d\d(?:([ T])\d\d:\d\d(:\d\d(?:\.\d+)?)?(Z|[+-]\d\d:?\d\d)?)?$`)

// formOf returns the form of a value of a type of SQLite.
func formOf(kind, text string) Form {
	if n, err := strconv.ParseFloat(text, 64); err == nil && kind != "blob" {
		if f := formOfDigits(text); f != "" {
			return f
		}
		return formOfNumber(kind, n)
	}
	match := dateAndTime.FindStringSubmatch(text)
	switch {
	case kind != "text":
		return FormOther
	case match == nil:
		if _, err := time.Parse(FormMonth.Layout(), text); err == nil {
			return FormMonth
		}
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

// formOfDigits returns the form of a time of the years 1900 to 2100 that is written without anything between its digits, ""
// for other numbers.
func formOfDigits(text string) Form {
	for f, layout := range map[Form]string{FormYear: "2006", FormDateDigits: "20060102", FormDigits: "20060102150405"} {
		if t, err := time.Parse(layout, text); err == nil && t.Year() >= 1900 && t.Year() <= 2100 {
			return f
		}
	}
	return ""
}

// formOfNumber tells seconds of the years 1973 to 5138 from smaller units, and days from both. Smaller numbers may be anything.
func formOfNumber(kind string, n float64) Form {
	switch {
	case n >= 1e6 && n < 1e7 && kind == "real":
		return FormJulian
	case n < 1e8:
		return FormOther
	case n < 1e11:
		return FormSeconds
	case n < 1e14:
		return FormMilliseconds
	case n < 1e17:
		return FormMicroseconds
	}
	return FormOther
}
