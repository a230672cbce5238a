package pgtest

import (
	"bufio"
	"fmt"
	"io"
	"log"
	"os"
	"os/exec"
	"testing"

	"go.uber.org/goleak"
)

// server is what the tests share that do not disturb it.
var server *Server

// childVariable makes the test binary start a server and wait, to be killed.
const childVariable = "PGTEST_CHILD"

func TestMain(m *testing.M) {
	var err error
	if server, err = Start(); err != nil {
		log.Fatal(err)
	}
	if os.Getenv(childVariable) != "" {
		fmt.Println(server.dir)
		_, err := io.Copy(io.Discard, os.Stdin)
		log.Fatalf("the child was not killed: its standard input ended, %v", err)
	}
	goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
		if err := server.Stop(); err != nil {
			log.Fatal(err)
		}
		os.Exit(code)
	}))
}

// startChild runs the test binary once more and returns it with the folder of the server that it has started. The child
// ends when the test does.
func startChild(t *testing.T) (child *exec.Cmd, dir string) {
	t.Helper()
	child = exec.Command(os.Args[0])
	child.Env = append(os.Environ(), childVariable+"=1")
	child.Stderr = os.Stderr
	stdin, err := child.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := child.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { stdin.Close() })
	lines := bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("the child said nothing: %v", lines.Err())
	}
	return child, lines.Text()
}
