package kpitest

import (
	"database/sql"
	"fmt"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// places returns URLs of a new database for roles whose tests get a database of their own, and only a schema.
func places(t *testing.T, schema ...string) map[string]string {
	t.Helper()
	address := server.NewDatabase(t, schema...)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	name := strings.TrimPrefix(u.Path, "/")
	role := "plain_" + name
	server.Exec(t, address, "CREATE ROLE "+role+" LOGIN; GRANT CREATE ON DATABASE "+name+" TO "+role+"; GRANT ALL ON SCHEMA public TO "+role)
	t.Cleanup(func() { server.Exec(t, address, "DROP OWNED BY "+role+"; DROP ROLE "+role) })
	plain := *u
	plain.User = url.User(role)
	return map[string]string{"database": address, "schema": plain.String()}
}

const outside = `SELECT
	(SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') +
	(SELECT count(*) FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace WHERE nspname !~ '^pg_' AND nspname <> 'information_schema') +
	(SELECT count(*) FROM pg_namespace) + (SELECT count(*) FROM pg_operator) + (SELECT count(*) FROM pg_collation) +
	(SELECT count(*) FROM pg_largeobject_metadata) + (SELECT count(*) FROM pg_policy) + (SELECT count(*) FROM pg_attrdef) + (SELECT count(*) FROM pg_shdescription) +
	(SELECT count(*) FROM pg_description WHERE description = 'left') + (SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'left') + (SELECT count(*) FROM pg_database) + (SELECT count(*) FROM pg_roles WHERE rolname = 'nobody_else')`

// TestNothingIsLeft runs files of SQL of all kinds twice: the second run says what the first one said, and nothing is left.
func TestNothingIsLeft(t *testing.T) {
	for _, tc := range []struct{ name, sql, inDatabase, inSchema string }{
		{"names without a schema", "CREATE TABLE orders (id int, at timestamptz);", "", ""},
		{"public", "CREATE TABLE public.orders (id int, at timestamptz); CREATE INDEX ON public.orders (at);", "", ""},
		{"another schema", "CREATE SCHEMA other; CREATE TABLE other.x (id int); CREATE TABLE orders (id int, at timestamptz);", "", "outside the schema"},
		{"a function that hides it", "CREATE TABLE orders (id int, at timestamptz); DO $$ BEGIN EXECUTE 'CREATE TABLE pub' || 'lic.hidden (id int)'; END $$;", "", "public.hidden is outside"},
		{
			"what was there before", "CREATE TABLE orders (id int, at timestamptz); DO $$ BEGIN EXECUTE 'ALTER TABLE pub' || 'lic.kept ADD y int'; END $$;",
			"relation \"public.kept\" does not exist", "must be owner",
		},
		{"an error in the middle", "CREATE TABLE public.orders (id int, at timestamptz); COMMIT; SELECT 1 / 0;", "division by zero", "division by zero"},
		{"a role", "CREATE TABLE orders (id int, at timestamptz);\nCREATE ROLE nobody_else;", "line 2: CREATE ROLE changes what all databases", "line 2: CREATE ROLE"},
		{"a database", "CREATE DATABASE nobody_else", "line 1: CREATE DATABASE", "line 1: CREATE DATABASE"},
		{"rows of a dump", "CREATE TABLE orders (id int, at timestamptz);\nCOPY public.orders (id) FROM stdin;\n1\n\\.\n", "pg_dump --schema-only", "pg_dump --schema-only"},
		{
			"a role in a body", "CREATE TABLE orders (id int, at timestamptz); DO $$ BEGIN CREATE ROLE nobody_else; EXCEPTION WHEN duplicate_object THEN NULL; END $$;",
			"it changes roles, which all databases", "permission denied",
		},
		{
			"a role by a function", "CREATE FUNCTION g() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE nobody_else; END $$; CREATE TABLE orders (id int, at timestamptz); SELECT g();",
			"it changes roles", "permission denied",
		},
		{
			"a role by the rows", "CREATE TABLE orders (id int, at timestamptz); CREATE FUNCTION g() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN CREATE ROLE nobody_else; RETURN NEW; END $$;" +
				"CREATE TRIGGER g AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION g();", "rows: it changes roles", "permission denied",
		},
		{"a comment on a database", "CREATE TABLE orders (id int, at timestamptz); COMMENT ON DATABASE postgres IS 'left';", "it changes comments on databases", "must be owner"},
		{
			"a setting of a role", "CREATE TABLE orders (id int, at timestamptz); DO $$ BEGIN EXECUTE format('ALTER ROLE %I SET work_mem = 64', current_user); END $$;",
			"it changes settings of roles", "it changes settings of roles",
		},
		{"a replication slot", "CREATE TABLE orders (id int, at timestamptz); SELECT pg_create_physical_replication_slot('left');", "line 1: replication slots", "line 1: replication slots"},
		{"a file on the server", "CREATE TABLE orders (id int, at timestamptz); COPY orders TO '/tmp/orders.csv';", "line 1: COPY … TO writes a file", "line 1: COPY … TO writes a file"},
		{"a dump with its database", "CREATE DATABASE app;\n\\connect app\nCREATE TABLE public.orders (id int, at timestamptz);", "make the dump without --create", "make the dump without --create"},
		{"an index on what was there before", "CREATE TABLE orders (id int, at timestamptz); CREATE INDEX ON open.kept (x);", "schema \"open\" does not exist", "it changes open.kept"},
		{"a default of what was there before", "CREATE TABLE orders (id int, at timestamptz); ALTER TABLE open.kept ALTER x SET DEFAULT 5;", "does not exist", "it changes open.kept"},
		{"a policy on what was there before", "CREATE TABLE orders (id int, at timestamptz); CREATE POLICY mine ON open.kept USING (true);", "does not exist", "it changes open.kept"},
		{"a comment on what was there before", "CREATE TABLE orders (id int, at timestamptz); DO $$ BEGIN COMMENT ON TABLE open.kept IS 'left'; END $$;", "does not exist", "it changes open.kept"},
		{"an operator elsewhere", "CREATE TABLE orders (id int, at timestamptz); CREATE OPERATOR open.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq);", "does not exist", "open.\"===\" is outside"},
		{"a collation elsewhere", "CREATE TABLE orders (id int, at timestamptz); CREATE COLLATION open.c FROM \"C\";", "does not exist", "open.c is outside"},
		{"a large object", "CREATE TABLE orders (id int, at timestamptz); SELECT lo_create(99);", "", "large object 99 is outside"},
		{"a schema like that of a test", "CREATE TABLE orders (id int, at timestamptz); CREATE SCHEMA kpi_test_mine;", "", "schema kpi_test_mine is outside"},
		{"an open transaction", "BEGIN; CREATE TABLE orders (id int, at timestamptz);", "leaves a transaction open", "leaves a transaction open"},
		{"a transaction", "BEGIN; CREATE TABLE public.orders (id int, at timestamptz); COMMIT;", "", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			addresses := places(t, "CREATE TABLE public.kept (x int)")
			role, _, _ := strings.Cut(strings.TrimPrefix(addresses["schema"], "postgres://"), "@")
			server.Exec(t, addresses["database"], "CREATE SCHEMA open; CREATE TABLE open.kept (x int); ALTER SCHEMA open OWNER TO "+role+"; ALTER TABLE open.kept OWNER TO "+role)
			for mode, want := range map[string]string{"database": tc.inDatabase, "schema": tc.inSchema} {
				before := count(t, addresses["database"], outside)
				for run := range 2 {
					err := runTest(t, addresses[mode], tc.sql)
					if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
						t.Errorf("%s, run %d: error %v, want %q", mode, run, err, want)
					}
				}
				if after := count(t, addresses["database"], outside); after != before {
					t.Errorf("%s: %d objects before, %d after", mode, before, after)
				}
			}
		})
	}
}

