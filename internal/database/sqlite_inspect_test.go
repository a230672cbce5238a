package database

import (
	"database/sql"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// newSQLite returns the URL of a SQLite file that the statements make.
func newSQLite(t *testing.T, statements ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "app.db")
	db, err := sql.Open("sqlite", "file:"+path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, s := range statements {
		if _, err := db.ExecContext(t.Context(), s); err != nil {
			t.Fatalf("%s: %v", s, err)
		}
	}
	return "sqlite://" + path
}

func TestFormOf(t *testing.T) {
	for _, test := range []struct {
		kind, text string
		want       Form
	}{
		{"text", "2026-03-29 22:00:00", FormText},
		{"text", "2026-03-29 22:00:00.123", FormText},
		{"text", "2026-03-29T22:00:00Z", FormISO},
		{"text", "2026-03-29T22:00:00", FormISO},
		{"text", "2026-03-29T22:00", FormISO},
		{"text", "2026-03-29 22:00:00Z", FormISO},
		{"text", "2026-03-29 22:00:00.5+02:00", FormISO},
		{"text", "2026-03-29 22:00:00-0330", FormISO},
		{"text", "2026-03-29 22:00", FormMinutes},
		{"text", "2026-03-29", FormDate},
		{"text", "29.3.2026", FormOther},
		{"text", "2026-03", FormMonth},
		{"text", "2026-13", FormOther},
		{"text", "2026", FormYear},
		{"integer", "2026", FormYear},
		{"integer", "1899", FormOther},
		{"integer", "20260304", FormDateDigits},
		{"integer", "19000101", FormDateDigits},
		{"integer", "18991231", FormOther},
		{"integer", "20261304", FormOther},
		{"text", "20260304233000", FormDigits},
		{"integer", "20260304233000", FormDigits},
		{"integer", "20260304253000", FormMilliseconds}, // There is no hour 25.
		{"integer", "86400", FormOther},
		{"text", "", FormOther},
		{"text", "1774821600", FormSeconds},
		{"blob", "1774821600", FormOther},
		{"integer", "1774821600", FormSeconds},
		{"integer", "-5", FormOther},
		{"integer", "1774821600000", FormMilliseconds},
		{"integer", "1774821600000000", FormMicroseconds},
		{"integer", "1774821600000000000", FormOther},
		{"real", "1774821600.5", FormSeconds},
		{"real", "2461129.41666667", FormJulian},
	} {
		if got := formOf(test.kind, test.text); got != test.want {
			t.Errorf("%s %q: got %s, want %s", test.kind, test.text, got, test.want)
		}
	}
}

func TestSQLiteForms(t *testing.T) {
	url := newSQLite(t,
		"CREATE TABLE s (id INTEGER, at TEXT, iso TEXT, day DATE, epoch INTEGER, made DATETIME, julian REAL, none TEXT)",
		"INSERT INTO s (id) VALUES (0)", // The first value is not in the first row.
		"INSERT INTO s VALUES (1, '2026-03-04 23:30:00', '2026-03-04T23:30:00Z', '2026-03-04', 1772667000, '2026-03-04T23:30:00Z', 2461104.5, NULL)",
		"CREATE VIEW v AS SELECT id, epoch AS seconds, iso AS written, datetime(epoch, 'unixepoch') AS fine, epoch * 1000 AS millis FROM s",
		"CREATE VIEW w (since) AS SELECT seconds FROM v",
		`CREATE TABLE "odd ""name" ("the at" TEXT)`, `INSERT INTO "odd ""name" VALUES ('2026-03-04 23:30')`,
		"CREATE TABLE empty (at TEXT)",
	)
	p := openPool(t, url, 1)
	const count = "SELECT count(*) AS value FROM "
	for sql, want := range map[string]string{
		count + "s WHERE at >= :period_start AND at < :period_end":                                                          "at text text; at text text",
		count + "s WHERE iso >= :period_start":                                                                              "iso iso text",
		count + "s WHERE day BETWEEN :period_start AND :period_end":                                                         "day date text; day date text",
		count + "s WHERE :as_of > epoch":                                                                                    "epoch seconds text",
		count + "s WHERE made < :as_of AND julian < :as_of":                                                                 "made iso text; julian julian text",
		count + "s WHERE none < :as_of":                                                                                     "",
		count + "empty WHERE at < :as_of":                                                                                   "",
		count + "s AS x WHERE x.epoch < :as_of":                                                                             "x.epoch seconds text",
		count + "v WHERE seconds < :as_of AND written < :as_of":                                                             "seconds seconds text; written iso text",
		count + "v WHERE fine < :as_of AND millis < :as_of":                                                                 "fine text text; millis milliseconds text",
		count + "w WHERE since < :as_of":                                                                                    "since seconds text",
		count + "s JOIN v USING (id) WHERE v.written < :as_of":                                                              "v.written iso text",
		count + "s LEFT JOIN v ON v.id = s.id AND v.seconds < :as_of":                                                       "v.seconds seconds text",
		count + "(SELECT epoch AS e FROM s) WHERE e < :as_of":                                                               "e seconds text",
		count + "(SELECT max(iso) AS e FROM s GROUP BY id) WHERE e < :as_of":                                                "e iso text",
		"WITH c AS (SELECT epoch AS e FROM s), d (f) AS (SELECT e FROM c) SELECT count(*) AS value FROM d WHERE f < :as_of": "f seconds text",
		"WITH c AS (SELECT epoch AS e FROM s WHERE iso < :as_of) SELECT count(*) AS value FROM c":                           "iso iso text",
		"WITH p AS (SELECT :period_start AS s, unixepoch(:period_end) AS e) SELECT count(*) AS value FROM s, p WHERE iso >= p.s AND epoch < p.e": "iso iso text; epoch seconds seconds",
		"SELECT (SELECT count(*) FROM s WHERE epoch < :as_of) AS value":                                                                          "epoch seconds text",
		"SELECT count(*) AS value FROM s WHERE id IN (SELECT id FROM v WHERE written < :as_of)":                                                  "written iso text",
		"SELECT sum(CASE WHEN epoch < :as_of THEN 1 END) AS value FROM s":                                                                        "epoch seconds text",
		"SELECT count(*) FILTER (WHERE epoch < :as_of) AS value FROM s":                                                                          "epoch seconds text",
		"SELECT id AS value FROM s GROUP BY id HAVING max(epoch) < :as_of":                                                                       "epoch seconds text",
		"SELECT count(*) AS value FROM s WHERE iso < :as_of UNION ALL SELECT count(*) FROM v WHERE seconds < :as_of":                             "iso iso text; seconds seconds text",
		count + `"odd ""name" AS o WHERE o."the at" < :as_of`:                                                                                    `o."the at" minutes text`,
		count + "s WHERE datetime(epoch, 'unixepoch') < :as_of":                                                                                  "datetime(epoch, 'unixepoch') text text",
		count + "s WHERE datetime(iso) < :as_of AND datetime(julian) < :as_of":                                                                   "datetime(iso) text text; datetime(julian) text text",
		count + "s WHERE epoch < unixepoch(:as_of)":                                                                                              "epoch seconds seconds",
		count + "s WHERE epoch < CAST(strftime('%s', :as_of) AS INTEGER)":                                                                        "epoch seconds seconds",
		count + "s WHERE julian < julianday(:as_of)":                                                                                             "julian julian julian",
		count + "s WHERE at < unixepoch(:as_of)":                                                                                                 "at text seconds",
		count + "s WHERE day < date(:as_of)":                                                                                                     "day date date",
		count + "s WHERE iso < strftime('%Y-%m-%dT%H:%M:%SZ', :as_of)":                                                                           "iso iso iso",
		count + "s WHERE strftime('%Y-%m', at) = strftime('%Y-%m', :as_of)":                                                                      "strftime('%Y-%m', at) month month",
		count + "s WHERE at < datetime(:as_of, '-7 days')":                                                                                       "at text text",
		"SELECT :as_of || at AS value FROM s":                                                                                                    "",
	} {
		t.Run(sql, func(t *testing.T) {
			advice, err := p.InspectQuery(t.Context(), newQuery(t, sql+" -- and no more"))
			if err != nil {
				t.Fatal(err)
			}
			var got []string
			for _, f := range advice.Forms {
				got = append(got, fmt.Sprintf("%s %s %s", f.Comparison.Value, f.Value, f.Bound))
			}
			if strings.Join(got, "; ") != want {
				t.Errorf("got  %s\nwant %s", strings.Join(got, "; "), want)
			}
		})
	}
}

// TestSQLiteFormsInTime plans a query whose values take too long to find.
func TestSQLiteFormsInTime(t *testing.T) {
	p := openPool(t, newSQLite(t, "CREATE TABLE s (at TEXT)"), 1)
	q := newQuery(t, "WITH RECURSIVE c (x) AS (SELECT 1 UNION ALL SELECT x + 1 FROM c) SELECT count(*) AS value FROM c WHERE nullif(x, x) < :as_of")
	q.Timeout = 400 * time.Millisecond
	within(t, 2*time.Second, func() {
		advice, err := p.InspectQuery(t.Context(), q)
		if err != nil || len(advice.Forms) > 0 {
			t.Errorf("%v, %v", advice.Forms, err)
		}
	})
	if got := one(t, p, "SELECT 1"); got != "1" {
		t.Errorf("afterwards: %s", got)
	}
}
