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
	for _, test := range []struct{ name, sql, mode string }{
		{"TLS", "SELECT repeat('x', 100000000)", "require"}, // First: only there is the length of the row not known before lib/pq makes room for it.
		{"plain", "SELECT repeat('x', 100000000)", "disable"},
		{"plain, with parameters", "SELECT repeat('x', 100000000) WHERE :as_of > :period_start", "disable"},
		{"after other rows", "SELECT CASE n WHEN 9 THEN repeat('x', 100000000) ELSE 'x' END FROM generate_series(1, 10) AS n", "disable"},
	} {
		t.Run(test.name, func(t *testing.T) {
			row := "1"
			if strings.Contains(test.sql, "WHEN 9") {
				row = "9"
			}
			p := openPool(t, strings.Replace(own.URL("postgres"), "disable", test.mode, 1), 1)
			one(t, p, "SELECT 1")
			peakMemory(t)
			before := peakMemory(t)
			_, _, err := run(t.Context(), p, newQuery(t, test.sql))
			wantError(t, err, TooLarge, "the result exceeds 16 MB at row "+row)
			if grown := peakMemory(t) - before; grown > 64<<10 {
				t.Errorf("memory grew by %d kB", grown)
			}
			if got := one(t, p, "SELECT 1"); got != "1" || !p.Stats().Up {
				t.Errorf("afterwards: %s, %+v", got, p.Stats())
			}
		})
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
	if err := os.WriteFile("/proc/self/clear_refs", []byte("5"), 0); err != nil { // The peak begins again.
		t.Fatal(err)
	}
	n, err := strconv.Atoi(string(peak[1]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
