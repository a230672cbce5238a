package enginetest

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/pgtest"
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

// front is a server in front of a Prometheus, which may answer itself.
func front(t *testing.T, addr string, answer func(w http.ResponseWriter, r *http.Request) bool) (front string) {
	t.Helper()
	proxy := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: addr})
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := &http.Server{ReadHeaderTimeout: time.Minute, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !answer(w, r) {
			proxy.ServeHTTP(w, r)
		}
	})}
	go func() { _ = server.Serve(listener) }()
	t.Cleanup(func() { _ = server.Close() })
	return listener.Addr().String()
}

const notPrometheus = "the answer is not that of a Prometheus: does the url lead to one?"

// TestPrometheusRemarks has a server remark on the query itself, which is no reason to doubt the data.
func TestPrometheusRemarks(t *testing.T) {
	addr := front(t, "", func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"status":"success","isPartial":false,"data":{"resultType":"scalar","result":[1,"7"]},"warnings":["PromQL warning: a mix (1:1)"],"infos":["PromQL info: it might not be a counter"]}`))
		return true
	})
	e := Engine{Engine: engine.Prometheus{}}
	if got := e.first(t, open(t, "prometheus+http://"+addr, 1), "1"); got.Number != 7 {
		t.Errorf("got %+v", got)
	}
}

// TestPrometheusAnswers has what stands in front of a Prometheus, or is none, answer in its place.
func TestPrometheusAnswers(t *testing.T) {
	for _, test := range []struct {
		name   string
		status int
		body   string
		header string
		reason database.FailureReason
		says   string
		up     bool
	}{
		{"a page", 200, "<html>Log in</html>", "", database.Connect, notPrometheus, false},
		{"a redirect", 302, "", "https://u:canary@sso.example.com/login?token=canary", database.Connect, "the server leads to https://sso.example.com/login, which is not the API of a Prometheus: does the url name the server itself?", false},
		{"a redirect to another server", 308, "", "https://u:canary@prom.example.com/api/v1/query?token=canary", database.Connect, "the server answers that it has moved: write prometheus+https://prom.example.com into the url, since credentials follow no redirect", false},
		{"a redirect to another path", 301, "", "https://prom.example.com:9090/team/prom/api/v1/query/", database.Connect, "the server answers that it has moved: write prometheus+https://prom.example.com:9090/team/prom into the url, since", false},
		{"a redirect of its own", 308, "", "/prom/api/v1/query", database.Connect, "the server answers that it has moved: write prometheus+http://127.0.0.1:", false},
		{"forbidden", 403, "no", "", database.Connect, "the server refuses the credentials (403 Forbidden)", false},
		{"too many", 429, "", "", database.Connect, "the server answers 429 Too Many Requests", false},
		{"a gateway", 502, "<html>", "", database.Connect, "the server answers 502 Bad Gateway", false},
		{"starting", 503, "Service Unavailable", "", database.Connect, "the server answers 503 Service Unavailable", false},
		{"unavailable", 503, `{"status":"error","errorType":"unavailable","error":"TSDB not ready"}`, "", database.Connect, "the server answers 503 Service Unavailable: TSDB not ready", false},
		{"internal", 500, `{"status":"error","errorType":"internal","error":"disk gone"}`, "", database.Connect, "the server answers 500 Internal Server Error: disk gone", false},
		{"canceled", 503, `{"status":"error","errorType":"canceled","error":"query was canceled"}`, "", database.Connect, "the server answers 503 Service Unavailable: query was canceled", false},
		{"its own limit", 503, `{"status":"error","errorType":"timeout","error":"query timed out in expression evaluation"}`, "", database.Timeout, "the query took longer than the server allows, before its timeout of 20s: query timed out", true},
		{"bad data", 400, `{"status":"error","errorType":"bad_data","error":"invalid parameter \"query\": 1:4: parse error: no"}`, "", database.Refused, "1:4: parse error: no", true},
		{"execution", 422, `{"status":"error","errorType":"execution","error":"query processing would load too many samples into memory"}`, "", database.Refused, "too many samples", true},
		{"a tenant", 400, "no org id", "", database.Refused, "the server answers 400 Bad Request", true},
		{"execution of VictoriaMetrics", 422, `{"status":"error","errorType":"422","error":"unknown func \"incr\""}`, "", database.Refused, `the server answers 422 Unprocessable Entity: unknown func "incr"`, true},
		{"no reason at all", 400, `{"status":"error"}`, "", database.Refused, "the server answers 400 Bad Request", true},
		{"no value", 200, `{"status":"success","data":null}`, "", database.Connect, notPrometheus, false},
		{"no data", 200, `{"status":"success"}`, "", database.Connect, notPrometheus, false},
		{"nothing", 200, `{}`, "", database.Connect, notPrometheus, false},
		{"null", 200, `null`, "", database.Connect, notPrometheus, false},
		{"a list", 200, `[]`, "", database.Connect, notPrometheus, false},
		{"another type", 200, `{"status":"success","data":{"resultType":"streams","result":[]}}`, "", database.Connect, notPrometheus, false},
		{"no type", 200, `{"status":"success","data":{}}`, "", database.Connect, notPrometheus, false},
		{"a scalar that is null", 200, `{"status":"success","data":{"resultType":"scalar","result":null}}`, "", database.Connect, notPrometheus, false},
		{"a scalar without a result", 200, `{"status":"success","data":{"resultType":"scalar"}}`, "", database.Connect, notPrometheus, false},
		{"a series that is null", 200, `{"status":"success","data":{"resultType":"vector","result":[null]}}`, "", database.Connect, notPrometheus, false},
		{"a series without a sample", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"a":"b"}}]}}`, "", database.Connect, notPrometheus, false},
		{"a sample that is null", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":null}]}}`, "", database.Connect, notPrometheus, false},
		{"a number that is no text", 200, `{"status":"success","data":{"resultType":"scalar","result":[1,7]}}`, "", database.Connect, notPrometheus, false},
		{"the half of an answer", 200, `{"status":"success","data":{"resultType":"vec`, "", database.Connect, notPrometheus, false},
		{"a store that did not answer", 200, `{"status":"success","data":{"resultType":"vector","result":[]},"warnings":["store x: no answer"]}`, "", database.Refused, "the answer is not whole: store x: no answer", true},
		{"stores of VictoriaMetrics that did not answer", 200, `{"status":"success", "isPartial": true, "data":{"resultType":"scalar","result":[1,"7"]}}`, "", database.Refused, "the answer is not whole: the server says that it is partial", true},
		{"an error that is too long", 422, `{"status":"error","errorType":"execution","error":"` + strings.Repeat("ä", 1_000_000) + `"}`, "", database.Refused, strings.Repeat("ä", 500) + "…", true},
		{"a label called value", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{"value":"a"},"value":[1,"7"]}]}}`, "", database.Refused, `the result has a label called "value", as the column of its numbers is called`, true},
		{"a matrix", 200, `{"status":"success","data":{"resultType":"matrix","result":[]}}`, "", database.Refused, "the result is a matrix, and a KPI needs a number for each series", true},
		{"a histogram", 200, `{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"histogram":[1,{"count":"1","sum":"1","buckets":[]}]}]}}`, "", database.Refused, "series 1 of the result is a histogram, not a number: write histogram_quantile", true},
	} {
		t.Run(test.name, func(t *testing.T) {
			addr := front(t, "", func(w http.ResponseWriter, _ *http.Request) bool {
				if test.header != "" {
					w.Header().Set("Location", test.header)
				}
				w.WriteHeader(test.status)
				_, _ = w.Write([]byte(test.body))
				return true
			})
			e := Engine{Engine: engine.Prometheus{}}
			source := open(t, "prometheus+http://"+addr, 1)
			_, _, err := run(t.Context(), source, e.query(t, "1"))
			wantError(t, err, test.reason, test.says)
			wantSecret(t, err, "canary")
			if n := len(err.Error()); n > 2_000 {
				t.Errorf("the error has %d bytes", n)
			}
			if s := source.Stats(); !s.Known || s.Up != test.up {
				t.Errorf("stats %+v, up should be %t", s, test.up)
			}
		})
	}
}

// TestPrometheusRequests looks at what is sent: the query with the instant, a time limit, and for whom it is; and nothing follows a
// redirect, credentials least of all.
func TestPrometheusRequests(t *testing.T) {
	elsewhere := atomic.Int64{}
	other := front(t, "", func(http.ResponseWriter, *http.Request) bool { elsewhere.Add(1); return true })
	form, redirect := make(chan url.Values, 1), false
	addr := front(t, "", func(w http.ResponseWriter, r *http.Request) bool {
		if user, password, _ := r.BasicAuth(); user != "kpi" || password != "p@ss" || r.Header.Get("X-Scope-Orgid") != "shop" {
			t.Errorf("user %q, header %q", user, r.Header.Get("X-Scope-Orgid"))
		}
		if redirect {
			http.Redirect(w, r, "http://"+other+"/", http.StatusTemporaryRedirect)
			return true
		}
		if err := r.ParseForm(); err != nil {
			t.Error(err)
		}
		form <- r.PostForm
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"scalar","result":[1,"7"]}}`))
		return true
	})
	t.Setenv("PROM_PASSWORD", "p@ss")
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	for name, text := range map[string]string{
		"http.yml": "http_headers: {X-Scope-OrgID: {values: [shop]}}\n",
		"kpi.yaml": "databases: {prom: {url: 'prometheus+http://kpi:${PROM_PASSWORD}@" + addr + "', http_config_file: http.yml}}\nkpis: {a: {title: A, period: day, query: 1}}\n",
	} {
		if err := os.WriteFile(filepath.Join(filepath.Dir(file), name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatal(err)
	}
	source := openConfig(t, cfg.Databases[0], 1)
	e := Engine{Engine: engine.Prometheus{}}
	if got := e.first(t, source, "rate(x[:period])"); got.Number != 7 {
		t.Errorf("got %+v", got)
	}
	got := <-form
	if got.Get("query") != "rate(x[86400s]) # kpi_exporter kpi=revenue" || got.Get("time") != "1775260800" || got.Get("timeout") != "20s" {
		t.Errorf("sent %v", got)
	}
	redirect = true
	_, _, err = run(t.Context(), source, e.query(t, "1"))
	wantError(t, err, database.Connect, "the server leads to http://"+other)
	if elsewhere.Load() != 0 {
		t.Error("the redirect was followed")
	}
}

// TestPrometheusWithoutTime has a period to date that has just begun: there is nothing to ask for.
func TestPrometheusWithoutTime(t *testing.T) {
	e := Engine{Engine: engine.Prometheus{}}
	q := e.query(t, "increase(x[:period])")
	q.Parameters.PeriodStart, q.Reads = q.Parameters.PeriodEnd, []string{"plan", "value"}
	columns, rows, err := run(t.Context(), open(t, "prometheus+http://127.0.0.1:1", 1), q)
	if err != nil || len(rows) != 0 || fmt.Sprint(columns) != "[{plan } {value }]" {
		t.Errorf("%v, %v, %v", columns, rows, err)
	}
}

// TestPrometheusBytes has an answer be larger than it may be.
func TestPrometheusBytes(t *testing.T) {
	addr := front(t, "", func(w http.ResponseWriter, _ *http.Request) bool {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"scalar","result":[1,"7"]},"x":"` + strings.Repeat("x", 3<<19) + `"}`))
		return true
	})
	e := Engine{Engine: engine.Prometheus{}}
	source := open(t, "prometheus+http://"+addr, 1)
	q := e.query(t, "1")
	q.MaxBytes = 1 << 20
	_, _, err := run(t.Context(), source, q)
	wantError(t, err, database.TooLarge, "the result exceeds 1 MB: aggregate the series that the KPI does not tell apart")
	if !source.Stats().Up {
		t.Error("the database counts as down")
	}
	if got := e.first(t, source, "1"); got.Number != 7 {
		t.Errorf("got %+v", got)
	}
}

// TestPrometheusFrozen has a server say nothing at all: the first query fails at its timeout, later ones at once, until it answers again.
func TestPrometheusFrozen(t *testing.T) {
	addr := promtest.Start(t, t.TempDir())
	proxy := pgtest.NewProxy(t, addr)
	source := open(t, "prometheus+http://"+proxy.Addr(), 1)
	e := Engine{Engine: engine.Prometheus{}, Numbers: func(int) string { return "1" }}
	e.wantGood(t, source)
	proxy.Freeze()
	q := e.query(t, "1")
	q.Timeout = 500 * time.Millisecond
	within(t, q.Timeout+frozenLimit, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Timeout, "the query took longer than its timeout of 500ms, and the server did not even say so")
	})
	if source.Stats().Up {
		t.Error("the database counts as up")
	}
	q.Timeout = 20 * time.Second
	within(t, 4*time.Second, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Connect, "the database does not answer")
	})
	proxy.Thaw()
	eventually(t, "the server is there again", func() bool {
		_, _, err := run(t.Context(), source, q)
		return err == nil
	})
	e.wantGood(t, source)
}

// TestPrometheusCut has the network end the connection of a query.
func TestPrometheusCut(t *testing.T) {
	proxy := pgtest.NewProxy(t, promtest.Start(t, t.TempDir()))
	source := open(t, "prometheus+http://"+proxy.Addr(), 1)
	e := Engine{Engine: engine.Prometheus{}, Numbers: func(int) string { return "1" }}
	ended := make(chan error, 1)
	go func() {
		_, _, err := run(t.Context(), source, e.query(t, slow))
		ended <- err
	}()
	var err error
	eventually(t, "the query has ended", func() bool {
		proxy.Cut() // Until it cuts one that is there.
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	wantError(t, err, database.Connect, "the server closed the connection without an answer")
	if source.Stats().Up {
		t.Error("the database counts as up")
	}
	e.wantGood(t, source)
	proxy.Cut()
	e.wantGood(t, source)
}

// TestPrometheusCancel has a caller give up.
func TestPrometheusCancel(t *testing.T) {
	addr := front(t, "", func(_ http.ResponseWriter, r *http.Request) bool {
		_, _ = io.Copy(io.Discard, r.Body) // Only then does the server notice that the caller is gone.
		<-r.Context().Done()
		return true
	})
	e := Engine{Engine: engine.Prometheus{}}
	source := open(t, "prometheus+http://"+addr, 1)
	ctx, cancel := context.WithCancel(t.Context())
	time.AfterFunc(50*time.Millisecond, cancel)
	within(t, time.Second, func() {
		if _, _, err := run(ctx, source, e.query(t, "1")); !errors.Is(err, context.Canceled) {
			t.Errorf("error %v, want context.Canceled", err)
		}
	})
}

// TestPrometheusSecretFileHangs has a file with credentials be a pipe into which nobody writes: a query waits no longer than for a server.
func TestPrometheusSecretFileHangs(t *testing.T) {
	dir := t.TempDir()
	pipe := filepath.Join(dir, "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	text := "databases: {prom: {url: 'prometheus+http://127.0.0.1:1', http_config_file: http.yml}}\nkpis: {a: {title: A, period: day, query: 1}}\n"
	for name, text := range map[string]string{"kpi.yaml": text, "http.yml": "authorization: {credentials_file: pipe}\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cfg, err := config.Load(filepath.Join(dir, "kpi.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	source := openConfig(t, cfg.Databases[0], 1)
	e := Engine{Engine: engine.Prometheus{}}
	q := e.query(t, "1")
	q.Timeout = 500 * time.Millisecond
	within(t, q.Timeout+frozenLimit, func() {
		_, _, err := run(t.Context(), source, q)
		wantError(t, err, database.Timeout, "the query took longer than its timeout of 500ms")
	})
	for range 2 { // The query, and who then looks for a sign of life.
		eventually(t, "somebody reads the pipe", func() bool {
			f, err := os.OpenFile(pipe, os.O_WRONLY|syscall.O_NONBLOCK, 0)
			return err == nil && f.Close() == nil
		})
	}
}
