package main

import (
	"bytes"
	"database/sql"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"gopkg.in/yaml.v3"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestBackfillYear goes the whole way of a year of ten KPIs: file, blocks, Prometheus; remote write; a definition that
// changes afterwards.
func TestBackfillYear(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	database := postgres.NewDatabase(t, historySchema)
	text := strings.ReplaceAll(historyKPIs, "${KPI_DATABASE_URL}", database)
	file := writeText(t, in("kpi.yaml"), text)
	writeText(t, in("prometheus.yml"), "storage: {tsdb: {out_of_order_time_window: 3y}}\n")
	h := &historian{dir: dir, data: in("data")}
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	from, to := time.Date(2025, time.July, 1, 0, 0, 0, 0, berlin), time.Date(2026, time.July, 1, 0, 0, 0, 0, berlin)
	backfill := func(code int, args ...string) (string, string) {
		return program(t, code, append([]string{"backfill", "--config.file=" + file, "--from=2025-07-01", "--to=2026-07-01", "--sparse"}, args...)...)
	}

	// Blocks hold what query says about every step.
	out, _ := backfill(exitOK, "--output="+in("year.om"))
	if want := "2633 steps of 10 KPIs: 2633 done, 0 failed"; !strings.Contains(out, want) {
		t.Errorf("%q is not in %q", want, out)
	}
	h.blocks(t, in("year.om"))
	h.start(t)
	if diff := cmp.Diff(queriedDaily(t, file, from, to), h.raw(t, comparedSeries, to)); diff != "" {
		t.Errorf("blocks (-query +Prometheus):\n%.4000s", diff)
	}

	// Remote write gives the same, of everything.
	out, errs := backfill(exitOK, "--remote-write="+h.url+"/api/v1/write", "--label=job=remote")
	if want := "remote write: 2633 steps of 10 KPIs: 2633 done"; !strings.Contains(out, want) || !strings.Contains(errs, "add --verify") {
		t.Errorf("%q is not in %q, or nothing says how to check it: %q", want, out, errs)
	}
	if _, errs := backfill(exitProblem, "actives", "--remote-write="+h.url+"/api/v1/write", "--label=job=remote", "--verify=http://127.0.0.1:1"); !strings.Contains(errs, "--verify: http://127.0.0.1:1: ") {
		t.Errorf("errors: %q", errs)
	}
	if diff := cmp.Diff(h.raw(t, `{job="kpi"}`, to), h.raw(t, `{job="remote"}`, to)); diff != "" {
		t.Errorf("remote write (-blocks +remote):\n%.4000s", diff)
	}

	// Nothing has changed, until a definition does.
	out, _ = backfill(exitOK, "--verify="+h.url)
	if want := "2633 periods compared, 0 not in " + h.url + "; 0 numbers differ, 0 steps failed\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
	changed := strings.Replace(text, "SELECT plan, n AS value", "SELECT plan, n + (plan = 'pro' AND at < '2025-07-02 12:00+02')::int AS value", 1)
	if changed == text {
		t.Fatal("the definition has not changed")
	}
	writeText(t, file, changed)
	out, _ = backfill(exitProblem, "per_plan", "growing", "--verify="+h.url)
	if fields := strings.Fields(strings.Split(out, "\n")[1]); len(fields) != 7 || fields[0] != "per_plan" || fields[1] != `plan="pro"` ||
		fields[2] != "2025-06-30T00:00:00+02:00" || fields[3] != "2025-07-01T00:00:00+02:00" || fields[4] != "kpi_value" {
		t.Errorf("got %q", out)
	}
	_, errs = backfill(exitOK, "per_plan", "--prometheus="+h.url, "--output="+in("warned.om"))
	if !strings.Contains(errs, "already has samples in this range of per_plan") {
		t.Errorf("no warning: %q", errs)
	}
	_, errs = backfill(exitOK, "per_plan", "--replace="+h.url, "--prometheus="+h.url, "--output="+in("changed.om"))
	if errs != "" {
		t.Errorf("a warning of what is replaced: %q", errs)
	}
	if left := h.raw(t, `{kpi="per_plan",job="kpi"}`, to); len(left) > 0 {
		t.Errorf("not deleted: %v", slices.Collect(maps.Keys(left)))
	}
	h.blocks(t, in("changed.om"))
	h.stop()
	h.start(t)
	out, _ = backfill(exitOK, "per_plan", "growing", "--verify="+h.url)
	if want := "419 periods compared, 0 not in " + h.url + "; 0 numbers differ, 0 steps failed\n"; out != want {
		t.Errorf("got %q, want %q", out, want)
	}
}

// queriedDaily returns what query says about each step of the KPIs of historyKPIs.
func queriedDaily(t *testing.T, file string, from, to time.Time) map[string]map[int64]float64 {
	t.Helper()
	want := map[string]map[int64]float64{}
	for day := from; !day.After(to); day = day.AddDate(0, 0, 1) {
		queried(t, file, day, func(kpi string) bool {
			switch kpi {
			case "growing":
				return day.Equal(from) || day.Weekday() == time.Monday
			case "monthly":
				return day.Day() == 1
			case "quarterly":
				return day.Day() == 1 && (day.Month()-1)%3 == 0
			}
			return true
		}, want)
	}
	return want
}

// TestBackfillKilled interrupts the real program in the worst way, and has it go on.
func TestBackfillKilled(t *testing.T) {
	t.Parallel()
	dir, database := t.TempDir(), postgres.NewDatabase(t)
	text := `timezone: Europe/Berlin
databases: {app: {url: "` + database + `"}}
kpis:
  slow: {title: Slow, period: day, query: "SELECT extract(doy FROM :period_start) AS value FROM pg_sleep(0.01) WHERE ` + waitsFrom("2025-11-15") + `"}
  weekly: {title: Weekly, period: week, query: "SELECT extract(week FROM :period_start) AS value FROM pg_sleep(0.01)"}
`
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), text)
	args := func(output string) []string {
		return []string{"backfill", "--config.file=" + file, "--from=2025-01-01", "--to=2025-12-31", "--output=" + filepath.Join(dir, output)}
	}
	whole, killed := filepath.Join(dir, "whole.om"), filepath.Join(dir, "killed.om")
	program(t, exitOK, args("whole.om")...)

	release := holdBack(t, database)
	cmd := exec.CommandContext(t.Context(), "kpi_exporter", args("killed.om")...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	until(t, "a part is safe", func() bool {
		_, err := os.Stat(killed + ".state")
		return err == nil
	})
	_ = cmd.Process.Kill()
	if err := cmd.Wait(); err == nil {
		t.Fatal("it was done before it could be killed")
	}
	release()
	if _, err := os.Stat(killed); err == nil {
		t.Fatal("a part has the final name")
	}

	// Other arguments do not go on with it, nor do they destroy it.
	_, errs := program(t, exitProblem, append(args("killed.om"), "--sparse")...)
	if !strings.Contains(errs, "other arguments") {
		t.Errorf("got %q", errs)
	}
	out, _ := program(t, exitOK, args("killed.om")...)
	if !strings.Contains(out, "by an earlier run") {
		t.Errorf("it started over: %q", out)
	}
	if !bytes.Equal(readBytes(t, whole), readBytes(t, killed)) {
		t.Error("the file is another than without the interruption")
	}
	if left, _ := filepath.Glob(killed + ".*"); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
	_, errs = program(t, exitProblem, args("killed.om")...)
	if !strings.Contains(errs, "already exists") {
		t.Errorf("got %q", errs)
	}
	program(t, exitOK, append(args("killed.om"), "--force")...)
}

