package web

import (
	"container/list"
	"crypto/tls"
	"net"
	"net/http"
	"strings"
	"sync"
)

// closeAbove is how many times as many connections as --web.max-connections stay open. Each takes some 20 kB, whatever it sends or reads.
const closeAbove = 4

// Connections are the open ones of servers. While there are too many, pages and the API are refused; the metrics and what is below /-/ never
// are. While there are far too many, the one that nothing has happened on for longest gives way to a new one.
type Connections struct {
	most int // 0: any number.

	mu   sync.Mutex
	open map[net.Conn]*list.Element
	last *list.List // Of net.Conn, the one first whose state changed longest ago.
}

// NewConnections returns connections with a limit; with 0 there is none.
func NewConnections(most uint32) *Connections {
	return &Connections{most: int(most), open: map[net.Conn]*list.Element{}, last: list.New()}
}

// Changed notes the new state of a connection, for http.Server.ConnState.
func (c *Connections) Changed(conn net.Conn, state http.ConnState) {
	c.mu.Lock()
	defer c.mu.Unlock()
	at := c.open[conn]
	switch {
	case state == http.StateClosed || state == http.StateHijacked:
		if at != nil {
			c.last.Remove(at)
			delete(c.open, conn)
		}
	case at != nil:
		c.last.MoveToBack(at)
	default:
		if c.most > 0 && c.last.Len() >= closeAbove*c.most {
			c.closeFirst()
		}
		c.open[conn] = c.last.PushBack(conn)
	}
}

// closeFirst closes the connection whose state changed longest ago: it has sent half a request, does not read its answer, or waits
// for a further request, which its client then sends on another connection.
func (c *Connections) closeFirst() {
	conn := c.last.Remove(c.last.Front()).(net.Conn) //nolint:forcetypeassert // The list holds nothing else.
	delete(c.open, conn)
	if secure, ok := conn.(*tls.Conn); ok {
		conn = secure.NetConn() // It says nothing to who does not read.
	}
	_ = conn.Close()
}

// count returns how many connections are open.
func (c *Connections) count() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.last.Len()
}

// admit serves what a handler does while there are few connections. Else each connection is closed after its answer, and only the
// metrics and what is below /-/ are served.
func (c *Connections) admit(next http.Handler, metrics string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if c.most > 0 && c.count() > c.most {
			w.Header().Set("Connection", "close")
			if r.URL.Path != metrics && !strings.HasPrefix(r.URL.Path, "/-/") {
				refuse(w, r, "too many connections are open (--web.max-connections)")
				return
			}
		}
		next.ServeHTTP(w, r)
	})
}
