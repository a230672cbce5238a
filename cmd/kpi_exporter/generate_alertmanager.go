package main

import (
	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
)

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
	cmd.Flag("webhook.url", "Address that also gets every notification as JSON.").StringVar(&contact.WebhookURL)
	cmd.Flag("fallback-owner", "Owner who gets alerts without an owner; the first in the file by default.").StringVar(&contact.Fallback)
	cmd.Flag("office-hours", "When owners get what is not critical, from Monday to Friday.").
		Default("08:00-18:00").StringVar(&contact.OfficeHours)
	cmd.Flag("office-timezone", "Time zone of the office hours; that of most KPIs by default.").StringVar(&contact.Location)
	return generate
}
