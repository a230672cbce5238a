package enginetest

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

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
		{"an error that is too long", 422, `{"status":"error","errorType":"execution","error":"` + strings.Repeat("ä", 1_000_000) + `"}`, "", database.Refused, strings.Repeat("ä", 1000) + "…", true},
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
			if n := len(err.Error()); n > 3_000 {
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
