package database

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
)

// postgres is the dialect of PostgreSQL and of what speaks its protocol.
type postgres struct{}

func (postgres) connector(resolve func(context.Context) (engine.Address, error)) driver.Connector {
	return &postgresConnector{resolve: resolve}
}

func (postgres) classify(err error, sent string) (FailureReason, string) {
	pqErr, ok := errors.AsType[*pq.Error](err)
	switch {
	case ok:
	case errors.Is(err, errLongError):
		return Refused, err.Error()
	case errors.Is(err, pq.ErrSSLNotSupported):
		return Connect, "the server does not offer TLS: if the network to it is safe, set sslmode=disable in the url"
	default:
		return classifyStranger(err)
	}
	code := pqErr.SQLState()
	sentence := fmt.Sprintf("%s (%s)", pqErr.Message, code)
	if position, err := strconv.Atoi(pqErr.Position); err == nil {
		characters := []rune(sent)
		line := strings.Count(string(characters[:min(position, len(characters))]), "\n")
		sentence = fmt.Sprintf("line %d: %s", max(line, 1), sentence)
	}
	switch {
	case pqErr.Hint != "":
		sentence += "; hint: " + pqErr.Hint
	case code == "57014" && strings.Contains(pqErr.Message, "statement timeout"): // Where it is ours, diagnose says so.
		sentence += "; hint: the role allows less time than the KPI's timeout: see its statement_timeout"
	case strings.Contains(pqErr.Message, "statement pooling mode"):
		sentence += "; hint: every query runs in a transaction, so PgBouncer's pool_mode must be transaction or session"
	}
	switch {
	case code == "57014", code == "25P04":
		return Timeout, sentence
	case code == "55P03":
		return Timeout, "the query waited too long for a lock: " + sentence
	case (code == "40001" || code == "40P01") && strings.Contains(pqErr.Message, "conflict with recovery"):
		return Conflict, "the standby ended the query to follow its primary: " + sentence +
			"; there, hot_standby_feedback = on, or max_standby_streaming_delay longer than the query, prevents most of it"
	case code == "40001", code == "40P01":
		return Conflict, "a conflict with other transactions ended the query: " + sentence
	case code == "25006", code == "25001":
		return Write, "the query tries to change something: " + sentence
	case code == "57P01":
		return Connect, "an administrator ended the connection, or the server is shutting down: " + sentence
	case strings.HasPrefix(code, "08"), strings.HasPrefix(code, "28"), strings.HasPrefix(code, "57P0"), code == "53300":
		return Connect, sentence
	}
	return Refused, sentence
}
