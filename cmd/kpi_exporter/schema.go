package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/lint"
	"github.com/kpi-exporter/kpi_exporter/internal/schema"
)

func schemaCommand(_ *kingpin.CmdClause) command {
	return func(_ context.Context, env environment) error {
		_, err := env.stdout.Write(schema.JSON(config.Keys(lint.IDs())))
		return err
	}
}
