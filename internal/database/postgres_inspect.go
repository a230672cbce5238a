package database

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// inspect finds out what the server converts in the session's time zone.
func (postgres) inspect(ctx context.Context, s *session) (Advice, error) {
	compared, err := s.compared(ctx)
	return Advice{Compared: compared}, err
}

// typeProbe finds out what the server compares the instants of a query with. The instants of a query are typed, so that the
// server converts what they are compared with; for a parameter without a type it has to say which type it takes it for,
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

// compared tries one instant after the other, because where one needs a type the server refuses the whole
// query. Nothing is executed, and nothing stays in the session: what is asked is part of the transaction. It returns what it
// knows also with an error.
func (s *session) compared(ctx context.Context) ([]Compared, error) {
	instants := s.statement.Instants()
	if len(instants) == 0 {
		return nil, nil
	}
	if _, err := s.conn.ExecContext(ctx, "SAVEPOINT kpi_exporter"); err != nil {
		return nil, err
	}
	p := &typeProbe{s, s.statement.Conversions()}
	list := make([]Compared, 0, len(instants))
	for began := time.Now(); len(list) < len(instants) && time.Since(began) < s.Timeout/2; {
		i := instants[len(list)]
		against, err := p.against(ctx, i)
		if err != nil {
			return list, err
		}
		list = append(list, Compared{i, against})
	}
	return list, nil
}

// against returns what an instant is compared with, "" where that holds instants, too, or cannot be traced.
func (p *typeProbe) against(ctx context.Context, i sqltext.Instant) (Against, error) {
	ask := func(width int, leaveOut ...string) (string, error) { return p.ask(ctx, i, width, leaveOut) }
	for width := range i.Widths() {
		kind, err := ask(width)
		if err != nil {
			return "", err
		}
		switch kind {
		case pgDate:
			return firstOf(
				answer{AgainstSessionDay, pgTimestamptz, func() (string, error) { return ask(width, "date") }},
				answer{AgainstDate, pgTimestamptz, func() (string, error) { return ask(width, "date", "zone") }},
				answer{AgainstNaive, pgTimestamp, func() (string, error) { return ask(width, "date") }},
				answer{AgainstDate, "", nil},
			)
		case pgTimestamp:
			return firstOf(
				answer{"", pgTimestamptz, func() (string, error) { return ask(width, "timestamp") }},
				answer{AgainstLocal, pgTimestamptz, func() (string, error) { return ask(width, "timestamp", "zone") }},
				answer{AgainstNaive, "", nil},
			)
		case pgTimestamptz:
			return firstOf(answer{AgainstNaive, pgTimestamp, func() (string, error) { return ask(width, "timestamptz") }})
		}
	}
	return "", nil
}

// answer is what holds if the server answers a question with this type.
type answer struct {
	against Against
	kind    string
	ask     func() (string, error) // Nil: it holds in any case.
}

func firstOf(answers ...answer) (Against, error) {
	for _, a := range answers {
		if a.ask == nil {
			return a.against, nil
		}
		kind, err := a.ask()
		if err != nil {
			return "", err
		}
		if kind == a.kind {
			return a.against, nil
		}
	}
	return "", nil
}

// ask returns the type that the server takes an instant for if some conversions of other expressions are left out: casts to
// a type, and for zone AT TIME ZONE with the KPI's own. It returns "" where the server refuses that, and where there is
// nothing to leave out.
func (p *typeProbe) ask(ctx context.Context, i sqltext.Instant, width int, leaveOut []string) (string, error) {
	edits := []sqltext.Edit{i.Replace(width, "$1")}
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
		return kind, nil
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
