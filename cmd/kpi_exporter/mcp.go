package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/assistant"
)

func mcpCommand(cmd *kingpin.CmdClause) command {
	address := cmd.Flag("url", "Address of the exporter to ask.").Default("http://localhost" + defaultAddress).String()
	httpConfig := cmd.Flag("http.config.file", "HTTP client configuration for it, in promtool's format: credentials, TLS, headers.").String()
	return func(ctx context.Context, env environment) error {
		client, err := httpClient(*httpConfig, time.Minute)
		if err != nil {
			return usageError{err}
		}
		defer client.CloseIdleConnections()
		exporter, err := assistant.NewExporter(*address, client)
		if err != nil {
			return usageError{fmt.Errorf("--url: %w", err)}
		}
		err = assistant.Serve(ctx, exporter, version, io.NopCloser(env.stdin), nopCloser{env.stdout})
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil // The assistant has gone, or the program was asked to end.
		}
		return err
	}
}

// nopCloser is a writer that is not closed.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
