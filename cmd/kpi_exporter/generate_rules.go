package main

import (
	"context"
	"errors"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
)

const rulesFile = "kpi.rules.yml"

func generateRulesCommand(cmd *kingpin.CmdClause) command {
	output := cmd.Flag("output", "Folder to write "+rulesFile+" into.").Required().String()
	check := cmd.Flag("check", "Write nothing; exit with 1 if the files there are not what the KPI file gives.").Bool()
	format := cmd.Flag("format", "prometheus for a rule file, operator for a PrometheusRule.").Default("prometheus").Enum("prometheus", "operator")
	tests := cmd.Flag("tests", "Write kpi.rules.test.yml too, for promtool test rules.").Bool()
	return func(_ context.Context, env environment) int {
		if *tests && *format == "operator" {
			env.complain(errors.New("--tests: promtool reads no PrometheusRule, leave out --format operator"))
			return exitUsage
		}
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		files, err := ruleFiles(cfg, *format, *tests)
		if err != nil {
			env.complain(err)
			return exitProblem
		}
		if *check {
			return env.compare(*output, files)
		}
		return env.write(*output, files)
	}
}

func ruleFiles(cfg *config.Config, format string, tests bool) ([]generated, error) {
	groups, err := rules.Generate(cfg)
	if err != nil {
		return nil, err
	}
	encode := groups.File
	if format == "operator" {
		encode = groups.Resource
	}
	content, err := encode()
	if err != nil {
		return nil, err
	}
	files := []generated{{rulesFile, content}}
	if tests {
		if content, err = rules.Tests(cfg, rulesFile); err != nil {
			return nil, err
		}
		files = append(files, generated{"kpi.rules.test.yml", content})
	}
	return files, nil
}
