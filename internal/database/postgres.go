package database

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"
	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// postgres is the dialect of PostgreSQL and of what speaks its protocol.
type postgres struct{}

func (postgres) connector(resolve func() (engine.Address, error)) driver.Connector {
	return &postgresConnector{resolve: resolve}
}

// begin needs one round trip: without arguments lib/pq sends all of it in one message. Nothing of it can be said when
// connecting, because poolers refuse such settings. The network's deadline stops it: lib/pq needs no watcher of a context.
func (postgres) begin(conn *sqlx.Conn, want settings, handedOver bool) error {
	// Rounded up, so that the server never ends a query before we call it late; 0 would mean no limit.
	milliseconds := func(d time.Duration) string { return strconv.FormatInt(max(d.Milliseconds(), 0)+1, 10) }
	timeout := want.timeout
	var b strings.Builder
	if handedOver {
		b.WriteString("ROLLBACK; ")
	}
	b.WriteString("BEGIN READ ONLY")
	set := func(name, value string) { b.WriteString("; SET LOCAL " + name + " = " + pq.QuoteLiteral(value)) }
	set("statement_timeout", milliseconds(timeout))
	set("lock_timeout", milliseconds(timeout*9/10)) // Earlier, so that the error tells the lock from the work.
	set("idle_in_transaction_session_timeout", milliseconds(timeout+grace+serverMargin))
	set("TimeZone", cmp.Or(want.zone, "UTC"))
	set("DateStyle", "ISO, MDY")
	set("IntervalStyle", "postgres")
	set("extra_float_digits", "1")
	// A database of that encoding holds any bytes, and the server would refuse to send those that are not UTF-8.
	b.WriteString("; SELECT set_config('client_encoding', 'SQL_ASCII', true) WHERE current_setting('server_encoding') = 'SQL_ASCII'")
	_, err := conn.ExecContext(context.Background(), b.String())
	return err
}

func (postgres) end(conn *sqlx.Conn) error {
	_, err := conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}

func (postgres) classify(err error, sent string) (FailureReason, string) {
	pqErr, ok := errors.AsType[*pq.Error](err)
	switch {
	case ok:
	case errors.Is(err, errLongError):
		return Refused, err.Error()
	case errors.Is(err, pq.ErrSSLNotSupported):
		return Connect, "the server does not offer TLS: if the network to it is safe, set sslmode=disable in the url"
	default:
		return "", ""
	}
	code := pqErr.SQLState()
	sentence := fmt.Sprintf("%s (%s)", pqErr.Message, code)
	if position, err := strconv.Atoi(pqErr.Position); err == nil {
		characters := []rune(sent)
		line := strings.Count(string(characters[:min(position, len(characters))]), "\n")
		sentence = fmt.Sprintf("line %d: %s", max(line, 1), sentence)
	}
	switch {
	case pqErr.Hint != "":
		sentence += "; hint: " + pqErr.Hint
	case strings.Contains(pqErr.Message, "statement pooling mode"):
		sentence += "; hint: every query runs in a transaction, so PgBouncer's pool_mode must be transaction or session"
	}
	switch {
	case code == "57014", code == "25P04":
		return Timeout, sentence
	case code == "55P03":
		return Timeout, "the query waited too long for a lock: " + sentence
	case code == "40001", code == "40P01":
		return Conflict, "a conflict with other transactions ended the query: " + sentence
	case code == "25006", code == "25001":
		return Write, "the query tries to change something: " + sentence
	case code == "57P01":
		return Connect, "an administrator ended the connection, or the server is shutting down: " + sentence
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "28"), strings.HasPrefix(code, "57P0"), code == "53300":
		return Connect, sentence
	}
	return Refused, sentence
}
