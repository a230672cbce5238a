package main

import (
	"context"
	"errors"
	"io"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/assistant"
)

func mcpCommand(cmd *kingpin.CmdClause) command {
	exporter := exporterFlags(cmd, time.Minute)
	return func(ctx context.Context, env environment) error {
		u, c, err := exporter(ctx)
		if err != nil {
			return err
		}
		defer c.CloseIdleConnections()
		err = assistant.Serve(ctx, assistant.NewExporter(u, c.Client, c.secrets), version, io.NopCloser(env.stdin), nopCloser{env.stdout})
		if errors.Is(err, io.EOF) || ctx.Err() != nil {
			return nil // The assistant has gone, or the program was asked to end.
		}
		return err
	}
}

// nopCloser is a writer that is not closed.
type nopCloser struct{ io.Writer }

func (nopCloser) Close() error { return nil }