// waitsFrom is a condition that holds, but for periods from that day on not before holdBack's release.
func waitsFrom(day string) string {
	return "CASE WHEN :period_start < '" + day + "' THEN true ELSE pg_advisory_xact_lock_shared(1)::text IS NOT NULL END"
}

// holdBack has queries wait where waitsFrom says so, until release is called.
func holdBack(t *testing.T, url string) (release func()) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	db.SetMaxOpenConns(1)
	if _, err := db.ExecContext(t.Context(), "SELECT pg_advisory_lock(1)"); err != nil {
		t.Fatal(err)
	}
	return func() {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "SELECT pg_advisory_unlock(1)"); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBackfillCut takes the database away half way.
func TestBackfillCut(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	proxy := pgtest.NewProxy(t, postgres.Addr())
	direct := postgres.NewDatabase(t)
	database := strings.Replace(direct, postgres.Addr(), proxy.Addr(), 1)
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), `timezone: UTC
databases: {app: {url: "`+database+`"}}
kpis:
  slow: {title: Slow, period: day, query: "SELECT 1 AS value FROM pg_sleep(0.01) WHERE :period_start < :period_end AND `+waitsFrom("2025-11-15")+`"}
`)
	output := filepath.Join(dir, "out.om")
	args := []string{"backfill", "--config.file=" + file, "--from=2024-01-01", "--to=2025-12-31", "--output=" + output, "--sparse"}
	release := holdBack(t, direct)
	go func() {
		for {
			if _, err := os.Stat(output + ".state"); err == nil || t.Context().Err() != nil {
				break
			}
			time.Sleep(10 * time.Millisecond)
		}
		proxy.SetUpstream("127.0.0.1:1")
		proxy.Cut()
	}()
	out, errs := program(t, exitProblem, args...)
	if !strings.Contains(out, "not tried") || !strings.Contains(out, "731 steps of one KPI:") || strings.Contains(out, " 0 failed") {
		t.Errorf("report: %q", out)
	}
	if !strings.Contains(errs, `database "app"`) || !strings.Contains(errs, "out.om was not written") {
		t.Errorf("errors: %q", errs)
	}
	if _, err := os.Stat(output); err == nil {
		t.Error("a part has the final name")
	}
	proxy.SetUpstream(postgres.Addr())
	release()
	out, _ = program(t, exitOK, args...)
	if !strings.Contains(out, "731 done") || !strings.Contains(out, "by an earlier run") {
		t.Errorf("report of the second run: %q", out)
	}
	if got := bytes.Count(readBytes(t, output), []byte("\nkpi_value{")); got != 731 {
		t.Errorf("%d values, want 731", got)
	}
}

