package database

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// serverMessage is what a server sends: in PostgreSQL's protocol its kind, in MySQL's its number in the exchange, and what is in it.
type serverMessage struct {
	kind byte
	body []byte
}

// protocol is how a server's messages follow each other.
type protocol struct {
	head   int
	length func(head []byte) int // Bytes of the body.
	kind   func(head []byte) byte
	write  func(serverMessage) []byte
	login  int // How many messages are left as they are: where the driver of MySQL panics while it connects, it leaves a goroutine behind.
}

func postgresProtocol() protocol {
	return protocol{
		head:   5,
		length: func(head []byte) int { return int(binary.BigEndian.Uint32(head[1:])) - 4 },
		kind:   func(head []byte) byte { return head[0] },
		write: func(m serverMessage) []byte {
			return append(binary.BigEndian.AppendUint32([]byte{m.kind}, uint32(len(m.body))+4), m.body...)
		},
	}
}

func mysqlProtocol() protocol {
	return protocol{
		head:   4,
		length: func(head []byte) int { return int(head[0]) | int(head[1])<<8 | int(head[2])<<16 },
		kind:   func(head []byte) byte { return head[3] },
		write: func(m serverMessage) []byte {
			n := len(m.body)
			return append([]byte{byte(n), byte(n >> 8), byte(n >> 16), m.kind}, m.body...)
		},
		login: 3,
	}
}

// tamperer is between a pool and its server, and changes what the server says.
type tamperer struct {
	protocol
	listener net.Listener
	upstream string
	change   atomic.Pointer[func(*serverMessage)]
}

func newTamperer(t *testing.T, p protocol, upstream string) *tamperer {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tm := &tamperer{protocol: p, listener: l, upstream: upstream}
	var all sync.WaitGroup
	all.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { tm.serve(client) })
		}
	})
	t.Cleanup(func() { // After the pool was closed, which ends all connections.
		l.Close()
		all.Wait()
	})
	return tm
}

func (tm *tamperer) serve(client net.Conn) {
	defer client.Close()
	server, err := new(net.Dialer).DialContext(context.Background(), "tcp", tm.upstream)
	if err != nil {
		return
	}
	defer server.Close()
	var says sync.WaitGroup
	says.Go(func() {
		defer client.Close()
		head := make([]byte, tm.head)
		for n := 0; ; n++ {
			if _, err := io.ReadFull(server, head); err != nil {
				return
			}
			m := serverMessage{tm.kind(head), make([]byte, tm.length(head))}
			if _, err := io.ReadFull(server, m.body); err != nil {
				return
			}
			if change := tm.change.Load(); change != nil && n >= tm.login {
				(*change)(&m)
			}
			if _, err := client.Write(tm.write(m)); err != nil {
				return
			}
		}
	})
	_, _ = io.Copy(server, client)
	server.Close()
	says.Wait()
}

// tampered runs a query while the server's messages are changed, on a connection that there is and on new ones, and then without.
func (tm *tamperer) tampered(t *testing.T, url string, q Query, change func(*serverMessage)) {
	t.Helper()
	p := openPool(t, url, 2)
	q.Timeout = time.Second
	for _, change := range []*func(*serverMessage){nil, &change, &change} {
		tm.change.Store(change)
		if _, _, err := run(t.Context(), p, q); err != nil {
			if _, ok := errors.AsType[*Error](err); !ok || change == nil {
				t.Errorf("a failure without a reason: %v", err)
			}
		}
	}
	tm.change.Store(nil)
	q.Timeout = time.Minute
	eventually(t, "the query succeeds again", func() bool {
		_, rows, err := run(t.Context(), p, q)
		return err == nil && len(rows) == 100
	})
}

// TestMalformedMessages has what is between the exporter and its database change the server's messages: drivers panic on some of them, in
// whatever goroutine they read, and that is a failure of the query.
func TestMalformedMessages(t *testing.T) {
	postgresRows := newQuery(t, "SELECT 'x' || g AS l, g AS value FROM generate_series(1, 100) AS g WHERE :period_end IS NOT NULL")
	mysqlRows := newMySQLQuery(t, "SELECT 'x' AS l, seq AS value FROM seq_1_to_100 WHERE :period_end IS NOT NULL")
	for _, engine := range []struct {
		name, url, upstream string
		query               Query
		protocol            protocol
		kinds               string
	}{
		{"postgres", server.URL("postgres"), server.Addr(), postgresRows, postgresProtocol(), "RSKZTtDCE123n"},
		{"mysql", mariadb.NewDatabase(t), mariadb.Addr(t), mysqlRows, mysqlProtocol(), "\x00\x01\x02\x03\x04\x05\x06\x07"},
	} {
		t.Run(engine.name, func(t *testing.T) {
			t.Parallel()
			tm := newTamperer(t, engine.protocol, engine.upstream)
			url := strings.Replace(engine.url, engine.upstream, tm.listener.Addr().String(), 1)
			for _, kind := range []byte(engine.kinds) {
				for what, body := range map[string]func([]byte) []byte{
					"empty":       func([]byte) []byte { return nil },
					"a byte":      func(b []byte) []byte { return b[:min(1, len(b))] },
					"halved":      func(b []byte) []byte { return b[:len(b)/2] },
					"many":        func(b []byte) []byte { return append([]byte{0xff, 0xff}, b[min(2, len(b)):]...) },
					"all ones":    func(b []byte) []byte { return []byte(strings.Repeat("\xff", len(b))) },
					"a long cell": func(b []byte) []byte { return append(append([]byte{}, b[:min(2, len(b))]...), "\x00\x00\x03\xe8x"...) },
					"a length":    func([]byte) []byte { return []byte("\xfe\xff\xff\xff\xff\xff\xff\xff\xff") },
					"negative":    func(b []byte) []byte { return append(append([]byte{}, b[:min(2, len(b))]...), "\xff\xff\xff\xf9x"...) },
				} {
					t.Run(fmt.Sprintf("%q %s", kind, what), func(t *testing.T) {
						tm.tampered(t, url, engine.query, func(m *serverMessage) {
							if m.kind == kind {
								m.body = body(m.body)
							}
						})
					})
				}
			}
			for seed := range uint64(50) {
				t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
					var mu sync.Mutex
					random := rand.New(rand.NewPCG(seed, 0))
					tm.tampered(t, url, engine.query, func(m *serverMessage) {
						mu.Lock()
						defer mu.Unlock()
						if len(m.body) > 0 && random.IntN(4) == 0 {
							m.body[random.IntN(len(m.body))] ^= byte(1 + random.IntN(255))
						}
					})
				})
			}
		})
	}
}
