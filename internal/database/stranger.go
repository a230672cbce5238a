package database

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// stranger is the error about something that answers in another language than that of an engine.
type stranger struct{ text string }

func (s *stranger) Error() string { return s.text }

const postgresName = "PostgreSQL"

func newStranger(address, engine string, answer []byte) error {
	return &stranger{fmt.Sprintf("%s is not a %s server: it answered %s", address, engine, beginningOf(answer))}
}

// newRefusal is about an answer that begins as an error and is none: text, as of a PostgreSQL server that can start no process.
func newRefusal(address string, answer []byte) error {
	return &stranger{fmt.Sprintf("%s cannot serve the connection, or is not a %s server: it answered %s", address, postgresName, beginningOf(answer))}
}

// beginningOf returns the first bytes of an answer as text without control characters.
func beginningOf(answer []byte) string {
	const most = 80
	text := strings.Trim(string(answer), "\x00\r\n ")
	if len(text) > most {
		text = text[:most] + "…"
	}
	return strconv.Quote(text)
}

// classifyStranger says that a stranger cannot be connected to; it knows nothing about other errors.
func classifyStranger(err error) (FailureReason, string) {
	if s, ok := errors.AsType[*stranger](err); ok {
		return Connect, s.text
	}
	return "", ""
}
