package web

import (
	"bytes"
	"context"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/openapi"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
	"github.com/kpi-exporter/kpi_exporter/internal/scoreboard"
)

const (
	maxLast     = 1000             // Periods that ?last= may ask for.
	evaluateFor = 50 * time.Second // How long a request waits for an instant to be evaluated.
)

// api answers what programs ask about KPIs.
type api struct {
	boards Boards
	ready  readyBoards
}

// endpoint is one kind of question.
type endpoint struct {
	parameters string // Names, with spaces between them.
	answer     func(b *scoreboard.Board, r *http.Request) ([]byte, error)
}

// handleAPI adds the API. Each endpoint has a limit of its own.
func handleAPI(mux *http.ServeMux, boards Boards) {
	a := &api{boards: boards}
	description := newAnswer("application/yaml", openapi.Text())
	for pattern, handler := range map[string]http.Handler{
		"/api/v1/kpis":        a.handler(endpoint{"owner objective category level status q as_of", writeKPIs}),
		"/api/v1/kpis/{name}": a.handler(endpoint{"last as_of", writeKPI}),
		"/api/v1/report":      a.handler(endpoint{"period as_of", writeReport}),
		"/api/v1/openapi.yaml": get(func(w http.ResponseWriter, r *http.Request) error {
			description.send(w, r)
			return nil
		}),
		"/api/": get(func(_ http.ResponseWriter, r *http.Request) error {
			return newProblem(http.StatusNotFound, "there is no %s; /api/v1/openapi.yaml describes what there is", r.URL.Path)
		}),
	} {
		mux.Handle(pattern, limited(handler))
	}
}

// get serves GET and HEAD. What goes wrong is sent as a problem.
func get(serve func(w http.ResponseWriter, r *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet && r.Method != http.MethodHead {
			p := newProblem(http.StatusMethodNotAllowed, "%s supports GET and HEAD", r.URL.Path)
			p.allow = "GET, HEAD"
			p.send(w)
			return
		}
		err := serve(w, r)
		if err == nil {
			return
		}
		p, ok := errors.AsType[*problem](err)
		if !ok {
			p = newProblem(http.StatusInternalServerError, "the answer could not be made; see the log")
		}
		p.send(w)
	})
}

// handler serves one kind of question from answers that are ready.
func (a *api) handler(e endpoint) http.Handler {
	return get(func(w http.ResponseWriter, r *http.Request) error {
		query, err := e.query(r)
		if err != nil {
			return err
		}
		b, err := boardFor(r.Context(), a.boards, query.Get("as_of"))
		if err != nil {
			return err
		}
		made, err := a.ready.about(b, r.URL.Path+"?"+query.Encode(), func() (*answer, error) {
			body, err := e.answer(b, r)
			if err != nil {
				return nil, err
			}
			return newAnswer("application/json", body), nil
		})
		if err != nil {
			return err
		}
		made.send(w, r)
		return nil
	})
}

// query returns the parameters of a request. One that is not known, or comes twice, is a problem.
func (e *endpoint) query(r *http.Request) (url.Values, error) {
	query, err := url.ParseQuery(r.URL.RawQuery)
	if err != nil {
		return nil, newProblem(http.StatusBadRequest, "the query of the address cannot be read: %v", err)
	}
	for _, name := range slices.Sorted(maps.Keys(query)) {
		switch {
		case !document.IsOneOf(name, e.parameters):
			return nil, newProblem(http.StatusBadRequest, "unknown parameter %s; %s", document.Quote(name), document.DidYouMean(name, e.parameters, "it is one of"))
		case len(query[name]) > 1:
			return nil, newProblem(http.StatusBadRequest, "the parameter %s is there %d times", name, len(query[name]))
		}
	}
	return query, nil
}

// boardFor returns the board of now for "", else that of an earlier instant. Its error is a *problem.
func boardFor(ctx context.Context, boards Boards, text string) (*scoreboard.Board, error) {
	now := boards.Board()
	if text == "" {
		return now, nil
	}
	asOf, err := period.ParseTime(text, now.Config.Calendar.Location)
	switch {
	case err != nil:
		return nil, newProblem(http.StatusBadRequest, "as_of: %v", err)
	case asOf.Before(time.Unix(0, 0)):
		return nil, newProblem(http.StatusBadRequest, "as_of: %s is before 1970", text)
	case asOf.After(time.Now()):
		return nil, newProblem(http.StatusBadRequest, "as_of: %s has not come yet", text)
	}
	ctx, cancel := context.WithTimeout(ctx, evaluateFor)
	defer cancel()
	past, err := boards.BoardAt(ctx, asOf)
	if err == nil {
		return past, nil
	}
	p := newProblem(http.StatusServiceUnavailable, "the KPIs could not be evaluated as of %s in time", text)
	if errors.Is(err, scoreboard.ErrTooMany) {
		p = newProblem(http.StatusTooManyRequests, "Too many people ask for the past; try again in 30 seconds.")
	}
	p.retryAfter = 30
	return nil, p
}

// writeReport writes the report of a board.
func writeReport(b *scoreboard.Board, r *http.Request) ([]byte, error) {
	units := map[string]period.Unit{"day": period.Day, "week": period.Week, "month": period.Month, "quarter": period.Quarter, "": period.Week}
	name := r.URL.Query().Get("period")
	unit, ok := units[name]
	if !ok {
		return nil, newProblem(http.StatusBadRequest, "period: unknown %s; it is day, week, month or quarter", document.Quote(name))
	}
	made := report.New(b.Config, b.Survey(unit), unit)
	var text bytes.Buffer
	err := made.JSON(&text)
	return text.Bytes(), err
}

// lastOf returns how many periods a request asks for.
func lastOf(b *scoreboard.Board, r *http.Request) (int, error) {
	text := r.URL.Query().Get("last")
	if text == "" {
		return b.Config.History, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxLast {
		return 0, newProblem(http.StatusBadRequest, "last: %s is not a whole number from 0 to %d", document.Quote(text), maxLast)
	}
	return n, nil
}
