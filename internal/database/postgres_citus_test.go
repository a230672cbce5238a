package database

import (
	"os"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
)

// TestCitusSession has a server that knows the setting of Citus: the settings for the workers are a message of their own, because Citus
// sends workers the whole message of each SET.
func TestCitusSession(t *testing.T) {
	const session = "SELECT concat_ws(' ', current_setting('TimeZone'), current_setting('DateStyle'), current_setting('IntervalStyle')," +
		" current_setting('extra_float_digits'), coalesce(current_setting('citus.propagate_set_commands', true), 'unknown'))"
	const sets = "SET LOCAL TimeZone = 'Asia/Tokyo'; SET LOCAL DateStyle = 'ISO, MDY'; SET LOCAL IntervalStyle = 'postgres'; SET LOCAL extra_float_digits = '1'" +
		"; SET LOCAL standard_conforming_strings = 'on'"
	for _, test := range []struct {
		name, setting, want string
		messages            int // With SET in them.
	}{
		{"Citus", "none", "Asia/Tokyo ISO, MDY postgres 1 local", 2},
		{"Citus that always propagates", "local", "Asia/Tokyo ISO, MDY postgres 1 local", 2},
		{"plain", "", "Asia/Tokyo ISO, MDY postgres 1 unknown", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			url, from := logged(t)
			name := pgtest.Ask[string](t, url, "SELECT quote_ident(current_database())")
			server.Exec(t, url, "ALTER DATABASE "+name+" SET DateStyle = 'SQL, DMY'; ALTER DATABASE "+name+" SET IntervalStyle = 'iso_8601'")
			if test.setting != "" {
				server.Exec(t, url, "ALTER DATABASE "+name+" SET citus.propagate_set_commands = '"+test.setting+"'")
			}
			for _, url := range []string{url, server.NewPgBouncer(t, url, 1)} {
				p := openPool(t, url, 1)
				wantText(t, p, "Asia/Tokyo", session, test.want)
			}
			log, err := server.Log()
			if err != nil {
				t.Fatal(err)
			}
			messages := 0
			for line := range strings.Lines(log[from:]) {
				if _, message, ok := strings.Cut(line, "statement: "); ok && strings.Contains(message, "SET LOCAL") {
					if messages++; strings.TrimSpace(message) != sets {
						t.Errorf("a worker would run %q", message)
					}
				}
			}
			if messages != test.messages {
				t.Errorf("%d messages with SET, want %d", messages, test.messages)
			}
		})
	}
}

// TestCitusPlans reads what Citus 13.2 answers to EXPLAIN. The plans of its workers are in it, one for all 32 shards.
func TestCitusPlans(t *testing.T) {
	for _, test := range []struct {
		file   string
		cost   float64
		writes bool
	}{
		{"citus_subplan.json", 250.02 + 2160.99 + 32*80.72 + 32*15.34, false},
		{"citus_delete.json", 114.63, true},
	} {
		text, err := os.ReadFile("testdata/" + test.file)
		if err != nil {
			t.Fatal(err)
		}
		cost, writes, err := readPlan(string(text))
		if err != nil || !same(cost, test.cost) || writes != test.writes {
			t.Errorf("%s: cost %v, writes %t, %v; want %v, %t", test.file, cost, writes, err, test.cost, test.writes)
		}
	}
}

func same(a, b float64) bool { return a-b < 1e-6 && b-a < 1e-6 }
