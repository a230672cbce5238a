package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"time"

	"github.com/go-sql-driver/mysql"
	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// mysqlDialect is the dialect of MySQL, MariaDB, and of what speaks their protocol.
type mysqlDialect struct{}

func (mysqlDialect) connector(resolve func(context.Context) (engine.Address, error)) driver.Connector {
	return &mysqlConnector{resolve: resolve, killing: make(chan struct{}, 1)}
}

// mysqlSession begins every session alike, whatever the account's defaults are: text is UTF-8, so that no character
// holds a quote or a backslash as a byte; quotes and backslashes are read as internal/sqltext reads them; a division has
// as many digits as elsewhere; no result and no text of GROUP_CONCAT is cut; and no read locks rows, as one of a serializable transaction
// would. What the server says about columns that GROUP BY leaves open, about weeks and about names of days is left as it is.
const mysqlSession = "SET NAMES utf8mb4, SESSION autocommit = 1, SESSION time_zone = '+00:00', SESSION div_precision_increment = 16," +
	" SESSION sql_mode = CONCAT('STRICT_TRANS_TABLES,ERROR_FOR_DIVISION_BY_ZERO,NO_ENGINE_SUBSTITUTION'," +
	" IF(FIND_IN_SET('ONLY_FULL_GROUP_BY', @@sql_mode), ',ONLY_FULL_GROUP_BY', ''))," +
	" SESSION sql_select_limit = 18446744073709551615, SESSION group_concat_max_len = 16777216, SESSION default_week_format = DEFAULT, SESSION lc_time_names = DEFAULT, SESSION "

// mariadbSession is what only MariaDB has: no recursion is cut, and no query reads earlier versions of rows.
const mariadbSession = "max_recursive_iterations = 4294967295, SESSION system_versioning_asof = DEFAULT, SESSION old_mode = DEFAULT, SESSION "

// begin needs two round trips, because a message holds one statement. The settings are those of the session: nothing that a
// function of an earlier query has set is left of them. The time limit is part of every query.
func (d mysqlDialect) begin(conn *sqlx.Conn, want settings, handedOver bool) error {
	if handedOver {
		if err := d.end(conn, nil); err != nil {
			return err
		}
	}
	isolation := ""
	err := conn.Raw(func(driverConn any) error {
		c, ok := driverConn.(*mysqlConn)
		if !ok {
			return fmt.Errorf("the driver %T is not that of MySQL", driverConn)
		}
		c.limit, isolation = want.timeout, "transaction_isolation"
		if c.isMariaDB() {
			isolation = mariadbSession + "tx_isolation"
		}
		return nil
	})
	if err != nil {
		return err
	}
	return execAll(conn, mysqlSession+isolation+" = 'READ-COMMITTED'", "START TRANSACTION READ ONLY")
}

func (mysqlDialect) end(conn *sqlx.Conn, _ *sqltext.Statement) error {
	return execAll(conn, "ROLLBACK", "DO RELEASE_ALL_LOCKS()")
}

func (mysqlDialect) idle() time.Duration { return idleTime }

func (mysqlDialect) outlives(*sqltext.Statement) bool { return false }

// placeholder makes an instant a DATETIME of UTC, which the server compares with columns in the session's time zone, UTC.
func (mysqlDialect) placeholder(_ int, name string) string {
	if name == "timezone" {
		return "?"
	}
	return "CAST(? AS DATETIME(6))"
}

func (mysqlDialect) instant(t time.Time) any { return t.UTC().Format("2006-01-02 15:04:05.000000") }

// render names a parameter as often as it is used: placeholders have no numbers.
func (d mysqlDialect) render(statement *sqltext.Statement) (text string, names []string) {
	text, _ = statement.Render(func(ordinal int, name string) string {
		names = append(names, name)
		return d.placeholder(ordinal, name)
	})
	return text, names
}

// mysqlError is an error that the server reports.
type mysqlError struct{ err *mysql.MySQLError }

func (e *mysqlError) Error() string { return fmt.Sprintf("%s (%d)", e.err.Message, e.err.Number) }

// SQLState returns the code that says nothing about the data.
func (e *mysqlError) SQLState() string { return string(e.err.SQLState[:]) }

// atLine matches where a syntax error says its line.
var atLine = regexp.MustCompile(`at line (\d+)$`)

// sentence returns the server's words, with lines counted as the user's file counts them: the first one is ours.
func (e *mysqlError) sentence() string {
	message := atLine.ReplaceAllStringFunc(e.err.Message, func(match string) string {
		line, err := strconv.Atoi(match[len("at line "):])
		if err != nil {
			return match
		}
		return fmt.Sprintf("at line %d", max(line-1, 1))
	})
	return fmt.Sprintf("%s (%d)", message, e.err.Number)
}

func (mysqlDialect) classify(err error, _ string) (FailureReason, string) {
	switch {
	case errors.Is(err, mysql.ErrNoTLS):
		return Connect, "the server does not offer TLS: if the network to it is safe, set ssl-mode=DISABLED in the url"
	case errors.Is(err, mysql.ErrCleartextPassword):
		return Connect, "the server wants the password in clear text, as PAM and LDAP do, which is not supported: give the account a password of the server's own"
	case errors.Is(err, mysql.ErrOldPassword), errors.Is(err, mysql.ErrUnknownPlugin):
		return Connect, "the server authenticates the account in a way that is not supported: give it caching_sha2_password, ed25519 or mysql_native_password"
	}
	said, ok := errors.AsType[*mysqlError](err)
	if !ok {
		return classifyStranger(err)
	}
	sentence := said.sentence()
	switch said.err.Number {
	case 1969: // Where it is ours, diagnose says so.
		return Timeout, sentence + "; hint: the account allows less time than the KPI's timeout: see its MAX_STATEMENT_TIME"
	case 3024, 1317: // MySQL's time limit, and KILL QUERY.
		return Timeout, sentence
	case 1205:
		return Timeout, "the query waited too long for a lock: " + sentence
	case 1213, 1412, 1020: // A deadlock, a table that was altered, a row that was changed.
		return Conflict, "a conflict with other transactions ended the query: " + sentence
	case 1792, 1290, 1836:
		return Write, "the query tries to change something: " + sentence
	case 1153:
		return TooLarge, sentence
	case 1040, 1042, 1043, 1044, 1045, 1049, 1129, 1130, 1203, 1226, 1251, 1698, 1820, 1862, 3118, 4151:
		return Connect, sentence
	case 1053, 1927, 4031:
		return Connect, "an administrator ended the connection, or the server is shutting down: " + sentence
	}
	return Refused, sentence
}
