package database

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// talker accepts connections and says the same on each: at once, or after it has read the first bytes. It returns its address.
func talker(t *testing.T, waits bool, says ...string) string {
	t.Helper()
	return accept(t, func(conn net.Conn) {
		if waits {
			if _, err := io.ReadFull(conn, make([]byte, 8)); err != nil {
				return
			}
		}
		for _, s := range says {
			if _, err := io.WriteString(conn, s); err != nil {
				return
			}
		}
		_, _ = io.Copy(io.Discard, conn) // Until the other side gives up.
	})
}

// TestStranger connects to the ports of other servers, three times: that is said at once, and costs no memory.
func TestStranger(t *testing.T) {
	const stranger, refusal = "cannot connect: %s is not a PostgreSQL server: it answered ", "cannot connect: %s cannot serve the connection, or is not a PostgreSQL server: it answered "
	const other = "cannot connect: %s is not a MySQL server: it answered "
	const fork = "Ecould not fork new process for connection: Cannot allocate memory\n\x00"
	every := []string{"disable", "allow", "prefer", "require"}
	for name, test := range map[string]struct {
		address string
		modes   []string
		want    string
	}{
		"SSH":               {talker(t, false, "SSH-2.0-OpenSSH_9.2\r\n"), every, stranger + `"SSH-2.0-OpenSSH_9.2"`},
		"HTTP":              {talker(t, true, "HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain\r\n\r\n"), every, stranger + `"HTTP/1.1 400 Bad Request\r\nContent-Type: text/plain`},
		"VNC":               {talker(t, false, "RFB 003.008\n"), every, stranger + `"RFB 003.008"`},
		"MySQL":             {talker(t, false, "J\x00\x00\x00\n5.5.5-10.11.6-MariaDB\x00"), every, stranger + `"J\x00\x00\x00\n5.5.5-10.11.6-MariaDB"`},
		"memcached":         {talker(t, true, "ERROR\r\n"), every, refusal + `"ERROR"`},
		"no more processes": {talker(t, true, fork), every, refusal + `"Ecould not fork new process for connection: Cannot allocate memory"`},
		"a terminal":        {talker(t, true, "\x1b[2J\u202eroot\xff"+strings.Repeat("x", 9000)), every, stranger + `"\x1b[2J\u202eroot\xff` + strings.Repeat("x", 68) + `…"`},
		"agrees to TLS":     {talker(t, true, "S", "SH-2.0-OpenSSH_9.2\r\n"), []string{"require"}, "cannot connect: %s is not a PostgreSQL server: it answered "},
		"a huge message":    {talker(t, true, "R\x7f\xff\xff\xff"), every, stranger},
		"SSH for MySQL":     {talker(t, false, "SSH-2.0-OpenSSH_9.2\r\n"), []string{"mysql"}, other + `"SSH-2.0-OpenSSH_9.2"`},
		"SMTP for MySQL":    {talker(t, false, "220 mail.example ESMTP\r\n"), []string{"mysql"}, other + `"220 mail.example ESMTP"`},
		"no end for MySQL":  {talker(t, false, "\xff\xff\xff\x00\n"+strings.Repeat("8", 500)), []string{"mysql"}, other + `"\xff\xff\xff\x00\n888`},
	} {
		for _, mode := range test.modes {
			t.Run(name+" "+mode, func(t *testing.T) {
				p, most := openPool(t, "postgres://u:hunter2-canary@"+test.address+"/db?sslmode="+mode, 2), uint64(1<<20)
				if mode == "mysql" {
					p, most = openPool(t, "mysql://u:hunter2-canary@"+test.address+"/db?ssl-mode=PREFERRED", 2), 17<<20
				}
				for range 3 {
					q, before := newQuery(t, "SELECT 1"), allocated()
					if mode == "mysql" {
						q = newMySQLQuery(t, "SELECT 1")
					}
					within(t, 2*time.Second, func() {
						_, _, err := run(t.Context(), p, q)
						wantError(t, err, Connect, fmt.Sprintf(test.want, test.address))
						if strings.Contains(err.Error(), "canary") || bytes.ContainsAny([]byte(err.Error()), "\x1b\u202e") {
							t.Error(err)
						}
					})
					if took := allocated() - before; took > most {
						t.Errorf("took %d kB of memory", took>>10)
					}
				}
			})
		}
	}
}
