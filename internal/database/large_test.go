package database

import (
	"runtime"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/mariadbtest"
)

// TestLargeCell has databases send a cell that must not be held in memory, three times: room of a size that was never needed
// before comes from the system and costs nothing until it is written to, and after that it costs all of it.
func TestLargeCell(t *testing.T) {
	postgres, _ := startTLS(t)
	encrypted := strings.Replace(postgres.URL("postgres"), "disable", "require", 1)
	own := mariadbtest.Server{TLS: true}
	own.StopAfter(t)
	mysql := own.NewDatabase(t, "SET GLOBAL max_allowed_packet = 1073741824")
	file, _ := newFile(t)
	const large = "SELECT repeat('x', 30000000)"
	for _, test := range []struct {
		name, url, sql, row string
		most                uint64 // Bytes that a run takes, those included that are free again: what the result may have, and what reading makes of it.
	}{
		{"TLS", encrypted, large, "1", 1 << 20},
		{"TLS, with parameters", encrypted, large + " WHERE :as_of > :period_start", "1", 1 << 20},
		{"plain", postgres.URL("postgres"), large, "1", 1 << 20},
		{"plain, with parameters", postgres.URL("postgres"), large + " WHERE :as_of > :period_start", "1", 1 << 20},
		{"after other rows", encrypted, "SELECT CASE n WHEN 9 THEN repeat('x', 30000000) ELSE 'x' END FROM generate_series(1, 10) AS n", "9", 1 << 20},
		{"behind PgBouncer", server.NewPgBouncer(t, server.NewDatabase(t), 1), large, "1", 1 << 20},
		{"MariaDB over TLS", strings.Replace(mysql, "ssl-mode=DISABLED", "", 1), large, "1", 17 << 20},
		{"MariaDB", mysql, large, "1", 17 << 20},
		{"SQLite", file, "SELECT printf('%.*c', 30000000, 'x')", "1", 1 << 20},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := openPool(t, test.url, 2) // MariaDB needs one to cancel queries.
			q := newQuery(t, test.sql)
			if strings.HasPrefix(test.url, "mysql") {
				q = newMySQLQuery(t, test.sql)
			}
			for range 3 {
				one(t, p, "SELECT 1")
				before := allocated()
				_, _, err := run(t.Context(), p, q)
				wantError(t, err, TooLarge, "the result exceeds 16 MB at row "+test.row)
				if took := allocated() - before; took > test.most {
					t.Errorf("took %d kB of memory", took>>10)
				}
				if got := one(t, p, "SELECT 1"); got != "1" || !p.Stats().Up {
					t.Errorf("afterwards: %s, %+v", got, p.Stats())
				}
			}
		})
	}
}

// allocated returns how much memory the program has ever asked for, in bytes.
func allocated() uint64 {
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.TotalAlloc
}
