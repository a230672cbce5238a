// Package freeport finds ports for the servers that tests start.
package freeport

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"sync/atomic"
)

// Finder finds ports, never the same one twice.
type Finder struct{ next atomic.Int64 }

// New returns a finder. It begins anywhere, so that tests of several packages seldom try the same port.
func New() *Finder {
	f := &Finder{}
	f.next.Store(10_000 + rand.Int64N(18_000))
	return f
}

// Address returns a host and port on which nobody listens. It is none of those that the system gives to outgoing connections,
// of which the tests of other packages may take one before the server does.
func (f *Finder) Address(ctx context.Context) (string, error) {
	var err error
	for range 1000 {
		var l net.Listener
		if l, err = (&net.ListenConfig{}).Listen(ctx, "tcp", fmt.Sprintf("127.0.0.1:%d", f.next.Add(1))); err == nil {
			return l.Addr().String(), l.Close()
		}
	}
	return "", fmt.Errorf("no free port: %w", err)
}
