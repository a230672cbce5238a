package database

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// unlock ends the locks that outlive a transaction. It may stand before ROLLBACK only where no statement has failed, and after
// it only at the end of a message: a BEGIN would go on with the transaction of its SELECT, whose isolation can no longer be set.
const unlock = "SELECT pg_catalog.pg_advisory_unlock_all()"

// begin needs one round trip (two with Citus): without arguments lib/pq sends all of it in one message. Nothing of it can be said when
// connecting, because poolers refuse such settings. The network's deadline stops it: lib/pq needs no watcher of a context.
func (postgres) begin(conn *sqlx.Conn, want settings, handedOver bool) error {
	var b strings.Builder
	if handedOver {
		b.WriteString(unlock + "; ROLLBACK; ")
	}
	// All is said, because a role may have other defaults: a standby refuses serializable transactions, and a primary lets one
	// that is deferrable wait.
	b.WriteString("BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY, NOT DEFERRABLE; SELECT ")
	settings := sessionSettings(want.zone)
	for i, s := range settings {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("set_config('" + s.name + "', " + pq.QuoteLiteral(s.value) + ", true)")
	}
	b.WriteString("; " + limits(want.timeout))
	// A database of that encoding holds any bytes, and the server would refuse to send those that are not UTF-8.
	b.WriteString("; SELECT set_config('client_encoding', 'SQL_ASCII', true) WHERE current_setting('server_encoding') = 'SQL_ASCII'")
	b.WriteString("; " + propagate)
	result, err := conn.ExecContext(context.Background(), b.String())
	if err != nil {
		return err
	}
	if n, err := result.RowsAffected(); err != nil || n == 0 { // The last statement's.
		return err
	}
	return tellWorkers(conn, settings)
}

// setting is a setting of a session.
type setting struct{ name, value string }

// sessionSettings returns the settings that make a query mean the same, and give the same text, whatever the role has.
func sessionSettings(zone string) []setting {
	return []setting{
		{"TimeZone", cmp.Or(zone, "UTC")},
		{"DateStyle", "ISO, MDY"},
		{"IntervalStyle", "postgres"},
		{"extra_float_digits", "1"},
		{"standard_conforming_strings", "on"}, // A backslash in a string is one.
	}
}

// propagate has Citus tell its workers the settings of the transaction. It affects a row where the server knows Citus, and none elsewhere.
const propagate = "SELECT set_config('" + citusPropagation + "', 'local', true) WHERE current_setting('" + citusPropagation + "', true) IS NOT NULL"

const citusPropagation = "citus.propagate_set_commands"

// tellWorkers repeats the settings for the workers of Citus, which otherwise compute with their own. It is a message of its own and the
// only one with SET, because a worker runs the whole message of each SET: a BEGIN in it fails there, and a ROLLBACK ends what Citus has begun.
func tellWorkers(conn *sqlx.Conn, settings []setting) error {
	set := make([]string, len(settings))
	for i, s := range settings {
		set[i] = "SET LOCAL " + s.name + " = " + pq.QuoteLiteral(s.value)
	}
	_, err := conn.ExecContext(context.Background(), strings.Join(set, "; "))
	return err
}

// limits sets the limits of a transaction, except where the role has smaller ones.
func limits(timeout time.Duration) string {
	// Rounded up, so that the server never ends a query before we call it late; 0 would mean no limit.
	limit := func(name string, d time.Duration) string {
		return "('" + name + "', '" + strconv.FormatInt(max(d.Milliseconds(), 0)+1, 10) + "ms')"
	}
	return "SELECT set_config(name, value, true) FROM (VALUES " +
		limit("statement_timeout", timeout) + ", " +
		limit("lock_timeout", timeout*9/10) + ", " + // Earlier, so that the error tells the lock from the work.
		limit("idle_in_transaction_session_timeout", timeout+grace+serverMargin) +
		") AS l (name, value) WHERE current_setting(name)::interval NOT BETWEEN '1 ms' AND value::interval"
}

// end needs one round trip, too, so that a pooler gives the connection to nobody else in between.
func (p postgres) end(conn *sqlx.Conn, ran *sqltext.Statement) error {
	text := "ROLLBACK; " + unlock
	if p.outlives(ran) {
		text += "; " + disconnect
	}
	_, err := conn.ExecContext(context.Background(), text)
	return err
}

func (postgres) idle() time.Duration { return idleTime }

// outlives reports whether a statement may have the server open connections of its own.
func (postgres) outlives(ran *sqltext.Statement) bool {
	return ran != nil && strings.Contains(strings.ToLower(ran.SQL()), "dblink")
}

// disconnect closes the connections of the extension dblink, those with a name and the one without.
const disconnect = `DO $$
DECLARE
	tools text := (SELECT quote_ident(nspname) FROM pg_catalog.pg_extension JOIN pg_catalog.pg_namespace AS n ON n.oid = extnamespace WHERE extname = 'dblink');
BEGIN
	IF tools IS NULL THEN
		RETURN;
	END IF;
	EXECUTE 'SELECT ' || tools || '.dblink_disconnect(name) FROM unnest(' || tools || '.dblink_get_connections()) AS name';
	EXECUTE 'SELECT ' || tools || '.dblink_disconnect()';
EXCEPTION
	WHEN connection_does_not_exist THEN NULL; -- There is none without a name.
END $$`
