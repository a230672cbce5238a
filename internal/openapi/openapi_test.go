package openapi_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pb33f/libopenapi"
	validator "github.com/pb33f/libopenapi-validator"
	validation "github.com/pb33f/libopenapi-validator/config"
	_ "modernc.org/sqlite"

	"github.com/kpi-exporter/kpi_exporter/internal/boardtest"
	"github.com/kpi-exporter/kpi_exporter/internal/openapi"
	"github.com/kpi-exporter/kpi_exporter/internal/web"
)

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
	c, keeper := boardtest.Start(t, `databases: {app: {url: "`+boardtest.NewRows(t, 500)+`"}}`+fmt.Sprintf(boardtest.EveryAnswer, decided))
	handler, err := web.NewHandler(web.Options{Boards: keeper, Metrics: http.NotFoundHandler(), TelemetryPath: "/metrics", Healthy: c.Healthy, Ready: c.Ready})
	if err != nil {
		t.Fatal(err)
	}
	check := func(address string, status int, valid bool) {
		t.Helper()
		r := httptest.NewRequestWithContext(context.Background(), http.MethodGet, address, http.NoBody)
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r.Clone(t.Context()))
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
	boardtest.AwaitPast(t, keeper)
	for _, address := range []string{
		"/api/v1/kpis", "/api/v1/kpis?owner=growth&status=on_target", "/api/v1/kpis?q=no+such", "/api/v1/kpis?as_of=2001-01-01",
		"/api/v1/report", "/api/v1/report?period=day", "/api/v1/report?period=quarter", "/api/v1/report?as_of=2026-01-01T00:00:00Z",
		"/api/v1/kpis/revenue?last=1000", "/api/v1/kpis/daily?last=0",
	} {
		check(address, 200, true)
	}
	for _, k := range keeper.Board().KPIs {
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
