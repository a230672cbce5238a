package main

import (
	"fmt"
	"net/http"
	"time"

	promconfig "github.com/prometheus/common/config"
)

// httpClient returns a client with the credentials of a file for --http.config.file, which may be "".
func httpClient(file string, timeout time.Duration) (*http.Client, error) {
	cfg := promconfig.DefaultHTTPClientConfig
	if file != "" {
		c, _, err := promconfig.LoadHTTPConfigFile(file)
		if err != nil {
			return nil, fmt.Errorf("--http.config.file: %w", err)
		}
		cfg = *c
	}
	client, err := promconfig.NewClientFromConfig(cfg, "kpi_exporter")
	if err != nil {
		return nil, fmt.Errorf("--http.config.file: %w", err)
	}
	client.Timeout = timeout
	return client, nil
}
