package mariadbtest

import (
	"context"
	"database/sql"
	"fmt"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/go-sql-driver/mysql"
)

// URL returns the address of a database as the account of the tests opens it.
func (s *Server) URL(t testing.TB, database string) string {
	t.Helper()
	return fmt.Sprintf("mysql://%s@%s/%s?ssl-mode=DISABLED", account, s.Addr(t), database)
}

// NewDatabase creates an empty database, runs the given SQL in it in order, and returns its URL, which ends with
// ?ssl-mode=DISABLED. The database is dropped when the test ends.
func (s *Server) NewDatabase(t testing.TB, schema ...string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	url := s.URL(t, name)
	s.Exec(t, s.URL(t, ""), "CREATE DATABASE "+name+" CHARACTER SET utf8mb4")
	t.Cleanup(func() { s.Exec(t, s.URL(t, ""), "DROP DATABASE "+name) })
	for _, text := range schema {
		s.Exec(t, url, text)
	}
	return url
}

// NewReader makes an account that may read the tables of a database and nothing else, and returns the URL of the same database for
// it, and its name. It is dropped when the test ends.
func (s *Server) NewReader(t testing.TB, url string) (reader, name string) {
	t.Helper()
	name = fmt.Sprintf("reader_%d", s.accounts.Add(1))
	s.Exec(t, url, "CREATE USER "+name+"@'%'; GRANT SELECT ON "+databaseOf(url)+".* TO "+name+"@'%'")
	t.Cleanup(func() { s.Exec(t, s.URL(t, ""), "DROP USER "+name+"@'%'") })
	return strings.Replace(url, "//"+account+"@", "//"+name+"@", 1), name
}

// Exec runs SQL, of one statement or many, over a connection of its own to the database at url. An error fails the test at once.
func (s *Server) Exec(t testing.TB, url, text string) {
	t.Helper()
	db := s.Open(t, url)
	defer db.Close()
	// The test's own context is of no use: it is over when cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, text); err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
}

// Ask returns the one cell that a query answers with, over a connection of its own to the database at url. An error fails the test
// at once.
func Ask[T any](t testing.TB, s *Server, url, query string) T {
	t.Helper()
	db := s.Open(t, url)
	defer db.Close()
	var cell T
	if err := db.QueryRowContext(t.Context(), query).Scan(&cell); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return cell
}

// Open returns the database at url, of this server, as the account of the tests opens it. Who calls it closes it.
func (s *Server) Open(t testing.TB, url string) *sql.DB {
	t.Helper()
	s.Addr(t)
	db, err := s.open(databaseOf(url))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

func (s *Server) open(database string) (*sql.DB, error) {
	cfg := mysql.NewConfig()
	cfg.User, cfg.Net, cfg.Addr, cfg.DBName = account, "tcp", s.addr, database
	cfg.MultiStatements, cfg.Logger = true, &mysql.NopLogger{}
	cfg.Params = map[string]string{"time_zone": "'+00:00'"}
	connector, err := mysql.NewConnector(cfg)
	if err != nil {
		return nil, err
	}
	return sql.OpenDB(connector), nil
}

// LoadZones fills the server's zone tables with these time zones; before, it knows none by name.
func (s *Server) LoadZones(t testing.TB, names ...string) {
	t.Helper()
	s.Addr(t)
	var script strings.Builder
	for _, name := range names {
		if Ask[bool](t, s, s.URL(t, "mysql"), "SELECT count(*) > 0 FROM time_zone_name WHERE name = '"+name+"'") {
			continue
		}
		out, err := exec.CommandContext(t.Context(), "mariadb-tzinfo-to-sql", "/usr/share/zoneinfo/"+name, name).Output()
		if err != nil {
			t.Fatal(name, err)
		}
		script.Write(out)
	}
	if script.Len() > 0 {
		s.Exec(t, s.URL(t, "mysql"), script.String())
	}
}

// databaseOf returns the name of the database in a URL.
func databaseOf(url string) string {
	_, rest, _ := strings.Cut(url, "://")
	_, name, _ := strings.Cut(rest, "/")
	name, _, _ = strings.Cut(name, "?")
	return name
}
