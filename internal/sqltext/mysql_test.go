package sqltext

import (
	"slices"
	"strings"
	"testing"
)

// TestParseMySQL holds what the lexer of MySQL and MariaDB finds in a text.
func TestParseMySQL(t *testing.T) {
	for sql, want := range map[string][]string{
		`SELECT 'it\'s :as_of', :timezone`:                  {"timezone"},
		`SELECT "it\"s :as_of", :timezone`:                  {"timezone"},
		`SELECT 'it''s :as_of' , "a "" :as_of"`:             nil,
		`SELECT '\\', :as_of`:                               {"as_of"},
		"SELECT `a\\`, :as_of":                              {"as_of"},
		"SELECT `a `` :as_of`":                              nil,
		"SELECT 1 # :as_of\r:as_of\n, :timezone":            {"timezone"},
		"SELECT 1 -- :as_of\n, :timezone":                   {"timezone"},
		"SELECT 1 --\x01 :as_of\n, :timezone":               {"timezone"},
		"SELECT 1--:as_of":                                  {"as_of"},
		"SELECT 1 --":                                       nil,
		"SELECT 1 /* /* :as_of */ , :timezone":              {"timezone"},
		"SELECT 1 /*/ :as_of */ , :timezone":                {"timezone"},
		"SELECT /*+ MAX_EXECUTION_TIME(1) :as_of */ 1":      nil,
		"SELECT $$, :as_of, $$":                             {"as_of"},
		"SELECT $1 FROM t":                                  nil,
		"SELECT e'\\' :as_of', :timezone":                   {"timezone"},
		"SELECT JSON_EXTRACT(j, '$[1]'), j->'$.a', @x, @@y": nil,
		"SELECT _utf8mb4'a', N'b', x'61', b'1', 0x1F":       nil,
	} {
		s, err := ParseMySQL(sql)
		if err != nil {
			t.Errorf("%q: %v", sql, err)
			continue
		}
		var names []string
		for _, p := range s.Parameters() {
			names = append(names, p.Name)
		}
		if !slices.Equal(names, want) || !s.IsMySQL() || s.SQL() != sql {
			t.Errorf("%q: parameters %q, want %q", sql, names, want)
		}
	}
}

func TestParseMySQLErrors(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 /*! INTO OUTFILE '/tmp/x' */":     "line 1, column 10: the server runs what is in a comment that begins with /*! or /*M!: write it without the comment",
		"SELECT 1 /*!50000 + 1 */":                  "line 1, column 10: the server runs what is in a comment that begins with /*! or /*M!: write it without the comment",
		"SELECT 1\n/*M!100100 + 1 */":               "line 2, column 1: the server runs what is in a comment that begins with /*! or /*M!: write it without the comment",
		"/*! CREATE TABLE t (x INT) */":             "line 1, column 1: the server runs what is in a comment that begins with /*! or /*M!: write it without the comment",
		"SELECT '\\'; DROP TABLE t":                 "line 1, column 8: a string that does not end: no closing '",
		"SELECT 1; DROP TABLE t":                    "line 1, column 11: a second statement: a query is one statement, with at most one ; at its end",
		"SELECT '\\''; DROP TABLE t -- '":           "line 1, column 14: a second statement: a query is one statement, with at most one ; at its end",
		"SELECT 1 # '\n; DROP TABLE t":              "line 2, column 3: a second statement: a query is one statement, with at most one ; at its end",
		"SELECT 1 /* /* */ ; DROP TABLE t /* */ */": "line 1, column 21: a second statement: a query is one statement, with at most one ; at its end",
		"SELECT ?":       "line 1, column 8: positional parameter ?: use names such as :period_start, :period_end and :as_of",
		"SELECT 1 /*":    "line 1, column 10: a comment that does not end: no closing */",
		"SELECT \"a":     "line 1, column 8: a string that does not end: no closing \"",
		"SELECT `a\\`b`": "line 1, column 13: a quoted identifier that does not end: no closing `",
		"# nothing":      "line 1, column 1: no statement here: the text is empty or only comments",
		"SELECT :as_of --; DELETE FROM t\n; DELETE FROM t": "line 1, column 19: a second statement: a query is one statement, with at most one ; at its end",
	} {
		if s, err := ParseMySQL(sql); err == nil || err.Error() != want {
			t.Errorf("%q: %v, %v\nwant %s", sql, s, err, want)
		}
	}
}

