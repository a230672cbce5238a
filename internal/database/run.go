package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jmoiron/sqlx"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

const (
	// The server is given this long to say itself that the time is over: its sentence is better than ours, and the
	// connection stays good.
	serverMargin = 250 * time.Millisecond
	// grace is how long the network is waited for after that, to cancel and to roll back.
	grace = time.Second
	// A connection that lay idle is waited for a quarter of the time there is, between these bounds: a firewall may have
	// forgotten it, which neither end hears of.
	leastPatience, mostPatience = time.Second, 3 * time.Second
	// handedFor is how long queries that wait for each other use a connection without giving it back: a pooler wants to
	// give it to others, too, and one that has grown old is to be closed.
	handedFor = time.Second
)

// Parameters are the values of the named parameters.
type Parameters struct {
	AsOf                       time.Time
	PeriodStart, PeriodEnd     time.Time
	PreviousStart, PreviousEnd time.Time
	Timezone                   string // IANA name.
}

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

// Query is one statement with all that it needs to run.
type Query struct {
	KPIs       []string // For whom it runs; the database's administrators see the names in a comment.
	Statement  *sqltext.Statement
	Parameters Parameters
	Timezone   string        // Of the session, an IANA name; "" means UTC.
	Timeout    time.Duration // From the moment that the query has a connection's place; must be positive.
	Began      func()        // Called at that moment; may be nil.
}

// Column is a column of a result.
type Column struct {
	Name string
	Type string // As the engine calls it, in lower case; "" if the driver does not know it.
}

// Run runs a query. begin is called with the columns, and returns the function that is called with every row; a row is
// valid until that function returns. The first error of either stops the query at once and comes back as it is. So does
// the end of ctx if ctx is canceled. Every other error is an *Error.
//
// The query waits for a connection as long as ctx allows, then for its timeout. However the network behaves, Run
// returns within two seconds after that. A query that a conflict with other transactions ended is run a second time, at
// once: begin is called again then, and the rows before that are void. Every other query is run at most once.
func (p *Pool) Run(ctx context.Context, q Query, begin func([]Column) (func([]Value) error, error)) error {
	return p.transact(ctx, q, func(ctx context.Context, s *session) error {
		return s.query(ctx, q, "", "", func(rows *sql.Rows) error { return s.read(rows, begin) })
	})
}

// session is a connection in a transaction.
type session struct {
	dialect dialect
	conn    *sqlx.Conn
	zone    *time.Location
	cancel  context.CancelFunc // Stops the query on the server.
	failed  error              // The error of the caller's functions.
	sent    string             // The SQL that was sent last.
}

// job is work to do in a read-only transaction.
type job struct {
	Query
	zone     *time.Location
	deadline time.Time     // When the timeout has passed.
	within   time.Duration // The query's timeout, or less if the caller's context leaves less.
	work     func(context.Context, *session) error
}

// transact does the work in a read-only transaction, and rolls it back. If a conflict with other transactions ended it, it
// does the work a second time, in what is left of the timeout.
func (p *Pool) transact(ctx context.Context, q Query, work func(context.Context, *session) error) error {
	if err := readsOnly(q.Statement); err != nil {
		return err
	}
	zone, err := time.LoadLocation(q.Timezone)
	if err != nil {
		return &Error{Reason: Refused, Err: err}
	}
	l, err := p.acquire(ctx)
	if err != nil {
		return err
	}
	defer func() { p.release(l) }()
	if q.Began != nil {
		q.Began()
	}
	j := job{Query: q, zone: zone, deadline: time.Now().Add(q.Timeout), within: q.Timeout, work: work}
	if earlier, ok := ctx.Deadline(); ok && earlier.Before(j.deadline) {
		j.deadline, j.within = earlier, time.Until(earlier).Round(time.Millisecond)
	}
	l, err = p.attempt(ctx, l, j, j.within)
	if left := time.Until(j.deadline); isConflict(err) && ctx.Err() == nil && left > 0 {
		if l, err = p.attempt(ctx, l, j, left); isConflict(err) {
			err = &Error{Reason: Conflict, Err: fmt.Errorf("tried twice: %w", err)}
		}
	}
	return err
}

