package database

import (
	"context"
	"database/sql"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// inspectQuery finds out what the server converts in the session's time zone.
func (postgres) inspectQuery(ctx context.Context, s *session) (QueryAdvice, error) {
	return s.inspectTimes(ctx)
}

// typeProbe finds out what the server compares the instants of a query with. The instants of a query are typed, so that the
// server converts what they are compared with; for a parameter without a type it has to infer one,
// which is that of the column, through any view, alias and WITH.
type typeProbe struct {
	*session
	conversions []sqltext.Conversion
}

const (
	pgDate        = "date"
	pgTimestamp   = "timestamp without time zone"
	pgTimestamptz = "timestamp with time zone"
)

// inspectTimes tries one instant after the other, because where one needs a type the server refuses the whole query. Nothing is
// executed, and nothing stays in the session: what is asked is part of the transaction. It returns what it knows also with an
// error.
func (s *session) inspectTimes(ctx context.Context) (advice QueryAdvice, err error) {
	instants, conversions := s.statement.Instants(), s.statement.SessionConversions()
	if len(instants)+len(conversions) == 0 {
		return advice, nil
	}
	if _, err := s.conn.ExecContext(ctx, "SAVEPOINT kpi_exporter"); err != nil {
		return advice, err
	}
	p := &typeProbe{s, s.statement.Conversions()}
	end := time.Now().Add(s.Timeout / 2)
	for _, c := range conversions {
		if time.Now().After(end) {
			return advice, nil
		}
		kind, err := p.typeOf(ctx, c.Values)
		if err != nil {
			return advice, err
		}
		if kind != "" {
			advice.Converted = append(advice.Converted, Converted{c, kind})
		}
	}
	for _, i := range instants {
		if time.Now().After(end) {
			return advice, nil
		}
		c, err := p.comparedWith(ctx, i, advice.Converted)
		if err != nil {
			return advice, err
		}
		advice.Compared = append(advice.Compared, c)
	}
	return advice, nil
}

// comparedWith returns what an instant is compared with, and how the comparison reads in the KPI's time zone.
func (p *typeProbe) comparedWith(ctx context.Context, i sqltext.Instant, converted []Converted) (Compared, error) {
	against, isInstant, err := p.against(ctx, i)
	if err != nil {
		return Compared{}, err
	}
	c := Compared{Instant: i, Against: against, IsInstant: isInstant}
	beside := func(from string) (list []sqltext.SessionConversion) {
		for _, conversion := range converted {
			if conversion.From == from && conversion.To != "timestamptz" && i.IsBeside(conversion.SessionConversion) {
				list = append(list, conversion.SessionConversion)
			}
		}
		return list
	}
	instants, naive := beside("timestamptz"), beside("timestamp")
	switch {
	case len(instants) > 0:
		c.Against = AgainstSessionDay
	case len(naive) > 0 && c.Against == "" && i.Conversion != "":
		c.Against = AgainstNaive
	}
	if len(instants)+len(naive) > 0 {
		c.Rewritten = i.BothInZone(p.statement, instants, naive)
	}
	return c, nil
}

// typeOf returns the type of the only column of a statement, "" if the server refuses it, as one that is part of another.
func (p *typeProbe) typeOf(ctx context.Context, statement *sqltext.Statement) (kind string, err error) {
	err = p.query(ctx, statement, "SELECT * FROM (", "\n) AS kpi LIMIT 0", func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		if err == nil && len(types) == 1 {
			kind = columnsOf(types)[0].Type
		}
		return err
	})
	if err == nil {
		return kind, nil
	}
	_, err = p.conn.ExecContext(ctx, "ROLLBACK TO SAVEPOINT kpi_exporter")
	return "", err
}

