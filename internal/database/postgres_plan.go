package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
	"strings"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// planNode is the part of EXPLAIN's output that is read.
type planNode struct {
	Type     string     `json:"Node Type"`
	Cost     float64    `json:"Total Cost"`
	Schema   string     `json:"Schema"`
	Relation string     `json:"Relation Name"`
	Plans    []planNode `json:"Plans"`
}

func (n planNode) walk(visit func(planNode)) {
	visit(n)
	for _, child := range n.Plans {
		child.walk(visit)
	}
}

func (postgres) plan(ctx context.Context, s *session, q Query) (Plan, error) {
	var text string
	err := s.query(ctx, q, "EXPLAIN (FORMAT JSON, VERBOSE) ", "", func(rows *sql.Rows) error {
		for rows.Next() {
			if err := rows.Scan(&text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Plan{}, err
	}
	var explained []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &explained); err != nil {
		return Plan{}, err
	}
	plan := Plan{HasCost: true}
	var schemas, relations []string
	writes := false
	for _, e := range explained {
		plan.Cost += e.Plan.Cost
		e.Plan.walk(func(n planNode) {
			writes = writes || n.Type == "ModifyTable"
			if n.Relation != "" {
				schemas, relations = append(schemas, n.Schema), append(relations, n.Relation)
			}
		})
	}
	if writes { // EXPLAIN alone does not mind.
		return Plan{}, &Error{Reason: Write, Err: errors.New("the query tries to change something: it has an INSERT, UPDATE, DELETE or MERGE in it")}
	}
	if plan.Columns, err = s.columns(ctx, q, "SELECT * FROM (", "\n) AS kpi LIMIT 0"); err != nil {
		return Plan{}, err
	}
	plan.NaiveTimestamps, err = naiveTimestamps(ctx, s.conn, schemas, relations, q.Statement.Words())
	return plan, err
}

// naiveTimestamps returns the columns without a time zone of the relations that occur as words of the query. A
// partition counts as its table.
func naiveTimestamps(ctx context.Context, conn *sqlx.Conn, schemas, relations []string, words []sqltext.Word) ([]string, error) {
	if len(relations) == 0 {
		return nil, nil
	}
	rows, err := conn.QueryContext(ctx, `
		SELECT DISTINCT t.relname, a.attname
		FROM unnest(CAST($1 AS text[]), CAST($2 AS text[])) AS read (schema, relation)
		JOIN pg_catalog.pg_namespace AS n ON n.nspname = read.schema
		JOIN pg_catalog.pg_class AS c ON c.relnamespace = n.oid AND c.relname = read.relation
		JOIN pg_catalog.pg_class AS t ON t.oid = coalesce(pg_catalog.pg_partition_root(c.oid), c.oid)
		JOIN pg_catalog.pg_attribute AS a ON a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped
		WHERE a.atttypid = CAST('pg_catalog.timestamp' AS regtype)
		ORDER BY t.relname, a.attname`, pq.Array(schemas), pq.Array(relations))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var naive []string
	for rows.Next() {
		var table, column string
		if err := rows.Scan(&table, &column); err != nil {
			return nil, err
		}
		if slices.ContainsFunc(words, func(w sqltext.Word) bool { return strings.EqualFold(w.Text, column) }) {
			naive = append(naive, table+"."+column)
		}
	}
	return naive, rows.Err()
}
