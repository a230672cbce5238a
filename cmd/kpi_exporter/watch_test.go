package main

import (
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// oneKPI returns a KPI file with a KPI that needs no database, and more.
func oneKPI(title, more string) string {
	return fmt.Sprintf("include: [teams/*.yaml]\nkpis:\n  one: {title: %s, unit: orders, period: year, values_file: values/one.csv}\n%s", title, more)
}

// teamKPI returns an included file with a KPI.
func teamKPI(name, title string) string {
	return fmt.Sprintf("kpis:\n  %s: {title: %s, unit: orders, period: year, values_file: ../values/one.csv}\n", name, title)
}

// oneRow returns values for last year.
func oneRow(value int) string {
	return fmt.Sprintf("period,value\n%d,%d\n", time.Now().AddDate(-1, 0, 0).Year(), value)
}

// folder is where a test changes files under a running exporter.
type folder struct {
	t    *testing.T
	path string
}

func (f folder) write(name, text string) {
	f.t.Helper()
	path := filepath.Join(f.path, name)
	f.must(os.MkdirAll(filepath.Dir(path), 0o700))
	f.must(os.WriteFile(path, []byte(text), 0o600))
}

func (f folder) link(target, name string) {
	f.t.Helper()
	f.must(os.Symlink(target, filepath.Join(f.path, name)))
}

func (f folder) rename(from, to string) {
	f.t.Helper()
	f.must(os.Rename(filepath.Join(f.path, from), filepath.Join(f.path, to)))
}

func (f folder) remove(name string) {
	f.t.Helper()
	f.must(os.RemoveAll(filepath.Join(f.path, name)))
}

func (f folder) must(err error) {
	f.t.Helper()
	if err != nil {
		f.t.Fatal(err)
	}
}

// git runs a command of git without the settings of whoever runs the test.
func (f folder) git(args ...string) {
	f.t.Helper()
	cmd := exec.CommandContext(f.t.Context(), "git", append([]string{"-C", f.path, "-c", "user.name=T", "-c", "user.email=t@example.com"}, args...)...)
	cmd.Env = append(os.Environ(), "GIT_CONFIG_GLOBAL=/dev/null", "GIT_CONFIG_NOSYSTEM=1")
	if output, err := cmd.CombinedOutput(); err != nil {
		f.t.Fatalf("git %v: %v\n%s", args, err, output)
	}
}

// configMap writes a version of a mounted ConfigMap as the kubelet does: all files into a folder of its own, to which ..data then leads.
func (f folder) configMap(version string, files map[string]string) {
	f.t.Helper()
	before, _ := os.Readlink(filepath.Join(f.path, "..data"))
	for name, text := range files {
		f.write(filepath.Join("..v"+version, name), text)
	}
	f.link("..v"+version, "..data_tmp")
	f.rename("..data_tmp", "..data")
	for name := range files {
		first, _, _ := strings.Cut(name, "/")
		if _, err := os.Lstat(filepath.Join(f.path, first)); err != nil {
			f.link("..data/"+first, first)
		}
	}
	if before != "" {
		f.remove(before)
	}
}

var infoLine = regexp.MustCompile(`(?m)^kpi_info\{.*\bkpi="(\w+)".*\btitle="([^"]*)".*\} 1$|^(kpi_value)\{kpi="one"\} (\S+)$|^(kpi_exporter_config_last_reload_successful) (0)$`)

// shown says which KPIs the exporter has, with their titles, the value of the first, and whether the last reload failed.
func (s *server) shown() string {
	answer, err := request(http.MethodGet, "http://"+s.addr+"/metrics", nil)
	if err != nil {
		return err.Error()
	}
	var words []string
	for _, m := range infoLine.FindAllStringSubmatch(string(answer.page), -1) {
		switch {
		case m[1] != "":
			words = append(words, m[1]+"="+m[2])
		case m[3] != "":
			words = append(words, "value="+m[4])
		default:
			words = append(words, "wrong")
		}
	}
	slices.Sort(words)
	return strings.Join(words, " ")
}

func (s *server) awaitShown(want string) {
	s.t.Helper()
	for deadline := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		got := s.shown()
		if got == want {
			return
		}
		if time.Now().After(deadline) {
			log, _ := os.ReadFile(s.log)
			s.t.Fatalf("it shows %s, want %s\n%s", got, want, log)
		}
	}
}

