package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// explain returns the columns, for which the server runs nothing: it stops at LIMIT 0 before.
func (d mysqlDialect) explain(ctx context.Context, s *session) (Explanation, error) {
	var text string
	err := s.query(ctx, s.statement, "EXPLAIN FORMAT=JSON ", "", func(rows *sql.Rows) error {
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
	explanation := mysqlCost(text)
	sent, names := d.render(s.statement)
	at := 0
	if strings.EqualFold(s.statement.FirstWord().Text, "with") {
		at = max(sqltext.MySQLMain(sent), 0)
	}
	sent = comment(s.KPIs) + sent[:at] + "(" + sent[at:] + "\n) LIMIT 0"
	err = s.send(ctx, sent, names, func(rows *sql.Rows) error {
		types, err := rows.ColumnTypes()
		explanation.Columns = columnsOf(types)
		return err
	})
	return explanation, err
}

// mysqlCost returns the cost, which MySQL and MariaDB 11 report.
func mysqlCost(text string) Explanation {
	var plan struct {
		Query struct {
			Cost float64 `json:"cost"`
			Info struct {
				Cost json.Number `json:"query_cost"`
			} `json:"cost_info"`
		} `json:"query_block"`
	}
	if err := json.Unmarshal([]byte(text), &plan); err != nil {
		return Explanation{}
	}
	cost := plan.Query.Cost
	if n, err := plan.Query.Info.Cost.Float64(); err == nil {
		cost = n
	}
	return Explanation{Cost: cost, HasCost: cost > 0}
}

// inspectQuery finds nothing yet.
func (mysqlDialect) inspectQuery(context.Context, *session) (QueryAdvice, error) {
	return QueryAdvice{}, nil
}

// inspect finds nothing yet.
func (mysqlDialect) inspect(context.Context, *session) (Advice, error) { return Advice{}, nil }
