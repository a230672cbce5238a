package main

import (
	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/dashboards"
)

func generateDashboardsCommand(cmd *kingpin.CmdClause) command {
	var by string
	generate := generateCommand(cmd, generator{
		what: "one JSON file a dashboard",
		files: func(cfg *config.Config) ([]generated, error) {
			var files []generated
			for _, f := range dashboards.Generate(cfg, dashboards.Grouping(by)) {
				files = append(files, generated{f.Name, f.JSON})
			}
			return files, nil
		},
		names: func() string { return "kpi-" + by + "-*.json" },
	})
	cmd.Flag("by", "A board for each owner or for each objective.").Default(string(dashboards.ByOwner)).
		EnumVar(&by, string(dashboards.ByOwner), string(dashboards.ByObjective))
	return generate
}
