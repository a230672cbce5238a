package webconfig

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"
)

// long is how long anything may take; it takes far less.
const long = time.Minute

func hashOf(t *testing.T, password string, cost int) string {
	t.Helper()
	hash, err := bcrypt.GenerateFromPassword([]byte(password), cost)
	if err != nil {
		t.Fatal(err)
	}
	return string(hash)
}

// open returns a guard for a file with a text.
func open(t *testing.T, text string) *Guard {
	t.Helper()
	path := filepath.Join(t.TempDir(), "web.yml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	g, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return g
}

// serve starts a server of "welcome" behind a guard.
func serve(t *testing.T, g *Guard) *httptest.Server {
	t.Helper()
	server := httptest.NewServer(g.Handler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "welcome") })))
	t.Cleanup(server.Close)
	return server
}

// client is somebody at an address of this machine.
func client(t *testing.T, address string) *http.Client {
	dialer := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.ParseIP(address)}}
	transport := &http.Transport{DialContext: dialer.DialContext}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport, Timeout: long}
}

// ask returns the status and the header of an answer.
func ask(ctx context.Context, c *http.Client, url, user, password string) (int, http.Header, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return 0, nil, err
	}
	if user != "" {
		req.SetBasicAuth(user, password)
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, nil, err
	}
	defer res.Body.Close()
	_, err = io.Copy(io.Discard, res.Body)
	return res.StatusCode, res.Header, err
}

func TestPasswords(t *testing.T) {
	server := serve(t, open(t, fmt.Sprintf("basic_auth_users: {kpi: %q, other: %q}\nhttp_server_config: {headers: {X-Frame-Options: deny}}\n",
		hashOf(t, "sesame", bcrypt.MinCost), hashOf(t, "", bcrypt.MinCost))))
	for _, test := range []struct {
		name, user, password string
		want                 int
	}{
		{"none", "", "", http.StatusUnauthorized},
		{"wrong", "kpi", "open", http.StatusUnauthorized},
		{"right", "kpi", "sesame", http.StatusOK},
		{"right again", "kpi", "sesame", http.StatusOK},
		{"wrong after a right one", "kpi", "open", http.StatusUnauthorized},
		{"empty", "kpi", "", http.StatusUnauthorized},
		{"that of another user", "other", "sesame", http.StatusUnauthorized},
		{"empty, which is right", "other", "", http.StatusOK},
		{"of nobody", "nobody", "sesame", http.StatusUnauthorized},
		{"user and password moved", "kpisesame", "", http.StatusUnauthorized},
	} {
		t.Run(test.name, func(t *testing.T) {
			got, header, err := ask(t.Context(), server.Client(), server.URL, test.user, test.password)
			if err != nil || got != test.want {
				t.Errorf("%d, %v, want %d", got, err, test.want)
			}
			if header.Get("X-Frame-Options") != "deny" || (header.Get("WWW-Authenticate") != "") != (test.want == http.StatusUnauthorized) {
				t.Errorf("the header is %v", header)
			}
		})
	}
}

// TestFlood has 100 clients try passwords, of a user that there is or of others, while somebody has the right one.
func TestFlood(t *testing.T) {
	for _, test := range []struct {
		name, user, from string
		known            bool // The right password was right before.
	}{
		{"from the same address", "kpi", "127.0.0.1", true},
		{"of users that there are not", "", "127.0.0.1", true},
		{"before the right password was known, from another address", "kpi", "127.0.0.2", false},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.from != "127.0.0.1" && runtime.GOOS != "linux" {
				t.Skip("this system has no other address of its own")
			}
			server := serve(t, open(t, fmt.Sprintf("basic_auth_users: {kpi: %q}\n", hashOf(t, "sesame", 7))))
			mine := client(t, "127.0.0.1")
			expect := func() {
				t.Helper()
				if got, _, err := ask(t.Context(), mine, server.URL, "kpi", "sesame"); err != nil || got != http.StatusOK {
					t.Errorf("the right password has the status %d, %v", got, err)
				}
			}
			if test.known {
				expect()
			}
			var refused atomic.Int64
			flood(t, server.URL, test.user, test.from, &refused)
			for deadline := time.Now().Add(long); refused.Load() < 1000; time.Sleep(time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d requests were refused", refused.Load())
				}
			}
			for range 20 {
				expect()
			}
		})
	}
}

