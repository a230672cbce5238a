package main

import (
	"bytes"
	"database/sql"
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDocsCalendar runs the 4-4-5 calendar of docs/periods.md on PostgreSQL and, as the page says it, on SQLite, over a payment
// of one euro on each day from 2025 to 2027, in its last second, and one in the first second of each Monday.
func TestDocsCalendar(t *testing.T) {
	t.Parallel()
	_, text, _ := strings.Cut(string(readBytes(t, "../../docs/periods.md")), "\n## A 4-4-5 calendar\n")
	text, _, _ = strings.Cut(text, "\n## ")
	blocks := regexp.MustCompile("(?s)```(sql|yaml) [a-z]+\n(.*?)```").FindAllStringSubmatch(text, -1)
	onSQLite := regexp.MustCompile("On SQLite the start is `([^`]*)`").FindStringSubmatch(text)
	if len(blocks) != 2 || blocks[0][1] != "sql" || blocks[1][1] != "yaml" || onSQLite == nil {
		t.Fatalf("want a block of SQL, one of YAML, and what to write on SQLite, in:\n%s", text)
	}
	start := regexp.MustCompile(`\(y\.starts::date .* 'Europe/Berlin'`)
	if !start.MatchString(blocks[0][2]) {
		t.Fatalf("there is no %s", start)
	}
	for _, engine := range []struct {
		name, driver, url, zone, schema, payments string
	}{
		{
			"postgres", "postgres", postgres.NewDatabase(t), "Europe/Berlin", blocks[0][2], `CREATE TABLE payments AS
SELECT 100 AS amount_cents, (day + time) AT TIME ZONE 'Europe/Berlin' AS paid_at
FROM generate_series(timestamp '2025-01-01', '2027-12-31', '1 day') AS day, (VALUES (interval '0 hours'), (interval '23:59:59')) AS v (time)
WHERE time > '0 hours' OR extract(isodow FROM day) = 1`,
		},
		{
			"sqlite", "sqlite", "sqlite://" + filepath.Join(t.TempDir(), "app.db"), "UTC", start.ReplaceAllString(blocks[0][2], onSQLite[1]), `CREATE TABLE payments AS
WITH RECURSIVE d (day) AS (VALUES ('2025-01-01') UNION ALL SELECT date(day, '+1 day') FROM d WHERE day < '2027-12-31')
SELECT 100 AS amount_cents, day || time AS paid_at
FROM d, (SELECT ' 00:00:00' AS time UNION ALL SELECT ' 23:59:59') AS v
WHERE time > ' 00:00:00' OR strftime('%w', day) = '1'`,
		},
	} {
		t.Run(engine.name, func(t *testing.T) {
			db, err := sql.Open(engine.driver, strings.TrimPrefix(engine.url, "sqlite://"))
			if err != nil {
				t.Fatal(err)
			}
			defer db.Close()
			for _, statement := range append(strings.Split(strings.TrimRight(engine.schema, "; \n"), ";"), engine.payments,
				"INSERT INTO fiscal_targets SELECT n, 40 FROM fiscal_periods WHERE ends IS NOT NULL") {
				if _, err := db.ExecContext(t.Context(), statement); err != nil {
					t.Fatalf("%v, in:\n%s", err, statement)
				}
			}
			file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"),
				fmt.Sprintf("timezone: %s\ndatabases: {app: {url: %q}}\n%s", engine.zone, engine.url, blocks[1][2]))
			want := map[string]string{ // Value, target, attainment and status of the revenue, and of its growth.
				"2025-01-27":          "29,40,0.725,off_target and ,,,unknown", // The payments began two days after the first period.
				"2026-03-29T23:59:59": "32,40,0.8,off_target and 0,0.05,0,off_target",
				"2026-03-30":          "40,40,1,on_target and 0,0.05,0,off_target",
				"2027-01-03T23:59:59": "32,40,0.8,off_target and 0,0.05,0,off_target",
				"2027-01-04":          "48,40,1.2,on_target and 0.2,0.05,4,on_target", // Six weeks after five.
				"2027-02-01":          "32,40,0.8,off_target and 0,0.05,0,off_target",
				"2027-12-31":          "32,40,0.8,off_target and 0,0.05,0,off_target", // The last period has no end yet.
			}
			got := map[string]string{}
			for asOf := range want {
				var out, errs bytes.Buffer
				if code := run(t.Context(), []string{"query", "--config.file", file, "--as-of", asOf, "--output", "csv"}, strings.NewReader(""), &out, &errs); code != exitOK {
					t.Fatalf("exit code %d: %s", code, errs.String())
				}
				var results []string
				for _, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
					results = append(results, strings.Join(strings.Split(line, ",")[4:], ","))
				}
				got[asOf] = strings.Join(results, " and ")
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}
