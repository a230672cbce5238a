package kpitest

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var (
	server  *pgtest.Server
	mariadb mariadbtest.Server
)

func TestMain(m *testing.M) {
	goleak.VerifyTestMain(mariadbtest.M{M: pgtest.M{M: m, Server: &server}, Server: &mariadb})
}

// tricky holds tables whose times and references are of every kind, in SQL that both engines take. Half of the rows is from
// before 1 March, half from after it.
const tricky = `
	CREATE TABLE parents (a int NOT NULL, b int NOT NULL, made_at TIMESTAMP NOT NULL, known_until TIMESTAMP NOT NULL, PRIMARY KEY (a, b));
	CREATE TABLE children (id int PRIMARY KEY, a int NOT NULL, b int, FOREIGN KEY (a, b) REFERENCES parents (a, b));
	CREATE TABLE grandchildren (id int PRIMARY KEY, child int NOT NULL REFERENCES owned (id));
	CREATE TABLE maybe (id int PRIMARY KEY, started_at TIMESTAMP, ended_at TIMESTAMP, CHECK (id < 3 OR ended_at IS NOT NULL));
	CREATE TABLE "odd ""name""" (id int PRIMARY KEY, "at time" TIMESTAMP NOT NULL);
	CREATE TABLE timeless (id int PRIMARY KEY, note text);
	CREATE TABLE dated (id int PRIMARY KEY, day DATE NOT NULL);
	INSERT INTO parents VALUES (1, 1, '2026-02-01 00:00:00', '2027-01-01 00:00:00'), (1, 2, '2026-03-02 00:00:00', '2027-01-01 00:00:00');
	INSERT INTO owned VALUES (1, 1, 1), (2, 1, 2);
	INSERT INTO children VALUES (1, 1, 1), (2, 1, 2), (3, 1, NULL);
	INSERT INTO grandchildren VALUES (1, 1), (2, 2);
	INSERT INTO maybe VALUES (1, '2026-02-01 00:00:00', '2026-03-01 00:00:01'), (2, '2026-03-01 00:00:01', NULL),
		(3, '2026-03-01 00:00:00', '2026-03-02 00:00:00'), (4, NULL, '2026-03-02 00:00:00');
	INSERT INTO "odd ""name""" VALUES (1, '2026-03-01 00:00:00'), (2, '2026-03-01 00:00:01');
	INSERT INTO timeless VALUES (1, '2027-01-01');
	INSERT INTO dated VALUES (1, '2026-03-01'), (2, '2026-03-02')`

const owned = `CREATE TABLE owned (id int PRIMARY KEY, a int NOT NULL, b int NOT NULL, FOREIGN KEY (a, b) REFERENCES parents (a, b));`

