package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"
)

// The tests of this file restart the real program over a real database that stands behind a proxy, so that it can be away.

// While the database is away, a restarted exporter shows all that the one before it showed, with the age that it has; it is ready, and
// has the past. Once the database is back, the present is read again, and the past is not.
func TestStateRestart(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	before := w.fill()
	w.down()
	s := w.start()
	same(t, "the first scrape", before, s.lines(shown))
	if line := s.lines("kpi_last_success_timestamp_seconds"); len(line) != 4 {
		t.Errorf("%q", line)
	}
	s.request("GET", "/-/ready", 200)
	s.awaitLine(`kpi_up\{kpi="each"\} 0$`)
	same(t, "the page after a failure", before, s.lines(shown))
	old := s.awaitHistory("orders")
	s.awaitHistory("each")
	s.end()

	postgres.Exec(t, w.database, "UPDATE orders SET amount = amount + 1000000")
	s = w.start() // It fails to evaluate, and saves what it knows.
	same(t, "the second restart", before, s.lines(shown))
	w.up()
	s.awaitLine(`kpi_value\{kpi="orders",region="eu"\} 1\.00110025e\+06$`)
	if got := s.lines(`kpi_previous_value\{.*kpi="orders".*region="eu"`); len(got) != 1 || !strings.HasSuffix(got[0], " 2100.25") {
		t.Errorf("what was read a moment ago was read again: %q", got)
	}
	if got := s.awaitHistory("orders"); !slices.Equal(got[:len(got)-1], old[:len(old)-1]) {
		t.Errorf("the past is %v, and was %v", got, old)
	}
	s.end()
}

