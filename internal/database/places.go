package database

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// places lets queries run, as many at once as the file allows, whatever runs them. It knows whether the database answers, and the
// secrets that no error may show.
type places struct {
	address *addressReader
	dial    func(context.Context) error // Asks the database for a sign of life, over a connection of its own.
	slots   chan struct{}               // One for each query that runs; goroutines waiting to send are served in their order.
	handoff chan *lease                 // Goes to the first of them, with the slot; never holds anything.
	waiting atomic.Int64
	idle    background
	usage   *usage
	behind  behind
	closing chan struct{}
	close   sync.Once
	ended   chan struct{}
	silence silence

	secrets secret.Set // Everything that must not be in an error.

	mu    sync.Mutex
	known bool
	up    bool
}

// newPlaces returns places for n queries that run at once.
func newPlaces(cfg *config.Database, n int) *places {
	return &places{
		address: &addressReader{cfg: cfg},
		slots:   make(chan struct{}, n),
		handoff: make(chan *lease),
		idle:    newBackground(),
		usage:   newUsage(n),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
		silence: silence{frozen: make(chan struct{})},
	}
}

// end waits for the queries that run, but not for calls that were left behind, and then frees what they used; at the first call.
func (p *places) end(free func() error) error {
	var err error
	p.close.Do(func() {
		defer close(p.ended)
		close(p.closing)
		p.idle.interrupt()
		for range cap(p.slots) {
			p.slots <- struct{}{}
		}
		err = free() // Nobody uses it: all slots are taken.
	})
	<-p.ended
	return err
}

// do waits for the turn of a query and runs it: use is called with a connection that was handed over, or nil, and returns one that
// another query may take over, or nil.
func (p *places) do(ctx context.Context, background bool, use func(context.Context, *lease) (*lease, error)) error {
	if background {
		return p.doWhileIdle(ctx, use)
	}
	l, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() {
		if isSilent(err) && p.silence.begin() {
			p.probe(func() { p.release(nil) })
			return
		}
		p.release(l)
	}()
	l, err = use(ctx, l)
	return err
}

// Stats implements Source.
func (p *places) Stats() Stats {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Stats{Known: p.known, Up: p.up, Waiting: int(p.waiting.Load()), BusyRatio: p.usage.ratio()}
}

var errClosed = errors.New("the pool of connections is closed")

// acquire waits for the right to use one connection. It may come with the connection, in the transaction of the query
// before.
func (p *places) acquire(ctx context.Context) (*lease, error) {
	p.waiting.Add(1)
	defer p.waiting.Add(-1)
	frozen, behind := p.silence.isFrozen(), p.behind.none()
	select {
	case <-p.closing:
		return nil, &Error{Reason: Connect, Err: errClosed}
	case <-frozen:
		return nil, errFrozen
	case <-behind:
		return nil, errAllBehind
	default:
	}
	select {
	case p.slots <- struct{}{}:
		p.usage.begin()
		return nil, nil
	default:
		p.idle.interrupt()
	}
	select {
	case p.slots <- struct{}{}:
		p.usage.begin()
		return nil, nil
	case l := <-p.handoff:
		return l, nil
	case <-p.closing:
		return nil, &Error{Reason: Connect, Err: errClosed}
	case <-frozen:
		return nil, errFrozen
	case <-behind:
		return nil, errAllBehind
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// release gives the right back, and ends the transaction of l unless it is nil. If a query waits already, l is handed to it
// as it is: the same query runs in the same transaction, another one ends it in the message that begins its own. That saves
// two round trips, or one.
func (p *places) release(l *lease) {
	if l != nil {
		if time.Since(l.taken) < maxLease && !l.dialect.outlives(l.statement) {
			select {
			case p.handoff <- l:
				return
			default:
			}
		}
		l.end()
	}
	p.usage.end()
	p.free()
}

// free gives back the right to use a connection. If a call was left behind, that takes it until it has ended.
func (p *places) free() {
	if ended := p.behind.next(); ended != nil {
		p.usage.begin()
		p.behind.take(cap(p.slots))
		go func() {
			select {
			case <-ended:
			case <-p.closing:
			}
			p.behind.give(cap(p.slots))
			p.usage.end()
			p.free()
		}()
		return
	}
	<-p.slots
	p.idle.wake()
}

// resolve returns the address as its secrets are now, and remembers them, so that no error shows them. Its own is an *Error.
func (p *places) resolve(ctx context.Context) (engine.Address, error) {
	address, err := p.address.read(ctx)
	if err != nil {
		return nil, &Error{Reason: Connect, Err: err}
	}
	p.secrets.Add(address.Secrets()...)
	return address, nil
}

// reached notes whether the database could be reached.
func (p *places) reached(up bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.known, p.up = true, up
}
