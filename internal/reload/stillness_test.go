package reload

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
)

// TestStillness has files that somebody is writing while they are read. What is there at first is a KPI file, too.
func TestStillness(t *testing.T) {
	const (
		main = "databases: {app: {url: sqlite://app.db}}\ninclude: [teams/*.yaml]\nkpis:\n  one: {title: One, period: day, query_file: one.sql}\n"
		two  = "  two: {title: Two, period: instant, query: SELECT 2 AS value}\n"
		team = "kpis:\n  three: {title: Three, period: instant, query: SELECT 3 AS value}\n"
		sql  = "SELECT count(*) AS value FROM orders"
	)
	canceled := errors.New("canceled")
	type step map[string]string // What is written during a pause, by file.
	for name, test := range map[string]struct {
		age    time.Duration
		then   []step
		want   string // KPIs, or the error.
		pauses int
	}{
		"old":                         {age: time.Minute, then: []step{{"kpi.yaml": main + two}}, want: "one: 39 letters"},
		"still":                       {want: "one: 39 letters", pauses: 1},
		"the rest of the main file":   {then: []step{{"kpi.yaml": main + two}}, want: "one: 39 letters, two: 17 letters", pauses: 2},
		"the rest of the SQL":         {then: []step{{"one.sql": sql + " WHERE true"}}, want: "one: 50 letters", pauses: 2},
		"a file that a pattern finds": {then: []step{{"teams/b.yaml": team}}, want: "one: 39 letters, three: 17 letters", pauses: 2},
		"bit by bit": {
			then: []step{{"kpi.yaml": main + two[:8]}, {"kpi.yaml": main + two}, {"one.sql": sql + " WHERE true"}, {"teams/b.yaml": team}},
			want: "one: 50 letters, two: 17 letters, three: 17 letters", pauses: 5,
		},
		"wrong until it is whole": {then: []step{{"kpi.yaml": main + "  tw"}, {"kpi.yaml": main}}, want: "one: 39 letters", pauses: 3},
		"a file that comes back":  {age: time.Minute, then: []step{{"one.sql": sql}}, want: "one: 39 letters", pauses: 1},
		"all the time":            {then: slices.Repeat([]step{{"one.sql": sql}, {"one.sql": sql + " "}}, 50), want: "or a file that it names, changes all the time", pauses: stillRounds},
		"canceled":                {then: []step{nil}, want: "canceled", pauses: 1},
	} {
		t.Run(name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			written := time.Now().Add(time.Hour - test.age) // A file of the future is as good as one of this second, however slow this machine is.
			if test.age > 0 {
				written = time.Now().Add(-test.age)
			}
			write := func(name, text string) {
				t.Helper()
				if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
				written = written.Add(time.Millisecond)
				if err := os.Chtimes(name, written, written); err != nil {
					t.Fatal(err)
				}
			}
			write("kpi.yaml", main)
			if name != "a file that comes back" {
				write("one.sql", sql)
			}
			pauses := 0
			cfg, err := stillness{NewKeeper("kpi.yaml", config.Options{}, all), func(context.Context) error {
				if pauses++; pauses > len(test.then) {
					return nil
				}
				if test.then[pauses-1] == nil {
					return canceled
				}
				for name, text := range test.then[pauses-1] {
					write(name, text)
				}
				return nil
			}}.load(t.Context())
			got := fmt.Sprint(err)
			if err == nil {
				var kpis []string
				for _, k := range cfg.KPIs {
					kpis = append(kpis, fmt.Sprintf("%s: %d letters", k.Name, len(k.Query.Statement.Plain())))
				}
				got = strings.Join(kpis, ", ")
			}
			if !strings.HasSuffix(got, test.want) || pauses != test.pauses {
				t.Errorf("after %d pauses %s; want %d, %s", pauses, got, test.pauses, test.want)
			}
		})
	}
}