func TestMySQLChange(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 INTO OUTFILE '/tmp/x'":                               "INTO writes a file or a variable",
		"SELECT 1 FROM t /* x */ into @x":                              "INTO writes a file or a variable",
		"WITH w AS (SELECT 1) SELECT * INTO\nDUMPFILE '/tmp/x' FROM w": "INTO writes a file or a variable",
		"SELECT @n := @n + 1 FROM t":                                   ":= assigns a variable, which outlives the query: use a window function",
		"SELECT * FROM t FOR UPDATE":                                   "FOR UPDATE locks rows",
		"SELECT * FROM t for share skip locked":                        "FOR SHARE locks rows",
		"SELECT * FROM t LOCK IN SHARE MODE":                           "LOCK IN SHARE MODE locks rows",
		"SELECT 1.into outfile '/tmp/x'":                               "INTO writes a file or a variable",
		"SELECT 1.0into @x":                                            "INTO writes a file or a variable",
		"SELECT .5into dumpfile '/tmp/x'":                              "INTO writes a file or a variable",
		"SELECT 1e5into @x":                                            "INTO writes a file or a variable",
		"SELECT 1E+5INTO @x":                                           "INTO writes a file or a variable",
		"SELECT 1.5e-5into @x":                                         "INTO writes a file or a variable",
		"SELECT 1.e5into @x":                                           "INTO writes a file or a variable",
		"SELECT (1).5into @x":                                          "INTO writes a file or a variable",
		"SELECT 'a'/.5into @x":                                         "INTO writes a file or a variable",
		"SELECT 1 FROM t WHERE a = 1.for update":                       "FOR UPDATE locks rows",
		"SELECT 1 FROM t WHERE a = 1.5lock in share mode":              "LOCK IN SHARE MODE locks rows",
		"SELECT 1into, 0x1Finto, 1einto, 1e_into FROM t":               " ",
		"SELECT 2026_sales.into, a.5into, `a`.5into FROM 2026_sales":   " ",
		"SELECT 'INTO', `into`, t.into FROM t # INTO":                  " ",
		"SELECT x, 'a := b' FROM t":                                    " ",
		"SELECT x FROM t WHERE t.lock IN (1, 2) AND t . lock in (3)":   " ",
		"SELECT t.for update FROM t":                                   " ",
		"SELECT t.lock FROM t LOCK IN SHARE MODE":                      "LOCK IN SHARE MODE locks rows",
	} {
		s, err := ParseMySQL(sql)
		if err != nil {
			t.Errorf("%q: %v", sql, err)
			continue
		}
		if words, does := s.MySQLChange(); words+" "+does != want {
			t.Errorf("%q: %s %s, want %s", sql, words, does, want)
		}
	}
}

func TestMySQLMain(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1": "SELECT 1",
		"/* SELECT */ EXPLAIN select ?, 'x' FROM t":                 "select ?, 'x' FROM t",
		"WITH w AS (SELECT 1), v (a) AS (SELECT 2) SELECT * FROM w": "SELECT * FROM w",
		"(SELECT 1) UNION SELECT 2":                                 "SELECT 1) UNION SELECT 2",
		"VALUES (1)":                                                "",
		"WITH w AS (SELECT 1) (SELECT * FROM w)":                    "",
	} {
		got := ""
		if at := MySQLMain(sql); at >= 0 {
			got = sql[at:]
		}
		if got != want {
			t.Errorf("%q: %q, want %q", sql, got, want)
		}
	}
}

