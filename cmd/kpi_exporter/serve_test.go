package main

import (
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/prometheus/common/promslog"
	toolkit "github.com/prometheus/exporter-toolkit/web"
)

// A start that fails leaves no goroutine behind.
func TestServeThatFails(t *testing.T) {
	hangup := make(chan os.Signal, 1)
	signal.Notify(hangup, syscall.SIGHUP) // What serves all signals of a process must not begin in a bubble.
	defer signal.Stop(hangup)
	for name, test := range map[string]struct{ telemetryPath, address, want string }{
		"a path that is taken": {"/api/x", "127.0.0.1:0", `the path of the metrics must not be "/api/x": /-/ and /api/ are taken`},
		"an invalid address":   {"/metrics", "vsock://x:y", errReported.Error()},
	} {
		t.Run(name, func(t *testing.T) {
			file := writeText(t, filepath.Join(t.TempDir(), "kpi.yaml"), answerFile)
			cfg, err := loadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			none, empty := false, ""
			options := serveOptions{
				web:           &toolkit.FlagConfig{WebListenAddresses: &[]string{test.address}, WebSystemdSocket: &none, WebConfigFile: &empty},
				telemetryPath: test.telemetryPath,
			}
			synctest.Test(t, func(t *testing.T) { // It fails if a goroutine stays.
				env := environment{configFile: file, stderr: io.Discard, log: new(promslog.Config)}
				if err := serve(t.Context(), env, newKeeper(env), cfg, options); err == nil || err.Error() != test.want {
					t.Errorf("%v, want %s", err, test.want)
				}
			})
		})
	}
}
