package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
)

// planNode is the part of EXPLAIN's output that is read.
type planNode struct {
	Type  string     `json:"Node Type"`
	Cost  float64    `json:"Total Cost"`
	Plans []planNode `json:"Plans"`
}

func (n planNode) walk(visit func(planNode)) {
	visit(n)
	for _, child := range n.Plans {
		child.walk(visit)
	}
}

func (postgres) explain(ctx context.Context, s *session) (Explanation, error) {
	var text string
	err := s.query(ctx, s.statement, "EXPLAIN (FORMAT JSON) ", "", func(rows *sql.Rows) error {
		for rows.Next() {
			if err := rows.Scan(&text); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return Explanation{}, err
	}
	var explained []struct{ Plan planNode }
	if err := json.Unmarshal([]byte(text), &explained); err != nil {
		return Explanation{}, err
	}
	explanation := Explanation{HasCost: true}
	writes := false
	for _, e := range explained {
		explanation.Cost += e.Plan.Cost
		e.Plan.walk(func(n planNode) {
			writes = writes || n.Type == "ModifyTable"
		})
	}
	if writes { // EXPLAIN alone does not mind.
		return Explanation{}, &Error{Reason: Write, Err: errors.New("the query tries to change something: it has an INSERT, UPDATE, DELETE or MERGE in it")}
	}
	explanation.Columns, err = s.columns(ctx, "SELECT * FROM (", "\n) AS kpi LIMIT 0")
	return explanation, err
}