// TestWatch changes files in every way that people and programs do, while the program watches them.
func TestWatch(t *testing.T) {
	t.Parallel()
	type step struct {
		do   func(f folder)
		want string
	}
	write := func(name, text string) func(folder) { return func(f folder) { f.write(name, text) } }
	start := step{func(f folder) {
		f.write("kpi.yaml", oneKPI("A", ""))
		f.write("values/one.csv", oneRow(5))
	}, "one=A value=5"}
	version := func(n int, title, more string) func(folder) {
		return func(f folder) {
			f.configMap(fmt.Sprint(n), map[string]string{"kpi.yaml": oneKPI(title, more), "values/one.csv": oneRow(n)})
		}
	}
	for name, test := range map[string]struct {
		main  string // "kpi.yaml" by default.
		steps []step // The first one is before the program starts.
	}{
		"a ConfigMap": {steps: []step{
			{version(1, "A", ""), "one=A value=1"},
			{version(2, "B", ""), "one=B value=2"},
			{version(3, "C", "  two: [\n"), "one=B value=2 wrong"},
			{version(4, "D", ""), "one=D value=4"},
		}},
		"a git checkout": {steps: []step{
			{func(f folder) {
				start.do(f)
				f.git("init", "-q", "-b", "main")
				f.git("add", ".")
				f.git("commit", "-qm", "A")
				f.git("checkout", "-q", "-b", "next")
				f.write("kpi.yaml", oneKPI("B", ""))
				for i := range 30 {
					f.write(fmt.Sprintf("teams/t%d.yaml", i), teamKPI(fmt.Sprintf("t%d", i), "T"))
				}
				f.git("add", ".")
				f.git("commit", "-qm", "B")
				f.git("checkout", "-q", "main")
			}, "one=A value=5"},
			{func(f folder) { f.git("checkout", "-q", "next") }, func() string {
				words := []string{"one=B", "value=5"}
				for i := range 30 {
					words = append(words, fmt.Sprintf("t%d=T", i))
				}
				slices.Sort(words)
				return strings.Join(words, " ")
			}()},
			{func(f folder) { f.git("checkout", "-q", "main") }, "one=A value=5"},
		}},
		"a link to a checkout": {main: "current/kpi.yaml", steps: []step{
			{func(f folder) {
				f.write("rev1/kpi.yaml", oneKPI("A", ""))
				f.write("rev1/values/one.csv", oneRow(1))
				f.link("rev1", "current")
			}, "one=A value=1"},
			{func(f folder) {
				f.write("rev2/kpi.yaml", oneKPI("B", ""))
				f.write("rev2/values/one.csv", oneRow(2))
				f.link("rev2", "next")
				f.rename("next", "current")
			}, "one=B value=2"},
			{write("rev2/values/one.csv", oneRow(3)), "one=B value=3"},
		}},
		"an editor that renames": {steps: []step{
			start,
			{func(f folder) { f.write(".kpi.yaml.swp", oneKPI("B", "")); f.rename(".kpi.yaml.swp", "kpi.yaml") }, "one=B value=5"},
			{func(f folder) { f.rename("kpi.yaml", "kpi.yaml~"); f.write("kpi.yaml", oneKPI("C", "")) }, "one=C value=5"},
		}},
		"files that a pattern finds": {steps: []step{
			start,
			{write("teams/a.yaml", teamKPI("two", "A")), "one=A two=A value=5"},
			{write("teams/b.yaml", teamKPI("three", "B")), "one=A three=B two=A value=5"},
			{func(f folder) { f.remove("teams/a.yaml") }, "one=A three=B value=5"},
			{func(f folder) { f.remove("teams") }, "one=A value=5"},
			{write("teams/c.yaml", teamKPI("four", "C")), "four=C one=A value=5"},
		}},
		"a file in a folder below": {steps: []step{
			start,
			{write("values/one.csv", oneRow(6)), "one=A value=6"},
			{func(f folder) { f.remove("values") }, "one=A value=6 wrong"},
			{write("values/one.csv", oneRow(7)), "one=A value=7"},
		}},
		"a file in two writes": {steps: []step{ // The test of many writes has halves that could be taken.
			start,
			{func(f folder) {
				f.write("kpi.yaml", oneKPI("B", "  two: {title: T"))
				f.write("kpi.yaml", oneKPI("B", "  two: {title: T, unit: orders, period: year, values_file: values/one.csv}\n"))
			}, "one=B two=T value=5"},
		}},
		"a mistake": {steps: []step{
			start,
			{write("kpi.yaml", oneKPI("B", "  two: {tite: T}\n")), "one=A value=5 wrong"},
			{write("kpi.yaml", oneKPI("C", "")), "one=C value=5"},
		}},
		"a folder that is removed": {main: "kpis/kpi.yaml", steps: []step{
			{func(f folder) { f.write("kpis/kpi.yaml", oneKPI("A", "")); f.write("kpis/values/one.csv", oneRow(1)) }, "one=A value=1"},
			{func(f folder) { f.remove("kpis") }, "one=A value=1 wrong"},
			{func(f folder) { f.write("kpis/kpi.yaml", oneKPI("B", "")); f.write("kpis/values/one.csv", oneRow(2)) }, "one=B value=2"},
			{write("kpis/values/one.csv", oneRow(3)), "one=B value=3"},
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := folder{t, t.TempDir()}
			test.steps[0].do(f)
			main := "kpi.yaml"
			if test.main != "" {
				main = test.main
			}
			s := startServer(t, filepath.Join(f.path, main), "--config.watch")
			for i, step := range test.steps {
				if i > 0 {
					step.do(f)
				}
				s.awaitShown(step.want)
			}
			s.end()
		})
	}
}

