package main

import (
	"context"
	"fmt"
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// httpClient returns a client with the credentials of a file for --http.config.file, which may be "". It reads the file until ctx ends.
func httpClient(ctx context.Context, file string, timeout time.Duration) (*http.Client, error) {
	cfg := promconfig.DefaultHTTPClientConfig
	if file != "" {
		c, err := await(ctx, func() (*promconfig.HTTPClientConfig, error) {
			c, _, err := promconfig.LoadHTTPConfigFile(file)
			return c, err
		})
		switch {
		case ctx.Err() != nil:
			return nil, err
		case err != nil:
			return nil, usageError{fmt.Errorf("--http.config.file: %w", err)}
		}
		cfg = *c
	}
	client, err := promconfig.NewClientFromConfig(cfg, "kpi_exporter")
	if err != nil {
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
