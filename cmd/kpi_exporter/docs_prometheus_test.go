package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// TestDocsPrometheus evaluates the KPIs of docs/databases.md on real servers that ask for a password, over a week in which the clocks
// change. Only the address of the server is changed in them, and where the login is.
func TestDocsPrometheus(t *testing.T) {
	t.Parallel()
	var kpis string
	for _, text := range docsBlocks(t, "databases.md") {
		if strings.Contains(text, "prometheus+https://prometheus.example.com") {
			kpis = text
		}
	}
	for name, program := range map[string]func(testing.TB) string{
		"Debian's Prometheus 2": func(testing.TB) string { return "prometheus" },
		"Prometheus 3":          promtest.Prometheus3,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := t.TempDir()
			hash, err := bcrypt.GenerateFromPassword([]byte("hunter2-canary"), bcrypt.MinCost)
			if err != nil {
				t.Fatal(err)
			}
			writeText(t, filepath.Join(dir, "web.yml"), "basic_auth_users: {kpi: '"+string(hash)+"'}\n")
			addr := promtest.StartProgram(t, program(t), promtest.Backfill(t, requestsOfWeek()), "--web.config.file="+filepath.Join(dir, "web.yml"))
			invoice(t, filepath.Join(dir, "shop.db"))
			p := &promCommands{file: writeText(t, filepath.Join(dir, "kpi.yaml"), strings.NewReplacer(
				"https://prometheus.example.com", "http://"+addr, "/run/secrets/prometheus.yml", "prometheus.yml").Replace(kpis))}
			login := writeText(t, filepath.Join(dir, "prometheus.yml"), "basic_auth: {username: kpi, password_file: password}\n")
			password := writeText(t, filepath.Join(dir, "password"), "wrong-canary\n")

			p.fails(t, "the server refuses the credentials (401 Unauthorized): set http_config_file", "check", "--connect")
			writeText(t, password, "hunter2-canary\n")
			until(t, "the server is ready behind its password", func() bool {
				_, errs, _ := p.run(t, "query", "requests")
				return !strings.Contains(errs, "503 Service Unavailable")
			})
			_, errs, code := p.run(t, "check")
			if code != exitOK || strings.Contains(errs, "warning") {
				t.Errorf("check: exit code %d\n%s", code, errs)
			}
			_, errs, code = p.run(t, "check", "--connect") // The week that has just closed is long after the last sample.
			if code != exitOK || !strings.Contains(errs, `kpi.yaml:17:12: warning: KPIs "requests", "cost_per_request": the result is empty as of `) || strings.Contains(errs, `"errors"`) {
				t.Errorf("check --connect: exit code %d\n%s", code, errs)
			}
			for _, want := range []string{
				"requests,2026-03-30T00:00:00+02:00,2026-03-23T00:00:00+01:00,2026-03-30T00:00:00+02:00,,10020,", // 167 hours.
				"errors,2026-03-30T00:00:00+02:00,2026-03-23T00:00:00+01:00,2026-03-30T00:00:00+02:00,500,1002,",
				"errors,2026-03-30T00:00:00+02:00,2026-03-23T00:00:00+01:00,2026-03-30T00:00:00+02:00,503,0,",
				"hosting,2026-03-30T00:00:00+02:00,2026-03-23T00:00:00+01:00,2026-03-30T00:00:00+02:00,,20.04,",
				"cost_per_request,2026-03-30T00:00:00+02:00,2026-03-23T00:00:00+01:00,2026-03-30T00:00:00+02:00,,0.002,",
			} {
				out, errs, code := p.run(t, "query", "--as-of", "2026-03-30", "--output", "csv")
				if code != exitOK || !strings.Contains(out, want) {
					t.Fatalf("query: exit code %d\n%s%s, want …%s…", code, out, errs, want)
				}
			}
			out, _, _ := p.run(t, "query", "errors", "requests", "--as-of", "2026-03-02", "--output", "json")
			if strings.Contains(out, `"value": 0`) || !strings.Contains(out, "before_data") {
				t.Errorf("before data_from: %s", out)
			}

			testRemarks(t, p, name == "Prometheus 3")
			writeText(t, login, "basic_auth: {username: kpi, pasword: hunter2-canary}\n")
			p.fails(t, `database "metrics": http_config_file: `+login+":1: there is no key pasword: did you mean `password`?", "query", "requests")
		})
	}
}

