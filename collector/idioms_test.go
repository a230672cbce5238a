package collector

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

// idiomRow is a row of the table in docs/databases.md.
var idiomRow = regexp.MustCompile("(?m)^\\| `([a-z ]+)` \\| ([A-Za-z' ]+) \\| `([^`]*\\bcol\\b[^`]*)` \\|$")

// idioms returns the conditions that a section of the documentation gives for each column of the table instants, by what it
// says about them.
func idioms(t *testing.T, section string, columns map[string]string) map[string]string {
	t.Helper()
	text, err := os.ReadFile("../docs/databases.md")
	if err != nil {
		t.Fatal(err)
	}
	_, after, _ := strings.Cut(string(text), "## "+section+"\n")
	table, _, _ := strings.Cut(after, "\n## ")
	found := map[string]string{}
	for _, row := range idiomRow.FindAllStringSubmatch(table, -1) {
		if column := columns[row[1]+": "+row[2]]; column != "" {
			found[column] = regexp.MustCompile(`\bcol\b`).ReplaceAllString(row[3], column)
		}
	}
	if len(found) != len(columns) {
		t.Fatalf("the documentation has the idioms %v", found)
	}
	return found
}

// changes are the days around which clocks change, of zones in which that happens by night, at midnight (a day begins at one
// o'clock, or has its first hour twice), by half an hour, or never.
var changes = map[string][]string{
	"Europe/Berlin":       {"2026-03-29", "2026-10-25"},
	"America/New_York":    {"2026-03-08", "2026-11-01"},
	"America/Santiago":    {"2026-04-05", "2026-09-06"},
	"America/Havana":      {"2026-03-08", "2026-11-01"},
	"Australia/Lord_Howe": {"2026-04-05", "2026-10-04"},
	"Asia/Kathmandu":      {"2026-06-15"},
}

// TestIdioms counts the rows of days, weeks and months around each change of clocks with the condition that the documentation
// gives for each kind of column, in sessions of three time zones.
func TestIdioms(t *testing.T) {
	conditions := idioms(t, "Columns of dates and times on PostgreSQL", map[string]string{
		"timestamp with time zone: instants":           "at",
		"timestamp: UTC":                               "utc",
		"timestamp: local time of the KPI's time zone": "local",
		"date: local dates of the KPI's time zone":     "day",
	})
	for zone, days := range changes {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		url := server.NewDatabase(t, fmt.Sprintf(`CREATE TABLE instants AS
			SELECT at, at AT TIME ZONE 'UTC' AS utc, at AT TIME ZONE %[1]s AS local, CAST(at AT TIME ZONE %[1]s AS date) AS day
			FROM generate_series(timestamptz '2026-01-15 00:00Z', '2026-12-05 00:00Z', interval '30 minutes') AS at`, "'"+zone+"'"))
		for _, session := range []string{"", "UTC", "Asia/Tokyo"} {
			all := maps.Clone(conditions)
			switch session { // The session has the time zone of the column.
			case "":
				all["local_in_session"] = "local >= :period_start AND local < :period_end"
				all["day_in_session"] = "day >= :period_start AND day < :period_end"
				all["date_in_session"] = "day >= :period_start::date AND day < :period_end::date"
			case "UTC":
				all["utc_in_session"] = "utc >= :period_start AND utc < :period_end"
			}
			t.Run(zone+"/"+session, func(t *testing.T) { countIdioms(t, url, location, session, days, all) })
		}
	}
}

func countIdioms(t *testing.T, url string, zone *time.Location, session string, days []string, conditions map[string]string) {
	t.Helper()
	var b strings.Builder
	fmt.Fprintf(&b, "timezone: %s\ndatabases: {app: {url: %q, session_timezone: %q}}\nkpis:\n", zone, url, session)
	if session == "" {
		b.Reset()
		fmt.Fprintf(&b, "timezone: %s\ndatabases: {app: {url: %q}}\nkpis:\n", zone, url)
	}
	for column, condition := range conditions {
		for _, period := range []string{"day", "week", "month"} {
			fmt.Fprintf(&b, "  %s_%s: {title: It, period: %s, query: %q}\n", column, period, period, "SELECT count(*) AS value FROM instants WHERE "+condition)
		}
	}
	cfg := load(t, b.String())
	e := NewEvaluator(cfg)
	defer e.Close()
	for _, day := range days {
		for i, asOf := range closings(t, day, zone) {
			closed := slices.DeleteFunc(requests(cfg, asOf), func(req Request) bool {
				return !strings.HasSuffix(req.KPI.Name, []string{"_day", "_day", "_day", "_week", "_month"}[i])
			})
			for _, r := range e.Evaluate(t.Context(), closed) {
				if r.Failure != nil || len(r.Samples) != 1 || r.Samples[0].Value == nil {
					t.Fatalf("%s: %v, %v", r.KPI.Name, r.Samples, r.Failure)
				}
				if got, want := *r.Samples[0].Value, countOf(r.Window.Start, r.Window.End); got != want {
					t.Errorf("%s of %s: got %v, want %v", r.KPI.Name, r.Window.Start.In(zone), got, want)
				}
			}
		}
	}
	for _, p := range e.Explain(t.Context(), requests(cfg, closings(t, days[0], zone)[0])) {
		for _, w := range p.Warnings {
			if isSaid := strings.HasPrefix(p.KPIs[0], "local_in_session"); !isSaid || w.Check != lint.NaiveTimestamps {
				t.Errorf("%v: %s", p.KPIs, w)
			}
		}
	}
}

