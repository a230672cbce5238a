package database

import (
	"strings"
	"testing"
	"time"
)

// TestDefaultsOfTheRole has a role whose own defaults would break queries on a standby, and let them wait on a primary.
func TestDefaultsOfTheRole(t *testing.T) {
	primary := server.NewDatabase(t)
	server.Exec(t, primary, `CREATE ROLE careful LOGIN;
		ALTER ROLE careful SET default_transaction_isolation = 'serializable';
		ALTER ROLE careful SET default_transaction_deferrable = on`)
	t.Cleanup(func() { server.Exec(t, primary, "DROP ROLE careful") })
	standby := server.NewStandby(t, "")
	for name, url := range map[string]string{"primary": primary, "standby": strings.Replace(primary, server.Addr(), standby.Addr(), 1)} {
		p := openPool(t, asRole(url, "careful"), 1)
		const settings = "SELECT concat_ws(' ', current_setting('transaction_isolation'), current_setting('transaction_deferrable'), current_setting('transaction_read_only'))"
		if got := one(t, p, settings); got != "read committed off on" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// TestLimitsOfTheRole has a role allow less time than a query has: that holds.
func TestLimitsOfTheRole(t *testing.T) {
	url := server.NewDatabase(t)
	server.Exec(t, url, `CREATE ROLE hasty LOGIN;
		ALTER ROLE hasty SET statement_timeout = '1500ms';
		ALTER ROLE hasty SET lock_timeout = '1h';
		ALTER ROLE hasty SET idle_in_transaction_session_timeout = '7s'`)
	t.Cleanup(func() { server.Exec(t, url, "DROP ROLE hasty") })
	const settings = "SELECT concat_ws(' ', current_setting('statement_timeout'), current_setting('lock_timeout'), current_setting('idle_in_transaction_session_timeout'))"
	for role, want := range map[string]string{"hasty": "1500ms 18001ms 7s", "postgres": "20001ms 18001ms 21251ms"} {
		if got := one(t, openPool(t, asRole(url, role), 1), settings); got != want {
			t.Errorf("%s: %s, want %s", role, got, want)
		}
	}
	p := openPool(t, asRole(url, "hasty"), 1)
	one(t, p, "SELECT 1")
	q := newQuery(t, "SELECT 1")
	q.Timeout = time.Second // Less than the role allows.
	if _, _, err := run(t.Context(), p, q); err != nil {
		t.Error(err)
	}
	within(t, 2*time.Second, func() {
		_, _, err := run(t.Context(), p, newQuery(t, "SELECT pg_sleep(60)"))
		wantError(t, err, Timeout, "canceling statement due to statement timeout (57014); hint: the role allows less time than the KPI's timeout: see its statement_timeout")
	})
}
