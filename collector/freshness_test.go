package collector

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestAsOfWhereTheDataReaches has a load that has stalled at noon, and KPIs of every kind of period, asked for by the
// schedule and by hand.
func TestAsOfWhereTheDataReaches(t *testing.T) {
	url, executed := newLoggedDatabase(t, "CREATE TABLE loads (until timestamptz)", `CREATE TABLE events AS
		SELECT at FROM generate_series('2026-04-01 00:00+00'::timestamptz, '2026-05-05 11:00+00', '1 hour') AS at`)
	const count = "SELECT count(*) AS value FROM events WHERE at >= :period_start AND at < :period_end"
	cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q, data_until: SELECT max(until) AS stalled FROM loads}}\nkpis:\n%s", url, indent(2,
		kpi("day", count, "period: day\ntarget: {at_least: 24}")+
			kpi("today", count, "period: {to_date: day}\ntarget: {at_least: 24, pace: linear}")+
			kpi("trailing", count, "period: {trailing: 12h}\ntarget: {at_least: 12}")+
			kpi("level", "SELECT count(*) AS value FROM events WHERE at > :as_of - interval '1 hour' AND at <= :as_of - interval '30 minutes'", "period: instant")+
			kpi("settled", count, "period: day\nsettle: 6h\ntarget: {at_least: 24}"))))
	asked := at(t, "2026-05-06T03:00:00Z")
	for _, tc := range []struct {
		name, until string
		waits       bool
		executions  int
		want        []string
	}{
		{"not loaded yet", "NULL", true, 0, []string{"day nothing", "today nothing", "trailing nothing", "level nothing", "settled nothing"}},
		{"at noon", "'2026-05-05 12:00:00.7+00'", true, 3, []string{ // Of five, two share theirs with another.
			"day as of 05-05 12:00 24 on_target attainment 1 by 24 target.lower=24",
			"today as of 05-05 12:00 12 on_target attainment 1 by 12 pace 1 forecast 24 target.lower=12",
			"trailing as of 05-05 12:00 12 on_target attainment 1 by 12 target.lower=12",
			"level as of 05-05 12:00 0 no_target",
			"settled as of 05-06 03:00 24 on_target attainment 1 by 24 target.lower=24",
		}},
		{"up to the end of the day", "'2026-05-06 00:00+00'", true, 5, []string{
			"day as of 05-06 03:00 12 off_target attainment 0.5 by 24 target.lower=24",
			"today as of 05-06 00:00 0 unknown (no_bound)",
			"trailing as of 05-06 00:00 0 off_target attainment 0 by 12 target.lower=12",
			"level as of 05-06 00:00 0 no_target",
			"settled as of 05-06 03:00 24 on_target attainment 1 by 24 target.lower=24",
		}},
		{"at noon, by hand", "'2026-05-05 12:00+00'", false, 4, []string{ // What has no complete period is measured up to the data, which is late since 00:15.
			"day as of 05-06 03:00 incomplete 12 unknown (data_late) attainment 0.5 by 24 target.lower=24",
			"today as of 05-06 03:00 12 unknown (data_late) attainment 1 by 12 pace 1 forecast 24 target.lower=12",
			"trailing as of 05-06 03:00 12 unknown (data_late) attainment 1 by 12 target.lower=12",
			"level as of 05-06 03:00 0 no_target",
			"settled as of 05-06 03:00 24 on_target attainment 1 by 24 target.lower=24",
		}},
		{"not loaded yet, by hand", "NULL", false, 5, []string{
			"day as of 05-06 03:00 incomplete 12 unknown (data_late) attainment 0.5 by 24 target.lower=24",
			"today as of 05-06 03:00 incomplete 0 unknown (data_late) attainment 0 by 3 pace 0 forecast 0 target.lower=3",
			"trailing as of 05-06 03:00 incomplete 0 unknown (data_late) attainment 0 by 12 target.lower=12",
			"level as of 05-06 03:00 incomplete 0 no_target",
			"settled as of 05-06 03:00 incomplete 24 unknown (data_late) attainment 1 by 24 target.lower=24",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			server.Exec(t, url, "TRUNCATE loads; INSERT INTO loads VALUES ("+tc.until+")")
			asks, runs := executed("stalled"), executed("FROM events")
			e := NewEvaluator(cfg)
			defer e.Close()
			all := requests(cfg, asked)
			for i := range all {
				all[i].waitForData = tc.waits
			}
			got := make([]string, len(all))
			var last [5]*Result
			e.evaluate(t.Context(), all, func(i int, r Result) {
				last[i], got[i] = &r, r.KPI.Name
				switch {
				case r.skipped:
					got[i] += " nothing"
					return
				case r.Incomplete:
					got[i] += " as of " + r.AsOf.UTC().Format("01-02 15:04") + " incomplete"
				default:
					got[i] += " as of " + r.AsOf.UTC().Format("01-02 15:04")
				}
				got[i] += " " + describe(r)
			})
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if n := executed("FROM events") - runs; n != tc.executions {
				t.Errorf("%d executions, want %d", n, tc.executions)
			}

			// What the data has not moved on from is not evaluated again, nor is the database asked again.
			runs = executed("FROM events")
			again := 0
			for i := range all {
				all[i].last = last[i]
			}
			e.evaluate(t.Context(), all, func(_ int, r Result) {
				if !r.skipped {
					again++
				}
			})
			if n := executed("FROM events") - runs; n != again {
				t.Errorf("%d results from %d executions", again, n)
			}
			if n := executed("stalled") - asks; n != 1 {
				t.Errorf("asked %d times how far the data reaches, want once a minute", n)
			}
		})
	}
}

