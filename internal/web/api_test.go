package web

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

// exporter is an exporter over the API alone.
type exporter struct {
	testing.TB
	http.Handler
	keeper *scoreboard.Keeper
}

func newExporter(t testing.TB, text string) *exporter {
	t.Helper()
	_, k := boardtest.Start(t, text)
	e := &exporter{TB: t, keeper: k}
	mux := http.NewServeMux()
	handleAPI(mux, e.keeper)
	e.Handler = mux
	return e
}

// get asks for an address.
func (e *exporter) get(address string, header ...string) reply {
	e.Helper()
	return e.ask(httptest.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody), header...)
}

func (e *exporter) ask(r *http.Request, header ...string) reply {
	e.Helper()
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	w := httptest.NewRecorder()
	e.ServeHTTP(w, r)
	return reply{w.Code, w.Header(), w.Body}
}

// reply is a response whose body needs no closing.
type reply struct {
	StatusCode int
	Header     http.Header
	Body       *bytes.Buffer
}

// decode decodes the answer to an address, which must be fine.
func decode[T any](e *exporter, address string) T {
	e.Helper()
	response := e.get(address)
	if response.StatusCode != http.StatusOK {
		e.Fatalf("%s: %d", address, response.StatusCode)
	}
	var v T
	if err := json.NewDecoder(response.Body).Decode(&v); err != nil {
		e.Fatalf("%s: %v", address, err)
	}
	return v
}

func eventually(t testing.TB, what string, condition func() bool) {
	t.Helper()
	for deadline := time.Now().Add(2 * time.Minute); !condition(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within two minutes: %s", what)
		}
	}
}

type kpiAnswer struct {
	KPI     string
	State   string
	Status  string
	Reason  *string
	Title   string
	Samples []struct {
		Labels map[string]string
		Value  *float64
	}
	Error *struct{ Reason, Message string }

	SQL     *string
	History []struct {
		PeriodEnd string `json:"period_end"`
		Samples   []struct{ Value *float64 }
	}
	HistoryReason  *string `json:"history_reason"`
	WhyReason      *string `json:"why_reason"`
	UnusualReason  *string `json:"unusual_reason"`
	ForecastReason *string `json:"forecast_reason"`

	Why []struct {
		Against      string
		Delta        *float64
		Explanations []any
		Reason       *string
	}
	Unusual   []struct{ Reason *string }
	Forecast  []struct{ Method string }
	Decisions []struct {
		Text    string
		Effects []struct{ Comparable int }
	}
}

// TestAPIAnswers looks at what is in the answers.
func TestAPIAnswers(t *testing.T) {
	decided := time.Now().AddDate(0, 0, -28).Format(time.DateOnly)
	e := newExporter(t, `databases: {app: {url: "`+boardtest.NewRows(t, 500)+`"}}`+fmt.Sprintf(boardtest.EveryAnswer, decided))
	boardtest.AwaitPast(t, e.keeper)

	names := func(address string) []string {
		var list []string
		for _, k := range decode[[]kpiAnswer](e, address) {
			list = append(list, k.KPI)
		}
		return list
	}
	unknown := []string{"nothing", "failing"}
	running := decode[kpiAnswer](e, "/api/v1/kpis/running")
	if started := time.Now().UTC().Day() > 5; !started && running.Status == "unknown" {
		unknown = append(unknown, "running") // A running month has no pace before a tenth of it is there.
	} else if len(running.Forecast) != 1 {
		t.Errorf("running is foreseen as %+v", running.Forecast)
	}
	for address, want := range map[string][]string{
		"/api/v1/kpis":                         {"revenue", "rate", "value", "cases", "per_case", "daily", "running", "level", "apart", "nothing", "failing"},
		"/api/v1/kpis?owner=growth":            {"revenue", "rate", "value", "cases", "apart"},
		"/api/v1/kpis?objective=none&q=ING":    {"running", "failing", "nothing"},
		"/api/v1/kpis?category=financial&q=pa": {"revenue", "apart"},
		"/api/v1/kpis?level=company":           {"revenue"},
		"/api/v1/kpis?status=unknown":          unknown,
	} {
		got := names(address)
		slices.Sort(got)
		slices.Sort(want)
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", address, diff)
		}
	}

	revenue := decode[kpiAnswer](e, "/api/v1/kpis/revenue")
	if len(revenue.History) != 6 || revenue.History[0].PeriodEnd >= revenue.History[5].PeriodEnd {
		t.Errorf("revenue has %d periods, want history: 6, the oldest first", len(revenue.History))
	}
	if len(revenue.Why) != 2 || revenue.Why[0].Against != "previous_period" || revenue.Why[1].Against != "same_period_last_year" || len(revenue.Why[0].Explanations) != 1 {
		t.Errorf("revenue moved since %+v", revenue.Why)
	}
	if len(revenue.Unusual) != 1 || len(revenue.Decisions) != 1 || revenue.Decisions[0].Text != "Prices <b>rise</b>" || len(revenue.Decisions[0].Effects) != 1 {
		t.Errorf("revenue: unusual %+v, decisions %+v", revenue.Unusual, revenue.Decisions)
	}
	if all := decode[kpiAnswer](e, "/api/v1/kpis/revenue?last=1000"); len(all.History) < 20 {
		t.Errorf("revenue has %d periods of history, want all that were read", len(all.History))
	}
	if none := decode[kpiAnswer](e, "/api/v1/kpis/revenue?last=0"); len(none.History) != 0 || none.HistoryReason != nil {
		t.Errorf("revenue has %d periods, and the reason %v, where none was asked for", len(none.History), none.HistoryReason)
	}
	if revenue.HistoryReason != nil || revenue.WhyReason != nil || revenue.UnusualReason != nil || revenue.ForecastReason == nil || *revenue.ForecastReason != "no_pace" {
		t.Errorf("revenue has reasons %v, %v, %v, %v", revenue.HistoryReason, revenue.WhyReason, revenue.UnusualReason, revenue.ForecastReason)
	}
	failing := decode[kpiAnswer](e, "/api/v1/kpis/failing")
	if failing.State != "failing" || failing.Reason == nil || *failing.Reason != "failed" || failing.Error == nil || failing.Error.Reason != "value" {
		t.Errorf("failing: %+v", failing)
	}
	old := decode[[]kpiAnswer](e, "/api/v1/kpis?as_of=2001-01-01")
	if old[0].State != "not_kept" || len(old[0].Samples) > 0 || *old[0].Reason != "not_kept" {
		t.Errorf("in 2001: %+v", old[0])
	}
	report := decode[map[string]any](e, "/api/v1/report?period=month")
	if !strings.Contains(report["headline"].(string), "on target") || len(report["all"].([]any)) < 11 {
		t.Errorf("report: %v", report["headline"])
	}
}

