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
		endpoint := "healthy"
		if *ready {
			endpoint = "ready"
		}
		answer, err := askHealth(ctx, client, u.JoinPath("-", endpoint).String())
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(env.stdout, answer)
		return err
	}
}

// askHealth returns what the exporter says while it is healthy, or ready, and else an error.
func askHealth(ctx context.Context, client *http.Client, address string) (string, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	if err != nil {
		return "", err
	}
	response, err := client.Do(request)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(io.LimitReader(response.Body, 1<<10))
	answer := strings.TrimSpace(string(body))
	switch {
	case response.StatusCode == http.StatusUnauthorized, response.StatusCode == http.StatusForbidden:
		return "", fmt.Errorf("%s refuses the credentials (%s): see --http.config.file", address, response.Status)
	case response.StatusCode == http.StatusServiceUnavailable && answer != "":
		return "", errors.New(answer)
	case response.StatusCode != http.StatusOK:
		return "", fmt.Errorf("%s answers %s", address, response.Status)
	case err != nil:
		return "", fmt.Errorf("the answer of %s broke off: %w", address, err)
	}
	return answer, nil
}