func TestTruncateAfter(t *testing.T) {
	parents, rest, _ := strings.Cut(tricky, ";")
	schema := parents + ";" + owned + rest // In an order that both take.
	guards := map[string]string{           // Tables whose rows stay: what happened is never forgotten.
		"sqlite": "CREATE TRIGGER guard BEFORE DELETE ON maybe BEGIN SELECT RAISE(ABORT, 'never'); END",
		"postgres": "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'never'; END $$;" +
			"CREATE TRIGGER guard BEFORE DELETE ON maybe EXECUTE FUNCTION refuse()",
	}
	places := map[string]func(*testing.T) (*fixtureDB, error){
		"sqlite": func(t *testing.T) (*fixtureDB, error) { return newSQLite(t.Context(), nil) },
		"postgres": func(t *testing.T) (*fixtureDB, error) {
			return newPostgres(t.Context(), config.NewDatabase("test", server.NewDatabase(t), ""))
		},
	}
	for name, open := range places {
		t.Run(name, func(t *testing.T) {
			s, err := open(t)
			if err != nil {
				t.Fatal(err)
			}
			defer s.remove(t.Context())
			if err := s.run(t.Context(), []FixtureFile{{Name: "schema.sql", Text: schema}, {Name: "guard.sql", Text: guards[name]}}); err != nil {
				t.Fatal(err)
			}
			for _, tc := range []struct{ at, want string }{
				{"2026-03-01 00:00:00", "parents 1 children 1,2,3 without b 2 owned 1 grandchildren 1 maybe 1,3 without end 2 odd 1 timeless 1 dated 1"},
				{"2026-01-01 00:00:00", "parents 0 children 1,2,3 without b 3 owned  grandchildren  maybe  without end 0 odd  timeless 1 dated "},
			} {
				at, err := time.Parse(time.DateTime, tc.at)
				if err != nil {
					t.Fatal(err)
				}
				if err := s.truncateAfter(t.Context(), at); err != nil {
					t.Fatal(err)
				}
				const ids = `(SELECT coalesce(string_agg(CAST(id AS text), ',' ORDER BY id), '') FROM `
				var got string
				if err := s.db.QueryRowContext(t.Context(), `
					SELECT 'parents ' || (SELECT count(*) FROM parents) || ' children ' || `+ids+`children)
						|| ' without b ' || (SELECT count(*) FROM children WHERE b IS NULL)
						|| ' owned ' || `+ids+`owned) || ' grandchildren ' || `+ids+`grandchildren)
						|| ' maybe ' || `+ids+`maybe) || ' without end ' || (SELECT count(*) FROM maybe WHERE ended_at IS NULL)
						|| ' odd ' || `+ids+`"odd ""name""") || ' timeless ' || `+ids+`timeless) || ' dated ' || `+ids+`dated)`).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if diff := cmp.Diff(tc.want, got); diff != "" {
					t.Errorf("as of %s (-want +got):\n%s", tc.at, diff)
				}
			}
		})
	}
}

