package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func schemaCommand(_ *kingpin.CmdClause) command {
	return func(_ context.Context, env environment) error {
		_, err := env.stdout.Write(config.Schema())
		return err
	}
}
