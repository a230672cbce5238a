package enginetest

import (
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/promtest"
)

// slow is a query that takes long: billions of steps, and few samples.
const slow = "stddev_over_time(stddev_over_time(vector(time())[2h:100ms])[2h:100ms])"

// promSamples are those of 2 to 4 April 2026: ticks_total counts the minutes, and numbers hold their own label.
func promSamples() string {
	var b strings.Builder
	b.WriteString("# TYPE ticks counter\n")
	end := time.Date(2026, 4, 4, 0, 0, 0, 0, time.UTC)
	n := 0
	for at := end.AddDate(0, 0, -2); !at.After(end); at = at.Add(time.Minute) {
		fmt.Fprintf(&b, "ticks_total %d %d\n", n, at.Unix())
		n++
	}
	b.WriteString("# TYPE numbers gauge\n")
	for n := 1; n <= 50; n++ {
		fmt.Fprintf(&b, "numbers{n=\"%d\"} %d %d\n", n, n, end.Unix())
	}
	fmt.Fprintf(&b, "# TYPE odd gauge\nodd{is=\"nan\"} NaN %d\nodd{is=\"inf\"} +Inf %d\nodd{is=\"text\",of=\"ä \\\\ \\\" \\n\"} 0.1 %d\n# EOF\n", end.Unix(), end.Unix(), end.Unix())
	return b.String()
}

func TestPrometheus(t *testing.T) {
	addr := promtest.Start(t, promtest.Backfill(t, promSamples()))
	Exercise(t, Engine{
		Engine:  engine.Prometheus{},
		New:     func(testing.TB, ...string) string { return "prometheus+http://" + addr },
		Numbers: func(n int) string { return fmt.Sprintf("sort(numbers <= %d)", n) },
		Endless: []string{slow},
		Values: []Value{
			{Query: "1", Number: 1, Text: "1"},
			{Query: "vector(-2.5)", Number: -2.5, Text: "-2.5"},
			{Query: "1e300", Number: 1e300, Text: "1e+300"},
			{Query: `odd{is="nan"}`, Number: math.NaN(), Text: "NaN"},
			{Query: "0 / 0", Number: math.NaN(), Text: "NaN"},
			{Query: `odd{is="inf"}`, Err: `column "value": the value is infinite`, Text: "+Inf"},
			{Query: "1 / 0", Err: `column "value": the value is infinite`, Text: "+Inf"},
			{Query: "1 > bool 2", Number: 0, Text: "0"},
			{Query: "time()", Number: 1775260800, Text: "1.7752608e+09"},
		},
		Parameters: map[string]string{
			"increase(ticks_total[:period])":                "1440",
			"count_over_time(ticks_total[:period:1h])":      "25",
			"time() - 1775174400 # [:period]":               "86400",
			"increase(ticks_total[:period] offset 1d)":      "1440",
			"sum(increase(ticks_total[ :period ]))\n # two": "1440",
		},
		Columns: Columns{`missing{n="1"}`, []database.Column{{Name: "value"}}},
		Failing: map[string]string{
			"numbers * on () group_left numbers":              "found duplicate series for the match group",
			"label_replace(numbers, \"n\", \"\", \"\", \"\")": "vector cannot contain metrics with the same labelset",
		},
		Explain: Explain{
			Query:   "numbers == 1",
			Columns: []database.Column{{Name: "value"}, {Name: "n"}},
			Failing: map[string]string{"numbers * on () group_left numbers": "found duplicate series for the match group"},
		},
		Password: promPassword,
		Unreachable: map[string]string{
			"prometheus+http://127.0.0.1:1":       "cannot connect: dial tcp 127.0.0.1:1: connect: connection refused",
			"prometheus+https://nowhere.invalid":  "cannot connect: dial tcp: lookup nowhere.invalid",
			"prometheus+https://" + addr:          "cannot connect: http: server gave HTTP response to HTTPS client",
			"prometheus+http://" + addr + "/prom": "there is no API of a Prometheus at the url (404 Not Found): is its path right?",
		},
		Broken: func(secret string) []string {
			return []string{
				"prometheus+http://u:" + secret + "%zz@" + addr, "prometheus+http://u:" + secret + "@" + addr + "x", "prometheus+https://u:" + secret + "@[::1", "prometheus+http://u:" + secret + "@h:" + secret,
				"prometheus+http://u:" + secret + "/x@" + addr, "prometheus+http://u:" + secret + "@nowhere.invalid", "prometheus+http://u:" + secret + "@127.0.0.1:1", "prometheus+https://u:" + secret + "@" + addr,
				"prometheus+http://u:" + secret + "@" + addr + "/x?y=" + secret, "prometheus+http://u:" + secret + "@" + addr + "/nowhere", "http://u:" + secret + "@" + addr, "prometheus//u:" + secret + "@h",
			}
		},
	})
}

// promPassword starts a server that requires a password.
func promPassword(t *testing.T) Password {
	t.Helper()
	file := filepath.Join(t.TempDir(), "web.yml")
	set := func(t testing.TB, password string) {
		t.Helper()
		hash, err := bcrypt.GenerateFromPassword([]byte(password), bcrypt.MinCost)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte("basic_auth_users: {careful: '"+string(hash)+"'}\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	set(t, "first")
	addr := promtest.Start(t, t.TempDir(), "--web.config.file="+file)
	e := Engine{Engine: engine.Prometheus{}}
	source := open(t, "prometheus+http://careful:first@"+addr, 1)
	eventually(t, "it is ready behind the password, too", func() bool {
		_, _, err := run(t.Context(), source, e.query(t, "1"))
		return err == nil
	})
	return Password{URL: "prometheus+http://careful@" + addr, Set: set, User: "1", Says: "the server refuses the credentials (401 Unauthorized): set http_config_file, or the user and the password of the url"}
}
