package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/alecthomas/kingpin/v2"
)

// healthTimeout is how long an exporter may take to answer.
const healthTimeout = 5 * time.Second

func healthCommand(cmd *kingpin.CmdClause) command {
	exporter := exporterFlags(cmd, healthTimeout)
	ready := cmd.Flag("ready", "Ask whether it is ready, not whether it is healthy.").Bool()
	return func(ctx context.Context, env environment) error {
		u, client, err := exporter(ctx)
		if err != nil {
			return err
		}
		defer client.CloseIdleConnections()
		word := "healthy"
		if *ready {
			word = "ready"
		}
		answer, err := askHealth(ctx, client, u.JoinPath("-", word).String(), word)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, answer)
		return err
	}
}

// askHealth returns what the exporter says while it is what the word says, and else an error. Whoever else answers is not believed: another
// program at that port, or what a proxy has in place of the exporter, such as a page to log in.
func askHealth(ctx context.Context, client *http.Client, address, word string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	direct := *client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := direct.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	answer := strings.TrimSpace(string(body))
	switch {
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return "", fmt.Errorf("%s refuses the credentials (%s): see --http.config.file", address, response.Status)
	case response.StatusCode == http.StatusServiceUnavailable && strings.HasPrefix(answer, "kpi_exporter is not "+word+": "):
		return "", errors.New(answer)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s answers %s", address, response.Status)
	case err != nil:
		return "", fmt.Errorf("the answer of %s broke off: %w", address, err)
	case answer != "kpi_exporter is "+word+".":
		return "", fmt.Errorf("%s answers, but not as kpi_exporter does: something else is there", address)
	}
	return answer, nil
}
