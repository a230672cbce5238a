package main

import (
	"bytes"
	"database/sql"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kpi-exporter/kpi_exporter/examples/product"
)

// result is what query --output json prints of a KPI, as far as these tests read it.
type result struct {
	KPI     string `json:"kpi"`
	Samples []struct {
		Labels map[string]string `json:"labels"`
		Value  *float64          `json:"value"`
		Status string            `json:"status"`
	} `json:"samples"`
	Error *struct{ Message string } `json:"error"`
}

// productFile returns the KPI file of a copy of the example that is about this database and time zone.
func productFile(t *testing.T, url, zone string) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, product.Files); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(dir, "kpi.yaml")
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for old, replacement := range map[string]string{"${KPI_DATABASE_URL}": url, "\ntimezone: UTC\n": "\ntimezone: " + zone + "\n"} {
		if bytes.Count(text, []byte(old)) != 1 {
			t.Fatalf("%q is there %d times", old, bytes.Count(text, []byte(old)))
		}
		text = bytes.Replace(text, []byte(old), []byte(replacement), 1)
	}
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// productDatabase returns the address of a database with the example's tables and these files in it.
func productDatabase(t *testing.T, files ...string) string {
	t.Helper()
	var schema []string
	for _, name := range append([]string{"../../examples/product/schema.sql"}, files...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		schema = append(schema, string(text))
	}
	return postgres.NewDatabase(t, schema...)
}

// queryJSON runs query and fails the test unless every KPI could be evaluated.
func queryJSON(t *testing.T, file, asOf string, kpis ...string) []result {
	t.Helper()
	var stdout, stderr bytes.Buffer
	args := append([]string{"query", "--config.file", file, "--as-of", asOf, "--output", "json"}, kpis...)
	if code := run(t.Context(), args, nil, &stdout, &stderr); code != exitOK {
		t.Fatalf("exit code %d\n%s", code, &stderr)
	}
	var results []result
	if err := json.Unmarshal(stdout.Bytes(), &results); err != nil {
		t.Fatal(err)
	}
	return results
}

// On the first day there is no row yet: a count is 0, everything else has no value, and nothing is an error.
func TestExampleOnEmptyTables(t *testing.T) {
	t.Parallel()
	url := productDatabase(t)
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Santiago"} {
		file := productFile(t, url, zone)
		for _, asOf := range []string{"2026-04-01", "2026-03-29T01:30:00Z", "2025-09-07"} {
			for _, r := range queryJSON(t, file, asOf) {
				for _, s := range r.Samples {
					if s.Value != nil && *s.Value != 0 {
						t.Errorf("%s as of %s in %s: %g, want 0 or no value", r.KPI, asOf, zone, *s.Value)
					}
				}
			}
		}
	}
}

// Every KPI has a value where there are rows, whatever the instant and the zone.
func TestExampleOnRows(t *testing.T) {
	t.Parallel()
	url := productDatabase(t, "testdata/product.sql")
	for _, zone := range []string{"UTC", "Europe/Berlin", "America/Santiago"} {
		file := productFile(t, url, zone)
		for _, asOf := range []string{"2026-03-01", "2026-03-30", "2026-04-06T00:00:00Z"} {
			for _, r := range queryJSON(t, file, asOf) {
				if len(r.Samples) == 0 || r.Samples[0].Value == nil {
					t.Errorf("%s as of %s in %s has no value", r.KPI, asOf, zone)
				}
			}
		}
	}
}

