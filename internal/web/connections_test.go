package web

import (
	"fmt"
	"net"
	"net/http"
	"strings"
	"testing"
)

// TestFarTooManyConnections has ever more clients that send half a request, read no answer, or do nothing: the metrics are served
// meanwhile, and no more connections stay open than there is room for.
func TestFarTooManyConnections(t *testing.T) {
	const most = 5
	c := NewConnections(most)
	server := newLimited(t, c)
	for name, text := range map[string]string{
		"half a request":     "GET /metrics HTTP/1.1\r\nHost: local",
		"an answer not read": "GET /metrics HTTP/1.1\r\nHost: localhost\r\n\r\n",
		"half a body":        "POST /metrics HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n1",
		"nothing":            "",
	} {
		t.Run(name, func(t *testing.T) {
			for range 3 * closeAbove * most {
				one, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
				if err != nil {
					t.Fatal(err)
				}
				t.Cleanup(func() { _ = one.Close() })
				if _, err := fmt.Fprint(one, text); err != nil {
					t.Fatal(err)
				}
				if n := c.count(); n > closeAbove*most {
					t.Fatalf("%d connections are open, want at most %d", n, closeAbove*most)
				}
			}
			for range 5 {
				if status, _, body := statusOf(t, server, "/metrics"); status != http.StatusOK || body == "" {
					t.Errorf("/metrics: %d %q", status, body)
				}
			}
		})
	}
}

// closing is a connection that notes in which order it and others are closed.
type closing struct {
	net.Conn
	name   string
	closed *string
}

func (c *closing) Close() error {
	*c.closed += c.name
	return nil
}

// TestWhoGivesWay has connections a to d open, of which something happens on some, and then new ones.
func TestWhoGivesWay(t *testing.T) {
	for _, test := range []struct {
		name, happens string
		more          int
		want          string
	}{
		{"the oldest first", "", 2, "ab"},
		{"what was used last stays", "ab", 2, "cd"},
		{"often", "abab", 4, "cdab"},
		{"closed by others", "-a", 2, "b"},
	} {
		t.Run(test.name, func(t *testing.T) {
			closed := ""
			c := NewConnections(1)
			open := map[string]*closing{}
			begin := func(name string) {
				open[name] = &closing{name: name, closed: &closed}
				c.Changed(open[name], http.StateNew)
			}
			for name := range strings.SplitSeq("abcd", "") {
				begin(name)
			}
			state := http.StateActive
			for name := range strings.SplitSeq(test.happens, "") {
				if name == "-" {
					state = http.StateClosed
					continue
				}
				c.Changed(open[name], state)
			}
			for i := range test.more {
				begin(fmt.Sprint(i))
			}
			if closed != test.want || c.count() > closeAbove {
				t.Errorf("%q were closed, want %q; %d are open", closed, test.want, c.count())
			}
			for _, one := range open { // Those that were closed say so later.
				c.Changed(one, http.StateClosed)
			}
			if c.count() != 0 {
				t.Errorf("%d are counted at the end", c.count())
			}
		})
	}
}