func TestIncompleteAsJSON(t *testing.T) {
	file := app(newSQLite(t, "CREATE TABLE loads AS SELECT '2026-05-04 12:00:00' AS until"), kpi("it", "SELECT 1 AS value", "period: day"))
	cfg := load(t, strings.Replace(file, "databases: {app: {", "databases: {app: {data_until: SELECT unixepoch(max(until)) FROM loads, ", 1))
	for asOf, want := range map[string]string{
		"2026-05-05T00:00:00Z": `{"kpi":"it","as_of":"2026-05-05T00:00:00Z","period_start":"2026-05-04T00:00:00Z","period_end":"2026-05-05T00:00:00Z",` +
			`"complete":false,"samples":[{"labels":{},"value":1,"sample_size":null,"bounds":[],"attainment":null,"status":"no_target"}],"error":null}`,
		"2026-05-04T23:00:00Z": `{"kpi":"it","as_of":"2026-05-04T23:00:00Z","period_start":"2026-05-03T00:00:00Z","period_end":"2026-05-04T00:00:00Z",` +
			`"samples":[{"labels":{},"value":1,"sample_size":null,"bounds":[],"attainment":null,"status":"no_target"}],"error":null}`,
	} {
		got, err := json.Marshal(evaluate(t, cfg, at(t, asOf))[0])
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
	}
}

func TestFailuresOfDataUntil(t *testing.T) {
	url := server.NewDatabase(t)
	for _, tc := range []struct{ name, question, want string }{
		{"refused", "SELECT until FROM nowhere", `query: kpi "it": data_until: line 1: relation "nowhere" does not exist (42P01)`},
		{"two columns", "SELECT now(), 1", `column: kpi "it": data_until: the result has 2 columns, want one: the instant up to which the data is complete`},
		{"two rows", "SELECT now() FROM generate_series(1, 2)", `duplicate: kpi "it": data_until: the result has more than one row`},
		{"text", "SELECT '2026-05-05'::text AS until", `value: kpi "it": data_until: column "until": text is not a number: write until::numeric if its text is one`},
		{"milliseconds", "SELECT 1.7e12 AS until", `value: kpi "it": data_until: 1.7e+12 is not an instant: select a timestamp, or Unix seconds`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cfg := load(t, fmt.Sprintf("timezone: UTC\ndatabases: {app: {url: %q, data_until: %q}}\nkpis:\n%s", url, tc.question,
				indent(2, kpi("it", "SELECT 1 AS value", "period: day"))))
			if got := describe(evaluate(t, cfg, at(t, "2026-05-05T00:00:00Z"))[0]); got != tc.want {
				t.Errorf("got %s, want %s", got, tc.want)
			}
		})
	}
}

