package pgtest

import (
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// newEcho returns the host:port of a server that sends back what it is sent, with its name in front.
func newEcho(t *testing.T, name string) string {
	t.Helper()
	listener := listen(t)
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer conn.Close()
				buffer := make([]byte, 64)
				for {
					n, err := conn.Read(buffer)
					if err != nil {
						return
					}
					if _, err := conn.Write(append([]byte(name+":"), buffer[:n]...)); err != nil {
						return
					}
				}
			}()
		}
	}()
	return listener.Addr().String()
}

func dial(t *testing.T, addr string) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	return conn
}

func send(t *testing.T, conn net.Conn, text string) {
	t.Helper()
	if _, err := io.WriteString(conn, text); err != nil {
		t.Fatal(err)
	}
}

// allow gives the next read this long.
func allow(t *testing.T, conn net.Conn, limit time.Duration) {
	t.Helper()
	if err := conn.SetReadDeadline(time.Now().Add(limit)); err != nil {
		t.Fatal(err)
	}
}

// receive expects exactly this text within five seconds.
func receive(t *testing.T, conn net.Conn, want string) {
	t.Helper()
	allow(t, conn, 5*time.Second)
	got := make([]byte, len(want))
	if _, err := io.ReadFull(conn, got); err != nil || string(got) != want {
		t.Fatalf("received %q, %v, want %q", got, err, want)
	}
}

// receiveNothing expects an open connection on which nothing arrives.
func receiveNothing(t *testing.T, conn net.Conn) {
	t.Helper()
	allow(t, conn, 50*time.Millisecond)
	if n, err := conn.Read(make([]byte, 64)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("received %d bytes, %v, want nothing", n, err)
	}
}

// receiveEnd expects that the connection is closed within five seconds.
func receiveEnd(t *testing.T, conn net.Conn) {
	t.Helper()
	allow(t, conn, 5*time.Second)
	if n, err := conn.Read(make([]byte, 64)); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		t.Fatalf("received %d bytes, %v, want the end", n, err)
	}
}

func TestProxyForwards(t *testing.T) {
	conn := dial(t, NewProxy(t, newEcho(t, "one")).Addr())
	send(t, conn, "hello")
	receive(t, conn, "one:hello")
	send(t, conn, "again")
	receive(t, conn, "one:again")
}

func TestProxyFreezeAndThaw(t *testing.T) {
	proxy := NewProxy(t, newEcho(t, "one"))
	before := dial(t, proxy.Addr())
	send(t, before, "a")
	receive(t, before, "one:a")

	proxy.Freeze()
	proxy.Freeze()
	during := dial(t, proxy.Addr())
	send(t, before, "b")
	send(t, during, "c")
	receiveNothing(t, before)
	receiveNothing(t, during)

	proxy.Thaw()
	proxy.Thaw()
	receive(t, before, "one:b")
	receive(t, during, "one:c")
}

func TestProxyFreezeHidesTheEnd(t *testing.T) {
	upstream := listen(t)
	proxy := NewProxy(t, upstream.Addr().String())
	client := dial(t, proxy.Addr())
	server, err := upstream.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer server.Close()
	proxy.Freeze()
	client.Close()
	receiveNothing(t, server)
	proxy.Thaw()
	receiveEnd(t, server)
}

func TestProxyCut(t *testing.T) {
	tests := []struct {
		name   string
		frozen bool
	}{{"flowing", false}, {"frozen", true}}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			proxy := NewProxy(t, newEcho(t, "one"))
			conns := []net.Conn{dial(t, proxy.Addr()), dial(t, proxy.Addr())}
			for _, conn := range conns {
				send(t, conn, "a")
				receive(t, conn, "one:a")
			}
			if test.frozen {
				proxy.Freeze()
			}
			proxy.Cut()
			for _, conn := range conns {
				receiveEnd(t, conn)
			}
			proxy.Thaw()
			conn := dial(t, proxy.Addr())
			send(t, conn, "b")
			receive(t, conn, "one:b")
		})
	}
}

func TestProxySetUpstream(t *testing.T) {
	proxy := NewProxy(t, newEcho(t, "one"))
	before := dial(t, proxy.Addr())
	send(t, before, "a")
	receive(t, before, "one:a")
	proxy.SetUpstream(newEcho(t, "two"))
	after := dial(t, proxy.Addr())
	send(t, after, "b")
	receive(t, after, "two:b")
	send(t, before, "c")
	receive(t, before, "one:c")
}

func TestProxyOfAbsentUpstream(t *testing.T) {
	listener := listen(t)
	listener.Close()
	receiveEnd(t, dial(t, NewProxy(t, listener.Addr().String()).Addr()))
}

func TestProxyToPostgreSQL(t *testing.T) {
	proxy := NewProxy(t, server.Addr())
	url := strings.Replace(server.NewDatabase(t), server.Addr(), proxy.Addr(), 1)
	if got := Ask[int](t, url, `SELECT 42`); got != 42 {
		t.Errorf("got %d through the proxy, want 42", got)
	}
}

func TestSilent(t *testing.T) {
	conn := dial(t, NewSilent(t))
	send(t, conn, "hello?")
	receiveNothing(t, conn)
}
