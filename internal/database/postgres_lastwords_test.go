package database

import (
	"context"
	"database/sql"
	"encoding/binary"
	"errors"
	"io"
	"math"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// message returns a message as a server sends it; the fields of an error end with a zero byte each.
func message(kind byte, body string) string {
	return string(kind) + string(binary.BigEndian.AppendUint32(nil, uint32(len(body)+4))) + body
}

// TestTapCopiesNothing has the tap read along a result as lib/pq reads it, a buffer at a time: what it takes does not grow with the rows.
func TestTapCopiesNothing(t *testing.T) {
	const buffer = 4096
	rows := []byte(strings.Repeat(message('D', "\x00\x01\x00\x00\x00\x06abcdef"), 10_000))
	near := &tap{open: true}
	allocations := testing.AllocsPerRun(1, func() {
		for piece := range slices.Chunk(rows, buffer) {
			if _, err := near.hear(piece); err != nil {
				t.Fatal(err)
			}
		}
	})
	if allocations > 10 {
		t.Errorf("%v allocations for 10,000 rows", allocations)
	}
}

// TestTapHearsLastWords sends what servers say in pieces of every size.
func TestTapHearsLastWords(t *testing.T) {
	const end = "SFATAL\x00VFATAL\x00C57P01\x00Mgood bye\x00Hsleep\x00\x00"
	start := message('R', "\x00\x00\x00\x00") + message('S', "server_encoding\x00UTF8\x00") + message('Z', "I")
	tests := map[string]struct {
		said, want string
	}{
		"nothing":                   {start, ""},
		"an error":                  {start + message('E', "SERROR\x00VERROR\x00C22012\x00Mdivision by zero\x00\x00") + message('Z', "I"), ""},
		"the end":                   {start + message('D', strings.Repeat("x", 300)) + message('E', end), "good bye (57P01)"},
		"the end at once":           {message('E', end), "good bye (57P01)"},
		"after an error":            {start + message('E', "SERROR\x00C22012\x00Mfirst\x00\x00") + message('E', end), "good bye (57P01)"},
		"in another language":       {start + message('E', "STÖDLICH\x00VFATAL\x00C57P01\x00Mciao\x00\x00"), "ciao (57P01)"},
		"of an old server":          {start + message('E', "SPANIC\x00C57P02\x00Mcrash\x00\x00"), "crash (57P02)"},
		"an empty message":          {start + message('n', "") + message('E', end), "good bye (57P01)"},
		"a notice":                  {start + message('N', end), ""},
		"a length that cannot be":   {start + "E\xff\xff\xff\xff" + message('E', end), ""},
		"an error without an end":   {start + message('E', "SFATAL\x00M"+strings.Repeat("x", 2000)), strings.Repeat("x", 2000) + " ()"},
		"fields that are not there": {start + message('E', ""), ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for size := range len(test.said) {
				near := &tap{}
				for rest := test.said; rest != ""; {
					n := min(size+1, len(rest))
					_, _ = near.hear([]byte(rest[:n]))
					rest = rest[n:]
				}
				got := ""
				if said, ok := errors.AsType[*pq.Error](near.lastWords()); ok {
					got = said.Message + " (" + said.SQLState() + ")"
				}
				if got != test.want {
					t.Fatalf("in pieces of %d bytes: heard %q, want %q", size+1, got, test.want)
				}
			}
		})
	}
}

// TestTapRefuses sends what no server says, in pieces of every size: lib/pq gets only what is before it.
func TestTapRefuses(t *testing.T) {
	start := message('R', "\x00\x00\x00\x00")
	long := "E" + string(binary.BigEndian.AppendUint32(nil, longestError+1)) + strings.Repeat("x", 100)
	for name, test := range map[string]struct{ before, said, want string }{
		"another language":         {"", "SSH-2.0-OpenSSH_9.2\r\n", "db:22 is not a PostgreSQL server: it answered \"S"},
		"a row before it begins":   {"", message('D', ""), "db:22 is not a PostgreSQL server: it answered \"D"},
		"a notice before":          {"", message('N', "SNOTICE\x00\x00"), "db:22 is not a PostgreSQL server: it answered \"N"},
		"a letter by chance":       {"", "RFB 003.008\n", "db:22 is not a PostgreSQL server: it answered \"RFB 0"},
		"another letter":           {"", "version 1\n", "db:22 is not a PostgreSQL server: it answered \"versi"},
		"text in place of errors":  {"", "Ecould not fork", "db:22 cannot serve the connection, or is not a PostgreSQL server: it answered \"Ecoul"},
		"a length that cannot be":  {start, "D\x00\x00\x00\x03", "db:22 is not a PostgreSQL server: it answered \"D"},
		"an error without fields":  {start, message('E', ""), "db:22 is not a PostgreSQL server: it answered \"E"},
		"an error that is long":    {start, long, errLongError.Error()},
		"a row that is too large":  {start, "D\x7f\xff\xff\xffxxxx", errTooLarge.Error()},
		"a first that is too long": {"", "R\x00\x00\x07\xd1xxxx", "db:22 is not a PostgreSQL server: it answered \"R"},
	} {
		t.Run(name, func(t *testing.T) {
			for size := range len(test.before + test.said) {
				near := &tap{Conn: inPieces{strings.NewReader(test.before + test.said), size + 1}, address: "db:22"}
				near.allowed.Store(DefaultMaxBytes)
				read, err := io.ReadAll(near)
				if err == nil || !strings.HasPrefix(err.Error(), test.want) || len(read) >= len(test.before)+messageHead || !strings.HasPrefix(test.before+test.said, string(read)) {
					t.Fatalf("in pieces of %d bytes: read %q, error %v, want %s", size+1, read, err, test.want)
				}
			}
		})
	}
}

