package database

import (
	"strings"
	"testing"
	"time"
)

// TestLongError has a server report errors that lib/pq cannot read: each ends the query at once, and the next one succeeds.
func TestLongError(t *testing.T) {
	own, _ := startTLS(t)
	plain := own.URL("postgres")
	queries := map[string]string{
		"at run time":                    "SELECT repeat('x', 31000)::int",
		"at run time, with parameters":   "SELECT repeat('x', 31000)::int WHERE :as_of > :period_start",
		"after a row":                    "SELECT CASE n WHEN 2 THEN repeat('x', 31000) ELSE '1' END::int FROM generate_series(1, 3) AS n",
		"after a row, with parameters":   "SELECT CASE n WHEN 2 THEN repeat('x', 31000) ELSE '1' END::int FROM generate_series(1, 3) AS n WHERE :as_of > :period_start",
		"when prepared":                  "SELECT '" + strings.Repeat("x", 31000) + "'::int",
		"when prepared, with parameters": "SELECT '" + strings.Repeat("x", 31000) + "'::int WHERE :as_of > :period_start",
		"much longer":                    "SELECT repeat('x', 3000000)::int",
	}
	for name, url := range map[string]string{"plain": plain, "TLS": strings.Replace(plain, "sslmode=disable", "sslmode=require", 1)} {
		for what, sql := range queries {
			t.Run(name+" "+what, func(t *testing.T) {
				p := openPool(t, url, 1)
				one(t, p, "SELECT 1")
				within(t, 2*time.Second, func() {
					_, _, err := run(t.Context(), p, newQuery(t, sql))
					wantError(t, err, Refused, "the server's error message was longer than 30,000 bytes")
				})
				if !p.Stats().Up {
					t.Error("the database counts as down")
				}
				if got := one(t, p, "SELECT 1"); got != "1" {
					t.Errorf("afterwards: %s", got)
				}
			})
		}
	}
}
