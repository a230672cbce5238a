package openapi_test

import (
	"context"
	"database/sql"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	validation "github.com/pb33f/libopenapi-validator/config"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/collector"
	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/openapi"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
	"github.com/kpi-exporter/kpi_exporter/internal/web"
)

// everyAnswer are KPIs in every state, with all that the API says about one.
const everyAnswer = `
product: Acme
history: 6
objectives: {grow: {title: Grow}}
queries:
  sales:
    period: week
    labels: [plan]
    owner: growth
    objective: grow
    category: financial
    query: SELECT plan, sum(v) AS value, sum(n) AS n, sum(d) AS d FROM rows WHERE at >= :period_start AND at < :period_end GROUP BY plan
kpis:
  revenue: {title: Revenue, description: What customers paid., from: sales, value: value, merge: sum, level: company, target: {at_least: {previous_period: +5%%}, critical: 100, stretch: 1M}}
  rate: {title: Rate, from: sales, numerator: n, denominator: d, unit: ratio, labels: [], merge: ratio, target: {at_most: 5%%}}
  value: {title: Value, from: sales, value: value, labels: [], merge: sum}
  cases: {title: Cases, from: sales, value: d, labels: [], merge: sum}
  per_case: {title: Per case, formula: value / cases}
  daily: {title: Daily, period: day, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {between: [10, 1k]}, review_by: 2026-01-31}
  running: {title: Running, period: {to_date: month}, query: SELECT sum(v) AS value FROM rows WHERE at >= :period_start AND at < :period_end, target: {at_least: 3k, pace: profile}}
  level: {title: Level, period: instant, query: "SELECT sum(v) AS value FROM rows WHERE at < :as_of", target: {at_least: 1}}
  apart: {title: Apart, from: sales, value: value, merge: none}
  nothing: {title: Nothing, period: day, query: SELECT NULL AS value WHERE :period_end = '', target: {at_least: 1}}
  failing: {title: Failing, period: day, query: "SELECT 'secret' || '-row' || v AS value FROM rows WHERE at >= :period_start AND at < :period_end", target: {at_least: 1}}
decisions:
  - {date: "%s", text: "Prices <b>rise</b>", kpis: [revenue, daily], owner: growth}
`

// newRows returns the URL of a SQLite file with rows of the last days.
func newRows(t testing.TB, days int) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "rows.db")
	db, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	exec := func(query string, args ...any) {
		if _, err := db.ExecContext(t.Context(), query, args...); err != nil {
			t.Fatal(err)
		}
	}
	exec("CREATE TABLE rows (at text, plan text, v real, n real, d real)")
	for i := range days {
		at := time.Now().UTC().AddDate(0, 0, -i).Format(time.DateOnly) + " 00:00:00"
		for j, plan := range []string{"basic", "pro", "<script>"} {
			exec("INSERT INTO rows VALUES (?, ?, ?, ?, ?)", at, plan, 20+(i*(7+j))%13, (i+j)%4, 30+i%(5+j))
		}
	}
	return "sqlite://" + path
}

// exporter is an exporter over KPIs.
type exporter struct {
	testing.TB
	http.Handler
	keeper *scoreboard.Keeper
}

