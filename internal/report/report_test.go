package report

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"flag"
	"fmt"
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
	"github.com/kpi-exporter/kpi_exporter/internal/status"
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

// Every kind of sentence, in every format, and the same bytes each time.
func TestReport(t *testing.T) {
	file := writeEveryKind(t)
	r, again := reportOf(t, file, asOf, period.Week), reportOf(t, file, asOf, period.Week)
	repeated := formats(&again)
	for name, write := range formats(&r) {
		t.Run(name, func(t *testing.T) {
			var got, twice bytes.Buffer
			if err := write(&got); err != nil {
				t.Fatal(err)
			}
			if err := repeated[name](&twice); err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), twice.Bytes()) {
				t.Error("the same report has other bytes the second time")
			}
			golden(t, name, got.Bytes())
		})
	}
}

// A KPI has one place above the table, at most seven have one, and each of the others is named once.
func TestOnceAndSevenInAll(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	places, named := 0, map[string]int{}
	for _, s := range r.sections() {
		if s.empty() == (s.moreText() != "There is no room for 0 more: .") && len(s.Entries) == 0 {
			t.Errorf("section %s: empty %v with %q", s.ID, s.empty(), s.moreText())
		}
		for _, e := range s.Entries {
			places++
			named[e.KPI.Title]++
		}
		for _, title := range s.More {
			named[title]++
		}
	}
	if places != mostAbove {
		t.Errorf("%d places", places)
	}
	for title, n := range named {
		if n != 1 {
			t.Errorf("%s is named %d times", title, n)
		}
	}
}

// What is withheld is in no format, nor is a total from which it could be computed.
func TestReportWithholds(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	all := formats(&r)
	all["mail"] = func(w io.Writer) error {
		m, err := r.Mail()
		_, _ = io.WriteString(w, m.Subject+m.Text+m.HTML)
		return err
	}
	all["slack"] = func(w io.Writer) error { return json.NewEncoder(w).Encode(r.Slack()) }
	for name, write := range all {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, number := range []string{"3701", "3.7k", "24721", "24.7k", "49442", "49.4k"} {
			if strings.Contains(b.String(), number) {
				t.Errorf("%s has %s:\n%s", name, number, &b)
			}
		}
	}
}