// testRemarks has Prometheus 3 remark on a query, and both versions refuse one.
func testRemarks(t *testing.T, p *promCommands, remarks bool) {
	t.Helper()
	text, err := os.ReadFile(p.file)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := strings.Cut(string(text), "kpis:")
	odd := &promCommands{file: writeText(t, filepath.Join(filepath.Dir(p.file), "odd.yaml"), head+`kpis:
  level: {title: Level, database: metrics, unit: requests, level: diagnostic, better: lower, query: "sum(rate(shop_users[:period]))"}
  twice: {title: Twice, database: metrics, unit: requests, level: diagnostic, better: lower, query: "shop_twice * on () group_left shop_twice"}
`)}
	_, errs, code := odd.run(t, "check", "--connect")
	if want := `odd.yaml:11:111: warning: KPI "level": PromQL info: metric might not be a counter`; code != exitProblem || strings.Contains(errs, want) != remarks {
		t.Errorf("check --connect: exit code %d\n%s, want …%s…: %t", code, errs, want, remarks)
	}
	if !strings.Contains(errs, "found duplicate series for the match group") || strings.Contains(errs, "canary") {
		t.Errorf("check --connect:\n%s", errs)
	}
}

// promCommands runs commands on a file.
type promCommands struct{ file string }

func (p *promCommands) run(t *testing.T, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, errs bytes.Buffer
	code = run(t.Context(), append(args, "--config.file", p.file), nil, &out, &errs)
	return out.String(), errs.String(), code
}

func (p *promCommands) fails(t *testing.T, says string, args ...string) {
	t.Helper()
	out, errs, code := p.run(t, args...)
	if code != exitProblem || !strings.Contains(errs, says) || strings.Contains(out+errs, "canary") {
		t.Errorf("%v: exit code %d\n%s%s, want …%s…", args, code, out, errs, says)
	}
}

// requestsOfWeek are a request a minute, and a failed one every ten, around the week of 23 March 2026; and, at the end of it and now,
// series for odd questions.
func requestsOfWeek() string {
	var b strings.Builder
	from := time.Date(2026, 3, 20, 0, 0, 0, 0, time.UTC)
	series := func(labels string, perMinute float64) {
		for minute := 0; minute <= 12*24*60; minute += 5 {
			fmt.Fprintf(&b, "http_requests_total{job=\"shop\",%s} %g %d\n", labels, perMinute*float64(minute), from.Add(time.Duration(minute)*time.Minute).Unix())
		}
	}
	b.WriteString("# TYPE http_requests counter\n")
	series(`code="200",instance="a"`, 0.4)
	series(`code="200",instance="b"`, 0.4)
	series(`code="500",instance="a"`, 0.1)
	series(`code="502",instance="b"`, 0.1)
	closed := time.Now().Truncate(24 * time.Hour)
	for closed.Weekday() != time.Monday {
		closed = closed.AddDate(0, 0, -1)
	}
	b.WriteString("# TYPE shop_twice gauge\n")
	for n := range 2 {
		for minute := -240; minute <= 0; minute += 4 { // The week ends one or two hours before midnight of UTC.
			fmt.Fprintf(&b, "shop_twice{n=\"%d\"} 1 %d\n", n, closed.Add(time.Duration(minute)*time.Minute).Unix())
		}
	}
	b.WriteString("# TYPE shop_users gauge\n")
	for minute := -240; minute <= 0; minute += 4 {
		fmt.Fprintf(&b, "shop_users 1 %d\n", closed.Add(time.Duration(minute)*time.Minute).Unix())
	}
	b.WriteString("# EOF\n")
	return b.String()
}

func invoice(t *testing.T, file string) {
	t.Helper()
	db, err := sql.Open("sqlite", file)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE invoices (amount REAL, issued_at TEXT); INSERT INTO invoices VALUES (20.04, '2026-03-24 10:00:00'), (99, '2026-03-30 10:00:00')"); err != nil {
		t.Fatal(err)
	}
}
