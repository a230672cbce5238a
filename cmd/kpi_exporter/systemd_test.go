package main

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// notifications is the socket on which systemd listens to a program.
type notifications struct {
	t    *testing.T
	conn *net.UnixConn
	name string
}

func listenForNotifications(t *testing.T) *notifications {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	return &notifications{t, conn, name}
}

// await reads up to a message that begins with a text, and returns those before it.
func (n *notifications) await(text string) (before []string) {
	n.t.Helper()
	_ = n.conn.SetReadDeadline(time.Now().Add(patience))
	for buffer := make([]byte, 4096); ; {
		size, err := n.conn.Read(buffer)
		if err != nil {
			n.t.Fatalf("no %s after %q: %v", text, before, err)
		}
		message := string(buffer[:size])
		if strings.HasPrefix(message, text) {
			return before
		}
		before = append(before, message)
	}
}

// A service manager that reads nothing holds up neither reloads nor the end of the program. Once it reads again, it learns how things are.
func TestServiceManagerThatDoesNotRead(t *testing.T) {
	t.Parallel()
	for name, reads := range map[string]bool{"never": false, "late": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			n := listenForNotifications(t)
			file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
			s := startServerIn(t, []string{"NOTIFY_SOCKET=" + n.name, "WATCHDOG_USEC=1000"}, file, "--web.enable-lifecycle")
			s.awaitListening()
			for range 50 { // The system keeps some ten messages that nobody reads, or some hundred.
				s.request(http.MethodPost, "/-/reload", http.StatusOK)
			}
			writeText(t, file, strings.Replace(answerFile, "title: Answer", "title: Question", 1))
			s.signal(syscall.SIGHUP)
			until(t, "SIGHUP reloads", func() bool { return strings.Contains(s.shown(), "=Question") })
			if !reads {
				s.end()
				return
			}
			if before := n.await("READY=1"); len(before) > 0 { // The first of all.
				t.Errorf("before READY=1: %q", before)
			}
			drained := make(chan []string)
			go func() { drained <- n.await("STOPPING=1") }()
			s.end()
			before := slices.DeleteFunc(<-drained, func(message string) bool { return message == "WATCHDOG=1" })
			if len(before) == 0 || before[len(before)-1] != "READY=1" {
				t.Errorf("before the end: %q", before)
			}
		})
	}
}

// systemd learns when the program serves, reloads, turns and ends.
func TestServiceManager(t *testing.T) {
	t.Parallel()
	n := listenForNotifications(t)
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
	s := startServerIn(t, []string{"NOTIFY_SOCKET=" + n.name, "WATCHDOG_USEC=100000"}, file, "--web.enable-lifecycle")
	but := func(before []string) []string {
		return slices.DeleteFunc(before, func(message string) bool { return message == "WATCHDOG=1" })
	}
	expect := func(text string) {
		t.Helper()
		if before := but(n.await(text)); len(before) > 0 {
			t.Errorf("before %s: %q", text, before)
		}
	}
	expect("READY=1")
	s.request(http.MethodPost, "/-/reload", http.StatusOK) // It listens: this is not refused.
	expect("RELOADING=1\nMONOTONIC_USEC=")
	expect("READY=1")
	n.await("WATCHDOG=1")
	writeText(t, file, "kpis: {}")
	s.signal(syscall.SIGHUP) // A file with mistakes ends the reload, too.
	expect("RELOADING=1\nMONOTONIC_USEC=")
	expect("READY=1")
	s.end()
	expect("STOPPING=1")
}

// The unit of the example starts the program in a way that it knows. A reload shows mistakes, and sends HUP whatever they are: one
// team's broken file, which is kept as it was, must not hold up the files of others.
func TestServiceExample(t *testing.T) {
	t.Parallel()
	unit := string(readBytes(t, "../../examples/systemd/kpi_exporter.service"))
	for _, line := range []string{"Type=notify", "ExecStart=/usr/local/bin/kpi_exporter --config.file=/etc/kpi_exporter/kpi.yaml --state.file=%S/kpi_exporter/state"} {
		if !strings.Contains(unit, "\n"+line+"\n") {
			t.Errorf("the unit lacks %s", line)
		}
	}
	const main = "include: [{path: teams/*.yaml, on_error: keep}]\n"
	folder := t.TempDir()
	file := writeText(t, filepath.Join(folder, "kpi.yaml"), main+answerFile)
	if err := os.Mkdir(filepath.Join(folder, "teams"), 0o700); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, file)
	s.awaitListening()
	writeText(t, filepath.Join(folder, "teams", "broken.yaml"), "kpis: []")
	writeText(t, file, main+strings.Replace(answerFile, "title: Answer", "title: Question", 1))
	// A command whose failure ends a reload has no "-" before it.
	reloads := regexp.MustCompile(`(?m)^ExecReload=(-?)(\S+) (.+)$`).FindAllStringSubmatch(unit, -1)
	for i, reload := range reloads {
		args := strings.Fields(strings.ReplaceAll(reload[3], "/etc/kpi_exporter/kpi.yaml", file))
		switch {
		case reload[2] == "/usr/local/bin/kpi_exporter":
			program(t, exitProblem, args...)
			if reload[1] == "" {
				t.Fatalf("%s ends the reload", reload[0])
			}
		case reload[0] == "ExecReload=/bin/kill -HUP $MAINPID" && i == len(reloads)-1:
			s.signal(syscall.SIGHUP)
		default:
			t.Fatalf("the unit reloads with %s", reload[0])
		}
	}
	until(t, "the rest is reloaded", func() bool { return strings.Contains(s.shown(), "=Question") })
	s.end()
}