func TestVerdict(t *testing.T) {
	sample := func(s status.Status, attainment float64) collector.Sample {
		return collector.Sample{Status: s, More: &collector.Details{Attainment: &attainment}}
	}
	for name, test := range map[string]struct {
		result collector.Result
		want   string
	}{
		"the worst":            {collector.Result{Samples: []collector.Sample{sample(status.OnTarget, 2), sample(status.OffTarget, 0.5), sample(status.AtRisk, 0.1)}}, "off_target 0.5"},
		"the worst attainment": {collector.Result{Samples: []collector.Sample{sample(status.AtRisk, 0.9), sample(status.AtRisk, 0.8)}}, "at_risk 0.8"},
		"known before unknown": {collector.Result{Samples: []collector.Sample{sample(status.Unknown, 0), sample(status.OnTarget, 1)}}, "on_target 1"},
		"unknown before none":  {collector.Result{Samples: []collector.Sample{sample(status.NoTarget, 0), sample(status.Unknown, 1)}}, "unknown 1"},
		"no rows":              {collector.Result{KPI: &config.KPI{Target: &config.Target{}}}, "unknown (no value)"},
		"no rows yet":          {collector.Result{KPI: &config.KPI{Target: &config.Target{}}, Incomplete: true}, "unknown (waits for data)"},
		"no rows, no target":   {collector.Result{KPI: &config.KPI{}}, "no_target"},
		"failed":               {collector.Result{KPI: &config.KPI{}, Failure: &collector.Failure{}}, "unknown"},
	} {
		t.Run(name, func(t *testing.T) {
			if test.result.KPI == nil {
				test.result.KPI = &config.KPI{Target: &config.Target{}}
			}
			v := VerdictOf(&test.result)
			got := string(v.Status)
			if v.Worst != nil {
				got += fmt.Sprintf(" %v", *v.Worst.Details().Attainment)
			}
			if v.Reason != "" {
				got += " (" + v.Reason.Text() + ")"
			}
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// A KPI of which nothing is known now is not among the moves and what is unusual, whatever its past says.
func TestGone(t *testing.T) {
	cfg, survey := surveyOf(t, writeEveryKind(t), asOf, period.Week)
	if r := New(cfg, survey, period.Week); len(r.Moves) == 0 || len(r.Unusual) == 0 {
		t.Fatalf("%d moves, %d unusual", len(r.Moves), len(r.Unusual))
	}
	for i := range survey.KPIs {
		now := &survey.KPIs[i].Now
		if i%2 == 0 {
			*now = now.Stale()
		} else {
			now.Samples = nil
		}
		if len(now.Samples) == 0 {
			now.Failure = &collector.Failure{Reason: collector.ReasonTimeout}
		}
	}
	r := New(cfg, survey, period.Week)
	if len(r.Moves)+len(r.Unusual)+r.Judged != 0 || r.Counts != (Counts{Unknown: len(survey.KPIs)}) {
		t.Errorf("%d moves, %d unusual of %d, %+v of %d KPIs", len(r.Moves), len(r.Unusual), r.Judged, r.Counts, len(survey.KPIs))
	}
}

// The past of a total reaches to now, as that of a single value does.
func TestPastOfTotal(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "kpi.yaml")
	text := `databases: {app: {url: "sqlite://` + filepath.Join(dir, "rows.db") + `"}}
queries: {level: {period: instant, query: "SELECT plan, unixepoch(:as_of) / 86400 AS value FROM (SELECT 'a' AS plan UNION SELECT 'b')", labels: [plan]}}
kpis:
  by_plan: {title: By plan, from: level, merge: sum}
  apart: {title: Apart, from: level, merge: none}
  only: {title: Only, from: level, labels: [], merge: sum}
`
	for path, content := range map[string]string{file: text, filepath.Join(dir, "rows.db"): ""} {
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	_, survey := surveyOf(t, file, asOf, period.Week)
	day := float64(asOf.Unix() / 86400)
	for i, want := range []float64{2 * day, day, 2 * day} {
		s := &survey.KPIs[i]
		series, _ := s.History.Series()
		var labels []string
		if s.KPI.Name == "apart" {
			labels = []string{"a"}
		}
		past := PastOf(s, series, labels, s.KPI.Name == "by_plan")
		last := len(past.Values) - 1
		if last < 10 {
			t.Fatalf("%s: %d values: %v", s.KPI.Name, last+1, s.Now.Failure)
		}
		if past.Values[last] == nil || *past.Values[last] != want || !past.Windows[last].End.Equal(asOf) {
			t.Errorf("%s: %d values to %v, want %v at the end", s.KPI.Name, last+1, past.Windows[last], want)
		}
	}
}

// A period to date that has ended, as on a page of the past, is not said to be running.
func TestPaceOfEnded(t *testing.T) {
	k := &config.KPI{Title: "Revenue", Period: period.Period{Kind: period.ToDate, Unit: period.Month}, Calendar: period.Calendar{Location: time.UTC}}
	february := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	for end, want := range map[time.Time]string{
		february.AddDate(0, 1, 0):  "Revenue ended off target: 70 (2026-02), needs ≥ 80, 10 short.",
		february.AddDate(0, 0, 14): "Revenue is behind its pace: 70 so far; the whole month needs ≥ 160.",
	} {
		s := subject{Surveyed: &insight.Surveyed{KPI: k, Now: collector.Result{
			KPI: k, Window: period.Window{Start: february, End: end}, Elapsed: 0.5,
			Samples: []collector.Sample{{Value: new(70.0), Status: status.OffTarget, More: &collector.Details{Bounds: []collector.BoundValue{{Tier: "target", Side: "lower", Value: 80}}}}},
		}}}
		s.now = VerdictOf(&s.Now)
		if got := paceSentence(&s); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The verb of every change.
func TestBecomes(t *testing.T) {
	want := `at_risk off_target: went off target
on_target off_target: went off target
no_target off_target: went off target
unknown off_target: went off target
off_target at_risk: is better, but at risk
on_target at_risk: is now at risk
no_target at_risk: is now at risk
unknown at_risk: is now at risk
off_target on_target: is back on target
at_risk on_target: is back on target
no_target on_target: is on target
unknown on_target: is on target
off_target unknown: became unknown
at_risk unknown: became unknown
on_target unknown: became unknown
no_target unknown: became unknown
off_target no_target: has no target now
at_risk no_target: has no target now
on_target no_target: has no target now
unknown no_target: has no target now
`
	var b strings.Builder
	for _, now := range []status.Status{status.OffTarget, status.AtRisk, status.OnTarget, status.Unknown, status.NoTarget} {
		for _, before := range []status.Status{status.OffTarget, status.AtRisk, status.OnTarget, status.NoTarget, status.Unknown} {
			if now != before {
				fmt.Fprintf(&b, "%s %s: %s\n", before, now, becomes(now, before))
			}
		}
	}
	if diff := cmp.Diff(want, b.String()); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
}

func TestBefore(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	c := period.Calendar{Location: berlin, WeekStart: time.Monday, YearStart: time.January}
	at := time.Date(2026, 3, 31, 6, 0, 0, 0, berlin) // After the clock was put forward.
	for unit, want := range map[period.Unit]string{
		period.Day: "2026-03-30 06:00", period.Week: "2026-03-24 06:00", period.Month: "2026-02-28 06:00", period.Quarter: "2025-12-31 06:00",
	} {
		if got := Before(at, unit, c).Format("2006-01-02 15:04"); got != want {
			t.Errorf("%s before: %s, want %s", unit, got, want)
		}
	}
}

func TestCountsText(t *testing.T) {
	for want, c := range map[string]Counts{
		"No KPI":                  {},
		"1 off target, 2 unknown": {Off: 1, Unknown: 2},
		"1 off target, 2 at risk, 3 on target, 4 unknown, 5 without a target": {1, 2, 3, 4, 5},
	} {
		if got := countsText(c); got != want {
			t.Errorf("%+v: %q, want %q", c, got, want)
		}
	}
}

// What is expected by chance is a whole number of series.
func TestFooter(t *testing.T) {
	for want, r := range map[string]Report{
		"No series was judged for unusual values. ":                                                   {},
		"Of 10 series judged for unusual values, expect fewer than one to be mentioned by chance. ":   {Judged: 10, FalseMentions: 0.05},
		"Of 599 series judged for unusual values, expect about 3 to be mentioned by chance. ":         {Judged: 599, FalseMentions: 2.995},
		"Of 2500000 series judged for unusual values, expect about 12500 to be mentioned by chance. ": {Judged: 2500000, FalseMentions: 12500},
	} {
		if got := r.footer(); !strings.Contains(got, ". "+want) {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

// The report says how KPIs compare, never what caused it.
func TestNoCause(t *testing.T) {
	r := reportOf(t, writeEveryKind(t), asOf, period.Week)
	for name, write := range formats(&r) {
		var b bytes.Buffer
		if err := write(&b); err != nil {
			t.Fatal(err)
		}
		for _, word := range []string{"caused", "led to", "impact"} {
			if strings.Contains(strings.ToLower(b.String()), word) {
				t.Errorf("%s says %q", name, word)
			}
		}
	}
}

// BenchmarkReport makes the report of ten KPIs with 200 label sets each, whose results are there already, and writes its page.
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	path := filepath.Join(dir, "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		b.Fatal(err)
	}
	if _, err := db.ExecContext(b.Context(), "CREATE TABLE rows (plan text)"); err != nil {
		b.Fatal(err)
	}
	for i := range 200 {
		if _, err := db.ExecContext(b.Context(), "INSERT INTO rows VALUES (?)", fmt.Sprint("plan ", i)); err != nil {
			b.Fatal(err)
		}
	}
	_ = db.Close()
	text := `databases: {app: {url: "sqlite://` + path + `"}}` + "\nkpis:\n"
	for i := range 10 {
		text += fmt.Sprintf("  k%d: {title: K%d, period: week, labels: [plan], merge: sum, query: \"SELECT plan, %d + unixepoch(:period_end) %% 7 AS value FROM rows\", target: {at_least: 3}}\n", i, i, i)
	}
	file := filepath.Join(dir, "kpi.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
	cfg, survey := surveyOf(b, file, asOf, period.Week)
	for b.Loop() {
		r := New(cfg, survey, period.Week)
		if err := r.HTML(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
