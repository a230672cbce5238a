package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"path/filepath"
	"reflect"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
)

// httpClient returns a client with the credentials of a file for --http.config.file, which may be "". It reads the file until ctx ends.
func httpClient(ctx context.Context, file string, timeout time.Duration) (*http.Client, error) {
	client, err := await(ctx, func() (*http.Client, error) { return newHTTPClient(file) })
	switch {
	case ctx.Err() != nil:
		return nil, err
	case err != nil:
		return nil, usageError{fmt.Errorf("--http.config.file: %w", err)}
	}
	client.Timeout = timeout
	client.CheckRedirect = sameHost
	return client, nil
}

// sameHost follows redirects within one server: the credentials are sent with every request, and are for no other.
func sameHost(r *http.Request, via []*http.Request) error {
	if first := via[0].URL; len(via) >= 10 || r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// newHTTPClient reads the file, and those that it names.
func newHTTPClient(file string) (*http.Client, error) {
	if file == "" {
		return promconfig.NewClientFromConfig(promconfig.DefaultHTTPClientConfig, "kpi_exporter")
	}
	f, err := foreignfile.Read(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if err := cmp.Or(f.CheckFiles(), f.CheckURLs()); err != nil {
		return nil, err
	}
	cfg, err := promconfig.LoadHTTPConfig(f.Text())
	if err != nil {
		return nil, f.Explain(err, reflect.TypeFor[promconfig.HTTPClientConfig]())
	}
	cfg.SetDirectory(filepath.Dir(file))
	client, err := promconfig.NewClientFromConfig(*cfg, "kpi_exporter")
	if err != nil {
		return nil, f.Explain(err, reflect.TypeFor[promconfig.HTTPClientConfig]())
	}
	client.Transport = quietTransport{client.Transport}
	return client, nil
}

// quietTransport names no URL of the file in its errors: that of token_url may hold a secret.
type quietTransport struct{ http.RoundTripper }

// RoundTrip implements http.RoundTripper.
func (q quietTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	response, err := q.RoundTripper.RoundTrip(r)
	if failed, ok := errors.AsType[*url.Error](err); ok {
		return nil, fmt.Errorf("the server of token_url: %w", failed.Err)
	}
	return response, err
}

// CloseIdleConnections closes those of the transport inside.
func (q quietTransport) CloseIdleConnections() {
	(&http.Client{Transport: q.RoundTripper}).CloseIdleConnections()
}