// TestWatchOfManyWrites writes a file 300 times, and others that nobody reads. Each version could be taken, but only those are that stay
// as they are for a moment.
func TestWatchOfManyWrites(t *testing.T) {
	t.Parallel()
	f := folder{t, t.TempDir()}
	f.write("kpi.yaml", oneKPI("A", ""))
	f.write("values/one.csv", oneRow(5))
	s := startServer(t, filepath.Join(f.path, "kpi.yaml"), "--config.watch")
	s.awaitShown("one=A value=5")
	still := 1 // Versions that may have been taken: the last one, and any after which this machine was too busy to write the next one soon.
	for i, before := 0, time.Now(); i < 300; i++ {
		started := time.Now()
		f.write("kpi.yaml", oneKPI(fmt.Sprintf("A%d", i), ""))
		f.write("other.log", fmt.Sprint(i))
		if time.Since(before) > 100*time.Millisecond {
			still++
		}
		before = started
	}
	s.awaitShown("one=A299 value=5")
	s.end()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), `msg="Configuration reloaded"`); n == 0 || n > still {
		t.Errorf("it was reloaded %d times, want %d at most:\n%s", n, still, log)
	}
	if trigger := `msg="Configuration reloaded" file=` + filepath.Join(f.path, "kpi.yaml") + ` kpis=1 trigger="--config.watch: ` + filepath.Join(f.path, "kpi.yaml") + `"`; !strings.Contains(string(log), trigger) {
		t.Errorf("the log lacks %s:\n%s", trigger, log)
	}
}

// TestWatchRefused runs the program where the system lets nobody watch: it says so once, and SIGHUP still reloads.
func TestWatchRefused(t *testing.T) {
	t.Parallel()
	const limited = `echo 0 > /proc/sys/user/max_inotify_instances && exec "$@"`
	if output, err := exec.Command("unshare", "-Ur", "sh", "-c", limited, "sh", "true").CombinedOutput(); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatalf("no user namespaces here: %v: %s", err, output)
		}
		t.Skipf("no user namespaces here: %v: %s", err, output)
	}
	f := folder{t, t.TempDir()}
	f.write("kpi.yaml", oneKPI("A", ""))
	f.write("values/one.csv", oneRow(5))
	addr, err := freeAddress()
	f.must(err)
	logFile, err := os.Create(filepath.Join(t.TempDir(), "log"))
	f.must(err)
	s := &server{t: t, addr: addr, log: logFile.Name()}
	s.cmd = exec.CommandContext(t.Context(), "unshare", "-Ur", "sh", "-c", limited, "sh", "kpi_exporter", "--config.watch",
		"--config.file", filepath.Join(f.path, "kpi.yaml"), "--web.listen-address", addr)
	s.cmd.Stderr = logFile
	f.must(s.cmd.Start())
	_ = logFile.Close() // The program has its own.
	s.awaitShown("one=A value=5")
	s.awaitLog(`level=WARN`)
	f.write("kpi.yaml", oneKPI("B", ""))
	s.signal(syscall.SIGHUP)
	s.awaitShown("one=B value=5")
	s.end()
	log, err := os.ReadFile(s.log)
	if err != nil {
		t.Fatal(err)
	}
	if n := strings.Count(string(log), "Cannot watch the KPI files; after a change reload with SIGHUP or POST /-/reload"); n != 1 || !strings.Contains(string(log), "trigger=SIGHUP") {
		t.Errorf("it said so %d times:\n%s", n, log)
	}
}
