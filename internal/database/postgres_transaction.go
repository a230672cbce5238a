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

// begin needs one round trip: without arguments lib/pq sends all of it in one message. Nothing of it can be said when
// connecting, because poolers refuse such settings. The network's deadline stops it: lib/pq needs no watcher of a context.
func (postgres) begin(conn *sqlx.Conn, want settings, handedOver bool) error {
	var b strings.Builder
	if handedOver {
		b.WriteString(unlock + "; ROLLBACK; ")
	}
	// All is said, because a role may have other defaults: a standby refuses serializable transactions, and a primary lets one
	// that is deferrable wait.
	b.WriteString("BEGIN ISOLATION LEVEL READ COMMITTED, READ ONLY, NOT DEFERRABLE")
	set := func(name, value string) { b.WriteString("; SET LOCAL " + name + " = " + pq.QuoteLiteral(value)) }
	set("TimeZone", cmp.Or(want.zone, "UTC"))
	set("DateStyle", "ISO, MDY")
	set("IntervalStyle", "postgres")
	set("extra_float_digits", "1")
	b.WriteString("; " + limits(want.timeout))
	// A database of that encoding holds any bytes, and the server would refuse to send those that are not UTF-8.
	b.WriteString("; SELECT set_config('client_encoding', 'SQL_ASCII', true) WHERE current_setting('server_encoding') = 'SQL_ASCII'")
	_, err := conn.ExecContext(context.Background(), b.String())
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
