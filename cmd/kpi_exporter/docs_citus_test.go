package main

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDocsCitus changes the example's queries as docs/databases.md says for tables that are distributed by account: on the columns that
// they have then, the KPIs are the same. And it revokes the functions of Citus, where there are some of their names.
func TestDocsCitus(t *testing.T) {
	_, page, _ := strings.Cut(string(readBytes(t, "../../docs/databases.md")), "\n## Citus\n")
	page, _, _ = strings.Cut(page, "\n## ")
	changes := regexp.MustCompile("(?m)^\\| `(\\w+)` \\| `([^`]*)` \\| `([^`]*)` \\|$").FindAllStringSubmatch(page, -1)
	if len(changes) != 3 {
		t.Fatalf("%d queries change, want 3", len(changes))
	}

	url := productDatabase(t, "testdata/product.sql")
	t.Setenv("KPI_DATABASE_URL", url)
	dir := t.TempDir()
	if err := os.CopyFS(dir, os.DirFS("../../examples/product")); err != nil {
		t.Fatal(err)
	}
	file := "--config.file=" + filepath.Join(dir, "kpi.yaml")
	values := func() string {
		out, _ := program(t, exitOK, "query", file, "--as-of=2026-03-17T15:30:00Z", "--output=csv")
		return out
	}
	want := values()
	for _, table := range []string{"sessions", "events"} {
		postgres.Exec(t, url, "ALTER TABLE "+table+" ADD account_id bigint; UPDATE "+table+" AS t SET account_id = u.account_id FROM users AS u WHERE u.user_id = t.user_id")
	}
	for _, change := range changes {
		path := filepath.Join(dir, "sql", change[1]+".sql")
		text := string(readBytes(t, path))
		if strings.Count(text, change[2]) != 1 {
			t.Errorf("%s.sql does not have %q once", change[1], change[2])
		}
		writeText(t, path, strings.Replace(text, change[2], change[3], 1))
	}
	if got := values(); got != want {
		t.Errorf("by account:\n%s\nwant\n%s", got, want)
	}

	revoke := regexp.MustCompile("(?s)```sql [^\n]*\n(REVOKE EXECUTE ON FUNCTION (.*?) FROM PUBLIC;)").FindStringSubmatch(page)
	if revoke == nil {
		t.Fatal("nothing is revoked")
	}
	for name := range strings.SplitSeq(revoke[2], ",") {
		postgres.Exec(t, url, "CREATE FUNCTION pg_catalog."+strings.TrimSpace(name)+"(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
	}
	t.Setenv("KPI_DATABASE_URL", postgres.NewReader(t, url))
	warned := func() bool {
		_, errs := program(t, exitOK, "check", "--connect", file)
		return strings.Contains(errs, "may act outside the transaction with pg_catalog.master_run_on_worker, pg_catalog.run_command_on_all_nodes,")
	}
	if !warned() {
		t.Error("no warning while everybody may execute them")
	}
	postgres.Exec(t, url, revoke[1])
	if warned() {
		t.Error("a warning although they are revoked")
	}
}