// TestRowsOutside has a test in a schema of its own write to what another schema holds, by itself and by what it makes. The
// test is refused, and the rows that were there before stay.
func TestRowsOutside(t *testing.T) {
	const orders = "CREATE TABLE orders (id int, at timestamptz);"
	for _, tc := range []struct{ name, sql, want string }{
		{"insert", orders + "INSERT INTO app.kept VALUES (2)", "schema.sql: it writes to app.kept, which is outside"},
		{"insert into a partition", orders + "INSERT INTO app.parted VALUES (2)", "schema.sql: it writes to app.parted, which is outside"},
		{"copy a row", orders + "INSERT INTO app.kept SELECT x + 1 FROM app.kept", "it writes to app.kept"},
		{"update", orders + "UPDATE app.kept SET x = 2", "it writes to app.kept"},
		{"delete", orders + "DELETE FROM app.kept", "it writes to app.kept"},
		{"truncate", orders + "TRUNCATE app.kept", "it changes app.kept"},
		{"through a view", orders + "CREATE VIEW seen AS SELECT x FROM app.kept; INSERT INTO seen VALUES (2)", "it writes to app.kept"},
		{"in a body", orders + "DO $$ BEGIN EXECUTE 'INSERT INTO ap' || 'p.kept VALUES (2)'; END $$", "it writes to app.kept"},
		{"by a rule", orders + "CREATE RULE also AS ON INSERT TO orders DO ALSO INSERT INTO app.kept VALUES (2)", "schema.sql: it writes to app.kept"},
		{"by the rows", "CREATE VIEW orders AS SELECT x AS id, at FROM app.kept", "rows: it writes to app.kept"},
		{
			"by a trigger of the rows", orders + "CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN INSERT INTO app.kept VALUES (2); RETURN NEW; END $$;" +
				"CREATE TRIGGER note AFTER INSERT ON orders FOR EACH ROW EXECUTE FUNCTION note()", "rows: it writes to app.kept",
		},
		{
			"by what --cut computes again", orders + "CREATE FUNCTION note() RETURNS int LANGUAGE plpgsql AS 'BEGIN INSERT INTO app.kept VALUES (2); RETURN 1; END';" +
				"CREATE MATERIALIZED VIEW notes AS SELECT note() FROM orders", "remove the rows after 2026-03-30T00:00:00Z: it writes to app.kept",
		},
		{"what is read only", "CREATE TABLE orders AS SELECT x AS id, at FROM app.kept WHERE false", ""},
		{"undone by itself", orders + "DO $$ BEGIN INSERT INTO app.kept VALUES (2); RAISE 'no'; EXCEPTION WHEN OTHERS THEN NULL; END $$", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			addresses := places(t, `CREATE SCHEMA app; CREATE TABLE app.kept (x int, at timestamptz); INSERT INTO app.kept VALUES (1);
				CREATE TABLE app.parted (x int) PARTITION BY LIST (x); CREATE TABLE app.part PARTITION OF app.parted DEFAULT; INSERT INTO app.parted VALUES (1);
				GRANT USAGE ON SCHEMA app TO PUBLIC; GRANT ALL ON ALL TABLES IN SCHEMA app TO PUBLIC`)
			err := runTest(t, addresses["schema"], tc.sql)
			if (err == nil) != (tc.want == "") || err != nil && !strings.Contains(err.Error(), tc.want) {
				t.Errorf("error %v, want %q", err, tc.want)
			}
			if n := count(t, addresses["database"], "SELECT sum(x) * 10 + count(*) FROM app.kept"); n != 11 {
				t.Errorf("the rows of app.kept have changed: %d", n)
			}
			if n := count(t, addresses["database"], "SELECT sum(x) * 10 + count(*) FROM app.parted"); n != 11 {
				t.Errorf("the rows of app.parted have changed: %d", n)
			}
		})
	}
}

