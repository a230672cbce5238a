package web

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// newLimited starts a server of everything, over one KPI with 15,000 label sets.
func newLimited(t *testing.T, c *Connections) *httptest.Server {
	t.Helper()
	_, keeper := boardtest.Start(t, "databases: {app: {url: \""+boardtest.NewRows(t, 3)+"\"}}\nhistory: 0\nkpis:\n"+
		"  many: {title: Many, period: instant, every: 100h, max_series: 20000, labels: [n], query: \"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 15000) SELECT n, n AS value FROM c\"}\n")
	eventually(t, "the KPI is evaluated", func() bool { return keeper.Board().KPIs[0].State == scoreboard.Current })
	fine := func() error { return nil }
	handler, err := NewHandler(Options{
		Boards: keeper, TelemetryPath: "/metrics", Healthy: fine, Ready: fine, Connections: c,
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "kpi_value 1\n") }),
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(handler)
	server.Config.ConnState = func(conn net.Conn, state http.ConnState) {
		if state == http.StateNew {
			_ = conn.(*net.TCPConn).SetWriteBuffer(4 << 10) // Else the system takes all of an answer that nobody reads.
		}
		c.Changed(conn, state)
	}
	server.Start()
	t.Cleanup(server.Close)
	return server
}

// slowReaders asks for a path on so many connections, and reads nothing of the answers.
func slowReaders(t *testing.T, server *httptest.Server, path string, n int) []net.Conn {
	t.Helper()
	connections := make([]net.Conn, n)
	for i := range connections {
		one, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = one.Close() })
		_ = one.(*net.TCPConn).SetReadBuffer(4 << 10)
		if _, err := fmt.Fprintf(one, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", path); err != nil {
			t.Fatal(err)
		}
		connections[i] = one
	}
	return connections
}

// statusOf asks for a path on a connection of its own, and returns the status, the header and what comes of the body.
func statusOf(t *testing.T, server *httptest.Server, path string) (status int, header http.Header, body string) {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, server.URL+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	response, err := (&http.Transport{DisableKeepAlives: true}).RoundTrip(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header, string(text)
}

// TestSlowConnections has 400 clients ask for a large answer and read none of it, over real connections.
func TestSlowConnections(t *testing.T) {
	server := newLimited(t, NewConnections(0))
	_, _, body := statusOf(t, server, "/api/v1/kpis")
	heap := func() int64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc)
	}
	before := heap()
	const readers = 400
	connections := slowReaders(t, server, "/api/v1/kpis", readers)
	full := func() bool {
		status, _, _ := statusOf(t, server, "/api/v1/kpis")
		return status == http.StatusServiceUnavailable
	}
	eventually(t, "there are too many readers", full)
	status, header, refused := statusOf(t, server, "/api/v1/kpis")
	if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" || header.Get("Content-Type") != "application/problem+json" || !strings.Contains(refused, "too many clients") {
		t.Errorf("with too many readers: %d %v %s", status, header, refused)
	}
	for _, path := range []string{"/metrics", "/-/healthy", "/-/ready", "/", "/api/v1/kpis/many?last=0", "/api/v1/kpis?as_of=2020-01-01"} {
		if status, _, _ := statusOf(t, server, path); status != http.StatusOK {
			t.Errorf("%s beside them: %d, want 200", path, status)
		}
	}
	grown, all := heap()-before, int64(len(body))*readers
	t.Logf("400 readers of %d bytes each hold %d bytes, %.2g of what they ask for", len(body), grown, float64(grown)/float64(all))
	if grown > all/20 {
		t.Errorf("400 readers of %d bytes each hold %d bytes", len(body), grown)
	}
	answered := map[int]int{}
	for _, one := range connections {
		_ = one.SetReadDeadline(time.Now().Add(time.Minute))
		response, err := http.ReadResponse(bufio.NewReader(one), nil) //nolint:bodyclose // The connection is closed.
		if err != nil {
			t.Fatal(err)
		}
		answered[response.StatusCode]++
		_ = one.Close()
	}
	if answered[http.StatusOK] != maxResponses || answered[http.StatusServiceUnavailable] != readers-maxResponses {
		t.Errorf("answers by status: %v, want %d of 200", answered, maxResponses)
	}
	eventually(t, "there is room again", func() bool { return !full() })
}

