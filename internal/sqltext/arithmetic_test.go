package sqltext

import (
	"fmt"
	"strings"
	"testing"
)

// TestArithmetic finds what is computed, its operands, and the statement that gives them.
func TestArithmetic(t *testing.T) {
	for sql, want := range map[string]string{
		"SELECT avg(ended - started) AS value FROM t WHERE x > 1": "avg(ended - started) 1:8 avg [ended - started] SELECT ended - started FROM t; ended - started 1:12 - [ended, started] SELECT ended, started FROM t",
		"SELECT 1\n + (a - b) / 60 FROM t JOIN u USING (id)": "1 + (a - b) / 60 1:8 + [1, (a - b) / 60] SELECT 1, (a - b) / 60 FROM t JOIN u USING (id); " +
			"(a - b) / 60 2:4 / [(a - b), 60] SELECT (a - b), 60 FROM t JOIN u USING (id); (a - b) 2:4 - [a, b] SELECT a, b FROM t JOIN u USING (id)",
		"SELECT :period_end - :period_start":                                        ":period_end - :period_start 1:8 - [:period_end, :period_start] SELECT :period_end, :period_start",
		"SELECT sum(TIMEDIFF(a, b)) OVER (ORDER BY a) FROM t":                       "sum(TIMEDIFF(a, b)) OVER (ORDER BY a) 1:8 sum [TIMEDIFF(a, b)] SELECT TIMEDIFF(a, b) FROM t",
		"WITH w AS (SELECT 1 AS a) SELECT count(*) AS value FROM w WHERE a % 2 = 1": "a % 2 1:65 % [a, 2] WITH w AS (SELECT 1 AS a) SELECT a, 2 FROM w",
		"SELECT max(at) - min(at) FROM t GROUP BY x HAVING sum(y) > 0":              "max(at) - min(at) 1:8 - [max(at), min(at)] SELECT max(at), min(at) FROM t; sum(y) 1:51 sum [y] SELECT y FROM t",
		"SELECT count(*), max(x), -x, x + 0, -1 FROM t":                             "",
		"SELECT at - INTERVAL 1 DAY, at + INTERVAL n DAY, INTERVAL 1 DAY + at, at - INTERVAL (n) DAY, DATE_ADD(at, INTERVAL 1 DAY) FROM t WHERE at > :as_of - INTERVAL 720 HOUR": "",
		"VALUES (1)": "",
	} {
		s, err := ParseMySQL(sql)
		if err != nil {
			t.Fatal(sql, err)
		}
		var got []string
		for _, a := range s.Arithmetic() {
			got = append(got, fmt.Sprintf("%s %d:%d %s [%s] %s", a.Text, a.Line, a.Column, a.Operator, strings.Join(a.Operands, ", "), strings.ReplaceAll(a.Values.SQL(), "\n", " ")))
		}
		if strings.Join(got, "; ") != want {
			t.Errorf("%s\ngot  %s\nwant %s", sql, strings.Join(got, "; "), want)
		}
	}
}
