package main

import (
	"context"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/rules"
)

func generateAlertmanagerCommand(cmd *kingpin.CmdClause) command {
	output := cmd.Flag("output", "Folder to write alertmanager.yml and kpi.tmpl into.").Required().String()
	check := cmd.Flag("check", "Write nothing; exit with 1 if the files there are not what the KPI file gives.").Bool()
	contact := &rules.Contact{}
	cmd.Flag("slack.url-file", "File with the address of Slack's webhook, on Alertmanager's machine.").
		Default("/etc/alertmanager/slack_url").StringVar(&contact.SlackURLFile)
	cmd.Flag("smtp.smarthost", "Host and port of the mail server.").Default("localhost:25").StringVar(&contact.SMTPHost)
	cmd.Flag("smtp.from", "Sender of mails.").Default("alertmanager@localhost").StringVar(&contact.MailFrom)
	cmd.Flag("webhook.url", "Address that gets every notification as JSON too.").StringVar(&contact.WebhookURL)
	cmd.Flag("fallback-owner", "Owner who gets what is nobody's; the first of the file by default.").StringVar(&contact.Fallback)
	cmd.Flag("office-hours", "When owners get what is not critical, from Monday to Friday.").
		Default("08:00-18:00").StringVar(&contact.OfficeHours)
	cmd.Flag("office-timezone", "Time zone of the office hours; that of most KPIs by default.").StringVar(&contact.Location)
	return func(_ context.Context, env environment) int {
		cfg, ok := env.load()
		if !ok {
			return exitProblem
		}
		content, err := rules.Alertmanager(cfg, *contact)
		if err != nil {
			env.complain(err)
			return exitProblem
		}
		files := []generated{{"alertmanager.yml", content}, {"kpi.tmpl", rules.Messages}}
		if *check {
			return env.compare(*output, files)
		}
		return env.write(*output, files)
	}
}