// What another definition or another database would give is not shown; all else is.
func TestStateOfOther(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	w.fill()
	saved, err := os.ReadFile(w.state())
	if err != nil {
		t.Fatal(err)
	}
	environment := w.environment[0]
	other := postgres.NewDatabase(t)
	withoutNow, _, _ := strings.Cut(stateFile, "  now:")
	w.down()
	for _, c := range []struct {
		name, file, environment string
		want                    string // The KPIs that have a value.
	}{
		{"nothing", stateFile, environment, "each now orders people"},
		{"password", stateFile, strings.Replace(environment, "hunter2", "hunter3", 1), "each now orders people"},
		{"shown", strings.NewReplacer("title: Orders", "title: All orders", "every: 1h", "every: 1h, owner: me").Replace(stateFile), environment, "each now orders people"},
		{"database", stateFile, environment[:strings.LastIndex(environment, "/")+1] + other[strings.LastIndex(other, "/")+1:], ""},
		{"user", stateFile, strings.Replace(environment, "//reader_", "//other_", 1), ""},
		{"host", stateFile, strings.Replace(environment, "127.0.0.1", "localhost", 1), ""},
		{"no secret", stateFile, "STATE_DATABASE_URL=", ""},
		{"SQL", strings.Replace(stateFile, "count(*)", "max(people)", 1), environment, "each orders people"},
		{"SQL of inputs", strings.Replace(stateFile, "sum(people) AS people", "max(people) AS people", 1), environment, "now"},
		{"timezone", strings.Replace(stateFile, "Europe/Berlin", "Asia/Tokyo", 1), environment, ""},
		{"labels", strings.Replace(stateFile, "labels: [region]", "labels: {region: [eu, us, mini]}", 1), environment, "now people"},
		{"formula", strings.Replace(stateFile, "orders / people", "people / orders", 1), environment, "now orders people"},
		{"target", strings.Replace(stateFile, "+10%", "+20%", 1), environment, "now orders people"},
		{"suppress_below", strings.Replace(stateFile, "suppress_below: 5\n    merge", "suppress_below: 8\n    merge", 1), environment, "now people"},
		{"removed", withoutNow, environment, "each orders people"},
		{"added", stateFile + "  more: {title: More, query: SELECT 1 AS value}\n", environment, "each now orders people"},
	} {
		w.write(c.file)
		w.environment = []string{c.environment}
		if err := os.WriteFile(w.state(), saved, 0o600); err != nil {
			t.Fatal(err)
		}
		s := w.start()
		var names []string
		for _, line := range s.lines(`kpi_value\{`) {
			name := regexp.MustCompile(`kpi="(\w+)"`).FindStringSubmatch(line)[1]
			if !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		slices.Sort(names)
		if got := strings.Join(names, " "); got != c.want {
			t.Errorf("%s: values of %q, want %q", c.name, got, c.want)
		}
		s.end()
		log, err := os.ReadFile(s.log)
		if err != nil {
			t.Fatal(err)
		}
		if unfit := bytes.Contains(log, []byte("State fits no KPI")); unfit != (c.want == "") || unfit == bytes.Contains(log, []byte("State restored")) {
			t.Errorf("%s: the log:\n%s", c.name, log)
		}
	}
}

// The file holds neither secrets nor SQL, no sentence of the database, and nothing that is withheld.
func TestStateHoldsNoSecret(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	w.write(stateFile + "  broken: {title: Broken, query: 'SELECT 1 / (sum(people) - sum(people)) AS value FROM orders'}\n")
	w.fill()
	info, err := os.Stat(w.state())
	if err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	saved, err := os.ReadFile(w.state())
	if err != nil {
		t.Fatal(err)
	}
	for what, pattern := range map[string]string{
		"a secret":                 `hunter2|secret`,
		"the address":              `127\.0\.0\.1|reader_|test_\d`,
		"SQL":                      `(?i)select|from orders|remark|sum\(`,
		"a sentence":               `division|zero|query failed|kpi "`,
		"what is withheld":         `71717|\d1717\b|"size":2\b|86717`,
		"the name of a KPI":        `people"|"each`,
		"the place of the program": regexp.QuoteMeta(w.dir),
	} {
		if found := regexp.MustCompile(pattern).Find(saved); found != nil {
			t.Errorf("the file holds %s: %s", what, found)
		}
	}
	for _, want := range []string{`"failure":"query"`, `"mini"],"withheld":true`, `1100.25`} {
		if !bytes.Contains(saved, []byte(want)) {
			t.Errorf("the file lacks %s", want)
		}
	}
}

// Whatever is in the place of the file, the exporter starts and evaluates, and one line of the log says that the file is not used.
func TestStateNotUsed(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	w.fill()
	saved, err := os.ReadFile(w.state())
	if err != nil {
		t.Fatal(err)
	}
	put := func(b []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, b, 0o600) }
	}
	for name, place := range map[string]func(path string) error{
		"empty":     put(nil),
		"cut":       put(saved[:len(saved)-1]),
		"half":      put(saved[:len(saved)/2]),
		"zeros":     put(make([]byte, 1000)),
		"version":   put(bytes.Replace(saved, []byte("state 1\n"), []byte("state 99\n"), 1)),
		"folder":    func(path string) error { return os.Mkdir(path, 0o700) },
		"pipe":      func(path string) error { return syscall.Mkfifo(path, 0o600) },
		"no folder": func(path string) error { return os.Symlink("/absent/state", path) },
	} {
		if err := os.RemoveAll(w.state()); err != nil {
			t.Fatal(err)
		}
		if err := place(w.state()); err != nil {
			t.Fatal(err)
		}
		s := w.start()
		s.awaitLine(`kpi_value\{kpi="now"\} 48$`)
		s.end()
		log, err := os.ReadFile(s.log)
		if err != nil {
			t.Fatal(err)
		}
		used := "State not used"
		if name == "no folder" {
			used = "its folder is missing"
		}
		if n := bytes.Count(log, []byte(used)); n != 1 || bytes.Contains(log, []byte("State restored")) {
			t.Errorf("%s: said %d times that the file is not used:\n%s", name, n, log)
		}
	}
}

// Whoever kills the exporter loses at most what was read since the last save. Where nothing can be saved, that is logged.
func TestStateKilled(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	before := w.fill()
	w.down()
	s := w.start()
	s.signal(syscall.SIGKILL)
	_ = s.cmd.Wait() // It was killed.
	s = w.start()
	same(t, "after it was killed", before, s.lines(shown))
	s.end()

	w.environment = append(w.environment, "HOME=/")
	s = startServerIn(t, w.environment, filepath.Join(w.dir, "kpi.yaml"), "--state.file", "/proc/state")
	s.awaitListening()
	if got := s.lines("kpi_exporter_state_saved_timestamp_seconds"); !slices.Equal(got, []string{"kpi_exporter_state_saved_timestamp_seconds 0"}) {
		t.Errorf("%q", got)
	}
	s.end()
	s.awaitLog("State not saved")
}

// Without the flag there is no file, and no series about it.
func TestStateOff(t *testing.T) {
	t.Parallel()
	w := newStateWorld(t)
	s := startServerIn(t, w.environment, filepath.Join(w.dir, "kpi.yaml"))
	s.awaitListening()
	s.awaitAll()
	if got := s.lines("kpi_exporter_state"); got != nil {
		t.Errorf("%q", got)
	}
	s.end()
	if _, err := os.Stat(w.state()); err == nil {
		t.Error("there is a file")
	}
}
