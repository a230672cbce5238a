package database

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"slices"
)

// plan is EXPLAIN's output for a statement, as far as it is read.
type plan struct {
	Plan planNode `json:"Plan"`
}

type planNode struct {
	Type  string     `json:"Node Type"`
	Cost  float64    `json:"Total Cost"` // With that of Plans.
	Plans []planNode `json:"Plans"`
	Citus struct {   // What Citus runs elsewhere for it.
		Job struct {
			Count int `json:"Task Count"`
			Tasks []struct {
				Plans [][]plan `json:"Remote Plan"`
			} `json:"Tasks"` // By default, Citus shows one of them.
		} `json:"Job"`
		Subplans []struct {
			Plans []plan `json:"PlannedStmt"`
		} `json:"Subplans"`
	} `json:"Distributed Query"`
}

// elsewhere calls visit with the plans that Citus runs for the node, and how often it runs each.
func (n planNode) elsewhere(visit func(plan planNode, times float64)) {
	job := n.Citus.Job
	for _, task := range job.Tasks {
		for _, plans := range task.Plans {
			for _, p := range plans {
				visit(p.Plan, float64(job.Count)/float64(len(job.Tasks)))
			}
		}
	}
	for _, sub := range n.Citus.Subplans {
		for _, p := range sub.Plans {
			visit(p.Plan, 1)
		}
	}
}

// remote returns the cost of what Citus runs elsewhere for the node and those below it, which their own cost leaves out.
func (n planNode) remote() float64 {
	sum := 0.0
	n.elsewhere(func(p planNode, times float64) { sum += times * (p.Cost + p.remote()) })
	for _, child := range n.Plans {
		sum += child.remote()
	}
	return sum
}

// writes reports whether the node or what runs for it changes a table.
func (n planNode) writes() bool {
	found := n.Type == "ModifyTable" || slices.ContainsFunc(n.Plans, planNode.writes)
	n.elsewhere(func(p planNode, _ float64) { found = found || p.writes() })
	return found
}

// readPlan returns what a statement costs, and whether it changes a table.
func readPlan(text string) (cost float64, writes bool, err error) {
	var plans []plan
	if err := json.Unmarshal([]byte(text), &plans); err != nil {
		return 0, false, err
	}
	for _, p := range plans {
		cost += p.Plan.Cost + p.Plan.remote()
		writes = writes || p.Plan.writes()
	}
	return cost, writes, nil
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
	cost, writes, err := readPlan(text)
	if err != nil {
		return Explanation{}, err
	}
	if writes { // EXPLAIN alone does not mind.
		return Explanation{}, &Error{Reason: Write, Err: errors.New("the query tries to change something: it has an INSERT, UPDATE, DELETE or MERGE in it")}
	}
	explanation := Explanation{Cost: cost, HasCost: true}
	explanation.Columns, err = s.columns(ctx, "SELECT * FROM (", "\n) AS kpi LIMIT 0")
	return explanation, err
}
