package database

import (
	"bytes"
	"encoding/binary"
	"net"
	"sync/atomic"

	"github.com/lib/pq"
	"github.com/lib/pq/pqerror"
)

// maxLastWords bounds what is kept of a message, in bytes.
const maxLastWords = 64 << 10

// tap reads along what the server sends, above TLS, because lib/pq does not report why a server, or a pooler, ends a session. It changes
// nothing of what is sent, but fails once it is more than allowed: lib/pq makes room for a whole row, however long it says that it is.
type tap struct {
	net.Conn
	allowed  atomic.Int64 // Bytes that may still come.
	tooLarge bool         // More of them come, or are announced.

	deaf bool   // Nothing is to be understood.
	open bool   // The server has begun to talk in messages.
	head []byte // The kind and length of the message that is being read, as far as they have arrived.
	left int    // Bytes of the message that are still to come after the head.
	body []byte // The body of an error message.
	last atomic.Pointer[pq.Error]
}

// Read implements net.Conn.
func (t *tap) Read(b []byte) (int, error) {
	if t.tooLarge {
		return 0, errTooLarge
	}
	n, err := t.Conn.Read(b)
	complete := t.hear(b[:n])
	if t.allowed.Add(-int64(n)) >= int64(t.left) {
		return n, err
	}
	t.tooLarge = true
	if complete == 0 {
		return 0, errTooLarge
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

// hear returns how many of the bytes belong to complete messages.
func (t *tap) hear(b []byte) (complete int) {
	all := len(b)
	for len(b) > 0 && !t.deaf {
		switch {
		case !t.open:
			switch b[0] {
			case 'R', 'E', 'v': // It asks for a password or is content, refuses, or wants another version.
				t.open = true
			default:
				t.deaf = true
			}
		case t.left > 0:
			n := min(t.left, len(b))
			if t.isError() {
				t.body = append(t.body, b[:n]...)
			}
			t.left -= n
			b = b[n:]
		default:
			n := min(5-len(t.head), len(b))
			t.head = append(t.head, b[:n]...)
			b = b[n:]
			if len(t.head) == 5 {
				t.left = int(binary.BigEndian.Uint32(t.head[1:])) - 4
				t.deaf = t.left < 0
			}
		}
		if len(t.head) == 5 && t.left == 0 {
			if t.isError() {
				t.note()
			}
			t.head, t.body = t.head[:0], t.body[:0]
			complete = all - len(b)
		}
	}
	return complete
}

// isError reports whether the message that is being read is an error of a size that errors have.
func (t *tap) isError() bool {
	return t.head[0] == 'E' && binary.BigEndian.Uint32(t.head[1:]) <= maxLastWords
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