// TestBackfillCopies compares the recorded names that are written with the rules that would record them.
func TestBackfillCopies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := writeText(t, filepath.Join(dir, "kpi.yaml"), strings.ReplaceAll(historyKPIs, "${KPI_DATABASE_URL}", postgres.NewDatabase(t, historySchema)))
	program(t, exitOK, "generate", "rules", "--config.file="+file, "--output="+dir)
	program(t, exitOK, "backfill", "--config.file="+file, "--from=2026-03-20", "--to=2026-03-20", "--output="+filepath.Join(dir, "day.om"))
	written := string(readBytes(t, filepath.Join(dir, "day.om")))
	var rules struct {
		Groups []struct {
			Rules []struct{ Record, Expr string }
		}
	}
	if err := yaml.Unmarshal(readBytes(t, filepath.Join(dir, "kpi.rules.yml")), &rules); err != nil {
		t.Fatal(err)
	}
	copied := 0
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			_, exposed, ok := strings.Cut(strings.Replace(r.Expr, "min without", "max without", 1), "max without (instance, pod) (kpi_")
			name, rest, _ := strings.Cut(exposed, ")")
			if r.Record == "" || !ok || strings.Trim(rest, ") \n") != "" || !strings.Contains(written, "\nkpi_"+name+"{") {
				continue
			}
			copied++
			if got, want := strings.Count(written, "\n"+r.Record+"{"), strings.Count("\n"+written, "\nkpi_"+name+"{"); got != want {
				t.Errorf("%s has %d samples, kpi_%s has %d", r.Record, got, name, want)
			}
		}
	}
	if copied < 9 {
		t.Errorf("only %d recorded names are copies", copied)
	}
}

func TestBackfillWrongUse(t *testing.T) {
	t.Parallel()
	file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
	for _, test := range []struct{ args, want string }{
		{"--to=2026-01-02 --output=x", "'--from' not provided"},
		{"--from=2026-01-01 --to=2026-01-02", "give one of --blocks, --output, --remote-write and --verify"},
		{"--from=2026-01-01 --to=2026-01-02 --output=x --verify=http://h", "give one of"},
		{"--from=2026-01-01 --to=2026-01-02 --output=x --remote-write=http://h --verify=http://h", "give one of"},
		{"--from=2026-01-01 --to=2026-01-02 --remote-write=http://h --replace=http://h", "--replace needs --output"},
		{"--from=2026-01-01 --to=2026-01-02 --verify=http://h --force", "--force needs --blocks or --output"},
		{"--from=2026-01-02 --to=2026-01-01 --output=x", "--to is before --from"},
		{"--from=2126-01-02 --to=2126-01-03 --output=x", "--from is in the future"},
		{"--from=yesterday --to=2026-01-03 --output=x", "--from: time"},
		{"--from=2026-01-01T00:00:00.5Z --to=2026-01-03 --output=x", "fraction of a second"},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --step=daily", "--step: step"},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --label=kpi=a", `label "kpi" is reserved by the exporter`},
		{"--from=2026-01-01 --to=2026-01-03 --output=x --label=job", "write name=value"},
		{"--from=2026-01-01 --to=2026-01-03 --verify=ftp://someone:s3cr3t@h", "--verify: the address is not an http"},
		{"nobody --from=2026-01-01 --to=2026-01-03 --output=x", `kpi "nobody" is not in`},
	} {
		_, errs := program(t, exitUsage, append([]string{"backfill", "--config.file=" + file}, strings.Fields(test.args)...)...)
		if !strings.Contains(errs, test.want) || strings.Contains(errs, "s3cr3t") {
			t.Errorf("%s: got %q, want %q", test.args, errs, test.want)
		}
	}
}
