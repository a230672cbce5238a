package main

import (
	"flag"
	"log"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

var update = flag.Bool("update", false, "write the expected output again")

// postgres is the server of this test run.
var postgres *pgtest.Server

// TestMain makes this test binary be the program where a test runs kpi_exporter.
func TestMain(m *testing.M) {
	// The tests mostly wait for programs: more of them can run at once than there are processors. -parallel still counts.
	if err := flag.Set("test.parallel", "6"); err != nil {
		log.Fatal(err)
	}
	testscript.Main(pgtest.M{M: m, Server: &postgres}, map[string]func(){"kpi_exporter": main})
}

// TestScripts runs the real binary as the files in testdata/script say, with the commands of scriptCommands. $SERVER
// is PostgreSQL's address; $ADDR, $ADDR2 and $NOBODY are addresses on which nobody listens, the last one for good.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		Cmds:                scriptCommands(t),
		Setup: func(env *testscript.Env) error {
			env.Setenv("TMPDIR", env.WorkDir)
			env.Setenv("NOBODY", "127.0.0.1:1")
			env.Setenv("SERVER", postgres.Addr())
			for _, name := range []string{"ADDR", "ADDR2"} {
				addr, err := freeAddress()
				if err != nil {
					return err
				}
				env.Setenv(name, addr)
			}
			return nil
		},
	})
}
