package main

import (
	"context"
	"errors"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/dashboards"
	"github.com/kpi-exporter/kpi_exporter/internal/catalog"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
)

const (
	rulesFile   = "kpi.rules.yml"
	catalogFile = "catalog.md"
)

// generateCommands adds the commands that write files made from the KPI file, by their full names.
func generateCommands(cmd *kingpin.CmdClause) map[string]command {
	return map[string]command{
		"generate rules":        matching(cmd.Command("rules", "Write recording rules and alerts for Prometheus."), generateRulesCommand),
		"generate alertmanager": generateAlertmanagerCommand(cmd.Command("alertmanager", "Write routes and messages for Alertmanager.")),
		"generate catalog":      matching(cmd.Command("catalog", "Write a catalogue of the KPIs in Markdown."), generateCatalogCommand),
		"generate dashboards":   matching(cmd.Command("dashboards", "Write dashboards for Grafana."), generateDashboardsCommand),
	}
}

// generator makes files from a KPI file.
type generator struct {
	what  string // The files, for the help of --output.
	files func(cfg *config.Config) ([]generated, error)
	names func() string // Pattern of the names of all files that it makes; nil where the names are always the same.
}

// generateCommand adds the flags that every generator has.
func generateCommand(cmd *kingpin.CmdClause, g generator) command {
	output := cmd.Flag("output", "Folder to write "+g.what+" into.").Required().String()
	check := cmd.Flag("check", "Write nothing; exit with 1 if the files there are out of date.").Bool()
	return func(ctx context.Context, env environment) error {
		cfg, err := env.load(ctx)
		if err != nil {
			return err
		}
		files, err := await(ctx, func() ([]generated, error) { return g.files(cfg) })
		if err != nil {
			return err
		}
		if !*check {
			return writeFiles(env.stdout, *output, files)
		}
		good := env.compare(*output, files)
		if g.names != nil && env.staleFiles(*output, g.names(), files) {
			good = false
		}
		if !good {
			return errReported
		}
		return nil
	}
}

func generateRulesCommand(cmd *kingpin.CmdClause) command {
	var format, without string
	var tests bool
	generate := generateCommand(cmd, generator{
		what:  rulesFile,
		files: func(cfg *config.Config) ([]generated, error) { return ruleFiles(cfg, format, without, tests) },
	})
	cmd.Flag("format", "prometheus for a rule file, operator for a PrometheusRule.").Default("prometheus").EnumVar(&format, "prometheus", "operator")
	cmd.Flag("without", "Field to leave out of rules, for a ruler that does not know it: keep_firing_for.").EnumVar(&without, rules.FieldKeepFiringFor)
	cmd.Flag("tests", "Write kpi.rules.test.yml too, for promtool test rules.").BoolVar(&tests)
	return func(ctx context.Context, env environment) error {
		if tests && format == "operator" {
			return usageError{errors.New("--tests: promtool cannot read a PrometheusRule: leave out --format operator")}
		}
		return generate(ctx, env)
	}
}

func ruleFiles(cfg *config.Config, format, without string, tests bool) ([]generated, error) {
	groups, err := rules.Generate(cfg)
	if err != nil {
		return nil, err
	}
	if without == rules.FieldKeepFiringFor {
		groups.LeaveOutKeepFiringFor()
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

func generateAlertmanagerCommand(cmd *kingpin.CmdClause) command {
	contact := &rules.Contact{}
	generate := generateCommand(cmd, generator{
		what: "alertmanager.yml and kpi.tmpl",
		files: func(cfg *config.Config) ([]generated, error) {
			content, err := rules.Alertmanager(cfg, *contact)
			return []generated{{"alertmanager.yml", content}, {"kpi.tmpl", rules.Messages}}, err
		},
	})
	cmd.Flag("slack.url-file", "File with the address of Slack's webhook, on Alertmanager's machine.").
		Default("/etc/alertmanager/slack_url").StringVar(&contact.SlackURLFile)
	cmd.Flag("smtp.smarthost", "Host and port of the mail server.").Default("localhost:25").StringVar(&contact.SMTPHost)
	cmd.Flag("smtp.from", "Sender of mails.").Default("alertmanager@localhost").StringVar(&contact.MailFrom)
	cmd.Flag("webhook.url", "URL that also receives every notification, as JSON.").StringVar(&contact.WebhookURL)
	cmd.Flag("fallback-owner", "Owner who receives alerts that have no owner; the first in the file by default.").StringVar(&contact.Fallback)
	cmd.Flag("office-hours", "When owners receive alerts that are not critical, from Monday to Friday.").
		Default("08:00-18:00").StringVar(&contact.OfficeHours)
	cmd.Flag("office-timezone", "Time zone of the office hours; that of most KPIs by default.").StringVar(&contact.Location)
	return generate
}

func generateCatalogCommand(cmd *kingpin.CmdClause) command {
	return generateCommand(cmd, generator{
		what: catalogFile,
		files: func(cfg *config.Config) ([]generated, error) {
			return []generated{{catalogFile, catalog.Markdown(cfg, time.Now())}}, nil
		},
	})
}

func generateDashboardsCommand(cmd *kingpin.CmdClause) command {
	var by string
	generate := generateCommand(cmd, generator{
		what: "one JSON file per dashboard",
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
