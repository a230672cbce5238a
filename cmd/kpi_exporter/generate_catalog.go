package main

import (
	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
)

const catalogFile = "catalog.md"

func generateCatalogCommand(cmd *kingpin.CmdClause) command {
	return generateCommand(cmd, generator{
		what: catalogFile,
		files: func(cfg *config.Config) ([]generated, error) {
			return []generated{{catalogFile, catalog.Markdown(cfg)}}, nil
		},
	})
}
