package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
)

func schemaCommand(_ *kingpin.CmdClause) command {
	return func(_ context.Context, env environment) error {
		_, err := env.stdout.Write(config.Schema(lint.IDs()))
		return err
	}
}
