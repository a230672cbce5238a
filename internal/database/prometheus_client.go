package database

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/credentials"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/promqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// promIdle is how long a connection may lie unused: shorter than any firewall forgets.
const promIdle = 15 * time.Second

// partialAnswer matches the beginning of an answer in which VictoriaMetrics says that some of its stores did not answer.
var partialAnswer = regexp.MustCompile(`"isPartial"\s*:\s*true`)

// promClient asks one Prometheus, as one user.
type promClient struct {
	address engine.PrometheusURL
	http    http.Client
	secrets *secret.Set // What no answer may show.
}

func newPromClient(address engine.PrometheusURL, secrets *secret.Set) (*promClient, error) {
	transport, err := promconfig.NewRoundTripperFromConfig(address.HTTPConfig(), "kpi_exporter",
		promconfig.WithIdleConnTimeout(promIdle), promconfig.WithUserAgent("kpi_exporter"))
	if err != nil {
		return nil, err
	}
	return &promClient{address, http.Client{Transport: credentials.Transport(transport, secrets)}, secrets}, nil
}

func (c *promClient) close() { c.http.CloseIdleConnections() }

// answer is what came of a query.
type answer struct {
	value   model.Value
	remarks []string // Warnings and notes of the server about the query.
	err     error
	status  int    // That of HTTP; 0 if there was no response.
	moved   string // Where a redirect leads.
	partial bool   // The server says so at the beginning of its answer, as VictoriaMetrics does.
}

// query asks as of an instant; zero is now. The server may take as long as within says. It returns soon after the end of ctx, even if
// a file with a secret cannot be read.
func (c *promClient) query(ctx context.Context, query string, at time.Time, within time.Duration, bytes int64) answer {
	answered := make(chan answer, 1)
	go func() { answered <- c.safely(ctx, query, at, within, bytes) }()
	select {
	case a := <-answered:
		return a
	case <-ctx.Done():
	}
	select {
	case a := <-answered:
		return a
	case <-time.After(grace):
		return answer{err: os.ErrDeadlineExceeded}
	}
}

// safely sends a query. If the library has a fault in reading an answer, the query has failed, and not the program.
func (c *promClient) safely(ctx context.Context, query string, at time.Time, within time.Duration, bytes int64) (a answer) {
	defer func() {
		if fault := recover(); fault != nil {
			a.value, a.err = nil, fmt.Errorf("the answer cannot be read: %v", fault)
		}
	}()
	a = c.send(ctx, query, at, within, bytes)
	a.hide(c.secrets)
	if a.err == nil {
		a.err = a.whole()
	}
	return a
}

func (c *promClient) send(ctx context.Context, query string, at time.Time, within time.Duration, bytes int64) (a answer) {
	client := c.http
	client.Transport = &observed{next: c.http.Transport, bytes: bytes, answer: &a}
	client.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // Who is there may not have the credentials.
	asked, err := api.NewClient(api.Config{Address: c.address.URL(), Client: &client})
	if err != nil {
		a.err = err
		return a
	}
	if within >= time.Second {
		within = within.Truncate(time.Second) // The server reads 1s and 500ms, not 1.5s.
	}
	value, warnings, infos, err := v1.NewAPI(asked).Query(ctx, query, at, v1.WithTimeout(within))
	a.value, a.remarks, a.err = value, slices.Concat([]string(warnings), []string(infos)), err
	return a
}

// hide takes the secrets out of what the server says, and shortens it.
func (a *answer) hide(secrets *secret.Set) {
	for i, remark := range a.remarks {
		a.remarks[i] = secrets.Say(remark, maxSaid)
	}
	a.moved = secrets.Say(a.moved, maxSaid)
	said, ok := errors.AsType[*v1.Error](a.err)
	if !ok {
		return
	}
	var detail struct {
		ErrorType v1.ErrorType
		Error     string
	}
	if json.Unmarshal([]byte(said.Detail), &detail) == nil && detail.ErrorType != "" {
		said.Type, said.Msg = detail.ErrorType, detail.Error
	}
	said.Msg, said.Detail = secrets.Say(strings.TrimPrefix(said.Msg, `invalid parameter "query": `), maxSaid), ""
}

// maxSaid is how many characters of what a server says are shown.
const maxSaid = 1000

// whole returns an error if an answer is not that of a Prometheus, or is one without a part of the data: a number that is too low is worse than none.
func (a *answer) whole() error {
	strange := &v1.Error{Type: v1.ErrBadResponse, Msg: "no value"}
	switch v := a.value.(type) {
	case nil:
		return strange
	case *model.Scalar:
		if v == nil || v.Timestamp == 0 { // It was not read: null, say.
			return strange
		}
	case model.Vector:
		if slices.ContainsFunc(v, func(s *model.Sample) bool { return s == nil || s.Timestamp == 0 }) {
			return strange
		}
	}
	if missing := promqltext.MissingPart(a.remarks, a.partial); missing != "" {
		return &Error{Reason: Refused, Err: fmt.Errorf("the answer is not whole: %s", missing)}
	}
	return nil
}

// observed notes of the response what the library does not tell, and bounds its size.
type observed struct {
	next   http.RoundTripper
	bytes  int64
	answer *answer
}

// RoundTrip implements http.RoundTripper.
func (o *observed) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := o.next.RoundTrip(r)
	if err != nil {
		return nil, err
	}
	o.answer.status = response.StatusCode
	if to, err := response.Location(); err == nil && response.StatusCode/100 == 3 {
		to.User, to.RawQuery, to.Fragment = nil, "", ""
		o.answer.moved = to.String()
	}
	begin := bufio.NewReaderSize(response.Body, beginning)
	first, _ := begin.Peek(beginning) // What is wrong with it, Read says again.
	o.answer.partial = partialAnswer.Match(first)
	response.Body = &boundedBody{begin, response.Body, o.bytes}
	return response, nil
}

// beginning is how much of an answer is looked at for partialAnswer.
const beginning = 128

// boundedBody is a body that fails when it has more bytes than it may have.
type boundedBody struct {
	io.Reader
	io.Closer
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.Reader.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