// TestDump has a real pg_dump of a database with what an application's schema has.
func TestDump(t *testing.T) {
	source := server.NewDatabase(t, `
		CREATE TYPE mood AS ENUM ('good', 'bad');
		CREATE DOMAIN positive AS int CHECK (VALUE > 0);
		CREATE TABLE customers (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, mood mood, n positive);
		CREATE TABLE orders (id bigserial PRIMARY KEY, at timestamptz, customer int REFERENCES customers (id)) PARTITION BY RANGE (id);
		CREATE TABLE orders_1 PARTITION OF orders DEFAULT;
		CREATE FUNCTION total() RETURNS bigint LANGUAGE sql AS $$ SELECT count(*) FROM public.orders $$;
		CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.at := coalesce(NEW.at, now()); RETURN NEW; END $$;
		CREATE TRIGGER touched BEFORE INSERT ON orders FOR EACH ROW EXECUTE FUNCTION touch();
		CREATE VIEW recent AS SELECT * FROM orders WHERE at > '2026-01-01';
		CREATE MATERIALIZED VIEW per_day AS SELECT at::date AS day, count(*) FROM orders GROUP BY 1;
		GRANT SELECT ON orders TO PUBLIC;
		COMMENT ON TABLE orders IS 'what; was '' ordered'`)
	for _, args := range [][]string{{"--schema-only"}, {"--inserts"}} {
		dump, err := exec.CommandContext(t.Context(), "pg_dump", append(args, source)...).Output()
		if err != nil {
			t.Fatal(err)
		}
		// What newer servers write, and an older one does not know.
		text := strings.Replace(string(dump), "\nSET ", "\n\\restrict k4\n\nSET transaction_timeout = 0;\nSET ", 1) + "\n\\unrestrict k4\n"
		for mode, address := range places(t) {
			if err := runTest(t, address, text); err != nil {
				t.Errorf("%v in a %s: %v", args, mode, err)
			}
		}
	}
}

// TestSchemasOfItsOwn has tables in a schema of the application, with rows and columns with times.
func TestSchemasOfItsOwn(t *testing.T) {
	schema := `CREATE SCHEMA app; CREATE TABLE app.orders (id int PRIMARY KEY, at timestamptz);
		CREATE TABLE app.items (id int REFERENCES app.orders (id), at timestamptz);
		CREATE VIEW orders AS SELECT * FROM app.orders;`
	if err := runTestOf(t, places(t)["database"], schema, "app.orders: [{id: 1, at: 2026-03-29 10:00}, {id: 2, at: 2026-03-31 10:00}], app.items: [{id: 2, at: 2026-03-31 11:00}]"); err != nil {
		t.Error(err)
	}
	err := runTestOf(t, places(t)["database"], schema, "app.order: [{id: 1}]")
	if err == nil || !strings.Contains(err.Error(), "the tables are: app.items, app.orders, orders") {
		t.Errorf("a table that is not there: %v", err)
	}
}

