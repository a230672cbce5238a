package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"
)

// scaled is a program that serves a KPI file, and is measured from outside.
type scaled struct {
	b       *testing.B
	process *exec.Cmd
	addr    string
	started time.Time
	client  http.Client
}

// serveScaled starts a program and waits until it answers. The benchmark ends it if nobody else has.
func serveScaled(b *testing.B, program, file string) *scaled {
	b.Helper()
	addr, err := freeAddress()
	if err != nil {
		b.Fatal(err)
	}
	s := &scaled{b: b, addr: addr, started: time.Now(), client: http.Client{Transport: &http.Transport{DisableCompression: true}}}
	s.process = exec.CommandContext(b.Context(), program, "--config.file="+file, "--web.listen-address="+addr, "--web.enable-lifecycle", "--log.level=error")
	s.process.Stderr = os.Stderr
	if err := s.process.Start(); err != nil {
		b.Fatal(err)
	}
	s.await("it to answer", func() bool {
		response, err := s.client.Get("http://" + addr + "/-/healthy") //nolint:noctx // It answers at once.
		if err != nil {
			return false
		}
		return response.Body.Close() == nil
	})
	return s
}

func (s *scaled) end() {
	s.b.Helper()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.b.Fatal(err)
	}
	if err := s.process.Wait(); err != nil {
		s.b.Fatal(err)
	}
}

// await polls until something holds.
func (s *scaled) await(what string, holds func() bool) {
	s.b.Helper()
	for deadline := time.Now().Add(10 * time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			s.b.Fatalf("%s waited too long for %s", s.process.Path, what)
		}
	}
}

// get returns what the program answers, as Prometheus asks for metrics, and how long that took.
func (s *scaled) get(method, path, encoding string) ([]byte, time.Duration) {
	s.b.Helper()
	return fetch(s.b, &s.client, method, "http://"+s.addr+path, encoding)
}

func fetch(b *testing.B, client *http.Client, method, url, encoding string) ([]byte, time.Duration) {
	b.Helper()
	began := time.Now()
	r, err := http.NewRequestWithContext(context.Background(), method, url, http.NoBody)
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Accept", "text/plain;version=0.0.4")
	r.Header.Set("Accept-Encoding", encoding)
	response, err := client.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		b.Fatal(err)
	}
	if response.StatusCode != http.StatusOK {
		b.Fatalf("%s %s: %s: %s", method, url, response.Status, body)
	}
	return body, time.Since(began)
}

// page returns the metrics.
func (s *scaled) page() string {
	s.b.Helper()
	page, _ := s.get(http.MethodGet, "/metrics", "identity")
	return string(page)
}

// sum adds up the values of a metric.
func sum(b *testing.B, page, name string) (total float64) {
	b.Helper()
	for line := range strings.SplitSeq(page, "\n") {
		if !strings.HasPrefix(line, name) || !strings.ContainsAny(line[len(name):len(name)+1], "{ ") {
			continue
		}
		v, err := strconv.ParseFloat(line[strings.LastIndexByte(line, ' ')+1:], 64)
		if err != nil {
			b.Fatal(err)
		}
		total += v
	}
	return total
}

// cpu returns how much of the processors the program has used.
func (s *scaled) cpu() time.Duration {
	s.b.Helper()
	const perSecond = 100 // USER_HZ of Linux.
	text := s.proc("stat")
	fields := strings.Fields(text[strings.LastIndexByte(text, ')')+1:])
	var ticks int
	for _, field := range fields[11:13] { // utime and stime.
		n, err := strconv.Atoi(field)
		if err != nil {
			s.b.Fatal(err)
		}
		ticks += n
	}
	return time.Duration(ticks) * time.Second / perSecond
}

// resident returns how many megabytes the program has in memory now, and had at most.
func (s *scaled) resident() (now, most float64) {
	s.b.Helper()
	for line := range strings.SplitSeq(s.proc("status"), "\n") {
		var kB float64
		if _, err := fmt.Sscanf(line, "VmRSS: %f kB", &kB); err == nil {
			now = kB / 1000
		}
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kB); err == nil {
			most = kB / 1000
		}
	}
	return now, most
}

func (s *scaled) proc(name string) string {
	s.b.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/%s", s.process.Process.Pid, name))
	if err != nil {
		s.b.Fatal(err)
	}
	return string(text)
}