// The values are those that psql shows when somebody works out the window by hand and writes it into the SQL. In Berlin
// 29 March 2026 has 23 hours. In Santiago 7 September 2025 begins at one o'clock, and 5 April 2026 has 25 hours.
func TestExampleIsWhatPsqlSays(t *testing.T) {
	t.Parallel()
	url := productDatabase(t, "testdata/product.sql")
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()

	const (
		revenue = `SELECT sum(CASE p.kind WHEN 'payment' THEN p.amount_cents ELSE -p.amount_cents END) / 100.0
			FROM payments p WHERE p.account_id <> 40 AND p.paid_at >= ${start} AND p.paid_at < ${end}`
		active = `SELECT count(DISTINCT e.user_id) FROM events e JOIN users u USING (user_id)
			WHERE u.account_id <> 40 AND e.occurred_at >= ${start} AND e.occurred_at < ${end}`
		deploys = `SELECT count(*) / 30.0 FROM deploys WHERE environment = 'production' AND deployed_at >= ${start} AND deployed_at < ${end}`
		mrr     = `SELECT plan, sum(mrr_cents) / 100.0 FROM subscriptions WHERE account_id <> 40 AND NOT is_trial
			AND started_at <= ${start} AND (ended_at IS NULL OR ended_at > ${start}) GROUP BY plan`
		churn = `SELECT count(*) FILTER (WHERE ended_at <= ${end})::float8 / count(*) FROM subscriptions WHERE account_id <> 40
			AND NOT is_trial AND started_at <= ${start} AND (ended_at IS NULL OR ended_at > ${start})`
		stickiness = `SELECT count(DISTINCT (e.user_id, (e.occurred_at AT TIME ZONE 'America/Santiago')::date)) / 30.0 / count(DISTINCT e.user_id)
			FROM events e JOIN users u USING (user_id) WHERE u.account_id <> 40 AND e.occurred_at >= ${start} AND e.occurred_at < ${end}`
	)
	for _, test := range []struct {
		kpi, zone, asOf string
		sql, start, end string
	}{
		{"revenue", "UTC", "2026-04-01", revenue, "2026-03-01 00:00Z", "2026-04-01 00:00Z"},
		{"revenue", "Europe/Berlin", "2026-04-01", revenue, "2026-03-01 00:00+01", "2026-04-01 00:00+02"},
		{"revenue", "America/Santiago", "2026-05-01", revenue, "2026-04-01 00:00-03", "2026-05-01 00:00-04"},
		{"revenue_mtd", "Europe/Berlin", "2026-03-29T12:00:00Z", revenue, "2026-03-01 00:00+01", "2026-03-29 12:00Z"},
		{"dau", "UTC", "2026-03-30", active, "2026-03-29 00:00Z", "2026-03-30 00:00Z"},
		{"dau", "Europe/Berlin", "2026-03-30", active, "2026-03-29 00:00+01", "2026-03-30 00:00+02"},
		{"dau", "America/Santiago", "2025-09-08", active, "2025-09-07 01:00-03", "2025-09-08 00:00-03"},
		{"dau", "America/Santiago", "2026-04-06T00:00:00Z", active, "2026-04-04 00:00-03", "2026-04-04 24:00-04"},
		{"dora_deployment_frequency", "America/Santiago", "2026-04-20", deploys, "2026-03-21 00:00-03", "2026-04-20 00:00-04"},
		{"mrr_by_plan", "Europe/Berlin", "2026-03-15T12:00:00Z", mrr, "2026-03-15 12:00Z", ""},
		{"customer_churn_rate", "Europe/Berlin", "2026-02-01", churn, "2026-01-01 00:00+01", "2026-02-01 00:00+01"},
		{"stickiness", "America/Santiago", "2026-04-20", stickiness, "2026-03-21 00:00-03", "2026-04-20 00:00-04"},
	} {
		t.Run(test.kpi+" "+test.zone+" "+test.asOf, func(t *testing.T) {
			want := map[string]float64{}
			literal := strings.NewReplacer("${start}", "'"+test.start+"'", "${end}", "'"+test.end+"'")
			rows, err := db.QueryContext(t.Context(), literal.Replace(test.sql))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = rows.Close() }()
			for rows.Next() {
				var plan string
				var value float64
				into := []any{&plan, &value}
				if columns, err := rows.Columns(); err != nil || len(columns) == 1 {
					into = into[1:]
				}
				if err := rows.Scan(into...); err != nil {
					t.Fatal(err)
				}
				want[plan] = value
			}
			if err := rows.Err(); err != nil {
				t.Fatal(err)
			}
			got := map[string]float64{}
			for _, s := range queryJSON(t, productFile(t, url, test.zone), test.asOf, test.kpi)[0].Samples {
				got[s.Labels["plan"]] = *s.Value
			}
			if diff := cmp.Diff(want, got, cmpopts.EquateApprox(1e-12, 0)); diff != "" {
				t.Errorf("(-psql +query)\n%s", diff)
			}
			for label, value := range want {
				if value == 0 {
					t.Errorf("%q is 0, which proves nothing", label)
				}
			}
		})
	}
}