// The image is checked with a command that there is.
func TestImageHealth(t *testing.T) {
	t.Parallel()
	check := regexp.MustCompile(`(?m)^HEALTHCHECK .*CMD \["/kpi_exporter", "([a-z]+)"\]$`).FindSubmatch(readBytes(t, "../../Dockerfile"))
	if check == nil {
		t.Fatal("the image has no check of its health")
	}
	s := startServer(t, writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile))
	s.awaitListening()
	if out, _ := program(t, exitOK, string(check[1]), "--url", "http://"+s.addr); out != "kpi_exporter is healthy.\n" {
		t.Errorf("it says %q", out)
	}
	s.end()
}

// A program that cannot listen never says that it is ready.
func TestServiceManagerOfProgramThatCannotServe(t *testing.T) {
	t.Parallel()
	n := listenForNotifications(t)
	taken, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = taken.Close() })
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
	s := startServerIn(t, []string{"NOTIFY_SOCKET=" + n.name}, file, "--web.listen-address", taken.Addr().String())
	if err := s.cmd.Wait(); err == nil {
		t.Error("the program ended well")
	}
	if before := n.await("STOPPING=1"); len(before) > 0 {
		t.Errorf("before the end: %q", before)
	}
}

// The watchdog hears nothing while the program is not healthy.
func TestWatchdog(t *testing.T) {
	t.Setenv("WATCHDOG_USEC", "60000000")
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		var healthy atomic.Bool
		healthy.Store(true)
		var heard []time.Duration
		m := newServiceManager(slog.New(slog.DiscardHandler), func(state string) error {
			if state == "WATCHDOG=1" {
				heard = append(heard, time.Since(start))
			}
			return nil
		})
		stop := inBackground(t.Context(), m.run, func(ctx context.Context) {
			m.watch(ctx, func() error {
				if healthy.Load() {
					return nil
				}
				return errors.New("still")
			})
		})
		for _, now := range []bool{false, true} {
			time.Sleep(70 * time.Second)
			synctest.Wait()
			healthy.Store(now)
		}
		time.Sleep(30 * time.Second)
		stop()
		if want := []time.Duration{30 * time.Second, time.Minute, 150 * time.Second}; !slices.Equal(heard, want) {
			t.Errorf("the watchdog heard the program after %v, want %v", heard, want)
		}
	})
}

// A database that does not answer keeps the exporter from being ready, and from nothing else.
func TestReadyOnceDatabasesWereTried(t *testing.T) {
	t.Parallel()
	silent, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), strings.NewReplacer(
		"databases:\n", "databases:\n  silent: {url: \"postgres://kpi:secret@"+silent.Addr().String()+"/db?sslmode=disable&connect_timeout=300\"}\n",
		"kpis:\n", "kpis:\n  away: {title: Away, database: silent, period: instant, timeout: 5m, query: SELECT 1 AS value}\n",
		"{title: Answer,", "{title: Answer, database: app,").Replace(answerFile))
	s := startServer(t, file)
	s.awaitListening()
	conn, err := silent.Accept()
	if err != nil {
		t.Fatal(err)
	}
	if got, want := s.request(http.MethodGet, "/-/ready", http.StatusServiceUnavailable), "kpi_exporter is not ready: databases that were not tried yet: silent.\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.request(http.MethodGet, "/-/healthy", http.StatusOK)
	program(t, exitOK, "health", "--url=http://"+s.addr)
	if _, said := program(t, exitProblem, "health", "--ready", "--url=http://"+s.addr); !strings.Contains(said, "databases that were not tried yet: silent") {
		t.Errorf("health --ready says %s", said)
	}
	_ = silent.Close()
	_ = conn.Close()
	until(t, "the exporter is ready", func() bool {
		answer, err := request(http.MethodGet, "http://"+s.addr+"/-/ready", nil)
		return err == nil && answer.code == http.StatusOK
	})
	program(t, exitOK, "health", "--ready", "--url=http://"+s.addr)
	s.end()
}
