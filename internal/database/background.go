package database

import (
	"context"
	"errors"
	"sync"
)

// ErrInterrupted is the error of a query of the background that ran, or had begun to connect, when another query needed its
// connection. It may run again later.
var ErrInterrupted = errors.New("interrupted: another query needed its connection")

// background lets queries of the background use a pool while it is idle. They never wait in the queue of the others.
type background struct {
	turn  chan struct{} // Held by the one that waits or runs.
	freed chan struct{} // Holds a word that a connection's place became free.

	mu   *sync.Mutex
	stop context.CancelCauseFunc // Ends the one that runs; nil if none does.
}

func newBackground() background {
	return background{turn: make(chan struct{}, 1), freed: make(chan struct{}, 1), mu: &sync.Mutex{}}
}

// wake lets the one that waits look again.
func (b *background) wake() {
	select {
	case b.freed <- struct{}{}:
	default: // It has not looked since the last word.
	}
}

// interrupt ends the one that runs.
func (b *background) interrupt() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.stop != nil {
		b.stop(ErrInterrupted)
	}
}

// runs says which one runs, by what ends it; nil for none.
func (b *background) runs(stop context.CancelCauseFunc) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.stop = stop
}

// doWhileIdle runs a query of the background once nobody waits for a connection, and one is free.
func (p *places) doWhileIdle(caller context.Context, use func(context.Context, *lease) (*lease, error)) error {
	select {
	case p.idle.turn <- struct{}{}:
	case <-p.closing:
		return &Error{Reason: Connect, Err: errClosed}
	case <-caller.Done():
		return caller.Err()
	}
	defer func() { <-p.idle.turn }()

	ctx, stop := context.WithCancelCause(caller)
	defer stop(nil)
	if err := p.acquireIdle(ctx, stop); err != nil {
		return err
	}
	l, err := use(ctx, nil)
	p.idle.runs(nil)
	if l != nil {
		l.end()
	}
	if isSilent(err) && p.silence.begin() {
		p.probe(p.free)
	} else {
		p.free()
	}
	if err != nil && caller.Err() == nil && errors.Is(context.Cause(ctx), ErrInterrupted) {
		return ErrInterrupted
	}
	return err
}

// acquireIdle waits until nobody else wants a connection and one is free, and takes its place. The pool does not count as busy
// by it, since whoever needs the place gets it.
func (p *places) acquireIdle(ctx context.Context, stop context.CancelCauseFunc) error {
	for {
		select {
		case <-p.silence.isFrozen():
			return errFrozen
		default:
		}
		select {
		case p.slots <- struct{}{}:
			p.idle.runs(stop)
			if p.waiting.Load() == 0 { // Whoever waits from now on finds what to interrupt.
				return nil
			}
			p.idle.runs(nil)
			<-p.slots // To who waits, who gives the next word.
		default:
		}
		select {
		case <-p.idle.freed:
		case <-p.closing:
			return &Error{Reason: Connect, Err: errClosed}
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