// closings returns instants at which the days around a change of clocks have closed, and its week and its month.
func closings(t *testing.T, day string, zone *time.Location) []time.Time {
	t.Helper()
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		t.Fatal(err)
	}
	var list []time.Time
	for after := range 3 {
		list = append(list, time.Date(date.Year(), date.Month(), date.Day()+after, 12, 0, 0, 0, zone))
	}
	return append(list, time.Date(date.Year(), date.Month(), date.Day()+7, 12, 0, 0, 0, zone), time.Date(date.Year(), date.Month()+1, 2, 12, 0, 0, 0, zone))
}

// TestSQLiteIdioms does the same on SQLite.
func TestSQLiteIdioms(t *testing.T) {
	conditions := idioms(t, "Columns of dates and times on SQLite", map[string]string{
		"text: UTC in the form of the bounds":      "at",
		"text: times with a T or a time zone":      "iso",
		"integer: Unix seconds":                    "epoch",
		"integer: Unix milliseconds":               "millis",
		"real: Julian days":                        "julian",
		"text: local dates of the KPI's time zone": "day",
	})
	conditions["epoch_by_index"] = "epoch >= unixepoch(:period_start) AND epoch < unixepoch(:period_end)"
	zones := maps.Clone(changes)
	zones["Pacific/Auckland"] = []string{"2026-04-05", "2026-09-27"} // UTC+13 in summer.
	zones["Pacific/Honolulu"] = []string{"2026-06-15"}               // UTC-10.
	for zone, days := range zones {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rows := everyHalfHour(func(at time.Time) string {
			return fmt.Sprintf("(%d, '%s')", at.Unix(), at.In(location).Format(time.DateOnly))
		})
		url := newSQLite(t, "CREATE TABLE instants (epoch INTEGER, day TEXT, at TEXT, iso TEXT, millis INTEGER, julian REAL)",
			"INSERT INTO instants (epoch, day) VALUES "+rows,
			"UPDATE instants SET at = datetime(epoch, 'unixepoch'), iso = strftime('%Y-%m-%dT%H:%M:%SZ', epoch, 'unixepoch'), millis = epoch * 1000, julian = julianday(epoch, 'unixepoch')")
		all := maps.Clone(conditions)
		if zone == "America/New_York" || zone == "Pacific/Honolulu" {
			all["day_west"] = "day >= date(:period_start) AND day < date(:period_end)"
		}
		t.Run(zone, func(t *testing.T) { countIdioms(t, url, location, "", days, all) })
	}
}

// TestMySQLIdioms does the same on MariaDB.
func TestMySQLIdioms(t *testing.T) {
	conditions := idioms(t, "Columns of dates and times on MySQL and MariaDB", map[string]string{
		"timestamp: instants": "at",
		"datetime: UTC":       "utc",
		"datetime: local time of the KPI's time zone": "wall",
		"date: local dates of the KPI's time zone":    "day",
		"bigint: Unix seconds":                        "epoch",
	})
	conditions["made"] = "DATE(CONVERT_TZ(at, 'UTC', :timezone)) >= DATE(CONVERT_TZ(:period_start, 'UTC', :timezone)) AND DATE(CONVERT_TZ(at, 'UTC', :timezone)) < DATE(CONVERT_TZ(:period_end, 'UTC', :timezone))"
	mariadb.LoadZones(t, append(slices.Collect(maps.Keys(changes)), "UTC")...)
	for zone, days := range changes {
		location, err := time.LoadLocation(zone)
		if err != nil {
			t.Fatal(err)
		}
		rows := everyHalfHour(func(at time.Time) string {
			local := at.In(location)
			return fmt.Sprintf("('%[1]s', '%[1]s', '%s', '%s', %d)", at.Format(time.DateTime), local.Format(time.DateTime), local.Format(time.DateOnly), at.Unix())
		})
		url := mariadb.NewDatabase(t, "CREATE TABLE instants (at TIMESTAMP NULL, utc DATETIME, wall DATETIME, day DATE, epoch BIGINT)",
			"INSERT INTO instants VALUES "+rows)
		t.Run(zone, func(t *testing.T) { countIdioms(t, url, location, "", days, conditions) })
	}
}

// everyHalfHour returns the rows of a VALUES list, one for each half hour from the middle of January to early December.
func everyHalfHour(row func(at time.Time) string) string {
	var rows []string
	end := time.Date(2026, 12, 5, 0, 0, 0, 0, time.UTC)
	for at := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC); at.Before(end); at = at.Add(30 * time.Minute) {
		rows = append(rows, row(at))
	}
	return strings.Join(rows, ", ")
}

// countOf returns how many rows there are in a stretch of time: one every half hour.
func countOf(start, end time.Time) float64 {
	const every = 30 * 60
	before := func(t time.Time) int64 { return (t.Unix() + every - 1) / every }
	return float64(before(end) - before(start))
}
