package database

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// deferred is the source of a database whose URL the environment or a file holds: which engine it is shows when that is read, at
// the first call that finds a URL. From then on, it is the source of that engine.
type deferred struct {
	cfg     *config.Database
	address *addressReader

	mu     sync.Mutex
	source Source // Nil until then.
	failed bool   // The URL could not be read at the last try.
	closed bool
}

// open returns the source of the engine, or an error after a time. It does not hold the lock while it reads the URL, which may be in a file that hangs.
func (d *deferred) open(ctx context.Context, timeout time.Duration) (Source, error) {
	if source, err := d.known(); source != nil || err != nil {
		return source, err
	}
	reading, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	address, err := d.address.read(reading)
	if errors.Is(ctx.Err(), context.Canceled) {
		return nil, ctx.Err()
	}
	var open func(*config.Database) Source
	if err == nil {
		if open = opener(address.Engine()); open == nil {
			err = fmt.Errorf("database %q: %s is not supported", d.cfg.Name, address.Engine().Title())
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case d.closed:
		return nil, &Error{Reason: Connect, Err: errClosed}
	case err != nil:
		d.failed = true
		return nil, &Error{Reason: Connect, Err: err}
	case d.source == nil: // Nobody else was faster.
		d.source = open(d.cfg)
	}
	return d.source, nil
}

// known returns the source if there is one already, and an error if there will be none.
func (d *deferred) known() (Source, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.source == nil && d.closed {
		return nil, &Error{Reason: Connect, Err: errClosed}
	}
	return d.source, nil
}

// Run implements Source.
func (d *deferred) Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error {
	source, err := d.open(ctx, q.Timeout)
	if err != nil {
		return err
	}
	return source.Run(ctx, q, begin)
}

// Explain implements Source.
func (d *deferred) Explain(ctx context.Context, q Query) (Explanation, error) {
	source, err := d.open(ctx, q.Timeout)
	if err != nil {
		return Explanation{}, err
	}
	return source.Explain(ctx, q)
}

// InspectQuery implements Source.
func (d *deferred) InspectQuery(ctx context.Context, q Query) (QueryAdvice, error) {
	source, err := d.open(ctx, q.Timeout)
	if err != nil {
		return QueryAdvice{}, err
	}
	return source.InspectQuery(ctx, q)
}

// Inspect implements Source.
func (d *deferred) Inspect(ctx context.Context, timeout time.Duration) (Advice, error) {
	source, err := d.open(ctx, timeout)
	if err != nil {
		return Advice{}, err
	}
	return source.Inspect(ctx, timeout)
}

// Stats implements Source.
func (d *deferred) Stats() Stats {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.source == nil {
		return Stats{Known: d.failed}
	}
	return d.source.Stats()
}

// Close implements Source.
func (d *deferred) Close() error {
	d.mu.Lock()
	source := d.source
	d.closed = true
	d.mu.Unlock()
	if source == nil {
		return nil
	}
	return source.Close()
}