// Whatever ends a test, its schema is gone.
func TestRunEnds(t *testing.T) {
	folder := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(folder, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	write("kpi.yaml", "databases: {app: {url: \"${PRODUCT}\"}}\nkpis: {one: {title: One, period: instant, query: SELECT pg_sleep(60) IS NULL AS value}}\n")
	write("slow.sql", "SELECT pg_sleep(60)")
	write("broken.sql", "BEGIN; CREATE TABLE a (id int); CREATE TABLE a (id int);")
	cases := "kpi_file: kpi.yaml\ncases: [{name: one, as_of: 2026-01-01, expect: {one: 1}}]\n"
	for name, path := range map[string]string{
		"interrupted": write("sleep.yaml", cases),
		"in its SQL":  write("slow.yaml", cases+"schema: slow.sql\n"),
		"broken":      write("broken.yaml", cases+"schema: broken.sql\n"),
	} {
		t.Run(name, func(t *testing.T) {
			url := server.NewDatabase(t)
			test, err := Load(path)
			if err != nil {
				t.Fatal(err)
			}
			timeout := 2 * time.Second
			if name == "broken" {
				timeout = time.Minute
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			defer time.AfterFunc(timeout, cancel).Stop()
			_, err = Run(ctx, test, Options{Database: url})
			if _, isProblem := errors.AsType[document.Problems](err); isProblem != (name == "broken") || err == nil {
				t.Errorf("error %v", err)
			}
			db, err := sql.Open("postgres", url)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = db.Close() }()
			var left int
			if err := db.QueryRowContext(t.Context(), `SELECT (SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'kpi\_test%') +
				(SELECT count(*) FROM pg_database WHERE datname LIKE 'kpi\_test%')`).Scan(&left); err != nil {
				t.Fatal(err)
			}
			if left != 0 {
				t.Errorf("%d schemas and databases are left", left)
			}
		})
	}
}

// A test that is killed leaves its schema to those of the next day.
func TestForgottenSchemas(t *testing.T) {
	const recent, mine = "kpi_test_29990101000000_0123456789ab", "kpi_test_20200101000000_mine"
	const forgotten = "kpi_test_20200101000000_0123456789ab"
	place := config.NewDatabase("test", server.NewDatabase(t,
		"CREATE SCHEMA "+recent+"; CREATE SCHEMA "+mine+"; CREATE SCHEMA "+forgotten+"; CREATE TABLE "+forgotten+".t ()"), "")
	s, err := newPostgres(t.Context(), place)
	if err != nil {
		t.Fatal(err)
	}
	defer s.remove(t.Context())
	left, err := collect(t.Context(), s.dialect.(*postgres).admin, `SELECT nspname FROM pg_namespace WHERE nspname LIKE 'kpi\_test%' AND nspname <> current_schema() ORDER BY 1`, scanName)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{mine, recent}, left); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestSQLiteCell(t *testing.T) {
	for text, want := range map[string]any{
		"2026-03-29":                "2026-03-29 00:00:00",
		"2026-03-29 10:00":          "2026-03-29 10:00:00",
		"2026-03-29 10:00:05":       "2026-03-29 10:00:05",
		"2026-03-29T10:00:05Z":      "2026-03-29 10:00:05",
		"2026-03-29 10:00+02:00":    "2026-03-29 08:00:00",
		"2026-03-29 00:00:00+02":    "2026-03-28 22:00:00",
		"2026-03-29T10:00:05-03:30": "2026-03-29 13:30:05",
		"2026-03-29t10:00:05z":      "2026-03-29 10:00:05",
		"2026-3-9 1:00":             "2026-03-09 01:00:00",
		"2026-03-29 at ten":         "2026-03-29 at ten",
		"true":                      1,
		"False":                     0,
		"12":                        "12",
		"2026-03":                   "2026-03",
		"":                          "",
	} {
		if got := (&sqliteFile{}).cell(Cell{Text: text, Plain: true}); got != want {
			t.Errorf("%q becomes %v, want %v", text, got, want)
		}
	}
	for text, want := range map[string]any{ // In quotes.
		"2026-03-29":           "2026-03-29",
		"2026-03-29T10:00:05Z": "2026-03-29 10:00:05",
		"2026-03-29 10:00+02":  "2026-03-29 08:00:00",
		"2026-03-29 at ten":    "2026-03-29 at ten",
		"true":                 "true",
		"12":                   "12",
	} {
		if got := (&sqliteFile{}).cell(Cell{Text: text}); got != want {
			t.Errorf("%q in quotes becomes %v, want %v", text, got, want)
		}
	}
}

func TestMatches(t *testing.T) {
	number := func(f float64) *float64 { return &f }
	for _, test := range []struct {
		name      string
		want, got *float64
		matches   bool
	}{
		{"equal", number(3), number(3), true},
		{"rounding", number(0.1 + 0.2), number(0.3), true},
		{"of large numbers", number(1e15), number(1e15 + 1), true},
		{"more than rounding", number(1), number(1.00000001), false},
		{"zero is exact", number(0), number(1e-12), false},
		{"other sign", number(-1), number(1), false},
		{"no value", nil, nil, true},
		{"a value instead of none", nil, number(0), false},
		{"none instead of a value", number(0), nil, false},
	} {
		if got := matches(ExpectedNumber{Said: true, Number: test.want}, test.got); got != test.matches {
			t.Errorf("%s: %t", test.name, got)
		}
	}
	if !matches(ExpectedNumber{}, number(1)) {
		t.Error("what was not said is compared")
	}
}

// otherEngine is one that no test can make a place on.
type otherEngine struct{ engine.Postgres }

func (otherEngine) Title() string { return "OtherDB" }

func TestEngineWithoutPlace(t *testing.T) {
	fx := &Fixtures{Engine: otherEngine{}, Database: config.NewDatabase("test", "${OTHER}", ""), Position: document.Position{File: "test.yaml", Line: 3, Column: 1}}
	_, err := newFixtureDB(t.Context(), "app", fx, "")
	const want = `test.yaml:3:1: the rows for "app" would go to OtherDB, where no test can make a place for them`
	if err == nil || !strings.Contains(err.Error(), want) {
		t.Errorf("error %v, want …%s…", err, want)
	}
}
