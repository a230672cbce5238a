package report

import (
	"database/sql"
	"flag"
	"io"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/insight"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

var update = flag.Bool("update", false, "write the expected reports again")

// everyKind is a KPI file of which each KPI gives a report another kind of sentence.
const everyKind = `product: Acme & <Sons>
databases: {app: {url: "sqlite://DATABASE"}}
owners: {growth: {}}
decisions:
  - {date: 2026-04-16, text: Guests can see prices, kpis: [visits, speed], owner: growth, link: "https://wiki.example.com/decisions/1?a=1&b=2"}
  - date: 2026-04-08
    text: "<script>alert(2)</script> {{.Product}} *x* [a](javascript:alert(1))\n\e[31m\u202e # | @all"
    kpis: [visits, tickets, hostile]
    owner: <b>{{.Owner}}</b>
  - {date: 2026-02-02, text: Too long ago, kpis: [visits]}
  - {date: 2026-05-06, text: Planned for tomorrow, kpis: [visits]}
queries:
  rates:
    period: month
    labels: [plan]
    unit: ratio
    numerator: n
    denominator: d
    query: SELECT plan, n, d FROM rows WHERE kpi = 'churn' AND at >= :period_start AND at < :period_end
  late:
    period: week
    query: SELECT sum(v) AS value FROM rows WHERE kpi = 'tickets' AND at >= :period_start AND at < :period_end
    data_until: SELECT unixepoch('2026-05-01')
  patients:
    period: week
    labels: [plan]
    query: SELECT plan, v AS value, v AS numerator, d, v + d AS sum FROM rows WHERE kpi = 'patients' AND at >= :period_start AND at < :period_end
kpis:
  churn: {title: Churn, owner: growth, from: rates, target: {at_most: 3.5%, critical: 3.8%}}
  activation: {title: Activation, period: month, unit: ratio, query: "SELECT n AS numerator, d AS denominator FROM rows WHERE kpi = 'activation' AND at >= :period_start AND at < :period_end", target: {at_least: 30%}}
  revenue: {title: Revenue, period: month, unit: "currency:EUR", query: "SELECT v AS value FROM rows WHERE kpi = 'revenue' AND at >= :period_start AND at < :period_end"}
  costs: {title: Costs, period: month, unit: "currency:EUR", query: "SELECT v AS value FROM rows WHERE kpi = 'costs' AND at >= :period_start AND at < :period_end"}
  margin: {title: Margin, owner: growth, unit: ratio, formula: (revenue - costs) / revenue, target: {at_least: 75%, critical: 70%}}
  speed: {title: Speed, period: week, unit: seconds, better: lower, query: "SELECT v AS value FROM rows WHERE kpi = 'speed' AND at >= :period_start AND at < :period_end", target: {at_most: 90s, tolerance: 50%}}
  sales: {title: "Sales, month to date", period: {to_date: month}, query: "SELECT sum(v) AS value FROM rows WHERE kpi = 'sales' AND at >= :period_start AND at < :period_end", target: {at_least: 3100, pace: linear}}
  tickets: {title: Tickets, period: week, better: lower, labels: [plan], merge: sum, query: "SELECT plan, v AS value FROM rows WHERE kpi = 'tickets' AND at >= :period_start AND at < :period_end"}
  seats: {title: Seats, period: week, better: higher, query: "SELECT v AS value FROM rows WHERE kpi = 'seats' AND at >= :period_start AND at < :period_end"}
  orders: {title: Orders, period: week, better: higher, query: "SELECT v AS value FROM rows WHERE kpi = 'orders' AND at >= :period_start AND at < :period_end"}
  visits: {title: Visits, period: week, query: "SELECT v AS value FROM rows WHERE kpi = 'visits' AND at >= :period_start AND at < :period_end"}
  answers: {title: Answers, period: week, unit: ratio, query: "SELECT n AS numerator, d AS denominator FROM rows WHERE kpi = 'answers' AND at >= :period_start AND at < :period_end", target: {at_least: 50%, min_sample: 20}}
  broken: {title: Broken, period: week, query: SELECT 'x' AS value, target: {at_least: 1}}
  waiting: {title: Waiting, from: late, target: {at_least: 1}}
  reviewed: {title: Reviewed, period: week, reviewed: 2026-01-02, review_every: 90d, query: SELECT 5 AS value, target: {at_least: 5}}
  ending: {title: Ending, period: month, query: SELECT 5 AS value, target: {at_least: {steps: {2026-05: 5, 2026-06: none}}}}
  ended: {title: Ended, period: month, query: SELECT 5 AS value, target: {at_least: {steps: {2026-02: 5}}}}
  planned: {title: Planned, period: month, query: SELECT 5 AS value, target: {at_least: {steps: {2026-07: 5}}}}
  hostile:
    title: "<script>alert(1)</script> | *x* [a](http://example.com) @all"
    period: week
    labels: [plan]
    merge: none
    query: SELECT '<img src=x onerror=alert(1)>' || char(10) || '| a' AS plan, 1 AS value WHERE :period_start < :period_end
    target: {at_least: 2}
  patients: {title: Patients, from: patients, value: value, sample_size: d, suppress_below: 5, target: {at_least: 1}}
  all_patients: {title: All patients, from: patients, value: value, labels: [], merge: sum, target: {at_least: 1}}
  patients_of_two: {title: Patients of two weeks, formula: all_patients + previous(all_patients), target: {at_least: {previous_period: +0%}}}
`

// asOf is a Tuesday.
var asOf = time.Date(2026, 5, 5, 0, 0, 0, 0, time.UTC)

// writeEveryKind writes the file and its database, and returns the path of the file.
func writeEveryKind(t testing.TB) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.ExecContext(t.Context(), "CREATE TABLE rows (at text, kpi text, plan text, v real, n real, d real)"); err != nil {
		t.Fatal(err)
	}
	add := func(at time.Time, kpi, plan string, v, n, d float64) {
		t.Helper()
		if _, err := db.ExecContext(t.Context(), "INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?)", at.Format(time.DateTime), kpi, plan, v, n, d); err != nil {
			t.Fatal(err)
		}
	}
	month := func(m time.Month) time.Time { return time.Date(2026, m, 1, 12, 0, 0, 0, time.UTC) }
	add(month(3), "churn", "basic", 0, 50, 1000)
	add(month(3), "churn", "pro", 0, 10, 1000)
	add(month(4), "churn", "basic", 0, 96, 2000)
	add(month(4), "churn", "pro", 0, 4, 500)
	add(month(3), "activation", "", 0, 280, 1000)
	add(month(4), "activation", "", 0, 310, 1000)
	for m, costs := range map[time.Month]float64{1: 20, 2: 30, 3: 30, 4: 42} {
		add(month(m), "revenue", "", 100+20*float64(m/4), 0, 0)
		add(month(m), "costs", "", costs, 0, 0)
	}
	weekly := []float64{100, 102, 98, 101, 103, 99, 104, 100, 105, 101, 103, 106, 102, 104, 107, 103}
	week := func(i int) time.Time { return time.Date(2026, 5, 4-7*(17-i), 12, 0, 0, 0, time.UTC) }
	for i, v := range append(weekly, 84) {
		add(week(i), "tickets", "basic", v-30, 0, 0)
		add(week(i), "tickets", "pro", 30, 0, 0)
		add(week(i), "seats", "", 5+math.Floor(float64(i)/16), 0, 0)
		add(week(i), "orders", "", v+4*math.Floor(float64(i)/16), 0, 0)
		add(week(i), "speed", "", 60+50*math.Floor(float64(i)/14), 0, 0)
		add(week(i), "answers", "", 0, 9, 30-20*math.Floor(float64(i)/16))
		add(week(i), "patients", "basic", 20011, 0, 100)
		add(week(i), "patients", "pro", 1009, 0, 100)
		if i < 15 {
			add(week(i), "patients", "rare", 500, 0, 9)
		} else {
			add(week(i), "patients", "rare", 3701, 0, 3)
		}
	}
	for i, v := range []float64{50, 52, 49, 51, 53, 50, 52, 51, 49, 50, 53, 52, 50, 51, 52, 49, 51, 50, 53, 51, 50, 52, 51, 50, 90, 57, 58} { // F1 of the methods.
		add(week(i-10), "visits", "", v, 0, 0)
	}
	for day := range 4 {
		add(time.Date(2026, 5, 1+day, 9, 0, 0, 0, time.UTC), "sales", "", 80, 0, 0)
	}
	file := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(file, []byte(strings.Replace(everyKind, "DATABASE", path, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// reportOf reads a KPI file and reports on it.
func reportOf(t testing.TB, file string, at time.Time, unit period.Unit) Report {
	t.Helper()
	cfg, survey := surveyOf(t, file, at, unit)
	r := New(cfg, survey, unit)
	if !definitionsForm.MatchString(r.Definitions) {
		t.Errorf("definitions %q", r.Definitions)
	}
	r.Definitions = "0123abcd" // It identifies the database too, which is in another folder each time.
	return r
}

// surveyOf reads the KPIs of a file as of an instant, and what a report looks back to.
func surveyOf(t testing.TB, file string, at time.Time, unit period.Unit) (*config.Config, insight.Survey) {
	t.Helper()
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	e := collector.NewEvaluator(cfg)
	defer e.Close()
	s := insight.Survey{AsOf: at, Before: Before(at, unit, cfg.Calendar)}
	s.KPIs = slices.Collect(insight.NewReader(cfg, e).Survey(t.Context(), cfg.KPIs, at, s.Before, nil))
	return cfg, s
}

var definitionsForm = regexp.MustCompile(`^[0-9a-f]{8}$`)

// golden compares text with a file in testdata.
func golden(t testing.TB, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s, -want +got:\n%s", path, diff)
	}
}

// formats are the writers of a report, by the name of the expected file.
func formats(r *Report) map[string]func(io.Writer) error {
	return map[string]func(io.Writer) error{"report.txt": r.Text, "report.md": r.Markdown, "report.html": r.HTML, "report.json": r.JSON}
}
