package main

import (
	"bufio"
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var (
	soakTime = flag.Duration("soaktime", 0, "how long TestSoak runs; not at all by default")
	soakSeed = flag.Uint64("soakseed", 0, "what TestSoak's faults follow from; another one each time by default")
)

const (
	soakSecret      = "n0b0dy-may-read-this"
	soakConnections = 2 // max_connections of the database.
)

// TestSoak serves KPIs of two engines with the real program, has random faults happen to everything around it, and asks it for its metrics all
// the time: each answer must come soon and be true. After each round of faults everything must be well again. It runs with make soak.
func TestSoak(t *testing.T) {
	if *soakTime == 0 {
		t.Skip("make soak runs it")
	}
	seed := *soakSeed
	if seed == 0 {
		seed = uint64(time.Now().UnixNano())
	}
	t.Logf("seed %d", seed)
	s := newSoak(t)
	ctx, end := context.WithCancel(t.Context())
	var watchers sync.WaitGroup
	for _, accept := range []string{"", "application/openmetrics-text;version=1.0.0"} {
		watchers.Go(func() { s.scrape(ctx, accept) })
	}
	watchers.Go(func() { s.watchProcess(ctx) })
	watchers.Go(func() { s.watchConnections(ctx) })
	s.awaitWell("the start")
	random := rand.New(rand.NewPCG(seed, 0))
	for start := time.Now(); time.Since(start) < *soakTime && !t.Failed(); {
		s.round(random)
	}
	end()
	watchers.Wait()
	s.stop(syscall.SIGTERM)
	s.report()
}

// A soak is the exporter with all that is around it, and what was seen of it.
type soak struct {
	t       *testing.T
	dir     string
	addr    string
	server  *pgtest.Server
	proxy   *pgtest.Proxy // Between the exporter and the server.
	direct  string        // URL of the database without the proxy.
	sqlite  string        // Its file.
	kpis    []string      // Names of KPIs that each page must have.
	excused *excuses
	figures soakFigures

	process   *exec.Cmd // The exporter; nil between two of them. Only the goroutine of rounds changes it, while pid is 0.
	pid       atomic.Int64
	ended     chan error
	logRead   chan struct{} // Holds something while somebody reads on in the log.
	hostile   atomic.Int64  // Connections of clients that mean no good.
	started   atomic.Int64  // When the exporter last began to serve.
	last      atomic.Pointer[soakPage]
	noState   atomic.Bool  // Whether the exporter could not write its state.
	swallowed atomic.Int64 // When the server was last left with connections of which the exporter knows no more.
}

// soakFigures are what is said at the end. All but the counters belong to the goroutine that writes them.
type soakFigures struct {
	mu              sync.Mutex
	scrapes, faults atomic.Int64
	names           map[string]int // Faults by name.
	slowest         time.Duration
	slowScrapes     int // Over 250 ms.
	recovery        time.Duration
	recoveredFrom   string
	exit            time.Duration
	peak            map[string]int // By what was counted.
	log             []string       // The last lines of it.
}

// most notes a number if it is the highest so far.
func (f *soakFigures) most(what string, n int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.peak[what] = max(f.peak[what], n)
}

// remember keeps the last lines of the log.
func (f *soakFigures) remember(line string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.log = append(f.log, line)
	f.log = f.log[max(0, len(f.log)-30):]
}

const soakFile = `product: Soak
timezone: UTC
databases:
  remote: {url: "%s", max_connections: 2}
  local: {url: "sqlite://%s"}
defaults: {database: remote, period: instant, every: 2s, stale_after: 20s, timeout: 3s}
include: [{path: teams/*.yaml, on_error: keep}]
queries:
  pair:
    query: SELECT now AS first, now + 1 AS second FROM (SELECT extract(epoch FROM clock_timestamp()) AS now FROM switches) AS clock
kpis:
  first: {title: First, from: pair, value: first}
  second: {title: Second, from: pair, value: second}
  difference: {title: One, formula: second - first}
  local: {title: Of the file, database: local, query: "SELECT (julianday('now') - 2440587.5) * 86400.0 AS value FROM one"}
  error: {title: Huge error, query: "SELECT CASE WHEN error = 0 THEN extract(epoch FROM clock_timestamp()) ELSE repeat('x', error)::int END AS value FROM switches"}
  cell: {title: Huge cell, labels: [name], null_label: none, query: "SELECT repeat('x', cell) AS name, extract(epoch FROM clock_timestamp()) AS value FROM switches"}
  rows: {title: Rows, labels: [name], query: "SELECT i AS name, extract(epoch FROM clock_timestamp()) AS value FROM switches, generate_series(1, rows) AS i"}
  slow: {title: Slow, query: "SELECT extract(epoch FROM clock_timestamp()) AS value FROM switches, pg_sleep(slow)"}
`

// soakTeam is the file of a team.
const soakTeam = `kpis:
  team: {title: Team, query: SELECT extract(epoch FROM clock_timestamp()) AS value FROM switches}
`

func newSoak(t *testing.T) *soak {
	server, err := pgtest.Start()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := server.Stop(); err != nil {
			t.Error(err)
		}
	})
	s := &soak{t: t, dir: t.TempDir(), server: server, excused: &excuses{}, logRead: make(chan struct{}, 1)}
	s.logRead <- struct{}{}
	s.figures.peak, s.figures.names = map[string]int{}, map[string]int{}
	s.direct = server.NewDatabase(t, `CREATE TABLE switches (error int, cell int, rows int, slow float); INSERT INTO switches VALUES (0, 1, 5, 0)`)
	s.proxy = pgtest.NewProxy(t, server.Addr())
	s.sqlite = filepath.Join(s.dir, "local.db")
	s.execSQLite("CREATE TABLE one (n int); INSERT INTO one VALUES (1)")
	if s.addr, err = freeAddress(); err != nil {
		t.Fatal(err)
	}
	for _, folder := range []string{filepath.Join(s.dir, "teams"), filepath.Dir(s.state())} {
		if err := os.Mkdir(folder, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	s.writeFiles()
	for line := range strings.SplitSeq(s.file(), "\n") {
		if name, _, ok := strings.Cut(line, ": {title"); ok {
			s.kpis = append(s.kpis, strings.TrimSpace(name))
		}
	}
	s.kpis = append(s.kpis, "team")
	build := exec.CommandContext(t.Context(), "go", "build", "-trimpath", "-o", s.program(), ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	s.start()
	t.Cleanup(func() { s.stop(syscall.SIGKILL) })
	return s
}

func (s *soak) program() string { return filepath.Join(s.dir, "program") }

// state returns the file in which the exporter keeps what it has read.
func (s *soak) state() string { return filepath.Join(s.dir, "state", "file") }

// file returns the main KPI file. Twenty KPIs more keep all connections busy.
func (s *soak) file() string {
	u, err := url.Parse(s.direct)
	if err != nil {
		s.t.Fatal(err)
	}
	u.Host, u.User = s.proxy.Addr(), url.UserPassword("postgres", soakSecret)
	var text strings.Builder
	fmt.Fprintf(&text, soakFile, u, s.sqlite)
	for i := range 20 {
		fmt.Fprintf(&text, "  clock_%d: {title: Clock, query: SELECT extract(epoch FROM clock_timestamp()) AS value FROM switches WHERE %d = %d}\n", i, i, i)
	}
	return text.String()
}

func (s *soak) writeFiles() {
	writeText(s.t, filepath.Join(s.dir, "kpi.yaml"), s.file())
	writeText(s.t, filepath.Join(s.dir, "teams", "team.yaml"), soakTeam)
}

// start starts the exporter, and reads its log until it ends.
func (s *soak) start() {
	s.process = exec.Command(s.program(), "--config.file="+filepath.Join(s.dir, "kpi.yaml"), "--web.listen-address="+s.addr, "--web.enable-lifecycle", "--config.watch",
		"--state.file="+s.state())
	log, written, err := os.Pipe() // One that the process does not wait for at its end.
	if err != nil {
		s.must(err)
		return
	}
	s.process.Stderr = written
	if err := s.process.Start(); err != nil {
		s.must(err)
		return
	}
	_ = written.Close() // The process has its own.
	s.ended = make(chan error, 1)
	process, ended := s.process, s.ended
	go s.readLog(log)
	go func() { ended <- process.Wait() }()
	for deadline := time.Now().Add(patience); ; {
		if conn, err := net.Dial("tcp", s.addr); err == nil {
			_ = conn.Close()
			break
		} else if time.Now().After(deadline) {
			s.t.Errorf("the exporter does not start: %v", err)
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	s.started.Store(time.Now().UnixMicro())
	s.pid.Store(int64(s.process.Process.Pid))
}

// readLog reads what the exporter says, unless a fault holds that up. No line may have the secret, or come from a crash.
func (s *soak) readLog(log io.ReadCloser) {
	defer log.Close()
	for lines := bufio.NewReader(log); ; {
		line, err := lines.ReadString('\n')
		<-s.logRead // A fault may have it.
		s.logRead <- struct{}{}
		s.figures.remember(line)
		if strings.Contains(line, soakSecret) || strings.HasPrefix(line, "panic:") || strings.HasPrefix(line, "fatal error:") {
			s.t.Errorf("the log says %s", line)
		}
		if err != nil {
			return
		}
	}
}

// stop sends a signal and waits for the end, which must come within five seconds.
func (s *soak) stop(signal syscall.Signal) {
	if s.process == nil {
		return
	}
	s.pid.Store(0)
	start := time.Now()
	_ = s.process.Process.Signal(signal) // It may have crashed, which is said below.
	select {
	case err := <-s.ended:
		if err != nil && signal == syscall.SIGTERM {
			s.t.Errorf("the exporter ends with %v", err)
		}
	case <-time.After(patience):
		s.t.Error("the exporter does not end")
		_ = s.process.Process.Kill()
		<-s.ended //nolint:errcheck // It was killed.
	}
	if signal == syscall.SIGTERM {
		s.figures.exit = max(s.figures.exit, time.Since(start))
	}
	s.process = nil
}

// awaitWell waits until every KPI is up, and every value was read since then.
func (s *soak) awaitWell(after string) {
	start := time.Now()
	for {
		page := s.last.Load()
		if page != nil && page.asked.After(start) && page.wellSince(s.kpis, start) == "" {
			break
		}
		if time.Since(start) > 2*patience {
			missing := "no page"
			if page != nil {
				missing = page.wellSince(s.kpis, start)
			}
			s.t.Errorf("%s after %s, not all is well: %s", 2*patience, after, missing)
			return
		}
		if s.t.Failed() {
			return
		}
		time.Sleep(20 * time.Millisecond)
	}
	if took := time.Since(start); took > s.figures.recovery {
		s.figures.recovery, s.figures.recoveredFrom = took, after
	}
}

func (s *soak) report() {
	f := &s.figures
	s.t.Logf("%d scrapes under %d faults: %v", f.scrapes.Load(), f.faults.Load(), f.names)
	s.t.Logf("slowest scrape %s, %d over 250 ms; slowest recovery %s, after %s; slowest exit %s",
		f.slowest.Round(time.Millisecond), f.slowScrapes, f.recovery.Round(time.Millisecond), f.recoveredFrom, f.exit.Round(time.Millisecond))
	s.t.Logf("at most: %v", f.peak)
	if s.t.Failed() {
		s.t.Logf("the log ends with\n%s", strings.Join(f.log, ""))
	}
}
