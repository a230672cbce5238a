package kpitest

import (
	"errors"
	"testing"

	driver "github.com/go-sql-driver/mysql"
	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// TestShortPassword has a short password occur in what the servers for fixtures say.
func TestShortPassword(t *testing.T) {
	refused := errors.New("dial tcp 127.0.0.1:1: connect: connection refused")
	for _, password := range []string{"con", "p", "27"} {
		if got := (&postgres{password: password}).explain("", refused); got != secret.Withheld {
			t.Errorf("PostgreSQL, %s: %s", password, got)
		}
		if got := (&mysql{password: password}).explain("", refused); got != secret.Withheld {
			t.Errorf("MySQL, %s: %s", password, got)
		}
	}
	if got := (&postgres{password: "con"}).explain("", &pq.Error{Message: "cannot connect", Code: "42601"}); got != secret.Withheld+" (42601)" {
		t.Error(got)
	}
	if got := (&mysql{password: "hunter2"}).explain("", &driver.MySQLError{Number: 1064, Message: "near hunter2"}); got != "near <secret> (1064)" {
		t.Error(got)
	}
}
