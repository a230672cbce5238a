package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
)

const catalogFile = "catalog.md"

func generateCatalogCommand(cmd *kingpin.CmdClause) command {
	output := cmd.Flag("output", "Folder to write "+catalogFile+" into.").Required().String()
	check := cmd.Flag("check", "Write nothing; exit with 1 if the file there is not what the KPI file gives.").Bool()
	return func(_ context.Context, env environment) int {
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		files := []generated{{catalogFile, catalog.Markdown(cfg)}}
		if *check {
			return env.compare(*output, files)
		}
		return env.write(*output, files)
	}
}