// TestAPITransport looks at how answers are sent.
func TestAPITransport(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \""+boardtest.NewRows(t, 3)+"\"}}\nhistory: 0\nkpis:\n  k: {title: K, period: instant, every: 100h, query: SELECT sum(v) AS value FROM rows}\n")
	eventually(t, "the KPI is evaluated", func() bool { return decode[[]kpiAnswer](e, "/api/v1/kpis")[0].State == "current" })
	if k := decode[kpiAnswer](e, "/api/v1/kpis/k"); *k.HistoryReason != "history_off" || *k.WhyReason != "history_off" || *k.UnusualReason != "history_off" {
		t.Errorf("with history: 0 the reasons are %q, %q, %q", *k.HistoryReason, *k.WhyReason, *k.UnusualReason)
	}
	for _, address := range []string{"/api/v1/kpis", "/api/v1/kpis/k", "/api/v1/report", "/api/v1/openapi.yaml"} {
		plain := e.get(address)
		body, _ := io.ReadAll(plain.Body)
		etag := plain.Header.Get("Etag")
		if plain.StatusCode != http.StatusOK || etag == "" || plain.Header.Get("X-Content-Type-Options") != "nosniff" || plain.Header.Get("Vary") != "Accept-Encoding" {
			t.Errorf("%s: %d %v", address, plain.StatusCode, plain.Header)
		}
		packed := e.get(address, "Accept-Encoding", "br, gzip;q=0.8")
		unpacked, err := gzip.NewReader(packed.Body)
		if err != nil {
			t.Fatal(err)
		}
		if again, _ := io.ReadAll(unpacked); packed.Header.Get("Content-Encoding") != "gzip" || !bytes.Equal(again, body) {
			t.Errorf("%s: gzip gives another answer", address)
		}
		if refused := e.get(address, "Accept-Encoding", "gzip;q=0"); refused.Header.Get("Content-Encoding") != "" {
			t.Errorf("%s: gzip though it is refused", address)
		}
		for _, tag := range []string{etag, strings.TrimPrefix(etag, "W/"), `"other", ` + etag, "*"} {
			if same := e.get(address, "If-None-Match", tag); same.StatusCode != http.StatusNotModified || same.Header.Get("Etag") != etag {
				t.Errorf("%s with %s: %d, want 304", address, tag, same.StatusCode)
			}
		}
		if other := e.get(address, "If-None-Match", `"other"`); other.StatusCode != http.StatusOK {
			t.Errorf("%s: %d", address, other.StatusCode)
		}
		head := e.ask(httptest.NewRequestWithContext(context.Background(), http.MethodHead, address, http.NoBody))
		if n, _ := io.Copy(io.Discard, head.Body); n != 0 || head.Header.Get("Content-Length") != fmt.Sprint(len(body)) {
			t.Errorf("%s: HEAD sends %d bytes, says %s", address, n, head.Header.Get("Content-Length"))
		}
		post := e.ask(httptest.NewRequestWithContext(context.Background(), http.MethodPost, address, http.NoBody))
		if post.StatusCode != http.StatusMethodNotAllowed || post.Header.Get("Allow") != "GET, HEAD" || post.Header.Get("Content-Type") != "application/problem+json" {
			t.Errorf("%s: POST is %d, %v", address, post.StatusCode, post.Header)
		}
	}
	if none := e.get("/api/v2/kpis"); none.StatusCode != http.StatusNotFound || none.Header.Get("Content-Type") != "application/problem+json" {
		t.Errorf("%d %v", none.StatusCode, none.Header)
	}
}

