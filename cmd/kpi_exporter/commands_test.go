package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	crand "crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"database/sql"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kpi-exporter/kpi_exporter/internal/freeport"

	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// scriptCommands are what scripts have beside testscript's own commands:
//
//	exits CODE PROGRAM [ARGUMENT…]      runs it and expects the exit code
//	postgres [file…]                    makes a database, runs the files in it, and puts its address into $ADMIN_URL, and that for a
//	                                    role that may only read into $DATABASE_URL
//	psql SQL                            runs SQL in that database and prints the value in its first row and column
//	sqlite FILE SQLFILE                 runs SQL in a SQLite file
//	running N REGEXP                    waits until N queries in that database match
//	get [!] URL REGEXP                  asks until the page matches (or no longer does), and keeps it as the file "page"
//	ask CODE METHOD URL [KEY:VALUE…]    asks as soon as somebody listens, expects the code, and keeps the
//	                                    files "page" and "headers"
//	certificate                         makes cert.pem and key.pem
//	signal NAME                         sends HUP, INT or TERM to every program in the background
func scriptCommands(t *testing.T) map[string]func(*testscript.TestScript, bool, []string) {
	return map[string]func(*testscript.TestScript, bool, []string){
		"postgres": func(ts *testscript.TestScript, _ bool, files []string) {
			url := postgres.NewDatabase(t)
			ts.Setenv("ADMIN_URL", url)
			ts.Setenv("DATABASE_URL", postgres.NewReader(t, url))
			for _, f := range files {
				psql(ts, false, []string{ts.ReadFile(f)})
			}
		},
		"prometheus": func(ts *testscript.TestScript, _ bool, files []string) {
			_, port, _ := strings.Cut(promtest.Start(t, promtest.Backfill(t, ts.ReadFile(files[0]))), ":")
			ts.Setenv("PROMETHEUS_PORT", port)
		},
		"exits":       exits,
		"psql":        psql,
		"running":     running,
		"get":         get,
		"ask":         ask,
		"sqlite":      sqlite,
		"signal":      signalAll,
		"certificate": certificate,
	}
}

const patience = time.Minute // Far more than anything takes on a busy machine.

// eventually calls try until it returns "" or patience ends; then its last word is the script's failure.
func eventually(ts *testscript.TestScript, try func() string) {
	deadline := time.Now().Add(patience)
	for {
		complaint := try()
		if complaint == "" {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("after %s: %s", patience, complaint)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE PROGRAM [ARGUMENT…]")
	}
	code := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		var exit *exec.ExitError
		if !errors.As(err, &exit) {
			ts.Fatalf("%v", err)
		}
		code = strconv.Itoa(exit.ExitCode())
	}
	if code != args[0] {
		ts.Fatalf("exit code %s, want %s", code, args[0])
	}
}

func psql(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: psql SQL")
	}
	db, err := sql.Open("postgres", ts.Getenv("ADMIN_URL"))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	rows, err := db.QueryContext(context.Background(), args[0])
	ts.Check(err)
	defer func() { _ = rows.Close() }()
	if rows.Next() {
		var text sql.NullString
		ts.Check(rows.Scan(&text))
		_, _ = fmt.Fprintln(ts.Stdout(), text.String)
	}
	ts.Check(rows.Err())
}

func sqlite(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: sqlite FILE SQLFILE")
	}
	db, err := sql.Open("sqlite", ts.MkAbs(args[0]))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	_, err = db.ExecContext(context.Background(), ts.ReadFile(args[1]))
	ts.Check(err)
}

func running(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: running N REGEXP")
	}
	db, err := sql.Open("postgres", ts.Getenv("ADMIN_URL"))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	eventually(ts, func() string {
		var n string
		ts.Check(db.QueryRowContext(context.Background(), `SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
			AND pid <> pg_backend_pid() AND query ~ $1`, args[1]).Scan(&n))
		if n != args[0] {
			return fmt.Sprintf("%s queries match %s, want %s", n, args[1], args[0])
		}
		return ""
	})
}

func get(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] get URL REGEXP")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	eventually(ts, func() string {
		answer, err := request(http.MethodGet, args[0], nil)
		switch {
		case err != nil:
			return err.Error()
		case answer.code != http.StatusOK:
			return fmt.Sprintf("%s: %d: %s", args[0], answer.code, answer.page)
		}
		ts.Check(os.WriteFile(ts.MkAbs("page"), answer.page, 0o600))
		if pattern.Match(answer.page) == neg {
			return fmt.Sprintf("%s: matching %s is %t in\n%s", args[0], args[1], !neg, answer.page)
		}
		return ""
	})
}

func ask(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 3 {
		ts.Fatalf("usage: ask CODE METHOD URL [KEY:VALUE…]")
	}
	var answer answer
	eventually(ts, func() string {
		var err error
		if answer, err = request(args[1], args[2], args[3:]); errors.Is(err, syscall.ECONNREFUSED) {
			return err.Error()
		}
		ts.Check(err)
		return ""
	})
	var headers strings.Builder
	ts.Check(answer.headers.Write(&headers))
	ts.Check(os.WriteFile(ts.MkAbs("page"), answer.page, 0o600))
	ts.Check(os.WriteFile(ts.MkAbs("headers"), []byte(headers.String()), 0o600))
	if strconv.Itoa(answer.code) != args[0] {
		ts.Fatalf("%s %s: %d, want %s:\n%s", args[1], args[2], answer.code, args[0], answer.page)
	}
}

// answer is what a request got, compressed if it came so.
type answer struct {
	code    int
	headers http.Header
	page    []byte
}

func request(method, url string, headers []string) (answer, error) {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, method, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	for _, h := range headers {
		key, value, _ := strings.Cut(h, ":")
		req.Header.Set(key, value)
	}
	client := http.Client{Transport: &http.Transport{
		DisableKeepAlives:  true,
		DisableCompression: true,
		TLSClientConfig:    &tls.Config{InsecureSkipVerify: true}, // The certificate is the script's own.
	}}
	res, err := client.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer func() { _ = res.Body.Close() }()
	page, err := io.ReadAll(res.Body)
	return answer{res.StatusCode, res.Header, page}, err
}

func signalAll(ts *testscript.TestScript, neg bool, args []string) {
	known := map[string]os.Signal{"HUP": syscall.SIGHUP, "INT": syscall.SIGINT, "TERM": syscall.SIGTERM}
	if neg || len(args) != 1 || known[args[0]] == nil {
		ts.Fatalf("usage: signal HUP|INT|TERM")
	}
	for _, cmd := range ts.BackgroundCmds() {
		ts.Check(cmd.Process.Signal(known[args[0]]))
	}
}

// ports are those of the servers of all tests here.
var ports = freeport.New()

func freeAddress() (string, error) { return ports.Address(context.Background()) }

// certificate writes a certificate for 127.0.0.1 and its key to cert.pem and key.pem.
func certificate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 0 {
		ts.Fatalf("usage: certificate")
	}
	ts.Check(writeCertificate(ts.MkAbs("."), 1))
}

// writeCertificate writes a certificate for 127.0.0.1 with a serial number, and its key, to cert.pem and key.pem in a folder.
func writeCertificate(folder string, serial int64) error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), crand.Reader)
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(serial),
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(time.Hour),
	}
	cert, err := x509.CreateCertificate(crand.Reader, template, template, key.Public(), key)
	if err != nil {
		return err
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}
	return errors.Join(
		os.WriteFile(filepath.Join(folder, "cert.pem"), pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert}), 0o600),
		os.WriteFile(filepath.Join(folder, "key.pem"), pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}), 0o600),
	)
}
