package main

import (
	"context"
	"database/sql"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"time"
)

// A soakFault happens to one of the things around the exporter, for a random time, and mends what it has broken.
type soakFault struct {
	name   string
	happen func(s *soak, random *rand.Rand)
}

// soakFaults are by what they happen to: of each lane one fault happens at a time.
var soakFaults = [][]soakFault{
	{
		{"server killed", func(s *soak, random *rand.Rand) {
			s.must(s.server.StopNow())
			s.pass(random, 10*time.Second)
			s.must(s.server.Restart())
		}},
		{"sessions ended", func(s *soak, random *rand.Rand) {
			for range 1 + random.IntN(10) {
				s.exec("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'kpi_exporter'")
				s.pass(random, time.Second)
			}
		}},
		{"table locked", func(s *soak, random *rand.Rand) {
			s.hold("postgres", s.direct, "LOCK TABLE switches IN ACCESS EXCLUSIVE MODE", random)
		}},
		{"huge errors", func(s *soak, random *rand.Rand) { s.turn("error", 1+random.IntN(1_000_000), "0", random) }},
		{"huge cell", func(s *soak, random *rand.Rand) { s.turn("cell", 1+random.IntN(200_000_000), "1", random) }},
		{"too many rows", func(s *soak, random *rand.Rand) { s.turn("rows", 1+random.IntN(5_000_000), "5", random) }},
		{"slow query", func(s *soak, random *rand.Rand) { s.turn("slow", 1+random.IntN(20), "0", random) }},
	},
	{
		{"network frozen", func(s *soak, random *rand.Rand) {
			s.proxy.Freeze()
			s.pass(random, 20*time.Second)
			s.swallowed.Store(time.Now().UnixMicro()) // What the exporter has given up meanwhile, the server learns of now.
			s.proxy.Thaw()
			s.proxy.Cut()
		}},
		{"connections swallowed", func(s *soak, random *rand.Rand) {
			for range 1 + random.IntN(3) {
				s.proxy.Swallow()
				s.swallowed.Store(time.Now().UnixMicro())
				s.pass(random, 5*time.Second)
			}
		}},
		{"connections cut", func(s *soak, random *rand.Rand) {
			for range 1 + random.IntN(20) {
				s.proxy.Cut()
				s.pass(random, time.Second)
			}
		}},
	},
	{
		{"folder of the state gone", func(s *soak, random *rand.Rand) {
			folder := filepath.Dir(s.state())
			s.noState.Store(true)
			s.must(os.Rename(folder, folder+".away"))
			writeText(s.t, folder, "no folder")
			s.pass(random, 10*time.Second)
			s.must(os.Remove(folder))
			s.must(os.Rename(folder+".away", folder))
		}},
		{"SQLite locked", func(s *soak, random *rand.Rand) { s.hold("sqlite", s.sqlite, "DELETE FROM one WHERE false", random) }},
		{"SQLite file gone", func(s *soak, random *rand.Rand) {
			s.must(os.Rename(s.sqlite, s.sqlite+".away"))
			s.pass(random, 10*time.Second)
			s.must(os.Rename(s.sqlite+".away", s.sqlite))
		}},
		{"SQLite file is garbage", func(s *soak, random *rand.Rand) {
			s.must(os.Rename(s.sqlite, s.sqlite+".away"))
			writeText(s.t, s.sqlite, strings.Repeat("garbage", random.IntN(10_000)))
			s.pass(random, 10*time.Second)
			s.must(os.Rename(s.sqlite+".away", s.sqlite))
		}},
	},
	{
		{"clients that do not read", func(s *soak, random *rand.Rand) {
			s.attack(random, "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", "GET /api/v1/kpis HTTP/1.1\r\nHost: x\r\n\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n")
		}},
		{"clients that do not write", func(s *soak, random *rand.Rand) {
			s.attack(random, "", "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ", "POST /-/reload HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\n")
		}},
		{"clients that write garbage", func(s *soak, random *rand.Rand) {
			s.attack(random, "\x16\x03\x01\x02\x00", strings.Repeat("x", 100_000), "GET /metrics HTTP/1.1\r\nHost: x\r\nX-Huge: "+strings.Repeat("x", 100_000))
		}},
		{"log reader stalls", func(s *soak, random *rand.Rand) {
			<-s.logRead
			s.pass(random, 15*time.Second)
			s.logRead <- struct{}{}
		}},
	},
	{ // No exporter starts with a broken file, so these are one lane.
		{"reloads of broken files", (*soak).breakFiles},
		{"reload of a file that hangs", (*soak).hangReload},
		{"exporter suspended", func(s *soak, random *rand.Rand) {
			s.excused.begin()
			s.must(s.process.Process.Signal(syscall.SIGSTOP))
			s.pass(random, 30*time.Second)
			s.must(s.process.Process.Signal(syscall.SIGCONT))
			s.excused.end()
		}},
		{"exporter restarted", func(s *soak, _ *rand.Rand) { s.restart(syscall.SIGTERM, nil) }},
		{"exporter killed", func(s *soak, _ *rand.Rand) { s.restart(syscall.SIGKILL, nil) }},
		{"exporter restarted with half a state", func(s *soak, random *rand.Rand) {
			s.restart(syscall.SIGTERM, func() {
				s.noState.Store(true)
				if state, err := os.ReadFile(s.state()); err == nil && len(state) > 0 {
					s.must(os.WriteFile(s.state(), state[:random.IntN(len(state))], 0o600))
				}
			})
		}},
	},
}