// TestDataUntilADate has the last day that was loaded begin at midnight of the KPI's time zone, on every engine.
func TestDataUntilADate(t *testing.T) {
	schema := []string{"CREATE TABLE loads (day date)", "INSERT INTO loads VALUES ('2026-05-04'), ('2026-05-05')"}
	for name, url := range map[string]string{
		"PostgreSQL": server.NewDatabase(t, schema...), "MariaDB": mariadb.NewDatabase(t, schema...), "SQLite": newSQLite(t, schema...),
	} {
		t.Run(name, func(t *testing.T) {
			for zone, until := range map[string]string{"America/New_York": "2026-05-05T04:00:00Z", "Europe/Berlin": "2026-05-04T22:00:00Z", "UTC": "2026-05-05T00:00:00Z"} {
				cfg := load(t, fmt.Sprintf("timezone: %s\ndatabases: {app: {url: %q, data_until: SELECT day FROM loads ORDER BY day DESC LIMIT 1}}\nkpis:\n%s",
					zone, url, indent(2, kpi("it", "SELECT 1 AS value", "period: day"))))
				for after, incomplete := range map[time.Duration]bool{time.Hour: false, 25 * time.Hour: true} { // The day before, and the day itself.
					r := evaluate(t, cfg, at(t, until).Add(after))[0]
					if r.Failure != nil || !r.DataUntil.Equal(at(t, until)) || r.Incomplete != incomplete {
						t.Errorf("%s, %s later: %v, until %s, incomplete %t", zone, after, r.Failure, r.DataUntil.UTC(), r.Incomplete)
					}
				}
			}
		})
	}
}

