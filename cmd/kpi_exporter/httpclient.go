package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"reflect"
	"time"

	promconfig "github.com/prometheus/common/config"

	"github.com/kpi-exporter/kpi_exporter/internal/credentials"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/foreignfile"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// client is an HTTP client, with what no answer may show of it.
type client struct {
	*http.Client
	secrets *secret.Set
}

// httpClient returns a client with the credentials of a file for --http.config.file, which may be "". It reads the file until ctx ends.
func httpClient(ctx context.Context, file string, timeout time.Duration) (client, error) {
	c, err := await(ctx, func() (client, error) { return newHTTPClient(file) })
	switch {
	case ctx.Err() != nil:
		return c, err
	case err != nil:
		return c, usageError{fmt.Errorf("--http.config.file: %w", err)}
	}
	c.Timeout = timeout
	c.CheckRedirect = sameHost
	return c, nil
}

// sameHost follows redirects within one server: the credentials are sent with every request, and are for no other.
func sameHost(r *http.Request, via []*http.Request) error {
	if first := via[0].URL; len(via) >= 10 || r.URL.Host != first.Host || r.URL.Scheme != first.Scheme {
		return http.ErrUseLastResponse
	}
	return nil
}

// newHTTPClient reads the file, and those that it names.
func newHTTPClient(file string) (client, error) {
	if file == "" {
		return newClient(&promconfig.DefaultHTTPClientConfig)
	}
	f, err := foreignfile.Read(file)
	if err != nil {
		return client{}, fmt.Errorf("%s: %w", file, err)
	}
	if err := cmp.Or(f.CheckFiles(), f.CheckURLs()); err != nil {
		return client{}, err
	}
	cfg, err := promconfig.LoadHTTPConfig(f.Text())
	if err != nil {
		return client{}, f.Explain(err, reflect.TypeFor[promconfig.HTTPClientConfig]())
	}
	cfg.SetDirectory(filepath.Dir(file))
	c, err := newClient(cfg)
	if err != nil {
		return c, f.Explain(err, reflect.TypeFor[promconfig.HTTPClientConfig]())
	}
	return c, nil
}

// newClient returns a client of a configuration.
func newClient(cfg *promconfig.HTTPClientConfig) (client, error) {
	plain, err := promconfig.NewClientFromConfig(*cfg, "kpi_exporter")
	if err != nil {
		return client{}, err
	}
	secrets := &secret.Set{}
	secrets.Add(engine.HTTPSecrets(cfg)...)
	plain.Transport = credentials.Transport(plain.Transport, secrets)
	return client{plain, secrets}, nil
}