// round has a fault happen in some of the lanes, all at once, and waits until all is well.
func (s *soak) round(random *rand.Rand) {
	var (
		lanes sync.WaitGroup
		names []string
	)
	for _, lane := range random.Perm(len(soakFaults))[:1+random.IntN(3)] {
		fault := soakFaults[lane][random.IntN(len(soakFaults[lane]))]
		own := rand.New(rand.NewPCG(random.Uint64(), 0))
		names = append(names, fault.name)
		s.figures.faults.Add(1)
		s.figures.names[fault.name]++
		lanes.Go(func() { fault.happen(s, own) })
	}
	s.t.Logf("%s: %s", time.Now().Format(time.TimeOnly), strings.Join(names, " + "))
	lanes.Wait()
	s.awaitWell(strings.Join(names, " + "))
}

// must fails the soak if something around the exporter does not work.
func (s *soak) must(err error) {
	if err != nil {
		s.t.Errorf("the soak's own fault: %v", err)
	}
}

// pass lets a random time pass.
func (s *soak) pass(random *rand.Rand, most time.Duration) {
	select {
	case <-time.After(time.Duration(random.Int64N(int64(most)))):
	case <-s.t.Context().Done():
	}
}

// exec runs SQL on the server, which another fault may have ended.
func (s *soak) exec(text string) {
	for deadline := time.Now().Add(patience); ; time.Sleep(100 * time.Millisecond) {
		err := execute(s.t.Context(), "postgres", s.direct, text)
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			s.must(err)
			return
		}
	}
}

func (s *soak) execSQLite(text string) { s.must(execute(s.t.Context(), "sqlite", s.sqlite, text)) }

func execute(ctx context.Context, driver, address, text string) error {
	db, err := sql.Open(driver, address)
	if err != nil {
		return err
	}
	defer db.Close()
	_, err = db.ExecContext(ctx, text)
	return err
}

// turn sets a switch of the database, and after a while back.
func (s *soak) turn(name string, to int, back string, random *rand.Rand) {
	s.exec(fmt.Sprintf("UPDATE switches SET %s = %d", name, to))
	s.pass(random, 15*time.Second)
	s.exec(fmt.Sprintf("UPDATE switches SET %s = %s", name, back))
}

// hold keeps a transaction open after a statement.
func (s *soak) hold(driver, address, statement string, random *rand.Rand) {
	db, err := sql.Open(driver, address)
	if err != nil {
		s.must(err)
		return
	}
	defer db.Close()
	tx, err := db.BeginTx(s.t.Context(), nil)
	if err != nil {
		s.must(err)
		return
	}
	defer func() { _ = tx.Rollback() }()
	if _, err := tx.ExecContext(s.t.Context(), statement); err != nil {
		s.must(err)
		return
	}
	s.pass(random, 15*time.Second)
}

