package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestConflictsWithOthers has other transactions end a query some times, also where only a formula reads it.
func TestConflictsWithOthers(t *testing.T) {
	t.Parallel()
	const conflict = pgtest.Calls + `;
		CREATE FUNCTION conflict(times int, code text) RETURNS int LANGUAGE plpgsql AS $$
		BEGIN
			IF call() <= times THEN
				RAISE EXCEPTION 'no' USING ERRCODE = code;
			END IF;
			RETURN 21;
		END $$`
	for _, test := range []struct {
		args  string
		code  string
		times int // How often the query is ended.
		exit  int
		want  string
	}{
		{"query doubled --as-of=2026-01-02 --output=csv", "40001", 2, exitOK, ",42,"},
		{"query doubled --as-of=2026-01-02 --output=csv", "40P01", 3, exitProblem, "input of its formula: kpi \"sold\": tried 3 times: "},
		{"backfill sold --from=2026-01-02 --to=2026-01-02 --output=FILE", "40P01", 4, exitOK, "1 done, 0 failed"},
		{"backfill doubled --from=2026-01-02 --to=2026-01-02 --output=FILE", "40001", 4, exitOK, "1 done, 0 failed"},
		{"backfill sold --from=2026-01-02 --to=2026-01-02 --output=FILE", "40001", 99, exitProblem, "0 done, 1 failed"},
	} {
		t.Run(fmt.Sprint(strings.Fields(test.args)[:2], test.times), func(t *testing.T) {
			t.Parallel()
			dir, url := t.TempDir(), postgres.NewDatabase(t, conflict)
			file := writeText(t, filepath.Join(dir, "kpi.yaml"), fmt.Sprintf(`timezone: UTC
databases: {app: {url: %q}}
kpis:
  sold: {title: Sold, period: day, query: "SELECT conflict(%d, '%s') AS value WHERE :period_start < :period_end"}
  doubled: {title: Doubled, formula: 2 * sold}
`, url, test.times, test.code))
			args := strings.Fields(strings.Replace(test.args, "FILE", filepath.Join(dir, "out.om"), 1))
			out, errs := program(t, test.exit, append(args, "--config.file="+file)...)
			if !strings.Contains(out+errs, test.want) {
				t.Errorf("got\n%s%s\nwant …%s…", out, errs, test.want)
			}
		})
	}
}
