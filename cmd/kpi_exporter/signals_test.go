package main

import (
	"bytes"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

const answerFile = `
databases:
  app: {url: "sqlite://app.db"}
kpis:
  answer: {title: Answer, period: instant, query: SELECT 42 AS value}
`

// server is the real program, serving a KPI file.
type server struct {
	t    *testing.T
	cmd  *exec.Cmd
	addr string
	log  string // A file, "" if it is none.
}

// startServer starts the program; a test that ends early ends it, too.
func startServer(t *testing.T, file string, flags ...string) *server {
	t.Helper()
	return startServerIn(t, nil, file, flags...)
}

// startServerIn is startServer with variables of the environment.
func startServerIn(t *testing.T, environment []string, file string, flags ...string) *server {
	t.Helper()
	log, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	s := startServerTo(t, log, environment, file, flags...)
	s.log = log.Name()
	return s
}

// startServerTo is startServerIn with a log that the caller knows; it is closed here, since the program has its own.
func startServerTo(t *testing.T, log *os.File, environment []string, file string, flags ...string) *server {
	t.Helper()
	addr, err := freeAddress()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, addr: addr}
	s.cmd = exec.CommandContext(t.Context(), "kpi_exporter", append(flags, "--config.file", file, "--web.listen-address", addr)...)
	s.cmd.Env = append(os.Environ(), environment...)
	s.cmd.Stderr = log
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = log.Close()
	return s
}

func (s *server) signal(sig os.Signal) {
	s.t.Helper()
	if err := s.cmd.Process.Signal(sig); err != nil {
		s.t.Fatal(err)
	}
}

// awaitLog waits until the log holds a text.
func (s *server) awaitLog(text string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		log, err := os.ReadFile(s.log)
		switch {
		case err != nil:
			s.t.Fatal(err)
		case strings.Contains(string(log), text):
			return
		case time.Now().After(deadline):
			s.t.Fatalf("the log lacks %s:\n%s", text, log)
		}
	}
}

// awaitListening waits until somebody listens, and then until the program has noticed.
func (s *server) awaitListening() {
	s.t.Helper()
	s.awaitLog("Listening on")
	res, err := http.Get("http://" + s.addr + "/-/ready") //nolint:noctx // It answers at once.
	if err != nil {
		s.t.Fatal(err)
	}
	_ = res.Body.Close()
}

// awaitServing waits until the program serves, whoever reads its log.
func (s *server) awaitServing() {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, err := request(http.MethodGet, "http://"+s.addr+"/-/ready", nil)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.t.Fatal(err)
		}
	}
}

// request returns what the program answers to a request, which must have a code.
func (s *server) request(method, path string, code int) string {
	s.t.Helper()
	answer, err := request(method, "http://"+s.addr+path, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	if answer.code != code {
		s.t.Errorf("%s: %d, want %d: %s", path, answer.code, code, answer.page)
	}
	return string(answer.page)
}

// end sends SIGTERM and expects the exit code 0.
func (s *server) end() {
	s.t.Helper()
	s.signal(syscall.SIGTERM)
	if err := s.cmd.Wait(); err != nil {
		log, _ := os.ReadFile(s.log)
		s.t.Errorf("%v\n%s", err, log)
	}
}

func makePipe(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := syscall.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}

// awaitReader returns the pipe's other end once the program is reading it: else it could not be opened.
func awaitReader(t *testing.T, pipe string) *os.File {
	t.Helper()
	var f *os.File
	until(t, "the program reads "+pipe, func() (isOpen bool) {
		var err error
		f, err = os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
		return err == nil
	})
	t.Cleanup(func() { _ = f.Close() })
	return f
}

// feed lets the program read on: the KPI file, to its end.
func feed(t *testing.T, f *os.File) {
	t.Helper()
	if _, err := f.WriteString(answerFile); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func TestHangupWhileStartingReloads(t *testing.T) {
	t.Parallel()
	pipe := makePipe(t)
	s := startServer(t, pipe)
	start := awaitReader(t, pipe)
	s.signal(syscall.SIGHUP)
	feed(t, start)
	s.awaitListening()
	feed(t, awaitReader(t, pipe))
	s.awaitLog("Configuration reloaded")
	s.end()
}

// A request that does not end keeps the orderly end waiting for a while.
func TestSecondSignalEndsAtOnce(t *testing.T) {
	t.Parallel()
	pipe := makePipe(t)
	s := startServer(t, pipe, "--web.enable-lifecycle")
	feed(t, awaitReader(t, pipe))
	s.awaitListening()
	go func() { _, _ = http.Post("http://"+s.addr+"/-/reload", "", nil) }() //nolint:noctx,bodyclose // The answer never comes.
	awaitReader(t, pipe)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = s.cmd.Wait()
	}()
	for running := true; running; {
		_ = s.cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-ended:
			running = false
		case <-time.After(20 * time.Millisecond): // The first one must have been noticed before the second.
		}
	}
	if status, ok := s.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGTERM {
		t.Errorf("%v, want the end by a signal", s.cmd.ProcessState)
	}
}

// A reload that hangs in a file does not keep the program from its end, whoever has asked for it.
func TestEndDuringReload(t *testing.T) {
	t.Parallel()
	for name, reload := range map[string]func(*server){
		"hangup": func(s *server) { s.signal(syscall.SIGHUP) },
		"post": func(s *server) {
			go func() { _, _ = http.Post("http://"+s.addr+"/-/reload", "", nil) }() //nolint:noctx,bodyclose // The answer never comes.
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := makePipe(t)
			s := startServer(t, pipe, "--web.enable-lifecycle")
			feed(t, awaitReader(t, pipe))
			s.awaitListening()
			reload(s)
			awaitReader(t, pipe) // It is read, and nothing comes.
			s.end()
		})
	}
}

// Whoever sends a request slowly, or a huge one, loses the connection; others are served.
func TestBadClients(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(file, []byte(answerFile), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, file)
	s.awaitListening()
	for _, test := range []struct{ name, sends, gets string }{
		{"slow", "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ", ""},
		{"huge header", "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Huge: " + strings.Repeat("x", 100<<10), "HTTP/1.1 431 "},
	} {
		conn, err := net.Dial("tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		_ = conn.SetDeadline(time.Now().Add(patience))
		_, _ = conn.Write([]byte(test.sends)) // It may be cut off already.
		var answer bytes.Buffer
		_, err = answer.ReadFrom(conn)
		if os.IsTimeout(err) || !strings.HasPrefix(answer.String(), test.gets) {
			t.Errorf("%s: %q, %v; want %q and the end of the connection", test.name, answer.String(), err, test.gets)
		}
		_ = conn.Close()
		s.awaitListening()
	}
	s.end()
}