// breakFiles writes files with all kinds of mistakes, some of them half, and has the exporter read them in every way.
func (s *soak) breakFiles(random *rand.Rand) {
	main, team := filepath.Join(s.dir, "kpi.yaml"), filepath.Join(s.dir, "teams", "team.yaml")
	for range 5 + random.IntN(30) {
		good := s.file()
		texts := []string{
			// Only what is wrong: a part of the file that has no mistake would be in force.
			good[:random.IntN(len(good))] + "\x00", "", "kpis: [", "kpis: []", strings.Repeat("[", 100_000), "a: &a [*a]", "\x00\xff", good + "surprise: 1\n",
			good + "  deep: {title: Deep, formula: \"" + strings.Repeat("-", 1_000_000) + "first\"}\n",
		}
		text := texts[random.IntN(len(texts))]
		if random.IntN(2) == 0 {
			writeText(s.t, team, strings.Replace(text, "product: Soak\n", "", 1))
		} else {
			writeText(s.t, main, text)
		}
		s.reload(random.IntN(2) == 0)
		s.pass(random, 300*time.Millisecond)
	}
	s.writeFiles()
	s.reload(false)
}

// hangReload puts a pipe to which nobody writes in the place of the team's file.
func (s *soak) hangReload(random *rand.Rand) {
	team := filepath.Join(s.dir, "teams", "team.yaml")
	s.must(os.Remove(team))
	s.must(syscall.Mkfifo(team, 0o600))
	s.reload(false)
	s.pass(random, 10*time.Second)
	// Who has opened it reads to the end.
	if pipe, err := os.OpenFile(team, os.O_WRONLY|syscall.O_NONBLOCK, 0); err == nil {
		_, _ = pipe.WriteString(soakTeam)
		_ = pipe.Close()
	}
	s.must(os.Remove(team))
	s.writeFiles()
	s.reload(false)
}

// reload asks the exporter to read its files again, and waits for the answer only where it comes over HTTP.
func (s *soak) reload(overHTTP bool) {
	pid := int(s.pid.Load())
	if pid == 0 {
		return
	}
	if !overHTTP {
		_ = syscall.Kill(pid, syscall.SIGHUP) // It may just have been ended.
		return
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), soakScrape)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+s.addr+"/-/reload", http.NoBody)
	if err != nil {
		s.must(err)
		return
	}
	if response, err := http.DefaultClient.Do(request); err == nil {
		_ = response.Body.Close()
	}
}

// attack opens many connections, says something on each and then nothing, and reads nothing.
func (s *soak) attack(random *rand.Rand, says ...string) {
	var connections []net.Conn
	for range 10 + random.IntN(200) {
		s.hostile.Add(1)
		conn, err := net.Dial("tcp", s.addr)
		if err != nil { // The exporter may just not be there.
			s.hostile.Add(-1)
			continue
		}
		connections = append(connections, conn)
		_ = conn.(*net.TCPConn).SetReadBuffer(1)
		_ = conn.SetWriteDeadline(time.Now().Add(time.Second))
		_, _ = conn.Write([]byte(says[random.IntN(len(says))])) // The exporter may refuse it.
	}
	s.pass(random, 15*time.Second)
	for _, conn := range connections {
		_ = conn.Close()
	}
	s.pass(random, soakMargin) // Until the exporter has noticed.
	s.hostile.Add(-int64(len(connections)))
}

// restart ends the exporter and starts it again. If it could write its state, it knows at once what it knew.
func (s *soak) restart(signal syscall.Signal, between func()) {
	s.excused.begin()
	defer s.excused.end()
	before := s.last.Load()
	s.noState.Store(false)
	s.stop(signal)
	if between != nil {
		between()
	}
	s.start()
	asked := time.Now()
	body, err := s.ask(s.t.Context(), &http.Client{Timeout: soakScrape}, "")
	if err != nil {
		s.t.Errorf("the first scrape: %v", err)
		return
	}
	page, err := readSoakPage(asked, body)
	if err != nil {
		s.t.Error(err)
		return
	}
	if signal != syscall.SIGTERM || s.noState.Load() || before == nil {
		return
	}
	for _, kpi := range s.kpis {
		success, ok := before.of("kpi_last_success_timestamp_seconds", kpi)
		if _, shown := page.of("kpi_value", kpi); ok && !shown && page.age(success) < soakStaleAfter {
			s.t.Errorf("after the restart %s has no value, though the last success was %s ago", kpi, page.age(success))
		}
	}
}