// TestDataUntilOfANamedQuery has a query whose own question goes before that of its database, and databases of which the
// one counts that is behind.
func TestDataUntilOfANamedQuery(t *testing.T) {
	eu, us := server.NewDatabase(t), server.NewDatabase(t)
	cfg := load(t, fmt.Sprintf(`
timezone: UTC
databases:
  eu: {url: %q, data_until: SELECT timestamptz '2026-05-05 00:00+00'}
  us: {url: %q, data_until: SELECT timestamptz '2026-05-04 23:59+00'}
queries:
  behind: {database: eu, period: day, query: SELECT 1 AS a, data_until: SELECT timestamptz '2026-05-01 00:00+00'}
kpis:
  eu: {title: EU, database: eu, period: day, query: SELECT 1 AS value}
  us: {title: US, database: us, period: day, query: SELECT 1 AS value}
  both: {title: Both, databases: [eu, us], period: day, query: SELECT 1 AS value}
  named: {title: Named, from: behind, value: a}
`, eu, us))
	var got []string
	for _, r := range evaluate(t, cfg, at(t, "2026-05-05T01:00:00Z")) {
		if r.Failure != nil {
			t.Error(r.Failure)
		}
		got = append(got, fmt.Sprint(r.KPI.Name, " until ", r.DataUntil.UTC().Format("02 15:04"), " incomplete ", r.Incomplete))
	}
	want := []string{
		"eu until 05 00:00 incomplete false", "us until 04 23:59 incomplete true", "both until 04 23:59 incomplete true", "named until 01 00:00 incomplete true",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAStalledLoad runs the schedule through a load that stalls at noon and comes back.
func TestAStalledLoad(t *testing.T) {
	url := newSQLite(t, "CREATE TABLE loads AS SELECT '1999-12-31 12:00:00' AS until")
	const day = "SELECT unixepoch(:period_start) AS value, 'of a day' AS plan"
	file := app(url, kpi("daily", day, "period: day\nlabels: [plan]\ntarget: {at_least: 1}")+
		kpi("fired", day, "period: day\nlabels: [plan]\ncron: \"0 6 * * *\"")+
		kpi("today", "SELECT (unixepoch(:as_of) - unixepoch(:period_start)) / 3600 AS value", "period: {to_date: day}\ntarget: {at_least: 24, pace: linear}"))
	cfg := load(t, strings.Replace(file, "databases: {app: {", "databases: {app: {data_until: SELECT unixepoch(until) FROM loads, ", 1))
	synctest.Test(t, func(t *testing.T) {
		r := launch(t, cfg)
		check := func(clock string, want ...string) {
			t.Helper()
			r.at(clock)
			if diff := cmp.Diff(want, reached(t, r)); diff != "" {
				t.Errorf("%s (-want +got):\n%s", clock, diff)
			}
		}
		stalled := []string{
			"daily: 1 evaluations, up true, until 31 00:00 on_target, data until 31 12:00",
			"fired: 1 evaluations, up true, until 31 00:00 no_target, data until 31 12:00",
			"today: 1 evaluations, up true, until 31 12:00 on_target, data until 31 12:00",
		}
		// As of 06:00 of 31 December, the last firing, its day is covered.
		check("01T00:00:01", stalled...)
		check("01T00:14:59", stalled...)
		// The data of the 31st was due at midnight, and is late stale_after later: of today after a quarter of an hour, of daily
		// after three hours, of fired after two days. Verdicts are withdrawn, values stay with their periods.
		late := slices.Clone(stalled)
		late[2] = strings.Replace(late[2], "on_target", "unknown", 1)
		check("01T00:15:02", late...)
		check("01T02:59:59", late...)
		late[0] = strings.Replace(late[0], "on_target", "unknown", 1)
		check("01T03:00:02", late...)
		check("01T20:00:00", late...)
		if lines := exposed(t, r.Collector); !lines[`kpi_data_until_timestamp_seconds{kpi="daily"} 9.466416e+08`] || !lines[`kpi_up{kpi="daily"} 1`] ||
			lines[`kpi_status{kpi="today"} 0`] || !lines[`kpi_value{kpi="today"} 12`] ||
			!lines[`kpi_data_late{data="app",kpi="today"} 1`] || !lines[`kpi_data_late{data="app",kpi="fired"} 0`] || !lines[`kpi_pace_ratio{kpi="today"} 1`] || !lines[`kpi_forecast_value{kpi="today"} 24`] {
			t.Errorf("exposed: %v", lines)
		}

		if n := strings.Count(strings.Join(r.log.lines(t), "\n"), "Data is late"); n != 1 {
			t.Errorf("%d lines say that the data is late, want one for all KPIs", n)
		}

		execSQLite(t, url, "ALTER TABLE loads RENAME TO lost")
		r.at("01T20:02:30")
		if s := r.kpi("daily"); s.Last.Failure == nil || s.Good == nil || s.Failures[ReasonQuery] == 0 {
			t.Errorf("without an answer: %+v", s)
		}
		execSQLite(t, url, "ALTER TABLE lost RENAME TO loads")
		execSQLite(t, url, "UPDATE loads SET until = '2000-01-01 00:00:00'")
		r.at("01T20:10:00")
		for name, status := range map[string]string{"daily": "on_target", "fired": "no_target", "today": "unknown"} {
			s := r.kpi(name)
			if s.Last.Failure != nil || !s.Good.Window.End.Equal(at(t, "2000-01-01T00:00:00Z")) || string(s.Good.Samples[0].Status) != status {
				t.Errorf("%s after the load came back: %+v, status %s", name, s.Last, s.Good.Samples[0].Status)
			}
		}
		if lines := strings.Join(r.log.lines(t), "\n"); !strings.Contains(lines, "Data is no longer late") {
			t.Error("nothing says that the data is no longer late")
		}
		if lines := exposed(t, r.Collector); !lines[`kpi_data_late{data="app",kpi="daily"} 0`] || !lines[`kpi_status{kpi="daily",plan="of a day"} 0`] {
			t.Errorf("exposed after the load came back: %v", lines)
		}
		// The firing at six asks for a day that is loaded at eight.
		r.at("02T07:59:00")
		before := r.kpi("fired").Evaluations
		execSQLite(t, url, "UPDATE loads SET until = '2000-01-02 00:00:00'")
		r.at("02T08:01:01")
		if s := r.kpi("fired"); s.Evaluations != before+1 || !s.Good.AsOf.Equal(at(t, "2000-01-02T06:00:00Z")) || !s.Good.Window.End.Equal(at(t, "2000-01-02T00:00:00Z")) {
			t.Errorf("%d evaluations, the last as of %s until %s", s.Evaluations-before, s.Good.AsOf, s.Good.Window.End)
		}
		if got := r.instants("fired", "02T09:00:00"); got != nil {
			t.Errorf("evaluated again at %v", got)
		}
		// A load that starts over takes nothing back.
		execSQLite(t, url, "UPDATE loads SET until = '1999-12-30 00:00:00'")
		r.at("02T12:00:00")
		if s := r.kpi("daily"); s.Last.Failure != nil || !s.Good.Window.End.Equal(at(t, "2000-01-02T00:00:00Z")) {
			t.Errorf("after the load started over: %+v", s.Last)
		}
	})
}

// reached says how far each KPI has come, and checks that each has succeeded lately.
func reached(t *testing.T, r *running) (got []string) {
	t.Helper()
	for _, s := range r.Snapshot().KPIs {
		line := fmt.Sprintf("%s: %d evaluations, up %t, ", s.KPI.Name, s.Evaluations, s.Last.Failure == nil)
		if s.Good != nil {
			line += fmt.Sprint("until ", s.Good.Window.End.Format("02 15:04"), " ", s.Good.Samples[0].Status, ", ")
		}
		got = append(got, line+"data until "+s.DataUntil.UTC().Format("02 15:04"))
		if age := time.Since(s.LastSuccess); age > s.Interval {
			t.Errorf("%s: the last success is %s ago", s.KPI.Name, age)
		}
	}
	return got
}
