package sqltext

import (
	"fmt"
	"strings"
	"testing"
)

func TestParsePostgres(t *testing.T) {
	const (
		says    = " would end other queries, such as those of other KPIs: a KPI only reads"
		escapes = `a name with escapes, U&"…", is not read: write the name itself`
		runs    = " runs SQL that is given as text, which nothing here has read: write that SQL as a subquery"
	)
	for sql, want := range map[string]string{
		"SELECT count(pg_terminate_backend(pid)) AS value FROM pg_stat_activity":      "line 1, column 14: pg_terminate_backend" + says,
		"SELECT 1 AS value\nFROM pg_catalog . PG_CANCEL_BACKEND (1)":                  "line 2, column 19: pg_cancel_backend" + says,
		`SELECT "pg_terminate_backend"(1, :as_of)`:                                    "line 1, column 8: pg_terminate_backend" + says,
		"SELECT 'pg_terminate_backend' AS value -- pg_cancel_backend":                 "",
		`SELECT 1 WHERE U&"pg\005fterminate_backend"(1)`:                              "line 1, column 16: " + escapes,
		`SELECT u&"pg!005fterminate_backend" UESCAPE '!' (1)`:                         "line 1, column 8: " + escapes,
		`SELECT * FROM (SELECT U&"dbl\0069nk_connect"('c')) x`:                        "line 1, column 23: " + escapes,
		`SELECT u & "flags", U&'d\0061t', "U&" FROM t`:                                "",
		"SELECT query_to_xml('SELECT pg_' || 'terminate_backend(1)', true, true, '')": "line 1, column 8: query_to_xml" + runs,
		"SELECT pg_catalog . Query_To_XML_And_XMLSchema /* ( */ ('', true, true, '')": "line 1, column 21: query_to_xml_and_xmlschema" + runs,
		`SELECT * FROM "ts_stat" -- (
			('SELECT vector FROM t')`: "line 1, column 15: ts_stat" + runs,
		"SELECT ts_rewrite('a'::tsquery, 'SELECT t, s FROM aliases WHERE a IN (1, 2)')":    "line 1, column 8: ts_rewrite" + runs,
		"SELECT ts_rewrite(q, (SELECT s FROM f(1, 2)), 'c'::tsquery) FROM t":               "",
		"SELECT ts_stat, query_to_xml AS value, 'ts_stat(' FROM ts_rewrite":                "",
		"SELECT pg_backend_pid() AS value, pg_terminate_backends FROM t /* _backend(1) */": "",
		"SELECT 1; SELECT pg_cancel_backend(1)":                                            "line 1, column 11: a second statement: a query is one statement, with at most one ; at its end",
	} {
		_, err := ParsePostgres(sql)
		if got := strings.TrimPrefix(fmt.Sprint(err), "<nil>"); got != want {
			t.Errorf("%s\n got %s\nwant %s", sql, got, want)
		}
	}
}