// attempt does the work once, on the connection of l unless it is nil. It returns the connection, in its transaction, if
// another query may take over. The server ends what takes longer than timeout.
func (p *Pool) attempt(caller context.Context, l *link, j job, timeout time.Duration) (*link, error) {
	f := failure{timeout: j.within}
	ctx, cancel := context.WithDeadline(caller, j.deadline.Add(serverMargin))
	defer cancel()
	d, db, err := p.open()
	if err != nil {
		return l, p.explain(caller, err, nil, f)
	}
	if begin := d.begin(j.Query, timeout); l == nil || l.statement != j.Statement || l.begin != begin {
		if l, err = connect(ctx, db, d, l, begin); l == nil {
			return nil, p.explain(caller, err, d, f)
		}
		l.statement = j.Statement
	}
	f.begun = true
	p.reached(true)
	wire := l.wire
	wire.limit(time.Time{})
	stop := context.AfterFunc(ctx, func() { wire.limit(time.Now().Add(grace)) })

	s := &session{dialect: d, conn: l.conn, cancel: cancel, zone: j.zone}
	if err == nil {
		err = j.work(ctx, s)
	}
	f.said, f.sent, f.late = wire.lastWords(), s.sent, ctx.Err() != nil || !time.Now().Before(j.deadline)

	inTime := stop()
	if inTime && err == nil {
		return l, nil
	}
	if !inTime {
		// A cancellation may still be on its way and would hit the next query.
		wire.discard()
	}
	l.end()
	switch {
	case err == nil:
		return nil, nil
	case s.failed != nil:
		return nil, s.failed
	}
	return nil, p.explain(caller, err, d, f)
}

// link is a connection in a transaction.
type link struct {
	conn  *sqlx.Conn
	wire  limited
	taken time.Time // From the connections that database/sql keeps.

	begin     string             // What began the transaction.
	statement *sqltext.Statement // The only one that runs in it: a function may have set what would mislead another.
}

// connect begins a transaction; from then on database/sql repeats nothing, because it runs on one connection. The
// transaction of l is ended with it unless l is nil. The death of a connection that lay idle, and its silence, are no news:
// the next one is tried, until one is new. Nothing of the query has run on it by then. A link that comes with an error is
// good, but the database refuses what begin wants.
func connect(ctx context.Context, db *sqlx.DB, d dialect, l *link, begin string) (*link, error) {
	for silent := false; ; {
		before, fresh := "ROLLBACK; ", false
		if l == nil {
			var err error
			if l, err = take(ctx, db); err != nil {
				return nil, err
			}
			before, fresh = "", l.wire.fresh()
		}
		if silent && !fresh { // What has swallowed one has swallowed all.
			l.drop()
			l = nil
			continue
		}
		wire := l.wire
		wire.limit(patience(ctx, fresh))
		stop := context.AfterFunc(ctx, func() { wire.limit(time.Now()) })
		_, err := l.conn.ExecContext(context.Background(), before+begin) // The network's limit stops it: lib/pq needs no watcher.
		inTime := stop()
		if reason, _ := d.classify(err, ""); inTime && (err == nil || reason != "") {
			l.begin = begin
			return l, err
		}
		if err == nil {
			err = errors.Join(context.Cause(ctx), l.rollback())
		}
		if said := wire.lastWords(); said != nil && isGone(err) {
			err = said
		}
		l.drop()
		switch {
		case fresh:
			return nil, err
		case ctx.Err() != nil:
			return nil, errors.Join(errIdle, err)
		}
		silent, l = errors.Is(err, os.ErrDeadlineExceeded), nil
	}
}

// errIdle says that a connection had been used before.
var errIdle = errors.New("on a connection that lay idle")

