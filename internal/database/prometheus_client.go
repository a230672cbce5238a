package database

import (
	"context"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/prometheus/client_golang/api"
	v1 "github.com/prometheus/client_golang/api/prometheus/v1"
	promconfig "github.com/prometheus/common/config"
	"github.com/prometheus/common/model"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// promIdle is how long a connection may lie unused: shorter than any firewall forgets.
const promIdle = 15 * time.Second

// promClient asks one Prometheus, as one user.
type promClient struct {
	address engine.PrometheusURL
	http    http.Client
}

func newPromClient(address engine.PrometheusURL) (*promClient, error) {
	transport, err := promconfig.NewRoundTripperFromConfig(address.HTTPConfig(), "kpi_exporter",
		promconfig.WithIdleConnTimeout(promIdle), promconfig.WithUserAgent("kpi_exporter"))
	if err != nil {
		return nil, err
	}
	return &promClient{address: address, http: http.Client{Transport: transport}}, nil
}

func (c *promClient) close() { c.http.CloseIdleConnections() }

// answer is what came of a query.
type answer struct {
	value   model.Value
	remarks []string // Warnings and notes of the server.
	err     error
	status  int    // That of HTTP; 0 if there was no response.
	moved   string // Where a redirect leads.
}

// query asks as of an instant; zero is now. The server may take as long as within says. It returns soon after the end of ctx, even if
// a file with a secret cannot be read.
func (c *promClient) query(ctx context.Context, query string, at time.Time, within time.Duration, bytes int64) answer {
	answered := make(chan answer, 1)
	go func() { answered <- c.send(ctx, query, at, within, bytes) }()
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
	a.value, a.remarks, a.err = value, append(append(a.remarks, warnings...), infos...), err
	return a
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
	response.Body = &boundedBody{response.Body, o.bytes}
	return response, nil
}

// boundedBody is a body that fails when it has more bytes than it may have.
type boundedBody struct {
	io.ReadCloser
	left int64
}

// Read implements io.Reader.
func (b *boundedBody) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	if b.left -= int64(n); b.left < 0 {
		return n, errTooLarge
	}
	return n, err
}
