package database

import (
	"bytes"
	"encoding/binary"
	"net"
	"slices"
	"sync/atomic"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

const (
	messageHead  = 5     // The kind of a message, and its length, which counts all but the kind.
	leastError   = 8     // The length of the shortest error. What is shorter is text.
	longestError = 30004 // The length of the longest error that lib/pq reads.
	longestFirst = 2000  // The length of the longest first message that is no error, and of the longest request for a password, as libpq has it.
)

// tap reads along what the server sends, above TLS, because lib/pq does not report why a server, or a pooler, ends a session. It changes
// nothing of what is sent, but fails once it is more than allowed, and once it is not what a server says: lib/pq makes room for a whole
// row, however long it says that it is.
type tap struct {
	net.Conn
	address string       // As it was dialed.
	allowed atomic.Int64 // Bytes that may still come.
	failed  error        // Why no more of them are passed on.

	open bool   // The server has begun to talk in messages.
	head []byte // The kind and length of the message that is being read, as far as they have arrived.
	left int    // Bytes of the message that are still to come after the head.
	body []byte // The body of an error message, or of a request for a password.
	last atomic.Pointer[pq.Error]
}

// Read implements net.Conn.
func (t *tap) Read(b []byte) (int, error) {
	if t.failed != nil {
		return 0, t.failed
	}
	n, err := t.Conn.Read(b)
	complete, failed := t.hear(b[:n])
	if t.allowed.Add(-int64(n)) < int64(t.left) && failed == nil {
		failed = errTooLarge
	}
	switch t.failed = failed; {
	case failed == nil:
		return n, err
	case complete == 0:
		return 0, failed
	}
	return complete, nil
}

// lastWords returns the error with which the server ended the session, nil if it sent none.
func (t *tap) lastWords() error {
	if said := t.last.Load(); said != nil {
		return said
	}
	return nil
}

// hear returns how many of the bytes belong to complete messages, and why the next one is not passed on.
func (t *tap) hear(b []byte) (complete int, failed error) {
	all := len(b)
	for len(b) > 0 {
		if t.left > 0 {
			n := min(t.left, len(b))
			if t.head[0] == 'E' || t.head[0] == 'R' {
				t.body = append(t.body, b[:n]...)
			}
			t.left -= n
			b = b[n:]
		} else {
			n := min(messageHead-len(t.head), len(b))
			t.head = append(t.head, b[:n]...)
			b = b[n:]
			if err := t.check(b); err != nil {
				return complete, err
			}
			if len(t.head) == messageHead {
				t.left = t.length() - (messageHead - 1)
			}
		}
		if len(t.head) == messageHead && t.left == 0 {
			switch t.head[0] {
			case 'E':
				t.note()
			case 'R':
				if err := checkIterations(t.address, t.body); err != nil {
					return complete, err
				}
			}
			t.head, t.body = t.head[:0], t.body[:0]
			complete = all - len(b)
		}
	}
	return complete, nil
}

func (t *tap) length() int { return int(binary.BigEndian.Uint32(t.head[1:])) }

// check returns what is wrong with the head of a message, as far as it has arrived, after which the rest has come.
func (t *tap) check(rest []byte) error {
	kind := t.head[0]
	answer := func() []byte { return slices.Concat(t.head, rest) } // A copy for each row would take longer than the row.
	switch {
	case !t.open && !slices.Contains([]byte("REv"), kind): // It asks for a password or is content, refuses, or wants another version.
		return newStranger(t.address, postgresName, answer())
	case len(t.head) < messageHead:
		return nil
	case t.length() < messageHead-1, kind == 'E' && t.length() < leastError, kind != 'E' && (!t.open || kind == 'R') && t.length() > longestFirst:
		return newStranger(t.address, postgresName, answer())
	case kind == 'E' && t.length() > longestError && !t.open:
		return newRefusal(t.address, answer())
	case kind == 'E' && t.length() > longestError:
		return errLongError
	}
	t.open = true
	return nil
}

// note keeps an error that ends the session.
func (t *tap) note() {
	said, fatal := &pq.Error{}, false
	for field := range bytes.SplitSeq(t.body, []byte{0}) {
		if len(field) == 0 {
			break
		}
		text := string(field[1:])
		switch field[0] {
		case 'S': // In the server's language.
			said.Severity = text
			fatal = fatal || text == pqerror.SeverityFatal || text == pqerror.SeverityPanic
		case 'V':
			fatal = fatal || text == pqerror.SeverityFatal || text == pqerror.SeverityPanic
		case 'C':
			said.Code = pqerror.Code(text)
		case 'M':
			said.Message = text
		case 'D':
			said.Detail = text
		case 'H':
			said.Hint = text
		}
	}
	if fatal {
		t.last.Store(said)
	}
}