// TestExtensionInPublic has what an extension has put into the schema public, which a dump names with it, and strings that only
// look like names.
func TestExtensionInPublic(t *testing.T) {
	const schema = `CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;
		CREATE TABLE public.orders (id int, at timestamptz, note text DEFAULT 'public.html', CHECK (note <> 'public.x'));
		CREATE INDEX ON public.orders USING gin (note public.gin_trgm_ops);
		CREATE VIEW public.alike AS SELECT id FROM public.orders WHERE note OPERATOR(public.%) 'x' OR public.similarity(note, 'y') > 0.5;
		SELECT 1 / (column_default LIKE '%public.html%')::int FROM information_schema.columns WHERE table_name = 'orders' AND column_name = 'note';`
	for mode, address := range places(t, "CREATE EXTENSION pg_trgm") {
		if err := runTest(t, address, schema); err != nil {
			t.Errorf("in a %s: %v", mode, err)
		}
	}
	if err := runTest(t, places(t)["schema"], schema); err == nil || !strings.Contains(err.Error(), "it needs the extension pg_trgm, which is not installed") {
		t.Errorf("without the extension: %v", err)
	}
}

// TestLeftovers has a database and a schema of a process that is gone, and of one that is alive.
func TestLeftovers(t *testing.T) {
	address := server.NewDatabase(t)
	alive, err := newPostgres(t.Context(), config.NewDatabase("test", address, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer alive.remove(t.Context())
	leftover := fmt.Sprintf("%s1_%s", placePrefix(time.Now()), "0123456789ab")
	server.Exec(t, address, "CREATE DATABASE "+leftover)
	server.Exec(t, address, "CREATE SCHEMA "+leftover)
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	u.Path = "/" + leftover
	running, err := sql.Open("postgres", u.String()) // As the statement of a killed test that still runs on the server.
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = running.Close() }()
	if err := running.PingContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := runTest(t, address, "CREATE TABLE orders (id int, at timestamptz);"); err != nil {
		t.Fatal(err)
	}
	if n := count(t, address, "SELECT (SELECT count(*) FROM pg_database WHERE datname = '"+leftover+"') + (SELECT count(*) FROM pg_namespace WHERE nspname = '"+leftover+"')"); n != 0 {
		t.Errorf("%d leftovers are left", n)
	}
	if n := count(t, address, "SELECT count(*) FROM pg_database WHERE datname = '"+alive.dialect.(*postgres).name+"'"); n != 1 {
		t.Error("the database of a test that runs is gone")
	}
}

// TestEnvironment has variables of libpq that would make tests fail, or lead elsewhere.
func TestEnvironment(t *testing.T) {
	address := server.NewDatabase(t)
	t.Setenv("PGOPTIONS", "-c default_transaction_read_only=on")
	t.Setenv("PGDATABASE", "nowhere")
	t.Setenv("PGTZ", "Asia/Tokyo")
	if err := runTest(t, address, "CREATE TABLE orders (id int, at timestamptz);"); err != nil {
		t.Error(err)
	}
}

// runTest runs a test whose schema is the SQL, with one row and one KPI that counts it.
func runTest(t *testing.T, address, schema string) error {
	t.Helper()
	return runTestOf(t, address, schema, "orders: [{id: 1, at: 2026-03-29 10:00}]")
}

// runTestOf runs a test with these rows, one of them an order of 29 March.
func runTestOf(t *testing.T, address, schema, rows string) error {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{
		"kpi.yaml":   "databases: {shop: {url: \"${DATABASE_URL}\"}}\nkpis: {orders: {title: Orders, period: day, query: \"SELECT count(*) AS value FROM orders WHERE at >= :period_start AND at < :period_end\"}}\n",
		"schema.sql": schema,
		"test.yml":   "kpi_file: kpi.yaml\nschema: schema.sql\nrows: {" + rows + "}\ncases: [{name: one order, as_of: 2026-03-30, expect: {orders: 1}}]\n",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	test, err := Load(filepath.Join(dir, "test.yml"))
	if err != nil {
		t.Fatal(err)
	}
	checks, err := Run(t.Context(), test, Options{Database: address, Cut: true})
	for _, c := range checks {
		if !c.Passed() {
			t.Errorf("%v", c.Differences)
		}
	}
	return err
}

func count(t *testing.T, address, query string) (n int) {
	t.Helper()
	db, err := sql.Open("postgres", address)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = db.Close() }()
	if err := db.QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}
