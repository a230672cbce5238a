package enginetest

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// onBoth is a database of MariaDB and one of PostgreSQL with the same rows.
type onBoth struct {
	engines []Engine
	sources []database.Source
}

func newOnBoth(t *testing.T, mysql, postgres []string) onBoth {
	return onBoth{
		[]Engine{{Engine: engine.MySQL{}}, {Engine: engine.Postgres{}}},
		[]database.Source{open(t, mariadb.NewDatabase(t, mysql...), 1), open(t, server.NewDatabase(t, postgres...), 1)},
	}
}

// wantSame runs the same SQL on both, and has the same numbers and texts.
func (b onBoth) wantSame(t *testing.T, zone, sql string) (first []cell) {
	t.Helper()
	var results [2][][]cell
	for i, e := range b.engines {
		q := e.query(t, sql)
		q.Timezone, q.Parameters.Timezone = zone, zone
		_, rows, err := run(t.Context(), b.sources[i], q)
		if err != nil || len(rows) == 0 {
			t.Fatalf("%s: %v, %v", e.Engine.Title(), rows, err)
		}
		results[i] = rows
	}
	if diff := cmp.Diff(results[1], results[0], cmpopts.EquateNaNs(), cmpopts.IgnoreFields(cell{}, "Err")); diff != "" {
		t.Errorf("PostgreSQL (-), MariaDB (+):\n%s", diff)
	}
	return results[0][0]
}

// TestMySQLDashes has MariaDB read two dashes before every character of ASCII: they begin a comment where the lexer says so, and nowhere else.
func TestMySQLDashes(t *testing.T) {
	source := open(t, mariadb.NewDatabase(t), 1)
	e, compared := Engine{Engine: engine.MySQL{}}, 0
	for c := range byte(0x80) {
		sql := "SELECT 5--" + string(rune(c)) + "7\n*3"
		comment := e.Engine.LineComment(sql) == "--"
		if _, err := e.Engine.Parse(sql); err != nil || c == '\n' { // A quote, say; or the comment ends at once.
			continue
		}
		compared++
		_, rows, err := run(t.Context(), source, e.query(t, sql))
		if is := err == nil && rows[0][0].Number == 15; is != comment {
			t.Errorf("%q: %v, %v; a comment to the lexer: %t", sql, rows, err, comment)
		}
	}
	if compared < 0x70 {
		t.Errorf("%d characters were compared", compared)
	}
}

// TestMySQLBits has MariaDB send a BIT in every way it knows: as bytes, and as digits. Nothing that comes with the column says which: what
// may be either is refused, and what the error says to write is the number on either engine, and the same label.
func TestMySQLBits(t *testing.T) {
	const schema, rows = "CREATE TABLE flags (one %s, five %s, small %s, v %s, large %s)",
		"INSERT INTO flags VALUES (1, 31, 2049, 49, 18446744073709551615), (0, 9, 5, 200, 18446744073709551614)"
	b := newOnBoth(t,
		[]string{fmt.Sprintf(schema, "BIT(1)", "BIT(5)", "BIT(12)", "BIT(8)", "BIT(64)"), rows, "CREATE VIEW seen AS SELECT small, IF(v > 0, small, NULL) AS x FROM flags"},
		[]string{fmt.Sprintf(schema, "int", "int", "int", "int", "numeric"), rows})
	for _, sql := range []string{
		"SELECT max(one) AS x FROM flags",
		"SELECT max(small) AS x FROM flags",
		"SELECT min(v) AS x FROM flags",
		"SELECT max(v) AS x FROM flags GROUP BY small",
		"SELECT CASE WHEN v > 0 THEN small END AS x FROM flags",
		"SELECT IF(v > 0, v, NULL) AS x FROM flags",
		"SELECT COALESCE(small, v) AS x FROM flags",
		"SELECT DISTINCT IF(v > 0, v, NULL) AS x FROM flags",
		"SELECT x FROM seen",
		"SELECT (SELECT max(v) FROM flags) AS x",
		"SELECT v AS x FROM flags WHERE v = 49",
	} {
		t.Run(sql, func(t *testing.T) {
			_, _, err := run(t.Context(), b.sources[0], b.engines[0].query(t, sql))
			wantError(t, err, database.Refused, ": column `x` is a BIT, which the server sends as bytes or as digits without saying which: write (…) + 0 AS `x`")
		})
	}
	for sql, want := range map[string]string{
		"SELECT one AS x FROM flags ORDER BY one":                                            "0",
		"SELECT five AS x, count(*) AS value FROM flags WHERE five > 9 GROUP BY five":        "31",
		"SELECT small AS x FROM flags ORDER BY small":                                        "5",
		"SELECT large AS x, 1 AS value FROM flags ORDER BY large DESC":                       "18446744073709551615",
		"SELECT v AS x FROM flags WHERE v > 49":                                              "200",
		"SELECT max(small) OVER () AS x FROM flags":                                          "2049",
		"SELECT small AS x FROM flags UNION ALL SELECT max(small) FROM flags":                "2049",
		"WITH w AS (SELECT max(large) AS x FROM flags) SELECT x FROM w":                      "18446744073709551615",
		"SELECT (small) + 0 AS x FROM flags ORDER BY small + 0":                              "5",
		"SELECT (max(small)) + 0 AS x FROM flags":                                            "2049",
		"SELECT (min(v)) + 0 AS x FROM flags":                                                "49",
		"SELECT max(v + 0) AS x FROM flags":                                                  "200",
		"SELECT (CASE WHEN v + 0 < 99 THEN v END) + 0 AS x FROM flags ORDER BY v + 0":        "49",
		"SELECT (max(small) OVER ()) + 0 AS x FROM flags":                                    "2049",
		"SELECT large + 0 AS x, count(*) AS value FROM flags GROUP BY large ORDER BY x DESC": "18446744073709551615",
		"SELECT (min(large)) + 0 AS x FROM flags":                                            "18446744073709551614",
	} {
		t.Run(sql, func(t *testing.T) {
			if got := b.wantSame(t, "UTC", sql)[0].Text; got != want {
				t.Errorf("got %s, want %s", got, want)
			}
		})
	}
}

