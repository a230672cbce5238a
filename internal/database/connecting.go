package database

import (
	"context"
	"database/sql/driver"
	"fmt"
	"sync"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// leftPause is how long nobody begins another attempt to connect after one was left behind. Each further one doubles it, but not more than ten times.
const leftPause, mostDoubled = time.Minute, 10

// connecting makes the connections of a database. Nothing ends an attempt that hangs in a file system, where a SQLite file or a certificate
// is: it is left behind. Until it has ended nobody begins another, for a while: the address may lead elsewhere by then, and a file that was mounted again
// may not hang although the attempt does so for ever.
type connecting struct {
	driver.Connector

	mu   sync.Mutex
	left map[*attempt]bool
	last time.Time // When the last one was left behind.
}

func newConnecting(c driver.Connector) *connecting {
	return &connecting{Connector: c, left: map[*attempt]bool{}}
}

// attempt is one connection that is being made, and once it is done what came of it.
type attempt struct {
	done chan struct{}
	conn driver.Conn
	err  error
	over bool // It is done, or about to be: it can no longer be left behind.
}

// Connect makes a connection, or returns shortly after the end of ctx.
func (c *connecting) Connect(ctx context.Context) (driver.Conn, error) {
	for {
		before := c.inTheWay()
		if before == nil {
			break
		}
		select {
		case <-before.done:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	now := &attempt{done: make(chan struct{})}
	go c.run(ctx, now)
	select {
	case <-now.done:
		return now.conn, now.err
	case <-ctx.Done():
	}
	timer := time.NewTimer(grace) // What waits for the network ends now, and says why.
	defer timer.Stop()
	select {
	case <-now.done:
	case <-timer.C:
		if c.leave(now) {
			return nil, ctx.Err()
		}
		<-now.done
	}
	return now.conn, now.err
}

// run makes one connection.
func (c *connecting) run(ctx context.Context, a *attempt) {
	defer func() {
		if fault := recover(); fault != nil { // Else it would end the program, and not only the query.
			a.err = fmt.Errorf("the driver has a fault: %v", fault)
		}
		c.finish(a)
	}()
	a.conn, a.err = c.Connector.Connect(ctx)
}

// finish closes the connection if nobody waits for it, and lets others begin.
func (c *connecting) finish(a *attempt) {
	c.mu.Lock()
	a.over = true
	left := c.left[a]
	c.mu.Unlock()
	if left && a.conn != nil {
		a.conn.Close()
	}
	c.mu.Lock()
	delete(c.left, a)
	c.mu.Unlock()
	close(a.done)
}

// leave leaves an attempt behind, unless it is over.
func (c *connecting) leave(a *attempt) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !a.over {
		c.left[a] = true
		c.last = time.Now()
	}
	return !a.over
}

// inTheWay returns an attempt that was left behind and is to be waited for; nil if another one may begin.
func (c *connecting) inTheWay() *attempt {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.left); n > 0 && time.Since(c.last) >= leftPause<<min(n-1, mostDoubled) {
		return nil
	}
	for a := range c.left {
		return a
	}
	return nil
}

// checkFiles says what is wrong with the files that a URL names: drivers wait for a pipe, and some connect without a file that they cannot read.
func checkFiles(address engine.Address) error {
	for _, f := range address.Files() {
		if err := f.Check(); err != nil {
			return err
		}
	}
	return nil
}
