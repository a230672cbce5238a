package database

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"sync"
	"time"

	"github.com/jmoiron/sqlx"
)

// probePatience is how long a new connection may take to answer before a silent database counts as frozen.
const probePatience = 2 * time.Second

var errFrozen = &Error{Reason: Connect, Err: errors.New("cannot connect: the database does not answer: a query heard nothing until its timeout, and neither does a new connection")}

// silence is what is known of a database of which a query heard nothing until its timeout.
type silence struct {
	mu      sync.Mutex
	probing bool          // Somebody finds out whether only that connection is dead.
	frozen  chan struct{} // Closed while the database is: new connections do not answer either.
}

// begin reports whether the caller is to find out.
func (s *silence) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	first := !s.probing
	s.probing = true
	return first
}

func (s *silence) freeze() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.probing { // It has not just ended.
		close(s.frozen)
	}
}

func (s *silence) end() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.probing = false
	select {
	case <-s.frozen:
		s.frozen = make(chan struct{})
	default: // Whoever waits holds it.
	}
}

// isFrozen returns a channel that is closed while the database is frozen, or when it next is.
func (s *silence) isFrozen() <-chan struct{} {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.frozen
}

// isSilent reports whether a query failed because nothing was heard until its timeout.
func isSilent(err error) bool {
	explained, ok := errors.AsType[*Error](err)
	return ok && isUnanswered(err) && (explained.Reason == Connect || errors.Is(err, os.ErrDeadlineExceeded))
}

// probe finds out, after a query heard nothing, whether the database is frozen or only that connection dead. It uses the place
// of that connection until a new one answers, be it with a refusal, and then releases it. Meanwhile queries fail at once, because each would wait for its own timeout, one after
// the other.
func (p *places) probe(release func()) { go p.awaitAnswer(release) }

func (p *places) awaitAnswer(release func()) {
	defer release()
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	freeze := time.AfterFunc(probePatience, p.silence.freeze)
	answered := make(chan error)
	go func() {
		err := p.dial(ctx)
		for isUnanswered(err) && ctx.Err() == nil {
			err = p.dial(ctx)
		}
		answered <- err
	}()
	var err error
	select {
	case err = <-answered:
	case <-p.closing:
		cancel()
		err = <-answered
	}
	freeze.Stop()
	p.silence.end()
	if err == nil {
		p.reached(true)
	}
}

// open opens a connection beside those of the pool, and closes it.
func (p *pool) open(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	db := sqlx.NewDb(sql.OpenDB(p.connect), "")
	defer db.Close()
	l, err := begin(ctx, db, p.dialect, nil, settings{timeout: connectTimeout, bytes: DefaultMaxBytes})
	if l != nil {
		l.end()
		return nil
	}
	return err
}

func isUnanswered(err error) bool {
	return errors.Is(err, os.ErrDeadlineExceeded) || errors.Is(err, context.DeadlineExceeded)
}
