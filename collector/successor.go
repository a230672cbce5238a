package collector

import (
	"context"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// successor is a source that takes the place of another one, whose connections count as its own: it runs nothing before they are
// closed, so that together they never have more than either may have.
type successor struct {
	database.Source
	ready chan struct{} // Closed when the other one is.
	once  sync.Once
}

func newSuccessor(s database.Source) *successor {
	return &successor{Source: s, ready: make(chan struct{})}
}

// begin is called when the other one is closed.
func (s *successor) begin() { s.once.Do(func() { close(s.ready) }) }

func (s *successor) wait(ctx context.Context) error {
	select {
	case <-s.ready:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Run implements database.Source.
func (s *successor) Run(ctx context.Context, q database.Query, begin func([]database.Column) (func([]database.Value) error, error)) error {
	if err := s.wait(ctx); err != nil {
		return err
	}
	return s.Source.Run(ctx, q, begin)
}

// Explain implements database.Source.
func (s *successor) Explain(ctx context.Context, q database.Query) (database.Explanation, error) {
	if err := s.wait(ctx); err != nil {
		return database.Explanation{}, err
	}
	return s.Source.Explain(ctx, q)
}

// InspectQuery implements database.Source.
func (s *successor) InspectQuery(ctx context.Context, q database.Query) (database.QueryAdvice, error) {
	if err := s.wait(ctx); err != nil {
		return database.QueryAdvice{}, err
	}
	return s.Source.InspectQuery(ctx, q)
}

// Inspect implements database.Source.
func (s *successor) Inspect(ctx context.Context, timeout time.Duration) (database.Advice, error) {
	if err := s.wait(ctx); err != nil {
		return database.Advice{}, err
	}
	return s.Source.Inspect(ctx, timeout)
}