// TestMySQLTree holds that the advice of check reads quotes as the server does.
func TestMySQLTree(t *testing.T) {
	s, err := ParseMySQL(`SELECT "it\"s" AS a FROM t WHERE ` + "`at` >= :period_start AND `at` < :period_end # half-open")
	if err != nil {
		t.Fatal(err)
	}
	if got := len(s.Instants()); got != 2 {
		t.Errorf("%d instants", got)
	}
	if tree := s.tree(); tree == nil {
		t.Error("it is not understood")
	}
}

func FuzzParseMySQL(f *testing.F) {
	for _, sql := range []string{"SELECT 'a\\'' -- x", "SELECT `a` # b", "/*+ */ SELECT :as_of"} {
		f.Add(sql)
	}
	f.Fuzz(func(t *testing.T, sql string) {
		s, err := ParseMySQL(sql)
		if err != nil {
			return
		}
		if again, err := ParseMySQL(s.SQL()); err != nil || !slices.Equal(again.names, s.names) {
			t.Errorf("%q: %v when it is read again", sql, err)
		}
		s.MySQLChange()
		s.Plain()
		s.tree()
		text, _ := s.Render(func(int, string) string { return "?" })
		if at := MySQLMain(text); at > len(text) {
			t.Errorf("%q: the main query begins at %d", text, at)
		}
	})
}

// TestMySQLComparisons holds that the parts of a statement are read as the whole is.
func TestMySQLComparisons(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT 1 FROM t WHERE d >= :period_start - INTERVAL 1 DAY":                             "d >= :period_start - INTERVAL 1 DAY",
		"SELECT 1 FROM t WHERE `it's` >= :period_start AND n = 'a'":                             "`it's` >= :period_start",
		"SELECT 1 FROM t WHERE IF(a = 'it\\'s', d, e) < DATE(:as_of) # now":                     "IF(a = 'it\\'s', d, e) < DATE(:as_of)",
		"SELECT 1 FROM t WHERE DATE(CONVERT_TZ(ts, \"UTC\", :timezone)) = :period_start":        "DATE(CONVERT_TZ(ts, \"UTC\", :timezone)) = :period_start",
		"SELECT 1 FROM t WHERE UTC_TIMESTAMP > :as_of AND :as_of < utc_date AND :as_of < NOW()": "",
	} {
		s, err := ParseMySQL(sql)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, c := range s.Comparisons() {
			got += c.Value + " " + c.Operator + " " + c.Bound
			if !c.Values.IsMySQL() || c.BoundAlone == nil || !c.BoundAlone.IsMySQL() {
				t.Errorf("%s: its parts are not of MySQL", sql)
			}
		}
		if got != want {
			t.Errorf("%s: got %q, want %q", sql, got, want)
		}
	}
}

// TestMySQLZones finds time zones by their place, and not strings that look like one.
func TestMySQLZones(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT CONVERT_TZ(ts, 'UTC', :timezone)":                                    "'UTC' :timezone",
		"SELECT convert_tz ( f(ts, 'a/b'), \"UTC\", 'MET' )":                         "\"UTC\" 'MET'",
		"SELECT CONVERT_TZ('2026-01-01', z, IF(a, 'x/y', 'z')), 'Europe/Berlin'":     "",
		"SELECT CONVERT_TZ(ts, CONCAT('Europe/', city), 'UTC' COLLATE utf8mb4_bin)":  "",
		"SELECT :timezone AS z, `convert_tz`, CONVERT_TZ(ts, `a/b`, 'UTC') -- 'a/b'": ":timezone 'UTC'",
		"SELECT (1), CONVERT_TZ(((ts)), 'UTC', '+01:00'), f(1, 'UTC')":               "'UTC' '+01:00'",
	} {
		s, err := ParseMySQL(sql)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(texts(s.MySQLZones()), " "); got != want {
			t.Errorf("%s: got %s, want %s", sql, got, want)
		}
	}
}
