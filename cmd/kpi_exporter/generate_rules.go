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
	var format string
	var tests bool
	generate := generateCommand(cmd, generator{
		what:  rulesFile,
		files: func(cfg *config.Config) ([]generated, error) { return ruleFiles(cfg, format, tests) },
	})
	cmd.Flag("format", "prometheus for a rule file, operator for a PrometheusRule.").Default("prometheus").EnumVar(&format, "prometheus", "operator")
	cmd.Flag("tests", "Write kpi.rules.test.yml too, for promtool test rules.").BoolVar(&tests)
	return func(ctx context.Context, env environment) error {
		if tests && format == "operator" {
			return usageError{errors.New("--tests: promtool cannot read a PrometheusRule: leave out --format operator")}
		}
		return generate(ctx, env)
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