// patience returns until when a connection is waited for to begin a transaction; the zero instant means as long as ctx.
func patience(ctx context.Context, fresh bool) time.Time {
	if fresh {
		return time.Time{}
	}
	wait := mostPatience
	if deadline, ok := ctx.Deadline(); ok {
		wait = min(wait, max(time.Until(deadline)/4, leastPatience))
	}
	return time.Now().Add(wait)
}

// take returns a connection that is in no transaction yet.
func take(ctx context.Context, db *sqlx.DB) (*link, error) {
	conn, err := db.Connx(ctx)
	if err != nil {
		return nil, err
	}
	l := &link{conn: conn, wire: unlimited{}, taken: time.Now()}
	err = conn.Raw(func(driverConn any) error {
		if wire, ok := driverConn.(limited); ok {
			l.wire = wire
		}
		return nil
	})
	if err != nil {
		conn.Close()
		return nil, err
	}
	return l, nil
}

// end ends the transaction and the use of the connection.
func (l *link) end() {
	l.wire.limit(time.Now().Add(grace))
	if l.rollback() != nil {
		l.wire.discard()
	}
	l.conn.Close()
}

// drop ends the connection, whatever it is in.
func (l *link) drop() {
	l.wire.discard()
	l.conn.Close()
}

func (l *link) rollback() error {
	_, err := l.conn.ExecContext(context.Background(), "ROLLBACK")
	return err
}

type unlimited struct{}

func (unlimited) limit(time.Time)  {}
func (unlimited) discard()         {}
func (unlimited) lastWords() error { return nil }
func (unlimited) fresh() bool      { return true }

// query runs the query and has its rows read, with SQL before and after it that is ours and has no line break before
// it. In front of the query is a line that says for whom it runs.
func (s *session) query(ctx context.Context, q Query, before, after string, read func(*sql.Rows) error) error {
	text, names := q.Statement.Render(s.dialect.placeholder)
	args := make([]any, len(names))
	for i, name := range names {
		var err error
		if args[i], err = q.Parameters.value(name, s.dialect); err != nil {
			return err
		}
	}
	s.sent = before + comment(q.KPIs) + text + after
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
func comment(kpis []string) string {
	names := strings.Map(func(r rune) rune {
		if r == '_' || r == ',' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.Join(kpis, ","))
	if len(names) > 200 {
		names = names[:200] + "..."
	}
	return "/* kpi_exporter kpi=" + names + " */\n"
}

// read gives every row to the caller's function.
func (s *session) read(rows *sql.Rows, begin func([]Column) (func([]Value) error, error)) error {
	types, err := rows.ColumnTypes()
	if err != nil {
		return err
	}
	columns, values, targets := columnsOf(types), make([]Value, len(types)), make([]any, len(types))
	for i := range types {
		values[i] = Value{dialect: s.dialect, column: columns[i], zone: s.zone}
		targets[i] = &values[i]
	}
	each, err := begin(columns)
	if err != nil {
		return s.stop(err)
	}
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			return err
		}
		if err := each(values); err != nil {
			return s.stop(err)
		}
	}
	return nil // What rows.Err says, query asks for.
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

// readsOnly refuses a statement that is no query before it reaches the database. The read-only transaction stops what
// a query might still try to write, but not a COMMIT or what outlives a transaction, such as PREPARE.
func readsOnly(s *sqltext.Statement) *Error {
	words := s.Words()
	if len(words) == 0 {
		return nil
	}
	first := strings.ToLower(words[0].Text)
	if slices.Contains([]string{"select", "with", "values", "table"}, first) {
		return nil
	}
	reason := Refused
	if strings.Contains(writing, " "+first+" ") {
		reason = Write
	}
	return &Error{Reason: reason, Err: fmt.Errorf("a query begins with SELECT, WITH, VALUES or TABLE, not with %s: it reads and changes nothing", words[0].Text)}
}
