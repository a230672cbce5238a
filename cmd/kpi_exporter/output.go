package main

import (
	"bytes"
	"context"
	"io"
	"sync"
	"sync/atomic"
	"time"
)

// leastPatience is how long it waits for another reader, once outputPatience was spent on one: both may be one.
const leastPatience = 100 * time.Millisecond

// output writes as another writer does until ctx ends. From then on it waits for whoever reads no longer than outputPatience. A write that
// takes longer is left behind; it and all that come later fail with why ctx has ended.
type output struct {
	ctx   context.Context // That of the one command whose output it is.
	to    io.Writer
	spent *atomic.Bool // A write to this output, or to another of the command, was left behind.

	mu   sync.Mutex
	left bool // A write was left behind.
}

func (o *output) Write(text []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.left {
		return 0, context.Cause(o.ctx)
	}
	type result struct {
		n   int
		err error
	}
	written := make(chan result, 1)
	text = bytes.Clone(text) // Whoever gave it may change it once this has returned.
	go func() {
		n, err := o.to.Write(text)
		written <- result{n, err}
	}()
	select {
	case r := <-written:
		return r.n, r.err
	case <-o.ctx.Done():
	}
	patience := outputPatience
	if o.spent.Load() {
		patience = leastPatience
	}
	select {
	case r := <-written:
		return r.n, r.err
	case <-time.After(patience):
		o.left = true
		o.spent.Store(true)
		return 0, context.Cause(o.ctx)
	}
}
