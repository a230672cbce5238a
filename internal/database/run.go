package database

import (
	"cmp"
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

const (
	// The server gets this long to report the timeout itself: its message is better than ours, and the
	// connection stays good.
	serverMargin = 250 * time.Millisecond
	// grace is how long the network is waited for after that, to cancel and to roll back.
	grace = time.Second
	// maxTries is how often a query is run that conflicts with other transactions end.
	maxTries              = 3
	leastPause, mostPause = 250 * time.Millisecond, time.Second
)

func (p Parameters) value(name string, d dialect) (any, error) {
	switch name {
	case "as_of":
		return d.instant(p.AsOf), nil
	case "period_start":
		return d.instant(p.PeriodStart), nil
	case "period_end":
		return d.instant(p.PeriodEnd), nil
	case "previous_start":
		return d.instant(p.PreviousStart), nil
	case "previous_end":
		return d.instant(p.PreviousEnd), nil
	case "timezone":
		return p.Timezone, nil
	}
	return nil, fmt.Errorf("there is no parameter :%s", name)
}

// Run implements Source.
func (p *pool) Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error {
	return p.transact(ctx, q, func(ctx context.Context, s *session) error {
		return s.query(ctx, s.statement, "", "", func(rows *sql.Rows) error { return s.read(rows, begin) })
	})
}

// session is a connection in a transaction.
type session struct {
	*job
	dialect dialect
	conn    *sqlx.Conn
	cancel  context.CancelFunc // Stops the query on the server.
	failed  error              // The error of the caller's functions.
	sent    string             // The SQL that was sent last.
	row     int                // Number of the row that was read last, from 1.
}

// job is work to do in a read-only transaction.
type job struct {
	Query
	statement *sqltext.Statement // The query's; nil for work without one.
	zone      *time.Location
	deadline  time.Time     // When the timeout has passed.
	within    time.Duration // The query's timeout, or less if the caller's context leaves less.
	work      func(context.Context, *session) error
}

// sql returns the text of the query, "" for work without one.
func (j *job) sql() string {
	if j.statement == nil {
		return ""
	}
	return j.statement.SQL()
}

// transact does the work in a read-only transaction with the query, and rolls it back.
func (p *pool) transact(ctx context.Context, q Query, work func(context.Context, *session) error) error {
	statement, ok := q.Statement.(*sqltext.Statement)
	if !ok {
		return &Error{Reason: Refused, Err: errors.New("the query is not SQL, which is all that this database runs")}
	}
	statement, err := p.read(statement)
	if err != nil {
		return err
	}
	if err := readsOnly(statement); err != nil {
		return err
	}
	zone, err := time.LoadLocation(q.Timezone)
	if err != nil {
		return &Error{Reason: Refused, Err: err}
	}
	return p.do(ctx, job{Query: q, statement: statement, zone: zone, work: work})
}

// read returns the statement as the engine of the pool reads it. It was read for another one if only the url_file
// says which one it is.
func (p *pool) read(statement *sqltext.Statement) (*sqltext.Statement, error) {
	_, isMySQL := p.dialect.(mysqlDialect)
	if statement.IsMySQL() == isMySQL {
		return statement, nil
	}
	parse := sqltext.Parse
	if isMySQL {
		parse = sqltext.ParseMySQL
	}
	again, err := parse(statement.SQL())
	if err != nil {
		return nil, &Error{Reason: Refused, Err: err}
	}
	return again, nil
}

// do waits for its turn and does the job, whose deadline follows from that. If conflicts with other transactions end it, it does
// the job up to three times, in what is left of the timeout.
func (p *pool) do(ctx context.Context, j job) error {
	if p.behind.has(j.sql()) {
		return errStillRuns
	}
	return p.places.do(ctx, j.Background, func(ctx context.Context, l *lease) (*lease, error) { return p.use(ctx, l, j) })
}

// use does the job on the connection of l unless it is nil. It returns the connection as attempt does.
func (p *pool) use(ctx context.Context, l *lease, j job) (*lease, error) {
	j.MaxBytes = cmp.Or(j.MaxBytes, DefaultMaxBytes)
	if j.Began != nil {
		j.Began()
	}
	j.deadline, j.within = time.Now().Add(j.Timeout), j.Timeout
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(j.deadline) {
		j.deadline, j.within = earlier, time.Until(earlier).Round(time.Millisecond)
	}
	for try, left := 1, j.within; ; try++ {
		var err error
		if l, err = p.attempt(ctx, l, &j, left); !isConflict(err) {
			return l, err
		}
		again := try < maxTries && j.waitBefore(ctx, try+1)
		switch {
		case errors.Is(ctx.Err(), context.Canceled):
			return l, ctx.Err()
		case !again && try > 1:
			return l, &Error{Reason: Conflict, Err: fmt.Errorf("tried %d times: %w", try, err)}
		case !again:
			return l, err
		}
		left = time.Until(j.deadline)
	}
}

// waitBefore waits before a further try of a query that others have ended: not before the second, and for a random time before the third,
// so that queries that have ended each other do not meet again. It reports whether there is time left for it.
func (j *job) waitBefore(ctx context.Context, try int) bool {
	wait := time.Duration(0)
	if try > 2 {
		wait = leastPause + rand.N(mostPause-leastPause)
	}
	if time.Until(j.deadline) <= wait {
		return false
	}
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

// attempt does the work once, on the connection of l unless it is nil. It returns the connection, in its transaction, if
// another query may take over. The server ends what takes longer than timeout.
func (p *pool) attempt(caller context.Context, l *lease, j *job, timeout time.Duration) (*lease, error) {
	f := failure{timeout: j.within, bytes: j.MaxBytes}
	ctx, cancel := context.WithDeadline(caller, j.deadline.Add(serverMargin))
	defer cancel()
	var err error
	if want := (settings{j.Timezone, timeout, j.MaxBytes}); l == nil || l.statement != j.statement || l.settings != want {
		if l, err = begin(ctx, p.connections(), p.dialect, l, want); l == nil {
			return nil, p.diagnose(caller, err, f)
		}
		l.statement = j.statement
	}
	f.begun = true
	p.reached(true)
	network := l.network
	network.setDeadline(time.Time{})
	network.allow(j.MaxBytes)
	stop := context.AfterFunc(ctx, func() { network.setDeadline(time.Now().Add(grace)) })

	s := &session{job: j, dialect: p.dialect, conn: l.conn, cancel: cancel}
	if err == nil {
		err = j.work(ctx, s)
	}
	f.said, f.sent, f.row, f.late = network.lastWords(), s.sent, s.row, ctx.Err() != nil || !time.Now().Before(j.deadline)

	inTime := stop()
	if inTime && err == nil && l.network.behind() == nil {
		return l, nil
	}
	if !inTime {
		// A cancellation may still be on its way and would hit the next query.
		network.discard()
	}
	l.end()
	if ended := l.network.behind(); ended != nil {
		p.behind.add(j.sql(), ended)
	}
	switch {
	case err == nil:
		return nil, nil
	case s.failed != nil:
		return nil, s.failed
	}
	return nil, p.diagnose(caller, err, f)
}

// query runs a statement with the query's parameters and has its rows read, with SQL before and after it that is ours and
// has no line break before it. In front of the statement is a line that says for whom it runs.
func (s *session) query(ctx context.Context, statement *sqltext.Statement, before, after string, read func(*sql.Rows) error) error {
	text, names := s.dialect.render(statement)
	return s.send(ctx, before+comment(s.KPIs)+text+after, names, read)
}

// send runs SQL with the parameters of these names, and has its rows read.
func (s *session) send(ctx context.Context, text string, names []string, read func(*sql.Rows) error) error {
	args := make([]any, len(names))
	for i, name := range names {
		var err error
		if args[i], err = s.Parameters.value(name, s.dialect); err != nil {
			return err
		}
	}
	s.sent = text
	rows, err := s.conn.QueryContext(ctx, s.sent, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	if err := read(rows); err != nil {
		return err
	}
	return rows.Err()
}

// comment returns one line, whatever the names are.
func comment(kpis []string) string { return "/* " + kpiNames(kpis) + " */\n" }

// kpiNames says for whom a query runs, in words that end no comment.
func kpiNames(kpis []string) string {
	names := strings.Map(func(r rune) rune {
		if r == '_' || r == ',' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.Join(kpis, ","))
	if len(names) > 200 {
		names = names[:200] + "..."
	}
	return "kpi_exporter kpi=" + names
}

// read gives every row to the caller's function.
func (s *session) read(rows *sql.Rows, begin func([]Column) (func([]Value) error, error)) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	columns, values, targets := columnsOf(types), make([]Value, len(types)), make([]any, len(types))
	for i := range types {
		values[i] = Value{cells: s.dialect, column: columns[i], zone: s.zone}
		targets[i] = &values[i]
	}
	each, err := begin(columns)
	if err != nil {
		return s.stop(err)
	}
	var size int64
	for s.row = 0; rows.Next(); s.row++ {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		for i := range values {
			if err := s.dialect.readable(&values[i]); err != nil {
				return s.stop(&Error{Reason: Refused, Err: fmt.Errorf("row %d: %w", s.row+1, err)})
			}
			size += values[i].size()
		}
		if size > s.MaxBytes {
			s.cancel()
			return errTooLarge
		}
		if err := each(values); err != nil {
			return s.stop(err)
		}
	}
	return nil // query checks rows.Err.
}

func columnsOf(types []*sql.ColumnType) []Column {
	columns := make([]Column, len(types))
	for i, t := range types {
		columns[i] = Column{Name: escape(t.Name()), Type: strings.ToLower(t.DatabaseTypeName())}
	}
	return columns
}

// stop cancels the query before its rows are closed, because closing reads all that is still to come.
func (s *session) stop(err error) error {
	s.failed = err
	s.cancel()
	return err
}

// writing are the words that begin statements which change something: rows, the session, or the transaction.
const writing = " insert update delete merge replace truncate create alter drop grant revoke comment copy call do lock vacuum" +
	" analyze reindex refresh set reset discard begin start commit end rollback abort savepoint release prepare execute" +
	" deallocate declare listen notify load attach detach pragma "

// readsOnly refuses a statement that is not a query before it reaches the database. The read-only transaction stops what
// a query might still try to write, but not a COMMIT or what outlives a transaction, such as PREPARE.
func readsOnly(s *sqltext.Statement) *Error {
	word := s.FirstWord().Text
	first := strings.ToLower(word)
	switch first {
	case "", "select", "with", "values", "table":
		return changesNothing(s)
	}
	reason := Refused
	if strings.Contains(writing, " "+first+" ") {
		reason = Write
	}
	return &Error{Reason: reason, Err: fmt.Errorf("a query begins with SELECT, WITH, VALUES or TABLE, not with %s: it reads and changes nothing", word)}
}

// changesNothing refuses what a query of MySQL may change in spite of a read-only transaction.
func changesNothing(s *sqltext.Statement) *Error {
	if !s.IsMySQL() {
		return nil
	}
	if words, does := s.MySQLChange(); words != "" {
		return &Error{Reason: Write, Err: fmt.Errorf("%s %s", words, does)}
	}
	return nil
}