func newExporter(t testing.TB, text string) *exporter {
	t.Helper()
	file := filepath.Join(t.TempDir(), "kpi.yaml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cfg, err := config.Load(file)
	if err != nil {
		t.Fatalf("%v, in:\n%s", err, text)
	}
	logger := slog.New(slog.DiscardHandler)
	c := collector.New(cfg, logger)
	e := &exporter{TB: t, keeper: scoreboard.New(c, logger)}
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	all.Go(func() { c.Run(ctx) })
	all.Go(func() { e.keeper.Run(ctx) })
	t.Cleanup(func() {
		cancel()
		all.Wait()
	})
	e.Handler, err = web.NewHandler(web.Options{Boards: e.keeper, Metrics: http.NotFoundHandler(), TelemetryPath: "/metrics", Healthy: c.Healthy, Ready: c.Ready})
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// readAll waits until everything was read that the answers are made from.
func (e *exporter) readAll() {
	e.Helper()
	for deadline := time.Now().Add(3 * time.Minute); ; time.Sleep(5 * time.Millisecond) {
		b := e.keeper.Board()
		if !slices.ContainsFunc(b.KPIs, func(k scoreboard.KPI) bool {
			return !k.Explained || k.State == scoreboard.Current && len(k.History.Points) < 20
		}) {
			return
		}
		if time.Now().After(deadline) {
			e.Fatal("not all is read within three minutes")
		}
	}
}

// TestAPIAsDescribed compares what the API answers with its description.
func TestAPIAsDescribed(t *testing.T) {
	description, err := libopenapi.NewDocument(openapi.Text())
	if err != nil {
		t.Fatal(err)
	}
	v, errs := validator.NewValidator(description, validation.WithStrictMode(), validation.WithFormatAssertions(),
		validation.WithStrictIgnorePaths("$.body.**.labels.*", "$.body[*].samples[*].labels.*"),
		validation.WithStrictIgnoredHeadersExtra("Vary", "X-Content-Type-Options", "Allow", "Retry-After"))
	if len(errs) > 0 {
		t.Fatal(errs)
	}
	t.Cleanup(v.Release)
	if ok, errs := v.ValidateDocument(); !ok {
		for _, e := range errs {
			t.Errorf("the description: %s: %s", e.Message, e.Reason)
		}
	}
	decided := time.Now().AddDate(0, 0, -28).Format(time.DateOnly)
	e := newExporter(t, `databases: {app: {url: "`+newRows(t, 500)+`"}}`+fmt.Sprintf(everyAnswer, decided))
	check := func(address string, status int, valid bool) {
		t.Helper()
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
		w := httptest.NewRecorder()
		e.ServeHTTP(w, r.Clone(t.Context()))
		response := w.Result()
		if response.StatusCode != status {
			t.Errorf("%s: status %d, want %d", address, response.StatusCode, status)
		}
		body, err := io.ReadAll(response.Body)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(body), "secret-row") {
			t.Errorf("%s says what is in rows:\n%s", address, body)
		}
		response.Body = io.NopCloser(strings.NewReader(string(body)))
		ok, errs := v.ValidateHttpResponse(r, response)
		if valid {
			ok, errs = v.ValidateHttpRequestResponse(r, response)
		}
		for _, e := range errs {
			t.Errorf("%s: %s: %s", address, e.Message, e.Reason)
			for _, s := range e.SchemaValidationErrors {
				t.Errorf("  %s: %s", s.FieldPath, s.Reason)
			}
		}
		if !ok && len(errs) == 0 {
			t.Errorf("%s is not as described", address)
		}
	}
	check("/api/v1/kpis", 200, true) // Some may not be evaluated yet.
	e.readAll()
	for _, address := range []string{
		"/api/v1/kpis", "/api/v1/kpis?owner=growth&status=on_target", "/api/v1/kpis?q=no+such", "/api/v1/kpis?as_of=2001-01-01",
		"/api/v1/report", "/api/v1/report?period=day", "/api/v1/report?period=quarter", "/api/v1/report?as_of=2026-01-01T00:00:00Z",
		"/api/v1/kpis/revenue?last=1000", "/api/v1/kpis/daily?last=0",
	} {
		check(address, 200, true)
	}
	for _, k := range e.keeper.Board().KPIs {
		check("/api/v1/kpis/"+k.Surveyed.KPI.Name, 200, true)
		check("/api/v1/kpis/"+k.Surveyed.KPI.Name+"?as_of="+time.Now().AddDate(0, 0, -10).Format(time.DateOnly), 200, true)
	}
	for _, address := range []string{
		"/api/v1/kpis?ownr=growth", "/api/v1/kpis?owner=a&owner=b", "/api/v1/kpis?status=fine", "/api/v1/kpis?as_of=yesterday", "/api/v1/kpis?as_of=9000-01-01",
		"/api/v1/kpis?%zz", "/api/v1/kpis/revenue?last=-1", "/api/v1/kpis/revenue?last=six", "/api/v1/report?period=year",
	} {
		check(address, 400, false)
	}
	check("/api/v1/kpis/revenu", 404, true)
}
