package pgtest

import (
	"fmt"
	"strings"
	"testing"
)

func TestNewDatabaseIsItsOwn(t *testing.T) {
	for i := range 8 {
		t.Run(fmt.Sprint(i), func(t *testing.T) {
			t.Parallel()
			url := server.NewDatabase(t, `CREATE TABLE numbers (n int)`, fmt.Sprintf(`INSERT INTO numbers VALUES (%d); INSERT INTO numbers VALUES (%d)`, i, i))
			if !strings.HasSuffix(url, "?sslmode=disable") {
				t.Errorf("url is %q, does not end with ?sslmode=disable", url)
			}
			if got := Ask[int](t, url, `SELECT sum(n) FROM numbers`); got != 2*i {
				t.Errorf("sum is %d, want %d", got, 2*i)
			}
		})
	}
}

func TestNewDatabaseIsDropped(t *testing.T) {
	admin := server.URL("postgres")
	const count = `SELECT count(*) FROM pg_database WHERE datname ~ '^test_'`
	before := Ask[int](t, admin, count)
	t.Run("a test", func(t *testing.T) {
		db := open(t, server.NewDatabase(t))
		if err := db.PingContext(t.Context()); err != nil { // A session that is still open at the end.
			t.Fatal(err)
		}
		if got := Ask[int](t, admin, count); got != before+1 {
			t.Errorf("%d databases in the test, want %d", got, before+1)
		}
	})
	if got := Ask[int](t, admin, count); got != before {
		t.Errorf("%d databases after the test, want %d", got, before)
	}
}

func TestNewDatabaseOfStoppedServer(t *testing.T) {
	own := startOwn(t)
	own.NewDatabase(t) // Its cleanup must not need a server.
	if err := own.StopNow(); err != nil {
		t.Fatal(err)
	}
}

func BenchmarkNewDatabase(b *testing.B) {
	for b.Loop() {
		server.NewDatabase(b)
	}
}
