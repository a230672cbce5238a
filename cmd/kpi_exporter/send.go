package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/delivery"
	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/recipients"
	"github.com/kpi-exporter/kpi_exporter/internal/report"
)

// deliveryTime is how long one delivery may take.
const deliveryTime = 2 * time.Minute

// outgoing is a report on its way to one owner by one channel.
type outgoing struct {
	to    string                      // "mail to growth (growth@example.com)".
	write func(io.Writer) error       // As it is sent.
	send  func(context.Context) error // Reads the secret that it needs.
}

// checkSend checks that the flags of report fit each other. A report that is sent has its form from the file.
func checkSend(name string, dryRun, ownForm bool) error {
	switch {
	case name == "" && dryRun:
		return errors.New("--dry-run belongs to --send")
	case name != "" && ownForm:
		return errors.New("--send takes the report as the file describes it: leave out names of KPIs, --period, --format and --output")
	}
	return nil
}

// sendReport sends a report of the file to its owners. One that cannot be reached does not keep it from the others.
func (env environment) sendReport(ctx context.Context, cfg *config.Config, name string, asOf time.Time, dryRun bool) error {
	declared := cfg.Report(name)
	if declared == nil {
		return usageError{unknownReport(cfg, name)}
	}
	r, err := env.report(ctx, cfg, cfg.KPIs, asOf, declared.Unit)
	if err != nil {
		return err
	}
	messages, err := messagesOf(cfg, declared, &r)
	if err != nil {
		return err
	}
	failed := false
	for _, m := range messages {
		if dryRun {
			_, _ = fmt.Fprintf(env.stdout, "==> %s <==\n", m.to)
			if err := m.write(env.stdout); err != nil {
				return err
			}
			continue
		}
		if err := deliver(ctx, m); err != nil {
			env.printError(fmt.Errorf("%s: %w", m.to, err))
			failed = true
			continue
		}
		_, _ = fmt.Fprintln(env.stdout, "sent "+m.to)
	}
	if failed {
		return errReported
	}
	return nil
}

// deliver sends a message, unless ctx has ended, within deliveryTime.
func deliver(ctx context.Context, m outgoing) error {
	if ctx.Err() != nil {
		return errors.New("not sent, because the command was interrupted")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, deliveryTime, fmt.Errorf("not finished after %s", deliveryTime))
	defer cancel()
	return m.send(ctx)
}

func unknownReport(cfg *config.Config, name string) error {
	if len(cfg.Reports) == 0 {
		return fmt.Errorf("report %q is not in the file: it has no reports", name)
	}
	var names []string
	for _, r := range cfg.Reports {
		names = append(names, r.Name)
	}
	return fmt.Errorf("report %q is not in the file; %s", name, document.DidYouMean(name, strings.Join(names, " "), "it has"))
}

// messagesOf returns the report as a message for each channel of each owner.
func messagesOf(cfg *config.Config, declared *config.Report, r *report.Report) ([]outgoing, error) {
	mail, err := r.Mail()
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	if err := r.HTML(&page); err != nil {
		return nil, err
	}
	posted := r.Slack()
	var messages []outgoing
	for _, o := range declared.To {
		if o.Email != "" {
			m := delivery.Mail{
				From: cfg.Mail.From, To: o.Email, Date: time.Now(), Subject: mail.Subject, Text: mail.Text, HTML: mail.HTML,
				Page: page.Bytes(), PageName: "kpi-report-" + r.AsOf.Format(time.DateOnly) + ".html",
			}
			messages = append(messages, outgoing{
				to:    "mail to " + report.Printable(o.Name) + " (" + report.Printable(o.Email) + ")",
				write: func(w io.Writer) error { _, err := m.WriteTo(w); return err },
				send:  func(ctx context.Context) error { return sendMail(ctx, cfg.Mail, &m) },
			})
		}
		if o.Slack != "" {
			post := delivery.NewPost(o.Slack, posted.Text, posted.Blocks)
			messages = append(messages, outgoing{
				to:    "Slack message to " + report.Printable(o.Name) + " (" + report.Printable(o.Slack) + ")",
				write: post.WriteIndented,
				send:  func(ctx context.Context) error { return sendPost(ctx, cfg.Slack, &post) },
			})
		}
	}
	return messages, nil
}

func sendMail(ctx context.Context, how *recipients.Mail, m *delivery.Mail) error {
	server, err := how.Server()
	if err != nil {
		return err
	}
	mailer := delivery.Mailer{Server: server}
	return mailer.Send(ctx, m)
}

func sendPost(ctx context.Context, how *recipients.Slack, p *delivery.Post) error {
	token, err := how.Token()
	if err != nil {
		return err
	}
	slack := delivery.Slack{API: how.API, Token: token}
	return slack.Send(ctx, p)
}
