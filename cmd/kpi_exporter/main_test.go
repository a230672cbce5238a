package main

import (
	"database/sql"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var update = flag.Bool("update", false, "write the expected output anew")

// withServer runs the tests with a PostgreSQL server of their own.
type withServer struct {
	*testing.M
	server *pgtest.Server
}

// postgres is the server of this test run.
var postgres *pgtest.Server

func (m withServer) Run() int {
	var err error
	if postgres, err = pgtest.Start(); err != nil {
		log.Fatal(err)
	}
	defer func() { _ = postgres.Stop() }()
	return m.M.Run()
}

func TestMain(m *testing.M) {
	testscript.Main(withServer{M: m}, map[string]func(){"kpi_exporter": main})
}

// TestScripts runs the real binary as testdata/script says. Beside testscript's own commands there are:
//
//	postgres [file…]        makes a database, runs the files in it, and puts its address into $DATABASE_URL
//	psql SQL                runs SQL in that database
//	get [!] URL REGEXP      asks until the page matches (or no longer does), and keeps it as the file "page"
//	post CODE URL           posts, expects the code, and keeps the reply as the file "page"
//	running N REGEXP        waits until N queries in that database match
//
// $ADDR is an address on which nobody listens.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Setup: func(env *testscript.Env) error {
			addr, err := freeAddress()
			env.Setenv("ADDR", addr)
			env.Setenv("TMPDIR", env.WorkDir)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"postgres": func(ts *testscript.TestScript, _ bool, files []string) {
				ts.Setenv("DATABASE_URL", postgres.NewDatabase(t))
				for _, f := range files {
					psql(ts, false, []string{ts.ReadFile(f)})
				}
			},
			"psql":    psql,
			"get":     get,
			"post":    post,
			"running": running,
		},
	})
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	return l.Addr().String(), l.Close()
}

const patience = 20 * time.Second // Far more than anything takes on a busy machine.

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

func get(ts *testscript.TestScript, neg bool, args []string) {
	if len(args) != 2 {
		ts.Fatalf("usage: [!] get URL REGEXP")
	}
	pattern, err := regexp.Compile("(?m)" + args[1])
	ts.Check(err)
	eventually(ts, func() string {
		page, err := fetch(args[0])
		if err != nil {
			return err.Error()
		}
		ts.Check(os.WriteFile(ts.MkAbs("page"), []byte(page), 0o600))
		if pattern.MatchString(page) == neg {
			return fmt.Sprintf("%s: matching %s is %t in\n%s", args[0], args[1], !neg, page)
		}
		return ""
	})
}

func fetch(url string) (string, error) {
	res, err := http.Get(url) //nolint:noctx // A script ends as a whole.
	if err != nil {
		return "", err
	}
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	if err == nil && res.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s: %s", url, res.Status, body)
	}
	return string(body), err
}

func post(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: post CODE URL")
	}
	res, err := http.Post(args[1], "", nil) //nolint:noctx // A script ends as a whole.
	ts.Check(err)
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs("page"), body, 0o600))
	if strconv.Itoa(res.StatusCode) != args[0] {
		ts.Fatalf("%s: want %s: %s", res.Status, args[0], body)
	}
}

func psql(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: psql SQL")
	}
	db, err := sql.Open("postgres", ts.Getenv("DATABASE_URL"))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	_, err = db.Exec(args[0]) //nolint:noctx // A script ends as a whole.
	ts.Check(err)
}

func running(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: running N REGEXP")
	}
	db, err := sql.Open("postgres", ts.Getenv("DATABASE_URL"))
	ts.Check(err)
	defer func() { _ = db.Close() }()
	eventually(ts, func() string {
		var n string
		ts.Check(db.QueryRow(`SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND state = 'active'
			AND pid <> pg_backend_pid() AND query ~ $1`, args[1]).Scan(&n))
		if n != args[0] {
			return fmt.Sprintf("%s queries match %s, want %s", n, args[1], args[0])
		}
		return ""
	})
}