// flood tries wrong passwords from 100 connections until the test ends, and counts those that are refused because there are too many.
func flood(t *testing.T, url, user, from string, refused *atomic.Int64) {
	ctx, stop := context.WithCancel(t.Context())
	var wg sync.WaitGroup
	t.Cleanup(func() {
		stop()
		wg.Wait()
	})
	for i := range 100 {
		c := client(t, from)
		wg.Go(func() {
			for n := 0; ctx.Err() == nil; n++ {
				who := user
				if who == "" {
					who = fmt.Sprintf("somebody %d", i)
				}
				got, _, err := ask(ctx, c, url, who, fmt.Sprintf("wrong %d %d", i, n))
				switch {
				case err != nil:
				case got == http.StatusTooManyRequests:
					refused.Add(1)
				case got != http.StatusUnauthorized:
					t.Errorf("a wrong password has the status %d", got)
				}
			}
		})
	}
}

// A password of a user that there is not is compared like another one, so that time tells nobody the names.
func TestUnknownUserTakesAsLong(t *testing.T) {
	g := open(t, fmt.Sprintf("basic_auth_users: {kpi: %q, slow: %q}\n", hashOf(t, "sesame", bcrypt.MinCost), hashOf(t, "sesame", bcrypt.MinCost+1)))
	if cost, err := bcrypt.Cost([]byte(g.now.Load().slowest)); err != nil || cost != bcrypt.MinCost+1 {
		t.Errorf("it is compared with a hash of cost %d, %v", cost, err)
	}
	g.passwords.turn <- struct{}{} // Nothing is compared meanwhile.
	for _, user := range []string{"kpi", "nobody"} {
		t.Run(user, func(t *testing.T) {
			r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/", http.NoBody)
			r.SetBasicAuth(user, "wrong")
			ctx, stop := context.WithCancel(t.Context())
			got := make(chan verdict)
			go func() { got <- g.passwords.check(r.WithContext(ctx), g.now.Load()) }()
			for deadline := time.Now().Add(long); ; time.Sleep(time.Millisecond) {
				g.passwords.mu.Lock()
				waiting := g.passwords.all
				g.passwords.mu.Unlock()
				if waiting == 1 {
					break
				}
				if time.Now().After(deadline) {
					t.Fatal("it does not wait")
				}
			}
			stop() // Who goes away leaves the place to others.
			if v := <-got; v != unchecked || g.passwords.all != 0 || len(g.passwords.unchecked) != 0 {
				t.Errorf("%v, %d waiting", v, g.passwords.all)
			}
		})
	}
}

func TestRoomForUncheckedPasswords(t *testing.T) {
	p := newPasswords()
	entered := func(format string, n int) (count int) {
		for i := range n {
			if p.enter(peerOf(fmt.Sprintf(format, i))) {
				count++
			}
		}
		return count
	}
	for _, test := range []struct {
		name, format string
		n, want      int
	}{
		{"one address", "192.0.2.1:%d", 10, maxUncheckedOfPeer},
		{"another one", "192.0.2.2:%d", 10, maxUncheckedOfPeer},
		{"a network of IPv6", "[2001:db8::%x]:80", 10, maxUncheckedOfPeer},
		{"sockets", "@%d", 10, maxUncheckedOfPeer},
		{"many", "192.0.3.%d:80", 200, maxUnchecked - 4*maxUncheckedOfPeer},
		{"one more", "192.0.4.%d:80", 1, 0},
	} {
		if got := entered(test.format, test.n); got != test.want {
			t.Errorf("%s: %d, want %d", test.name, got, test.want)
		}
	}
	p.leave(peerOf("192.0.2.1:1"))
	if got := entered("192.0.4.%d:80", 2); got != 1 {
		t.Errorf("after one has left: %d, want 1", got)
	}
}

func TestPeerOf(t *testing.T) {
	for remote, want := range map[string]netip.Prefix{
		"192.0.2.7:80":             netip.MustParsePrefix("192.0.2.7/32"),
		"[::ffff:192.0.2.7]:80":    netip.MustParsePrefix("192.0.2.7/32"),
		"[2001:db8:1:2:3:4:5::]:1": netip.MustParsePrefix("2001:db8:1:2::/64"),
		"[fe80::1%eth0]:80":        netip.MustParsePrefix("fe80::/64"),
		"host(2):1024":             {},
		"@":                        {},
	} {
		if got := peerOf(remote); got != want {
			t.Errorf("%s: %s, want %s", remote, got, want)
		}
	}
}
