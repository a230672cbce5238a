package kpitest

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// exec runs a file of SQL, a statement after the other, and ends what it has set for its session. What DDL does cannot be undone: who
// must not change other databases must not have the right to.
func (m *mysql) exec(ctx context.Context, db *sql.DB, text string) error {
	list, err := mysqlStatements(text)
	if err != nil {
		return err
	}
	conn, err := db.Conn(ctx)
	if err != nil {
		return errors.New(m.explain("", err))
	}
	defer conn.Close()
	for _, s := range list {
		if _, err := conn.ExecContext(ctx, s.text); err != nil {
			return fmt.Errorf("line %d: %s", s.line, m.explain("", err))
		}
	}
	if m.isMariaDB {
		open := false
		if err := conn.QueryRowContext(ctx, "SELECT @@in_transaction").Scan(&open); err != nil {
			return errors.New(m.explain("", err))
		}
		if open {
			return errOpenTransaction
		}
	}
	if _, err := conn.ExecContext(ctx, "UNLOCK TABLES; "+mysqlSession); err != nil {
		return errors.New(m.explain("", err))
	}
	return nil
}

// mysqlStatement is a statement of a script, and the line where it begins.
type mysqlStatement struct {
	line int
	text string
}

// mysqlStatements splits a script. One that defines a function, a procedure or a trigger, which hold statements themselves, is one
// piece. It refuses what is not of one database.
func mysqlStatements(text string) ([]mysqlStatement, error) {
	var (
		list     []mysqlStatement
		words    []string
		begins   = -1 // The first byte of the statement.
		from     = 0  // The first byte behind the last one.
		compound = false
	)
	lineOf := func(at int) int { return 1 + strings.Count(text[:at], "\n") }
	add := func(end int) error {
		if begins < 0 {
			if !strings.Contains(text[from:end], "/*!") && !strings.Contains(text[from:end], "/*M!") { // Which the server runs.
				return nil
			}
			begins = from
		}
		if why := refusedByMySQL(words); why != "" {
			return fmt.Errorf("line %d: %s", lineOf(begins), why)
		}
		list = append(list, mysqlStatement{lineOf(begins), text[from:end]})
		return nil
	}
	for at := 0; ; {
		token, ok := sqltext.NextMySQLToken(text, at)
		if !ok {
			break
		}
		at = token.End
		if text[token.Start:token.End] == ";" {
			if err := add(token.Start); err != nil {
				return nil, err
			}
			words, begins, from = nil, -1, token.End
			continue
		}
		if begins < 0 {
			begins = token.Start
		}
		if token.IsWord {
			words = append(words, strings.ToLower(text[token.Start:token.End]))
			compound = compound || words[0] == "create" && len(words) < 8 && slices.Contains([]string{"function", "procedure", "trigger", "event"}, words[len(words)-1])
		}
	}
	if err := add(len(text)); err != nil {
		return nil, err
	}
	if compound {
		return []mysqlStatement{{1, text}}, nil
	}
	return list, nil
}

// refusedByMySQL returns why a statement with these words must not run in a test, "" if it may.
func refusedByMySQL(words []string) string {
	if len(words) == 0 {
		return ""
	}
	second := ""
	if len(words) > 1 {
		second = words[1]
	}
	isOf := func(list string) bool { return second != "" && strings.Contains(list, " "+second+" ") }
	switch words[0] {
	case "delimiter":
		return "DELIMITER is for the client, not the server: leave it out, with the delimiter that it sets"
	case "use", "grant", "revoke", "flush", "reset", "shutdown", "kill", "install", "uninstall", "change":
	case "create", "drop", "alter":
		if !isOf(" database schema user role server tablespace logfile ") {
			return ""
		}
	case "set":
		if !isOf(" global persist password default ") {
			return ""
		}
	case "start", "stop":
		if !isOf(" slave replica all ") {
			return ""
		}
	case "load":
		return "LOAD DATA reads a file: write the rows in the test"
	default:
		return ""
	}
	return strings.ToUpper(strings.TrimSpace(words[0]+" "+second)) + " changes what all databases of the server share, which a test must not do"
}
