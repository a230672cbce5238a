package database

import (
	"context"
	"database/sql"
	"errors"
	"strings"
)

const onlyFullGroupBy = "ONLY_FULL_GROUP_BY"

// notGrouped returns what the server says against columns of a query that are neither grouped nor aggregated, of which it takes those of
// any row if its sql_mode allows that; "" if it says nothing. A session that does not allow it refuses the query by itself.
func (d mysqlDialect) notGrouped(ctx context.Context, s *session) (says string, err error) {
	modes, err := s.lines(ctx, "SELECT @@sql_mode")
	if err != nil || len(modes) == 0 || strings.Contains(modes[0], onlyFullGroupBy) {
		return "", err
	}
	if err := execAll(s.conn, "SET SESSION sql_mode = CONCAT(@@sql_mode, ',"+onlyFullGroupBy+"')"); err != nil {
		return "", err
	}
	text, names := d.render(s.statement)
	refused := s.send(ctx, comment(s.KPIs)+withoutRows(text), names, func(*sql.Rows) error { return nil })
	if _, err := s.conn.ExecContext(ctx, "SET SESSION sql_mode = ?", modes[0]); err != nil {
		return "", err
	}
	if said, ok := errors.AsType[*mysqlError](refused); ok && (said.err.Number == 1055 || said.err.Number == 1140) {
		return said.sentence(), nil
	}
	return "", nil // Whatever else it is, explain has found it.
}