// TestPagesOfManyLabelSets has pages list the worst of 15,000 label sets, and lead to all.
func TestPagesOfManyLabelSets(t *testing.T) {
	server := newLimited(t, NewConnections(0))
	const all = "/api/v1/kpis/many"
	for path, test := range map[string]struct {
		rows int
		says string
	}{
		"/report":   {101, "And 14900 more label sets of Many: <a href=\"" + all + "\">all as JSON</a>"},
		"/kpi/many": {1000, "And 14000 more label sets: <a href=\"" + all + "\">all as JSON</a>"},
	} {
		t.Run(path, func(t *testing.T) {
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			status, _, page := statusOf(t, server, path)
			runtime.ReadMemStats(&after)
			if status != http.StatusOK || !strings.Contains(page, test.says) {
				t.Errorf("%d, and the page does not say %q", status, test.says)
			}
			_, page, _ = strings.Cut(page, "<tbody>")
			if rows := strings.Count(page, "<tr"); rows < test.rows || rows > test.rows+20 {
				t.Errorf("the page has %d rows, want %d and a few others", rows, test.rows)
			}
			made := after.TotalAlloc - before.TotalAlloc
			t.Logf("the page took %d kB, and allocated %d kB", len(page)>>10, made>>10)
			if made > 30<<20 {
				t.Errorf("to make the page, %d bytes were allocated", made)
			}
		})
	}
	if status, _, body := statusOf(t, server, all); status != http.StatusOK || strings.Count(body, `"value":`) < 15_000 {
		t.Errorf("%s: %d, and %d values", all, status, strings.Count(body, `"value":`))
	}
}

// TestMaxConnections opens more connections than are allowed.
func TestMaxConnections(t *testing.T) {
	const most = 20
	c := NewConnections(most)
	server := newLimited(t, c)
	var idle []net.Conn
	for range most {
		one, err := new(net.Dialer).DialContext(t.Context(), "tcp", server.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		idle = append(idle, one)
	}
	eventually(t, "all connections are counted", func() bool { return c.count() == most })
	for path, want := range map[string]struct {
		status      int
		contentType string
	}{
		"/metrics":             {http.StatusOK, "text/plain; charset=utf-8"},
		"/-/healthy":           {http.StatusOK, "text/plain; charset=utf-8"},
		"/-/ready":             {http.StatusOK, "text/plain; charset=utf-8"},
		"/":                    {http.StatusServiceUnavailable, "text/plain; charset=utf-8"},
		"/kpi/many":            {http.StatusServiceUnavailable, "text/plain; charset=utf-8"},
		"/nowhere":             {http.StatusServiceUnavailable, "text/plain; charset=utf-8"},
		"/api/v1/kpis":         {http.StatusServiceUnavailable, "application/problem+json"},
		"/api/v1/openapi.yaml": {http.StatusServiceUnavailable, "application/problem+json"},
	} {
		status, header, _ := statusOf(t, server, path)
		if status != want.status || header.Get("Content-Type") != want.contentType || (status == http.StatusOK) != (header.Get("Retry-After") == "") {
			t.Errorf("%s: %d %v, want %d %s", path, status, header, want.status, want.contentType)
		}
	}
	one := slowReaders(t, server, "/metrics", 1)[0]
	_ = one.SetReadDeadline(time.Now().Add(time.Minute))
	if text, err := io.ReadAll(one); err != nil || !strings.Contains(string(text), "Connection: close") {
		t.Errorf("a connection above the limit stays open: %v\n%s", err, text)
	}
	for _, one := range idle {
		_ = one.Close()
	}
	eventually(t, "there is room again", func() bool {
		status, _, _ := statusOf(t, server, "/api/v1/kpis")
		return status == http.StatusOK
	})
}

// TestLimitedPast has those who wait for the past leave room for those who look at the present.
func TestLimitedPast(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	h := limited(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	answer := func(ctx context.Context, address string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody))
		return w.Code
	}
	for range maxResponses {
		go answer(ctx, "/?as_of=2020-01-01")
	}
	over, end := context.WithCancel(t.Context())
	end()
	eventually(t, "too many wait for the past", func() bool { return answer(over, "/?as_of=2020-01-02") == http.StatusServiceUnavailable })
	if got := answer(over, "/"); got != http.StatusOK {
		t.Errorf("of now: %d, want 200", got)
	}
}

