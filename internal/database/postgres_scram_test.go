package database

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// askForHashes is a server that asks for a password, hashed so many times. It returns its address.
func askForHashes(t *testing.T, times string) string {
	t.Helper()
	return accept(t, func(conn net.Conn) {
		read := bufio.NewReader(conn)
		body := func() string {
			var length uint32
			if binary.Read(read, binary.BigEndian, &length) != nil || length < 4 {
				return ""
			}
			b := make([]byte, length-4)
			_, _ = io.ReadFull(read, b)
			return string(b)
		}
		body() // The start.
		_, _ = io.WriteString(conn, message('R', "\x00\x00\x00\x0aSCRAM-SHA-256\x00\x00"))
		_, _ = read.ReadByte()
		_, nonce, _ := strings.Cut(body(), "r=")
		_, _ = io.WriteString(conn, message('R', "\x00\x00\x00\x0br="+nonce+"server,s=c2FsdHNhbHRzYWx0c2FsdA==,i="+times))
		_, _ = io.Copy(io.Discard, read) // Until the other side gives up.
	})
}

// TestTooManyHashes holds that a server cannot have the exporter compute for hours, and then have nobody connect.
func TestTooManyHashes(t *testing.T) {
	for _, times := range []string{"2000000000", "+2000000000", "0001000001"} {
		t.Run(times, func(t *testing.T) {
			address := askForHashes(t, times)
			p := openPool(t, "postgres://u:hunter2-canary@"+address+"/db?sslmode=disable", 2)
			for range 2 {
				within(t, 2*time.Second, func() {
					_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
					wantError(t, err, Connect, "cannot connect: "+address+" has a password hashed "+strings.TrimLeft(times, "+0")+" times, and 1000000 times are the most: ")
				})
			}
		})
	}
}

func TestCheckIterations(t *testing.T) {
	const request = "\x00\x00\x00\x0br=nonce,s=c2FsdA==,"
	for name, test := range map[string]struct {
		body    string
		refused bool
	}{
		"PostgreSQL's own":   {request + "i=4096", false},
		"the most":           {request + "i=1000000", false},
		"one more":           {request + "i=1000001", true},
		"not a number":       {request + "i=many", false}, // lib/pq says so.
		"no number":          {request + "i=", false},
		"in another request": {"\x00\x00\x00\x0cv=abcd,i=2000000000", false},
		"without a kind":     {"\x00\x00", false},
		"a success":          {"\x00\x00\x00\x00", false},
	} {
		if err := checkIterations("db:5432", []byte(test.body)); (err != nil) != test.refused {
			t.Errorf("%s: error %v, want one: %v", name, err, test.refused)
		}
	}
}
