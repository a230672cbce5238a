package pgtest

import (
	"fmt"
	"os"
	"testing"
)

// M runs the tests of a package with a server that they share. It is given to what runs a *testing.M.
type M struct {
	*testing.M

	Server **Server // Where the tests find it.
}

// Run starts the server, runs the tests, stops the server and returns the exit code.
func (m M) Run() int {
	var err error
	if *m.Server, err = Start(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	code := m.M.Run()
	if err := (*m.Server).Stop(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return code
}