// inPieces is a network connection from which at most some bytes come at once.
type inPieces struct {
	*strings.Reader
	size int
}

func (p inPieces) Read(b []byte) (int, error)     { return p.Reader.Read(b[:min(p.size, len(b))]) }
func (inPieces) Write(b []byte) (int, error)      { return len(b), nil }
func (inPieces) Close() error                     { return nil }
func (inPieces) LocalAddr() net.Addr              { return nil }
func (inPieces) RemoteAddr() net.Addr             { return nil }
func (inPieces) SetDeadline(time.Time) error      { return nil }
func (inPieces) SetReadDeadline(time.Time) error  { return nil }
func (inPieces) SetWriteDeadline(time.Time) error { return nil }

// FuzzTap looks for what a server might say that makes it panic, or change what is read.
func FuzzTap(f *testing.F) {
	f.Add("R\x00\x00\x00\x08\x00\x00\x00\x00E\x00\x00\x00\x05\x00", 3)
	f.Fuzz(func(t *testing.T, said string, size int) {
		here, there := net.Pipe()
		defer here.Close()
		go func() {
			_, _ = there.Write([]byte(said))
			there.Close()
		}()
		near := &tap{Conn: here}
		near.allowed.Store(math.MaxInt64)
		var read strings.Builder
		buffer := make([]byte, max(1, size%1000))
		for {
			n, err := near.Read(buffer)
			read.Write(buffer[:n])
			if err != nil {
				break
			}
		}
		if near.failed == nil && read.String() != said || !strings.HasPrefix(said, read.String()) {
			t.Errorf("read %q, want %q", &read, said)
		}
	})
}

// TestServerSaysWhyItEnds has servers and poolers end sessions, each for its own reason.
func TestServerSaysWhyItEnds(t *testing.T) {
	t.Run("PgBouncer in statement mode", func(t *testing.T) {
		t.Parallel()
		p := openPool(t, server.NewPgBouncer(t, server.NewDatabase(t), 2, "pool_mode = statement"), 1)
		for range 2 {
			_, _, err := run(t.Context(), p, newQuery(t, "SELECT 1"))
			wantError(t, err, Connect, "transaction blocks not allowed in statement pooling mode (08P01); hint: every query runs in a transaction, so PgBouncer's pool_mode must be transaction or session")
		}
	})
	t.Run("PgBouncer ends idle clients", func(t *testing.T) {
		t.Parallel()
		url := server.NewPgBouncer(t, server.NewDatabase(t), 2, "client_idle_timeout = 0.05", "admin_users = postgres")
		p := openPool(t, url, 1)
		for range 2 {
			one(t, p, "SELECT 1")
			eventually(t, "the client is away", func() bool { return clients(t, url) == 0 })
		}
	})
	for _, parameter := range withAndWithoutParameter {
		t.Run("an administrator"+parameter, func(t *testing.T) {
			t.Parallel()
			url := server.NewDatabase(t)
			p := openPool(t, url, 1)
			done := make(chan error, 1)
			go func() {
				_, _, err := run(context.Background(), p, newQuery(t, "SELECT pg_sleep(30)"+parameter))
				done <- err
			}()
			eventually(t, "the query was ended", func() bool {
				return pgtest.Ask[string](t, url, "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND wait_event = 'PgSleep'") == "1"
			})
			wantError(t, <-done, Connect, "the server closed the connection while the query ran: an administrator ended the connection, or the server is shutting down: terminating connection due to administrator command (57P01)")
			one(t, p, "SELECT 1")
		})
	}
	t.Run("idle sessions", func(t *testing.T) {
		t.Parallel()
		url := server.NewDatabase(t)
		server.Exec(t, url, "ALTER DATABASE "+pgtest.Ask[string](t, url, "SELECT quote_ident(current_database())")+" SET idle_session_timeout = '300ms'")
		p := openPool(t, url, 1)
		for range 3 {
			one(t, p, "SELECT 1")
			eventually(t, "the session is away", func() bool {
				return pgtest.Ask[string](t, url, "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'kpi_exporter'") == "0"
			})
		}
	})
}

// clients returns how many clients of ours a PgBouncer has.
func clients(t *testing.T, url string) (n int) {
	t.Helper()
	console := url[:strings.LastIndex(url, "/")] + "/pgbouncer?sslmode=disable"
	db, err := sql.Open("postgres", console)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	rows, err := db.QueryContext(t.Context(), "SHOW CLIENTS")
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, err := rows.Columns()
	if err != nil {
		t.Fatal(err)
	}
	values := make([]sql.NullString, len(columns))
	targets := make([]any, len(columns))
	for i := range values {
		targets[i] = &values[i]
	}
	at := slices.Index(columns, "application_name")
	for rows.Next() {
		if err := rows.Scan(targets...); err != nil {
			t.Fatal(err)
		}
		if values[at].String == "kpi_exporter" {
			n++
		}
	}
	if err := rows.Err(); err != nil {
		t.Fatal(err)
	}
	return n
}