// stalled is a client that reads nothing: it blocks the handler with the first piece of the answer.
type stalled struct {
	header http.Header
	ctx    context.Context
	first  chan []byte
}

func (s *stalled) WriteHeader(int)     {}
func (s *stalled) Header() http.Header { return s.header }

func (s *stalled) Write(piece []byte) (int, error) {
	s.first <- piece
	<-s.ctx.Done()
	return 0, s.ctx.Err()
}

// TestEveryRouteIsLimited has clients that read nothing ask for everything that there is, and is not: either there is a limit to how many are
// answered at once, or an answer holds no more than few bytes for each of them.
func TestEveryRouteIsLimited(t *testing.T) {
	const few = 512
	server := newLimited(t, NewConnections(0))
	for address, limits := range map[string]bool{
		"GET /": true, "GET /?kiosk=1": true, "GET /objectives": true, "GET /kpi/many": true, "GET /kpi/nowhere": true, "GET /report": true,
		"GET /report?period=never": true, "GET /nowhere": true, "POST /report": true, "GET /?as_of=2020-01-01": true, "GET /?as_of=never": true,
		"GET /api/v1/kpis": true, "GET /api/v1/kpis/many": true, "GET /api/v1/kpis/nowhere": true, "GET /api/v1/kpis?x=1": true,
		"GET /api/v1/report": true, "GET /api/v1/openapi.yaml": true, "GET /api/v2": true, "GET /api/": true, "POST /api/v1/kpis": true,
		"GET /metrics": false, "GET /favicon.ico": false, "GET /-/healthy": false, "GET /-/ready": false, "POST /-/reload": false,
		"GET /-/reload": false, "POST /-/ready": false, "GET /-/": false, "GET /-/nowhere": false, "GET /-/" + strings.Repeat("x", 9000): false,
	} {
		t.Run(fmt.Sprintf("%.40s", address), func(t *testing.T) {
			method, path, _ := strings.Cut(address, " ")
			ctx, cancel := context.WithCancel(t.Context())
			first := make(chan []byte)
			var readers sync.WaitGroup
			ask := func() {
				w := &stalled{http.Header{}, ctx, first}
				readers.Go(func() {
					server.Config.Handler.ServeHTTP(w, httptest.NewRequestWithContext(ctx, method, path, http.NoBody))
				})
			}
			defer readers.Wait()
			defer cancel()
			held := map[*byte]int{}
			take := func() string {
				select {
				case piece := <-first:
					held[&piece[0]] = len(piece)
					return string(piece)
				case <-time.After(time.Minute):
					t.Fatal("there is no answer")
					return ""
				}
			}
			for range maxResponses {
				ask()
				take()
			}
			ask()
			last := take()
			if refused := strings.Contains(last, "too many clients are reading this"); refused != limits {
				t.Errorf("one more than %d: %.200s; limited: %v", maxResponses, last, limits)
			}
			each := 0
			for _, size := range held {
				each += size
			}
			if each /= maxResponses + 1; !limits && each > few {
				t.Errorf("it holds %d bytes for each reader, want %d at most", each, few)
			}
		})
	}
}
