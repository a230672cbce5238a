package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
)

func schemaCommand(_ *kingpin.CmdClause) command {
	return func(_ context.Context, env environment) int {
		if _, err := env.stdout.Write(config.Schema()); err != nil {
			env.complain(err)
			return exitProblem
		}
		return exitOK
	}
}
