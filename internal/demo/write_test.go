package demo

import (
	"bytes"
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// thursday is a moment within an ordinary day.
var thursday = time.Date(2026, 11, 19, 14, 23, 57, 0, time.UTC)

// writeAt writes the data as of now to a folder and opens it.
func writeAt(t *testing.T, dir string, now time.Time) *sql.DB {
	t.Helper()
	if err := Write(t.Context(), dir, now); err != nil {
		t.Fatal(err)
	}
	db, err := sql.Open("sqlite", filepath.Join(dir, database))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// list returns the first column of what a query returns.
func list(t *testing.T, db *sql.DB, query string, args ...any) []string {
	t.Helper()
	rows, err := db.QueryContext(t.Context(), query, args...)
	if err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	defer rows.Close()
	var found []string
	for rows.Next() {
		var text sql.NullString
		if err := rows.Scan(&text); err != nil {
			t.Fatalf("%s: %v", query, err)
		}
		found = append(found, text.String)
	}
	if err := rows.Err(); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return found
}

func TestData(t *testing.T) {
	dir := t.TempDir()
	db := writeAt(t, dir, thursday)
	t.Run("instants", func(t *testing.T) { testInstants(t, db) })
	t.Run("coherent", func(t *testing.T) { testCoherent(t, db) })
	t.Run("two years and a month", func(t *testing.T) { testLength(t, db) })
	t.Run("the same moment gives the same bytes", func(t *testing.T) { testSameBytes(t, dir) })
	t.Run("a file that is there stays", func(t *testing.T) { testWriteAgain(t, dir) })
}

func testInstants(t *testing.T, db *sql.DB) {
	// What is planned for later is known now.
	planned := map[string]bool{"invoices.service_to": true, "sprints.ends_at": true}
	columns := list(t, db, `
		SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
		WHERE m.type = 'table' AND (c.name LIKE '%\_at' ESCAPE '\' OR c.name LIKE 'service\_%' ESCAPE '\')`)
	if len(columns) < 25 {
		t.Fatalf("only %d columns hold instants: %v", len(columns), columns)
	}
	for _, column := range columns {
		table, name, _ := strings.Cut(column, ".")
		bad := list(t, db, `SELECT `+name+` FROM `+table+` WHERE `+name+` IS NOT datetime(`+name+`) LIMIT 1`)
		if len(bad) > 0 {
			t.Errorf("%s: %q is not of the form YYYY-MM-DD HH:MM:SS", column, bad[0])
		}
		late := list(t, db, `SELECT `+name+` FROM `+table+` WHERE `+name+` > ? LIMIT 1`, thursday.Format(time.DateTime))
		if len(late) > 0 && !planned[column] {
			t.Errorf("%s: %s is after the moment of writing", column, late[0])
		}
	}
}

// testCoherent holds queries that find what cannot be.
func testCoherent(t *testing.T, db *sql.DB) {
	for name, query := range map[string]string{
		"references nothing":                   `SELECT "table" FROM pragma_foreign_key_check`,
		"user before its account":              `SELECT user_id FROM users u JOIN accounts a USING (account_id) WHERE u.created_at < a.created_at`,
		"user deactivated before sign-up":      `SELECT user_id FROM users WHERE deactivated_at <= created_at`,
		"event before sign-up":                 `SELECT event_id FROM events e JOIN users u USING (user_id) WHERE e.occurred_at < u.created_at`,
		"session begun after deactivation":     `SELECT session_id FROM sessions s JOIN users u USING (user_id) WHERE s.started_at >= u.deactivated_at`,
		"session ends before it starts":        `SELECT session_id FROM sessions WHERE ended_at < started_at`,
		"subscription ends before it starts":   `SELECT subscription_id FROM subscriptions WHERE ended_at <= started_at`,
		"trial that costs":                     `SELECT subscription_id FROM subscriptions WHERE is_trial AND mrr_cents > 0`,
		"paid subscription that costs nothing": `SELECT subscription_id FROM subscriptions WHERE NOT is_trial AND mrr_cents <= 0`,
		"two subscriptions at once": `SELECT a.subscription_id FROM subscriptions a JOIN subscriptions b
			ON a.account_id = b.account_id AND a.subscription_id < b.subscription_id
			AND coalesce(a.ended_at, '9') > b.started_at AND coalesce(b.ended_at, '9') > a.started_at`,
		"invoice without a subscription": `SELECT invoice_id FROM invoices i WHERE NOT EXISTS (
			SELECT 1 FROM subscriptions s WHERE s.account_id = i.account_id AND s.mrr_cents = i.amount_cents
			AND s.started_at <= i.issued_at AND coalesce(s.ended_at, '9') > i.issued_at)`,
		"more money back than paid": `SELECT invoice_id FROM payments GROUP BY invoice_id
			HAVING sum(CASE kind WHEN 'payment' THEN amount_cents ELSE -amount_cents END) < 0`,
		"use of a feature before its release": `SELECT event_id FROM events e JOIN features f USING (feature_id) WHERE e.occurred_at < f.released_at`,
		"employee gone before hired":          `SELECT employee_id FROM employees WHERE left_at <= hired_at`,
		"work done before it was started":     `SELECT item_id FROM work_items WHERE done_at < started_at OR started_at < created_at OR done_at IS NOT NULL AND started_at IS NULL`,
		"deploy restored before it failed":    `SELECT deploy_id FROM deploys WHERE restored_at < failed_at OR failed_at < deployed_at`,
		"change committed after its deploy":   `SELECT change_id FROM changes JOIN deploys USING (deploy_id) WHERE committed_at > deployed_at`,
	} {
		if found := list(t, db, query+" LIMIT 3"); len(found) > 0 {
			t.Errorf("%s: %v", name, found)
		}
	}
	for _, table := range list(t, db, `SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite%'`) {
		if len(list(t, db, `SELECT 1 FROM `+table+` LIMIT 1`)) == 0 {
			t.Errorf("table %s is empty", table)
		}
	}
}

func testLength(t *testing.T, db *sql.DB) {
	// What is compared with last year must be so a year ago, too.
	needed := thursday.AddDate(-2, -1, 0).Format(time.DateTime)
	for name, query := range map[string]string{
		"sessions": `SELECT min(started_at) FROM sessions`,
		"payments": `SELECT min(paid_at) FROM payments`,
		"deploys":  `SELECT min(deployed_at) FROM deploys`,
		"costs":    `SELECT min(incurred_at) FROM costs`,
		"surveys":  `SELECT min(submitted_at) FROM survey_responses`,
	} {
		if first := list(t, db, query)[0]; first > needed {
			t.Errorf("%s begin on %s, which is less than two years and a month ago", name, first)
		}
	}
}

// testSameBytes writes once more, from another zone and to a path that needs escaping.
func testSameBytes(t *testing.T, dir string) {
	again := filepath.Join(t.TempDir(), "what? 100%25 #1")
	if err := os.Mkdir(again, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := Write(t.Context(), again, thursday.In(time.FixedZone("", 3600))); err != nil {
		t.Fatal(err)
	}
	var files [2][]byte
	for i, folder := range []string{dir, again} {
		var err error
		if files[i], err = os.ReadFile(filepath.Join(folder, database)); err != nil {
			t.Fatal(err)
		}
	}
	if !bytes.Equal(files[0], files[1]) {
		t.Error("two files that were written for the same moment differ")
	}
}

func testWriteAgain(t *testing.T, dir string) {
	err := Write(t.Context(), dir, thursday)
	if err == nil || !strings.Contains(err.Error(), "already exists") {
		t.Errorf("error %v, want that the tables already exist", err)
	}
}

func TestWriteCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := Write(ctx, t.TempDir(), thursday)
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want %v", err, context.Canceled)
	}
}
