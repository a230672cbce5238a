package database

import (
	"cmp"
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// FailureReason is one word for why a query failed.
type FailureReason string

// The reasons, which are also values of the label reason.
const (
	Connect  FailureReason = "connect"   // The database cannot be reached, or went away.
	Timeout  FailureReason = "timeout"   // The query, or a lock that it waits for, took too long.
	Refused  FailureReason = "query"     // The database refuses the query or it failed there.
	Conflict FailureReason = "conflict"  // Other transactions ended the query: a deadlock, a serialization failure, a standby that catches up.
	Write    FailureReason = "write"     // The query tries to change something.
	TooLarge FailureReason = "too_large" // The result has more bytes than a query may read.
)

// Error is why a query failed: a sentence for a person, without any secret. It may hold data of the product, such as
// the text that is not a number: it is for logs, not for labels.
type Error struct {
	Reason FailureReason
	Err    error
}

// Error returns the sentence.
func (e *Error) Error() string { return e.Err.Error() }

// Unwrap returns the error of the driver, or a substitute if that one would show a secret.
func (e *Error) Unwrap() error { return e.Err }

// failure is what is known of a run when it fails.
type failure struct {
	begun   bool          // The transaction had begun: the database was reachable.
	late    bool          // The timeout has passed.
	timeout time.Duration // The query's, or less if the caller's context leaves less.
	sent    string        // The SQL that was sent last.
	said    error         // With which the server ended the session, nil if that is not known.
	row     int           // Number of the row that was read last, from 1; 0 before the first.
	bytes   int64         // How many the result may have.
}

// errTooLarge means that a result has more bytes than it may have, or a single value has.
var errTooLarge = errors.New("the result is too large")

// diagnose turns the error of a driver into one with a reason. The caller's own end of ctx comes back as it is.
func (p *pool) diagnose(ctx context.Context, err error, f failure) error {
	if errors.Is(ctx.Err(), context.Canceled) {
		return ctx.Err()
	}
	if explained, ok := errors.AsType[*Error](err); ok {
		if explained.Reason == Connect { // There is no URL.
			p.reached(false)
		}
		return explained
	}
	gone := isGone(err)
	if gone && f.said != nil {
		err = f.said
	}
	reason, sentence := p.dialect.classify(err, f.sent)
	silent := errors.Is(err, os.ErrDeadlineExceeded) // The network's deadline, not that of a context.
	switch {
	case f.begun && (errors.Is(err, errTooLarge) || reason == TooLarge):
		reason = TooLarge
		sentence = fmt.Sprintf("the result exceeds %d MB at row %d: select only the columns that the KPI reads, and short labels", f.bytes>>20, f.row+1)
	case !f.begun:
		reason = Connect
		switch {
		case errors.Is(err, errIdle):
			sentence = fmt.Sprintf("no answer in time %v (the query's timeout is %s)", errIdle, format.Length(f.timeout))
		case silent, errors.Is(err, context.DeadlineExceeded):
			sentence = fmt.Sprintf("cannot connect: no answer in time (the query's timeout is %s)", format.Length(f.timeout))
		case gone && sentence == "":
			sentence = "cannot connect: the server closes the connection at once"
		default:
			sentence = "cannot connect: " + cmp.Or(sentence, err.Error())
		}
	case isFault(err):
		reason, sentence = Connect, err.Error()
	case errors.Is(err, errBehind):
		reason, sentence = Timeout, fmt.Sprintf("the query took longer than its timeout of %s, and nothing can end it: a function computes for long, or the file system hangs. "+
			"Until it has ended, it takes one of max_connections", format.Length(f.timeout))
	case silent:
		reason, sentence = Timeout, fmt.Sprintf("nothing was heard from the server within the query's timeout of %s: the network or the server hangs", format.Length(f.timeout))
	case f.late && (reason == Timeout || reason == ""):
		reason, sentence = Timeout, fmt.Sprintf("the query took longer than its timeout of %s", format.Length(f.timeout))
	case gone && (reason == Connect || reason == Refused):
		reason, sentence = Connect, "the server closed the connection while the query ran: "+sentence
	case reason != "":
	case gone:
		reason, sentence = Connect, "the server closed the connection while the query ran: an administrator ended the connection, or the server is shutting down or has crashed"
	default:
		reason, sentence = Refused, err.Error()
	}
	if reason == Connect {
		p.reached(false)
	} else {
		p.reached(!silent)
	}
	return &Error{Reason: reason, Err: p.hide(sentence, err)}
}

// isConflict reports whether the query may succeed when it simply runs again.
func isConflict(err error) bool {
	explained, ok := errors.AsType[*Error](err)
	return ok && explained.Reason == Conflict
}

// hide returns an error that reads as the sentence, in UTF-8 and on one line, and unwraps to err, unless err would show a secret.
func (p *places) hide(sentence string, err error) error {
	text := err.Error()
	clean, isShort := p.secrets.Redact(text)
	sentence, isWithheld := p.secrets.Redact(sentence)
	if isWithheld {
		if coded, ok := errors.AsType[interface {
			error
			SQLState() string
		}](err); ok {
			sentence += " (" + coded.SQLState() + ")"
		}
	}
	switch {
	case isShort && isUnanswered(err):
		err = os.ErrDeadlineExceeded
	case isShort:
		err = errors.New(sentence)
	case clean != text:
		err = errors.New(clean)
	}
	return &sentenceError{text: format.Visible(escape(sentence)), err: err}
}

type sentenceError struct {
	text string
	err  error
}

func (e *sentenceError) Error() string { return e.text }
func (e *sentenceError) Unwrap() error { return e.err }

// isGone reports whether the other side closed the connection.
func isGone(err error) bool {
	broken, ok := errors.AsType[*net.OpError](err)
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) ||
		errors.Is(err, net.ErrClosed) || ok && broken.Op != "dial"
}
