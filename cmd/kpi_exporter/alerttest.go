package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"

	"github.com/kpi-exporter/kpi_exporter/internal/credentials"
	"github.com/kpi-exporter/kpi_exporter/internal/format"
	"github.com/kpi-exporter/kpi_exporter/internal/rules"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// defaultJob is the job by which the shipped scrape configuration scrapes the exporter.
const defaultJob = "kpi"

func alertTestCommand(cmd *kingpin.CmdClause) command {
	name := cmd.Arg("kpi", "KPI to raise the alert for, as if it were off target.").Required().String()
	base := cmd.Flag("alertmanager", "Address of Alertmanager.").Required().URL()
	stay := cmd.Flag("for", "How long to keep the alert firing; must exceed the group_wait of its route.").Default("3m").Duration()
	job := cmd.Flag("job", "Scrape job of the exporter.").Default(defaultJob).String()
	return func(ctx context.Context, env environment) error {
		cfg, err := env.load(ctx)
		if err != nil {
			return err
		}
		kpis, err := selectKPIs(cfg, []string{*name})
		if err != nil {
			return usageError{err}
		}
		alert, err := rules.Example(cfg, kpis[0], *job)
		if err != nil {
			return err
		}
		secrets := &secret.Set{}
		c := client{&http.Client{Transport: credentials.Transport(http.DefaultTransport, secrets)}, secrets}
		return raise(ctx, env.stdout, c, *base, alert, *stay)
	}
}

// raise posts an alert, waits until it has stayed or ctx ends, and posts its resolution.
func raise(ctx context.Context, stdout io.Writer, c client, base *url.URL, alert rules.Alert, stay time.Duration) error {
	start := time.Now()
	// Should this process be killed, Alertmanager resolves the alert by itself.
	if err := post(ctx, c, base, alert, start, start.Add(stay+5*time.Minute)); err != nil {
		return err
	}
	for _, set := range []map[string]string{alert.Labels, alert.Annotations} {
		for _, name := range slices.Sorted(maps.Keys(set)) {
			_, _ = fmt.Fprintf(stdout, "%s: %s\n", name, set[name])
		}
	}
	_, _ = fmt.Fprintf(stdout, "\nFiring; resolved in %s, or at once with Ctrl-C.\n", format.Length(stay))
	wait := time.NewTimer(stay)
	defer wait.Stop()
	select {
	case <-wait.C:
	case <-ctx.Done():
	}
	if err := post(context.WithoutCancel(ctx), c, base, alert, start, time.Now()); err != nil {
		return err
	}
	_, _ = fmt.Fprintln(stdout, "Resolved.")
	return nil
}

// post sends an alert to Alertmanager as Prometheus does.
func post(ctx context.Context, c client, base *url.URL, alert rules.Alert, start, end time.Time) error {
	body, err := json.Marshal([]map[string]any{{
		"labels":      alert.Labels,
		"annotations": alert.Annotations,
		"startsAt":    start.Format(time.RFC3339Nano),
		"endsAt":      end.Format(time.RFC3339Nano),
	}})
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 10*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, base.JoinPath("api/v2/alerts").String(), bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	response, err := c.Do(request)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	answer, _ := io.ReadAll(io.LimitReader(response.Body, maxAnswer)) // Only to say why.
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s answers %s: %s", base.Redacted(), c.secrets.Say(response.Status, maxSaid), c.secrets.Say(strings.TrimSpace(string(answer)), maxSaid))
	}
	return nil
}