// TestMySQLDates has dates begin at midnight of the KPI's time zone, also where that midnight is skipped or comes twice.
func TestMySQLDates(t *testing.T) {
	const days = "('2026-03-29'), ('2026-03-08'), ('2026-09-06'), ('2026-11-01'), ('2026-10-04'), ('2026-06-15'), ('1969-12-31'), ('0001-01-01'), ('9999-12-31'), (NULL)"
	schema := []string{"CREATE TABLE loads (day date)", "INSERT INTO loads VALUES " + days}
	b := newOnBoth(t, schema, schema)
	for _, zone := range []string{"America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "America/Havana", "Asia/Kathmandu", "UTC"} {
		t.Run(zone, func(t *testing.T) {
			for _, sql := range []string{
				"SELECT day FROM loads ORDER BY day IS NULL, day",
				"SELECT max(day) AS value FROM loads WHERE day < '2026-10-01'",
				"SELECT CASE WHEN min(day) < '2000-01-01' THEN max(day) END AS value, count(*) AS n FROM loads",
				"SELECT DATE '2026-03-29' AS value, :timezone AS zone",
				"SELECT day AS x, count(*) AS value FROM loads WHERE day > '2026-01-01' GROUP BY day ORDER BY day",
				"SELECT max(day) OVER () AS value FROM loads",
			} {
				b.wantSame(t, zone, sql)
			}
		})
	}
}

// TestMySQLNumberHints has what the error says to write for a text give the number that it is.
func TestMySQLNumberHints(t *testing.T) {
	source := open(t, mariadb.NewDatabase(t, "CREATE TABLE t (v VARCHAR(9), c CHAR(9), l LONGTEXT, b VARBINARY(9), x BLOB, e ENUM('10', '5'), s SET('7', '5'))",
		"INSERT INTO t VALUES ('5', '5', '5', '5', '5', '5', '5')"), 1)
	e := Engine{Engine: engine.MySQL{}}
	for _, column := range []string{"v", "c", "l", "b", "x", "e", "s"} {
		said := e.first(t, source, "SELECT "+column+" FROM t").Err
		_, hint, _ := strings.Cut(said, "is not a number: write ")
		hint, isWarned := strings.CutSuffix(hint, ", which makes 0 of what is not one")
		if got := e.first(t, source, "SELECT "+hint+" AS n FROM t"); got.Number != 5 || got.Err != "" || !isWarned {
			t.Errorf("%s: %+v as %s says", column, got, said)
		}
	}
}
