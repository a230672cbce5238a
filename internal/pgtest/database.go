package pgtest

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"
	"time"

	_ "github.com/lib/pq" // Registers the driver "postgres".
)

// NewDatabase creates an empty database, runs the given SQL in it in order, and returns its URL, which ends with
// ?sslmode=disable. The database is dropped when the test ends, with sessions that are still open in it. Tests that run
// in parallel may call it at the same time.
func (s *Server) NewDatabase(t testing.TB, schema ...string) string {
	t.Helper()
	return s.NewEncodedDatabase(t, "UTF8", schema...)
}

// NewEncodedDatabase does the same with an encoding of PostgreSQL's.
func (s *Server) NewEncodedDatabase(t testing.TB, encoding string, schema ...string) string {
	t.Helper()
	name := fmt.Sprintf("test_%d", s.databases.Add(1))
	// template0 is never in use, so no other session can be in the way.
	s.Exec(t, s.URL("postgres"), "CREATE DATABASE "+name+" ENCODING '"+encoding+"' TEMPLATE template0")
	t.Cleanup(func() {
		if s.running() { // A test may leave the server stopped.
			s.Exec(t, s.URL("postgres"), "DROP DATABASE "+name+" WITH (FORCE)")
		}
	})
	url := s.URL(name)
	for _, text := range schema {
		s.Exec(t, url, text)
	}
	return url
}

// NewReader makes a role that may read all tables and nothing else, and returns the URL of the same database for it. The role is
// dropped when the test ends, with what it was granted in that database.
func (s *Server) NewReader(t testing.TB, url string) string {
	t.Helper()
	role := fmt.Sprintf("reader_%d", s.roles.Add(1))
	s.Exec(t, url, "CREATE ROLE "+role+" LOGIN IN ROLE pg_read_all_data")
	t.Cleanup(func() {
		if s.running() {
			s.Exec(t, url, "DROP OWNED BY "+role+"; DROP ROLE "+role)
		}
	})
	return strings.Replace(url, "//postgres@", "//"+role+"@", 1)
}

// Exec runs SQL, of one statement or many, over a connection of its own to the database at url, which may be a Proxy's
// too. An error fails the test at once.
func (s *Server) Exec(t testing.TB, url, text string) {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	// Without arguments, lib/pq takes the protocol that allows many statements. The test's own context is of no use: it is
	// over when cleanups run.
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	if _, err := db.ExecContext(ctx, text); err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
}

// Ask returns the one cell that a query answers with, over a connection of its own to the database at url. An error fails the test at once.
func Ask[T any](t testing.TB, url, query string) T {
	t.Helper()
	db, err := sql.Open("postgres", url)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var cell T
	if err := db.QueryRowContext(t.Context(), query).Scan(&cell); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return cell
}
