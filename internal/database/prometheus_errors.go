package database

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"

	v1 "github.com/prometheus/client_golang/api/prometheus/v1"

	"github.com/kpi-exporter/kpi_exporter/internal/format"
)

// explainFailure turns what came of a query into an error with a reason, and notes whether the server was reached.
func (p *prometheus) explainFailure(err error, a answer, f failure) error {
	if explained, ok := errors.AsType[*Error](err); ok {
		p.reached(explained.Reason != Connect)
		return explained
	}
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // Without the URL.
	}
	reason, sentence := classifyAnswer(err, a, f)
	if reason != TooLarge && a.status == 0 && f.late {
		err = os.ErrDeadlineExceeded
	}
	p.reached(reason != Connect && !errors.Is(err, os.ErrDeadlineExceeded))
	return &Error{Reason: reason, Err: p.hide(sentence, err)}
}

// classifyAnswer returns the reason of a failure and its sentence.
func classifyAnswer(err error, a answer, f failure) (FailureReason, string) {
	limit := format.Length(f.timeout)
	said, isSaid := errors.AsType[*v1.Error](err)
	switch {
	case errors.Is(err, errTooLarge):
		return TooLarge, fmt.Sprintf("the result exceeds %d MB: aggregate the series that the KPI does not tell apart", f.bytes>>20)
	case isSaid:
		return classifyRefusal(said, a, f)
	case a.status != 0 && f.late, a.status != 0 && errors.Is(err, context.DeadlineExceeded):
		return Timeout, "the query took longer than its timeout of " + limit
	case a.status != 0:
		return Connect, "the server closed the connection while it answered"
	case f.late || isUnanswered(err):
		return Timeout, "the query took longer than its timeout of " + limit + ", and the server did not even say so"
	case isGone(err):
		return Connect, "the server closed the connection without an answer"
	}
	return Connect, "cannot connect: " + err.Error()
}

// classifyRefusal returns the same for what the server says.
func classifyRefusal(said *v1.Error, a answer, f failure) (FailureReason, string) {
	kind, message := said.Type, said.Msg
	refused := a.status/100 == 4 && a.status != http.StatusTooManyRequests && a.status != http.StatusRequestTimeout
	told := message != "" && !slices.Contains([]v1.ErrorType{v1.ErrServer, v1.ErrClient, v1.ErrBadResponse}, kind) // By the server, and not by the library.
	status := fmt.Sprintf("%d %s", a.status, http.StatusText(a.status))
	switch kind {
	case v1.ErrBadData, v1.ErrExec:
		return Refused, message
	case v1.ErrTimeout:
		if f.late {
			return Timeout, "the query took longer than its timeout of " + format.Length(f.timeout)
		}
		return Timeout, "the query took longer than the server allows, before its timeout of " + format.Length(f.timeout) + ": " + message
	}
	switch {
	case a.moved != "":
		return Connect, movedTo(a.moved)
	case a.status == http.StatusUnauthorized, a.status == http.StatusForbidden:
		return Connect, "the server refuses the credentials (" + status + "): set http_config_file, or the user and the password of the url"
	case a.status == http.StatusNotFound, a.status == http.StatusMethodNotAllowed:
		return Connect, "there is no API of a Prometheus at the url (" + status + "): is its path right?"
	case kind == v1.ErrBadResponse, a.status/100 == 2:
		return Connect, "the answer is not that of a Prometheus: does the url lead to one?"
	}
	says := "the server answers " + status
	if told {
		says += ": " + message
	}
	if refused {
		return Refused, says
	}
	return Connect, says
}

// movedTo says where a redirect leads, and what to write into the url if that is a Prometheus.
func movedTo(to string) string {
	if server, ok := strings.CutSuffix(strings.TrimRight(to, "/"), "/api/v1/query"); ok {
		return "the server answers that it has moved: write prometheus+" + server + " into the url, since credentials follow no redirect"
	}
	return "the server leads to " + to + ", which is not the API of a Prometheus: does the url name the server itself?"
}
