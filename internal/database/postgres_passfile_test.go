package database

import (
	"strings"
	"testing"
)

// TestPassfileBesidePassword holds that, as with libpq, a passfile is not looked for where the URL has a password.
func TestPassfileBesidePassword(t *testing.T) {
	url := server.NewDatabase(t) + "&passfile=/nowhere/pgpass"
	if _, _, err := run(t.Context(), openPool(t, strings.Replace(url, "postgres@", "postgres:canary@", 1), 1), newQuery(t, "SELECT 1")); err != nil {
		t.Error(err)
	}
	_, _, err := run(t.Context(), openPool(t, url, 1), newQuery(t, "SELECT 1"))
	wantError(t, err, Connect, "passfile")
}
