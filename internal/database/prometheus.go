package database

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// prometheus is the source of a database that answers PromQL over HTTP.
type prometheus struct {
	*places

	mu     sync.Mutex
	client *promClient // Nil before the first query.
}

// promQL is what is asked of an engine.Statement in PromQL.
type promQL interface {
	engine.Statement
	Render(period time.Duration) string
}

func newPrometheus(cfg *config.Database) Source {
	p := &prometheus{places: newPlaces(cfg, max(cfg.MaxConnections, 1))}
	p.dial = p.ping
	return p
}

// Run implements Source.
func (p *prometheus) Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error {
	_, err := p.run(ctx, q, begin)
	return err
}

// Explain runs the query, since nothing else tells its columns, and says what Prometheus remarks on it.
func (p *prometheus) Explain(ctx context.Context, q Query) (Explanation, error) {
	var explanation Explanation
	rows := 0
	a, err := p.run(ctx, q, func(columns []Column) (func([]Value) error, error) {
		explanation.Columns = columns
		return func([]Value) error { rows++; return nil }, nil
	})
	explanation.Remarks, explanation.Empty = a.remarks, rows == 0
	return explanation, err
}

// InspectQuery implements Source.
func (p *prometheus) InspectQuery(context.Context, Query) (QueryAdvice, error) {
	return QueryAdvice{}, nil
}

// Inspect implements Source.
func (p *prometheus) Inspect(context.Context, time.Duration) (Advice, error) { return Advice{}, nil }

// Close implements Source.
func (p *prometheus) Close() error {
	return p.end(func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.client != nil {
			p.client.close()
		}
		return nil
	})
}

// run waits for its turn, asks, and has the rows read.
func (p *prometheus) run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) (a answer, err error) {
	statement, err := p.read(q.Statement)
	if err != nil {
		return a, err
	}
	if _, err := time.LoadLocation(q.Timezone); err != nil { // It is not used, and yet a fault.
		return a, &Error{Reason: Refused, Err: err}
	}
	err = p.do(ctx, q.Background, func(ctx context.Context, _ *lease) (*lease, error) {
		if q.Began != nil {
			q.Began()
		}
		if a, err = p.ask(ctx, q, statement); err != nil {
			return nil, err
		}
		rows, err := tabulate(a.value, q.Reads)
		if err != nil {
			return nil, err
		}
		return nil, rows.Run(ctx, Query{}, begin)
	})
	return a, err
}

// read returns the statement as PromQL. It was read as SQL if only the url_file says that this is a Prometheus.
func (p *prometheus) read(statement engine.Statement) (promQL, error) {
	if own, ok := statement.(promQL); ok {
		return own, nil
	}
	again, err := engine.Prometheus{}.Parse(statement.SQL())
	if err != nil {
		return nil, &Error{Reason: Refused, Err: fmt.Errorf("the query is not PromQL, which is all that a Prometheus answers: %w", err)}
	}
	return again.(promQL), nil
}

// ask sends the query, with a time limit for the server. A query of no time at all has no rows.
func (p *prometheus) ask(caller context.Context, q Query, statement promQL) (answer, error) {
	period := q.Parameters.PeriodEnd.Sub(q.Parameters.PeriodStart)
	if len(statement.Parameters()) > 0 && period <= 0 {
		return answer{value: model.Vector{}}, nil
	}
	within := q.Timeout
	if earlier, ok := caller.Deadline(); ok {
		within = min(within, time.Until(earlier).Round(time.Millisecond))
	}
	f := failure{timeout: within, bytes: cmp.Or(q.MaxBytes, DefaultMaxAnswer)}
	deadline := time.Now().Add(within)
	ctx, cancel := context.WithDeadline(caller, deadline.Add(serverMargin))
	defer cancel()
	client, err := p.current(ctx)
	var a answer
	if err == nil {
		a = client.query(ctx, statement.Render(period)+" # "+kpiNames(q.KPIs), q.Parameters.PeriodEnd, within, f.bytes)
		err = a.err
	}
	f.late = ctx.Err() != nil || !time.Now().Before(deadline)
	if err == nil {
		p.reached(true)
		return a, nil
	}
	if errors.Is(caller.Err(), context.Canceled) {
		return a, caller.Err()
	}
	return a, p.explainFailure(err, a, f)
}

// current returns the client for the address as its secrets are now.
func (p *prometheus) current(ctx context.Context) (*promClient, error) {
	resolved, err := p.resolve(ctx)
	if err != nil {
		return nil, err
	}
	address, ok := resolved.(engine.PrometheusURL)
	if !ok {
		return nil, &Error{Reason: Connect, Err: errors.New("the url is not one of Prometheus: restart to change the engine")}
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.client != nil && p.client.address.Same(address) {
		return p.client, nil
	}
	client, err := newPromClient(address, &p.secrets)
	if err != nil {
		return nil, err
	}
	if p.client != nil {
		p.client.close()
	}
	p.client = client
	return client, nil
}

// ping asks for a sign of life over a connection of its own.
func (p *prometheus) ping(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	resolved, err := p.resolve(ctx)
	if err != nil {
		return err
	}
	address, ok := resolved.(engine.PrometheusURL)
	if !ok {
		return nil
	}
	client, err := newPromClient(address, &p.secrets)
	if err != nil {
		return err
	}
	defer client.close()
	a := client.query(ctx, "1", time.Time{}, connectTimeout, DefaultMaxAnswer)
	if a.status != 0 {
		return nil // An answer is an answer, be it a refusal.
	}
	return a.err
}

// tabulate returns the rows of a value: a column value, and one for each label. A series without a label has NULL there, and so has
// the only row of an empty result every column that is read.
func tabulate(value model.Value, reads []string) (Rows, error) {
	const number = "value"
	switch v := value.(type) {
	case *model.Scalar:
		return Rows{Names: []string{number}, Values: [][]any{{float64(v.Value)}}}, nil
	case model.Vector:
		names := []string{number}
		if len(v) == 0 {
			return Rows{Names: slices.Compact(slices.Sorted(slices.Values(append(names, reads...))))}, nil
		}
		labels := labelsOf(v)
		if slices.Contains(labels, number) {
			return Rows{}, &Error{Reason: Refused, Err: errors.New(`the result has a label called "value", as the column of its numbers is called: aggregate it away, or give it another name with label_replace in the query`)}
		}
		rows := Rows{Names: append(names, labels...)}
		for i, s := range v {
			if s.Histogram != nil {
				return Rows{}, &Error{Reason: Refused, Err: fmt.Errorf("series %d of the result is a histogram, not a number: write histogram_quantile(0.95, …) or histogram_count(…)", i+1)}
			}
			row := []any{float64(s.Value)}
			for _, label := range labels {
				if text, ok := s.Metric[model.LabelName(label)]; ok {
					row = append(row, string(text))
				} else {
					row = append(row, nil)
				}
			}
			rows.Values = append(rows.Values, row)
		}
		return rows, nil
	}
	return Rows{}, &Error{Reason: Refused, Err: fmt.Errorf("the result is a %s, and a KPI needs a number for each series", value.Type())}
}

// labelsOf returns the names of all labels, sorted. That of the metric is none: it says what is measured.
func labelsOf(v model.Vector) []string {
	seen := map[string]bool{}
	var names []string
	for _, s := range v {
		for name := range s.Metric {
			if name != model.MetricNameLabel && !seen[string(name)] {
				seen[string(name)] = true
				names = append(names, string(name))
			}
		}
	}
	slices.Sort(names)
	return names
}
