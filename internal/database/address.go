package database

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// addressReader reads where a database is, which the environment and files may hold. Nothing ends the read of a file that hangs: whoever needs the
// address waits no longer than for a database, and nobody begins another read meanwhile.
type addressReader struct {
	cfg *config.Database

	mu      sync.Mutex
	current *addressRead // Nil if none is under way.
}

// addressRead is one read, and once it is done what came of it.
type addressRead struct {
	done    chan struct{}
	address engine.Address
	err     error
}

// read returns the address as its secrets are now, or the end of ctx.
func (r *addressReader) read(ctx context.Context) (engine.Address, error) {
	now := r.join()
	select {
	case <-now.done:
		return now.address, now.err
	case <-ctx.Done():
		if errors.Is(ctx.Err(), context.Canceled) {
			return nil, ctx.Err()
		}
		return nil, fmt.Errorf("database %q: the file with its url or its password could not be read in time", r.cfg.Name)
	}
}

// join returns the read that is under way, or begins one.
func (r *addressReader) join() *addressRead {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.current != nil {
		return r.current
	}
	now := &addressRead{done: make(chan struct{})}
	r.current = now
	go func() {
		now.address, now.err = r.cfg.Address()
		r.mu.Lock()
		defer r.mu.Unlock()
		r.current = nil
		close(now.done)
	}()
	return now
}
