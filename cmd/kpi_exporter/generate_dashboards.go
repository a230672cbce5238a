package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/dashboards"
)

func generateDashboardsCommand(cmd *kingpin.CmdClause) command {
	output := cmd.Flag("output", "Folder to write one JSON file a dashboard into.").Required().String()
	by := cmd.Flag("by", "A board for each owner or for each objective.").Default(string(dashboards.ByOwner)).
		Enum(string(dashboards.ByOwner), string(dashboards.ByObjective))
	check := cmd.Flag("check", "Write nothing; exit with 1 if the files there are not what the KPI file gives.").Bool()
	return func(_ context.Context, env environment) int {
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		var files []generated
		for _, f := range dashboards.Generate(cfg, dashboards.Grouping(*by)) {
			files = append(files, generated{f.Name, f.JSON})
		}
		if *check {
			return max(env.compare(*output, files), env.left(*output, "kpi-"+*by+"-*.json", files))
		}
		return env.write(*output, files)
	}
}
