package database

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/lib/pq"

	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// TestLateErrorKeepsItsReason has the server answer after the deadline: what it says counts, unless it says nothing else
// than that the time is over.
func TestLateErrorKeepsItsReason(t *testing.T) {
	p := openPool(t, "postgres://localhost/app", 1)
	for _, tc := range []struct {
		name string
		err  error
		want FailureReason
	}{
		{"a fault of the query", &pq.Error{Code: "22012", Message: "division by zero"}, Refused},
		{"a write", &pq.Error{Code: "25006", Message: "cannot execute INSERT in a read-only transaction"}, Write},
		{"the server ends", &pq.Error{Code: "57P01", Message: "terminating connection"}, Connect},
		{"the server's own timeout", &pq.Error{Code: "57014", Message: "canceling statement"}, Timeout},
		{"an error without a reason", errors.New("driver: no more"), Timeout},
	} {
		t.Run(tc.name, func(t *testing.T) {
			err := p.diagnose(context.Background(), tc.err, failure{begun: true, late: true, timeout: time.Second})
			if got, ok := errors.AsType[*Error](err); !ok || got.Reason != tc.want {
				t.Errorf("got %#v (%v), want %s", err, err, tc.want)
			}
		})
	}
}

// TestShortSecrets finds the length from which a secret is taken out of sentences, below which the whole sentence is.
func TestShortSecrets(t *testing.T) {
	const withheld = secret.Withheld + " (28P01)"
	for password, want := range map[string]string{
		"abc":   withheld,
		"h":     withheld,
		"xyz":   "word abc, abcd, abcde here (28P01)",
		"abcd":  "word abc, <secret>, <secret>e here (28P01)",
		"abcde": "word abc, abcd, <secret> here (28P01)",
	} {
		p := openPool(t, "postgres://localhost/app", 1)
		p.secrets.Add(password)
		err := p.hide("word abc, abcd, abcde here (28P01)", &pq.Error{Message: "word abc, abcd, abcde here", Code: "28P01"})
		if got := err.Error(); got != want {
			t.Errorf("%s: %q, want %q", password, got, want)
		}
		for err := errors.Unwrap(err); err != nil && password != "xyz"; err = errors.Unwrap(err) {
			if strings.Contains(strings.ReplaceAll(err.Error(), "withheld", ""), password+" ") {
				t.Errorf("%s: %q shows the secret", password, err)
			}
		}
	}
}

func TestStatementOfAnotherEngine(t *testing.T) {
	url, _ := newFile(t)
	q := newQuery(t, "SELECT 1")
	statement, err := engine.Prometheus{}.Parse("sum(up)")
	if err != nil {
		t.Fatal(err)
	}
	q.Statement = statement
	_, _, err = run(t.Context(), openPool(t, url, 1), q)
	wantError(t, err, Refused, "the query is not SQL")
}
