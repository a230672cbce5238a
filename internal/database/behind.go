package database

import (
	"errors"
	"sync"
)

// behind are the calls that nothing ends and that nobody waits for, by the SQL of their queries. Each takes the place of a query until it has ended.
type behind struct {
	mu    sync.Mutex
	calls map[string]<-chan struct{}
	owing []<-chan struct{} // Of those that have not taken their place yet: it is the next that becomes free.
	held  int               // Places that are taken.
	all   chan struct{}     // Closed once all are.
}

var errStillRuns = &Error{Reason: Timeout, Err: errors.New("an earlier run of the query took longer than its timeout and still runs, because nothing can end it: " +
	"a function computes for long, or the file system hangs")}

var errAllBehind = &Error{Reason: Timeout, Err: errors.New("every connection of the database is taken by a query that took longer than its timeout and still runs, " +
	"because nothing can end it: a function computes for long, or the file system hangs")}

// add notes a call.
func (b *behind) add(sql string, ended <-chan struct{}) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.calls == nil {
		b.calls = map[string]<-chan struct{}{}
	}
	b.calls[sql] = ended
	b.owing = append(b.owing, ended)
}

// has reports whether a query still runs that has failed.
func (b *behind) has(sql string) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	select {
	case <-b.calls[sql]:
		delete(b.calls, sql)
		return false
	default:
		return b.calls[sql] != nil
	}
}

// next returns the end of a call that takes the place that becomes free, nil if there is none.
func (b *behind) next() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.owing) == 0 {
		return nil
	}
	first := b.owing[0]
	b.owing = b.owing[1:]
	return first
}

// take notes that a call takes one of so many places.
func (b *behind) take(places int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held++; b.held == places {
		close(b.whole())
	}
}

// give notes that a call has given its place back.
func (b *behind) give(places int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.held == places {
		b.all = nil
	}
	b.held--
}

// none returns what is closed once calls take all places: there is none for anybody else.
func (b *behind) none() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.whole()
}

func (b *behind) whole() chan struct{} {
	if b.all == nil {
		b.all = make(chan struct{})
	}
	return b.all
}
