package database

import (
	"fmt"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// limited returns a query with its time limit, which is no setting of the session: a pooler could keep that for others. What
// is added has no line break.
func (c *mysqlConn) limited(query string) string {
	if c.limit <= 0 {
		return query
	}
	if c.isMariaDB() {
		return limitedMariaDB(query, c.limit)
	}
	return limitedMySQL(query, c.limit)
}

// limitedMariaDB has MariaDB end the query, except where the account has a smaller limit. A lock is waited for a little less, so
// that the error tells the lock from the work; it can only be said in whole seconds.
func limitedMariaDB(query string, limit time.Duration) string {
	seconds := fmt.Sprintf("%.3f", (limit + time.Millisecond).Seconds()) // Rounded up: 0 would mean no limit.
	lock := max(int((limit * 9 / 10).Seconds()), 1)
	return fmt.Sprintf("SET STATEMENT max_statement_time = IF(@@max_statement_time BETWEEN 0.001 AND %s, @@max_statement_time, %[1]s),"+
		" lock_wait_timeout = %d, innodb_lock_wait_timeout = %[2]d FOR ", seconds, lock) + query
}

// limitedMySQL has MySQL end the query. It reads only one comment with hints after SELECT, so that of the query is continued. What has no
// SELECT, such as VALUES ROW(1), has no limit but that of the exporter, which cancels it.
func limitedMySQL(query string, limit time.Duration) string {
	at := sqltext.MySQLMain(query)
	if at < 0 {
		return query
	}
	at += len("SELECT")
	before, after := query[:at], query[at:]
	hint := fmt.Sprintf(" /*+ MAX_EXECUTION_TIME(%d) ", limit.Milliseconds()+1)
	if own, ok := strings.CutPrefix(strings.TrimLeft(after, " \t\r\n"), "/*+"); ok {
		return before + hint + after[:len(after)-len(own)-len("/*+")] + strings.TrimLeft(own, " ")
	}
	return before + hint + "*/" + after
}