// busyBoards has a board of now, and none of the past.
type busyBoards struct {
	Boards
	err error
}

func (b busyBoards) BoardAt(context.Context, time.Time) (*scoreboard.Board, error) { return nil, b.err }

// TestAPIBusy asks for instants that cannot be evaluated now.
func TestAPIBusy(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \"sqlite://none.db\"}}\nkpis:\n  k: {title: K, period: instant, query: SELECT 1 AS value}\n")
	for err, want := range map[error]int{scoreboard.ErrTooMany: 429, context.DeadlineExceeded: 503, errors.New("secret"): 503} {
		mux := http.NewServeMux()
		handleAPI(mux, busyBoards{e.keeper, err})
		e.Handler = mux
		response := e.get("/api/v1/kpis?as_of=2020-01-01")
		body, _ := io.ReadAll(response.Body)
		if response.StatusCode != want || response.Header.Get("Retry-After") != "30" || strings.Contains(string(body), "secret") {
			t.Errorf("%v: %d %v\n%s", err, response.StatusCode, response.Header, body)
		}
	}
}

// TestAPIAsOfOutOfRange asks for instants that no KPI is kept of.
func TestAPIAsOfOutOfRange(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \"sqlite://none.db\"}}\nkpis:\n  k: {title: K, period: instant, query: SELECT 1 AS value}\n")
	for asOf, want := range map[string]int{
		"1442-03-27T00:25:26.290448384Z": http.StatusBadRequest, // 2026-10-15, counted in nanoseconds of 64 bits.
		"0001-01-01":                     http.StatusBadRequest,
		"1969-12-31T23:59:59Z":           http.StatusBadRequest,
		"1970-01-01T00:00:00Z":           http.StatusOK,
		"9999-12-31":                     http.StatusBadRequest,
	} {
		if response := e.get("/api/v1/kpis?as_of=" + asOf); response.StatusCode != want {
			t.Errorf("%s: %d, want %d\n%s", asOf, response.StatusCode, want, response.Body)
		}
	}
}

// TestReadyBoards has readers of two earlier instants take turns, and then one of a board that is not to be kept.
func TestReadyBoards(t *testing.T) {
	var c readyBoards
	for _, test := range []struct {
		versions []string
		want     int
	}{
		{[]string{"1@1", "1@2", "1@1", "1@2"}, 2},
		{[]string{"", "", "1@1"}, 2},
	} {
		built := 0
		for _, version := range test.versions {
			a, err := c.about(&scoreboard.Board{Past: true, Version: version}, "/", func() (*answer, error) {
				built++
				return newAnswer("text/plain", []byte(version)), nil
			})
			if err != nil || string(a.plain) != version {
				t.Errorf("%q: %v, %v", version, a, err)
			}
		}
		if built != test.want {
			t.Errorf("%q: %d answers were made, want %d", test.versions, built, test.want)
		}
	}
}

// slowWriter takes the bytes that it is given, and reads none of them.
type slowWriter struct {
	header http.Header
	body   []byte
}

func (s *slowWriter) Header() http.Header { return s.header }
func (s *slowWriter) WriteHeader(int)     {}
func (s *slowWriter) Write(b []byte) (int, error) {
	s.body = b
	return len(b), nil
}

// TestSlowReadersShare has 400 readers hold a large answer at once.
func TestSlowReadersShare(t *testing.T) {
	e := newExporter(t, "databases: {app: {url: \""+boardtest.NewRows(t, 3)+"\"}}\nhistory: 0\nkpis:\n"+
		"  many: {title: Many, period: instant, every: 100h, max_series: 20000, labels: [n], query: \"WITH RECURSIVE c (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < 15000) SELECT n, n AS value FROM c\"}\n")
	eventually(t, "the KPI is evaluated", func() bool { return decode[[]kpiAnswer](e, "/api/v1/kpis")[0].State == "current" })
	heap := func() uint64 {
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return m.HeapAlloc
	}
	before := heap()
	readers := make([]*slowWriter, 400)
	for i := range readers {
		readers[i] = &slowWriter{header: http.Header{}}
		e.ServeHTTP(readers[i], httptest.NewRequestWithContext(context.Background(), http.MethodGet, "/api/v1/kpis", http.NoBody))
	}
	if n := len(readers[0].body); n < 1<<20 {
		t.Fatalf("the answer has %d bytes only", n)
	}
	if grown := int64(heap()) - int64(before); grown > 4<<20 {
		t.Errorf("400 readers of %d bytes hold %d bytes", len(readers[0].body), grown)
	}
	runtime.KeepAlive(readers)
}