// against returns what an instant is compared with: "" where that holds instants, too, or cannot be traced.
func (p *typeProbe) against(ctx context.Context, i sqltext.Instant) (against Against, isInstant bool, err error) {
	infer := func(width int, leaveOut ...string) (string, error) { return p.inferType(ctx, i, width, leaveOut) }
	for width := range i.Widths() {
		kind, err := infer(width)
		if err != nil {
			return "", false, err
		}
		switch kind {
		case pgDate:
			against, err = firstOf(
				inference{AgainstSessionDay, pgTimestamptz, func() (string, error) { return infer(width, "date") }},
				inference{AgainstDate, pgTimestamptz, func() (string, error) { return infer(width, "date", "zone") }},
				inference{AgainstNaive, pgTimestamp, func() (string, error) { return infer(width, "date") }},
				inference{AgainstDate, "", nil},
			)
			return against, false, err
		case pgTimestamp:
			against, err = firstOf(
				inference{"", pgTimestamptz, func() (string, error) { return infer(width, "timestamp") }},
				inference{AgainstLocal, pgTimestamptz, func() (string, error) { return infer(width, "timestamp", "zone") }},
				inference{AgainstNaive, "", nil},
			)
			return against, false, err
		case pgTimestamptz:
			kind, err := infer(width, "timestamptz")
			if err != nil || kind != pgTimestamp {
				return "", err == nil, err
			}
			against, err = firstOf(
				inference{AgainstLocal, pgTimestamptz, func() (string, error) { return infer(width, "timestamptz", "zone") }},
				inference{AgainstNaive, "", nil},
			)
			return against, false, err
		}
	}
	return "", false, nil
}

// inference is what holds if the server infers this type.
type inference struct {
	against Against
	kind    string
	infer   func() (string, error) // Nil: it holds in any case.
}

// firstOf returns what the first inference that is right says.
func firstOf(inferences ...inference) (Against, error) {
	for _, i := range inferences {
		if i.infer == nil {
			return i.against, nil
		}
		kind, err := i.infer()
		if err != nil {
			return "", err
		}
		if kind == i.kind {
			return i.against, nil
		}
	}
	return "", nil
}

// inferType returns the type that the server infers for an instant if some conversions of other expressions are left out: casts to
// a type, and for zone AT TIME ZONE with the KPI's own. It returns "" where the server refuses that, and where there is
// nothing to leave out.
func (p *typeProbe) inferType(ctx context.Context, i sqltext.Instant, width int, leaveOut []string) (string, error) {
	edits := []sqltext.Edit{i.Replace(width, "($1)")}
	for _, c := range p.conversions {
		if p.isOneOf(c, leaveOut) {
			edits = append(edits, c.LeaveOut()...)
		}
	}
	if len(leaveOut) > 0 && len(edits) == 1 {
		return "", nil
	}
	args := []any{nil}
	var failed error
	text := p.statement.RenderEdited(edits, func(name string) string {
		v, err := p.Parameters.value(name, p.dialect)
		if err != nil {
			failed = err
		}
		args = append(args, v)
		return p.dialect.placeholder(len(args), name)
	})
	if failed != nil {
		return "", failed
	}
	// The server types what is in WITH first, and does not run it because nothing reads it.
	var kind string
	err := p.conn.QueryRowContext(ctx, "WITH kpi AS ("+comment(p.KPIs)+text+"\n) SELECT CAST(coalesce(nullif(t.typbasetype, 0), t.oid) AS regtype)"+
		" FROM pg_catalog.pg_type AS t WHERE t.oid = pg_catalog.pg_typeof($1)", args...).Scan(&kind)
	if err == nil {
		return strings.TrimSuffix(kind, "[]"), nil // An array holds what the members of a list are compared with.
	}
	_, err = p.conn.ExecContext(ctx, "ROLLBACK TO SAVEPOINT kpi_exporter")
	return "", err
}

// isOneOf reports whether a conversion is one of those.
func (p *typeProbe) isOneOf(c sqltext.Conversion, list []string) bool {
	if c.Zone == "" {
		return slices.Contains(list, c.To)
	}
	isOwn := c.Zone == ":timezone" || strings.EqualFold(c.Zone, p.Parameters.Timezone)
	return isOwn && slices.Contains(list, "zone")
}
