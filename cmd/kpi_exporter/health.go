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
		u, c, err := exporter(ctx)
		if err != nil {
			return err
		}
		defer c.CloseIdleConnections()
		word := "healthy"
		if *ready {
			word = "ready"
		}
		answer, err := askHealth(ctx, c, u.JoinPath("-", word).String(), word)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, answer)
		return err
	}
}

// maxAnswer is how many bytes of a server's answer are read, and maxSaid how many characters of it are shown.
const (
	maxAnswer = 64 << 10
	maxSaid   = 1000
)

// askHealth returns what the exporter says while it is what the word says, and else an error. Whoever else answers is not believed: another
// program at that port, or what a proxy has in place of the exporter, such as a page to log in.
func askHealth(ctx context.Context, c client, address, word string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	direct := *c.Client
	direct.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }
	response, err := direct.Do(request)
	switch {
	case errors.Is(err, context.DeadlineExceeded): // net/http has several sentences for it.
		return "", fmt.Errorf("%s does not answer within the timeout of %s", address, healthTimeout)
	case err != nil:
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	answer, status := c.secrets.Say(strings.TrimSpace(string(body)), maxSaid), c.secrets.Say(response.Status, maxSaid)
	switch {
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return "", fmt.Errorf("%s refuses the credentials (%s): see --http.config.file", address, status)
	case response.StatusCode == http.StatusServiceUnavailable && strings.HasPrefix(answer, "kpi_exporter is not "+word+": "):
		return "", errors.New(answer)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s answers %s", address, status)
	case errors.Is(err, context.DeadlineExceeded):
		return "", fmt.Errorf("%s does not end its answer within the timeout of %s", address, healthTimeout)
	case err != nil:
		return "", fmt.Errorf("the answer of %s broke off: %w", address, err)
	case answer != "kpi_exporter is "+word+".":
		return "", fmt.Errorf("%s answers, but not as kpi_exporter does: something else is there", address)
	}
	return answer, nil
}
