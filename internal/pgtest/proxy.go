package pgtest

import (
	"bytes"
	"context"
	"net"
	"sync"
	"testing"
)

// A Proxy is a TCP proxy that plays the network's bad days: it stands between a client and a server and can go silent,
// cut every connection, or lead elsewhere. To use it, put its Addr in place of the server's in a URL. All of its
// methods may be called at the same time.
type Proxy struct {
	listener net.Listener
	life     context.Context // Over when the proxy is.

	mu       sync.Mutex
	upstream string
	rewrite  [2]string       // What clients send, and what arrives in place of it.
	flowing  chan struct{}   // Closed while bytes flow.
	lost     chan struct{}   // Closed when the connections opened under it are swallowed.
	uncut    context.Context // Over when the connections opened under it are cut.
	cut      context.CancelFunc
}

// NewProxy starts a proxy to upstream, a host:port that need not answer yet. It ends with the test.
func NewProxy(t testing.TB, upstream string) *Proxy {
	t.Helper()
	p := &Proxy{listener: listen(t), upstream: upstream, flowing: make(chan struct{}), lost: make(chan struct{})}
	life, end := context.WithCancel(context.Background())
	p.life = life
	p.uncut, p.cut = context.WithCancel(life)
	p.Thaw()
	var connections sync.WaitGroup
	connections.Go(func() {
		for {
			client, err := p.listener.Accept()
			if err != nil {
				return
			}
			connections.Go(func() { p.serve(client) })
		}
	})
	t.Cleanup(func() {
		p.listener.Close()
		end()
		connections.Wait()
	})
	return p
}

// NewSilent returns the host:port of a server that accepts connections and never says a word. It ends with the test.
func NewSilent(t testing.TB) string {
	t.Helper()
	// Nobody has to call Accept: the kernel completes connections by itself.
	return listen(t).Addr().String()
}

// Addr returns the host:port that clients connect to.
func (p *Proxy) Addr() string { return p.listener.Addr().String() }

// SetUpstream leads connections that are opened from now on to another server, as a failover does.
func (p *Proxy) SetUpstream(addr string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.upstream = addr
}

// Rewrite has a text of clients arrive as another one of the same length, as if the server did not know what it says.
func (p *Proxy) Rewrite(text, other string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.rewrite = [2]string{text, other}
}

// Freeze stops the flow of bytes in both directions. Connections stay open and new ones are accepted, but nothing
// arrives, not even the news that the other side has closed: this is how a broken network looks from its ends.
func (p *Proxy) Freeze() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if isClosed(p.flowing) {
		p.flowing = make(chan struct{})
	}
}

// Thaw ends a Freeze: all that was held back arrives.
func (p *Proxy) Thaw() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !isClosed(p.flowing) {
		close(p.flowing)
	}
}

// Swallow stops letting anything through on the existing connections, without closing them, as a firewall does that has
// forgotten them. New ones are as good as ever.
func (p *Proxy) Swallow() {
	p.mu.Lock()
	defer p.mu.Unlock()
	close(p.lost)
	p.lost = make(chan struct{})
}

// Cut closes every connection on both sides, also while frozen. New ones are accepted.
func (p *Proxy) Cut() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.cut()
	p.uncut, p.cut = context.WithCancel(p.life)
}

// serve joins a client with the upstream until one of them closes or the connection is cut.
func (p *Proxy) serve(client net.Conn) {
	defer client.Close()
	p.mu.Lock()
	ctx, cut := context.WithCancel(p.uncut)
	lost := p.lost
	p.mu.Unlock()
	defer cut()
	if !p.flows(ctx, lost) {
		return
	}
	p.mu.Lock()
	upstream := p.upstream
	p.mu.Unlock()
	server, err := new(net.Dialer).DialContext(ctx, "tcp", upstream)
	if err != nil {
		return
	}
	defer server.Close()
	var directions sync.WaitGroup
	directions.Go(func() { defer cut(); p.copy(ctx, lost, server, client) })
	directions.Go(func() { defer cut(); p.copy(ctx, lost, client, server) })
	<-ctx.Done()
	client.Close()
	server.Close()
	directions.Wait()
}

// copy carries bytes one way, and holds them back while the proxy is frozen or when the connection is lost.
func (p *Proxy) copy(ctx context.Context, lost <-chan struct{}, to, from net.Conn) {
	buffer := make([]byte, 32<<10)
	for {
		n, readErr := from.Read(buffer)
		if !p.flows(ctx, lost) {
			return
		}
		_, writeErr := to.Write(p.rewritten(buffer[:n]))
		if readErr != nil || writeErr != nil {
			return
		}
	}
}

// rewritten returns the bytes with the texts of Rewrite replaced.
func (p *Proxy) rewritten(b []byte) []byte {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.rewrite[0] == "" {
		return b
	}
	return bytes.ReplaceAll(b, []byte(p.rewrite[0]), []byte(p.rewrite[1]))
}

// flows waits while the proxy is frozen, and for ever when the connection is lost. It returns false if it was cut.
func (p *Proxy) flows(ctx context.Context, lost <-chan struct{}) bool {
	p.mu.Lock()
	flowing := p.flowing
	p.mu.Unlock()
	select {
	case <-flowing:
	case <-ctx.Done():
	}
	select {
	case <-lost:
		<-ctx.Done()
	default:
	}
	return ctx.Err() == nil
}

func listen(t testing.TB) net.Listener {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	return listener
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}
