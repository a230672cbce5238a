package database

import (
	"os"
	"regexp"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
)

// TestLargeCell has a server send a cell that must not be held in memory.
func TestLargeCell(t *testing.T) {
	own, _ := startTLS(t)
	plain := own.URL("postgres")
	for name, url := range map[string]string{"plain": plain, "TLS": strings.Replace(plain, "sslmode=disable", "sslmode=require", 1)} {
		for _, sql := range []string{"SELECT repeat('x', 100000000)", "SELECT repeat('x', 100000000) WHERE :as_of > :period_start"} {
			t.Run(name, func(t *testing.T) {
				p := openPool(t, url, 1)
				one(t, p, "SELECT 1")
				peakMemory(t)
				before := peakMemory(t)
				_, _, err := run(t.Context(), p, newQuery(t, sql))
				wantError(t, err, TooLarge, "the result exceeds 16 MB at row 1")
				grown := peakMemory(t) - before
				if grown > 64<<10 {
					t.Errorf("memory grew by %d kB", grown)
				}
				if got := one(t, p, "SELECT 1"); got != "1" || !p.Stats().Up {
					t.Errorf("afterwards: %s, %+v", got, p.Stats())
				}
			})
		}
	}
}

// peakMemory returns the most memory that the process has had since the last call, in kB.
func peakMemory(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	peak := regexp.MustCompile(`VmHWM:\s+(\d+) kB`).FindSubmatch(status)
	if peak == nil {
		t.Fatalf("no VmHWM in\n%s", status)
	}
	debug.FreeOSMemory()
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // The peak begins anew.
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(peak[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
