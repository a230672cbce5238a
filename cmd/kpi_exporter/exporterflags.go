package main

import (
	"context"
	"fmt"
	"net/url"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/assistant"
)

// exporterFlags adds the flags of a command that asks a running exporter. What it returns gives its address, and a client with the
// credentials for it, which waits so long for each answer, and whose idle connections the command closes.
func exporterFlags(cmd *kingpin.CmdClause, timeout time.Duration) func(context.Context) (*url.URL, client, error) {
	address := cmd.Flag("url", "Address of the exporter to ask.").Default("http://localhost" + defaultAddress).String()
	httpConfig := cmd.Flag("http.config.file", "HTTP client configuration for it, in promtool's format: credentials, TLS, headers.").String()
	return func(ctx context.Context) (*url.URL, client, error) {
		c, err := httpClient(ctx, *httpConfig, timeout)
		if err != nil {
			return nil, c, err
		}
		u, err := assistant.ParseAddress(*address)
		if err != nil {
			return nil, c, usageError{fmt.Errorf("--url: %w", err)}
		}
		return u, c, nil
	}
}
