package database

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strconv"
	"sync"
	"sync/atomic"
	"time"
)

// mysqlTap is the network connection of one connection to MySQL. It reads along the server's first message, which is never
// encrypted: the driver does not tell what is in it. It fails once it has read more than allowed: the driver holds a whole
// row in memory, however long it is.
type mysqlTap struct {
	net.Conn
	allowed atomic.Int64 // Bytes that may still come.

	address string // As it was dialed.
	first   []byte // What has come of the first message; nil when it is complete.
	heard   bool
	version string // The server's.
	id      string // The session's number.

	mu     sync.Mutex
	failed error // Why reading or writing failed first.
}

// dial is the driver's DialFunc.
func (t *mysqlTap) dial(ctx context.Context, network, address string) (net.Conn, error) {
	t.address = address
	var err error
	if t.Conn, err = (&net.Dialer{}).DialContext(ctx, network, address); err != nil {
		return nil, err
	}
	return t, nil
}

func (t *mysqlTap) setDeadline(at time.Time) { setDeadline(t.Conn, at) }

// Read implements net.Conn.
func (t *mysqlTap) Read(b []byte) (int, error) {
	n, err := t.Conn.Read(b)
	if strange := t.hear(b[:n]); strange != nil {
		n, err = 0, strange
	}
	if t.allowed.Add(-int64(n)) < 0 {
		n, err = 0, errTooLarge
	}
	return n, t.note(err)
}

// Write implements net.Conn.
func (t *mysqlTap) Write(b []byte) (int, error) {
	n, err := t.Conn.Write(b)
	return n, t.note(err)
}

func (t *mysqlTap) note(err error) error {
	if err == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.failed == nil {
		t.failed = err
		if errors.Is(err, io.EOF) {
			t.failed = io.ErrUnexpectedEOF // The first is the end of rows.
		}
	}
	return err
}

// failure returns why the network failed; nil if it did not.
func (t *mysqlTap) failure() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.failed
}

// hear reads the first message: after a head of four bytes and the version of the protocol there are the server's version, which ends with a
// zero, and the number of the session; or an error. It returns an error if that is not what the message is.
func (t *mysqlTap) hear(b []byte) error {
	const head, isError, longest = 5, 0xff, 200
	if t.heard {
		return nil
	}
	t.first = append(t.first, b...)
	if len(t.first) < head {
		return nil
	}
	length := bytes.IndexByte(t.first[head:], 0)
	after := head + length + 1
	switch sequence, protocol := t.first[head-2], t.first[head-1]; {
	case sequence != 0 || protocol > 10 && protocol != isError, protocol != isError && length < 0 && len(t.first) > longest:
		return newStranger(t.address, "MySQL", t.first)
	case protocol == isError:
	case length < 0 || len(t.first) < after+4:
		return nil
	default:
		t.version, t.id = string(t.first[head:head+length]), strconv.FormatUint(uint64(binary.LittleEndian.Uint32(t.first[after:])), 10)
	}
	t.first, t.heard = nil, true
	return nil
}
