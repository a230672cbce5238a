package database

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/lib/pq"
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

// TestShortSecrets finds the length from which a secret is taken out of sentences.
func TestShortSecrets(t *testing.T) {
	for secret, want := range map[string]string{
		"abc":   "word abc here",
		"abcd":  "word <secret> here",
		"abcde": "word <secret> here",
	} {
		p := openPool(t, "postgres://localhost/app", 1)
		p.remember(secret)
		if got := p.scrub("word " + secret + " here"); got != want {
			t.Errorf("%s: %q, want %q", secret, got, want)
		}
	}
}

// promQL is a statement of an engine that does not speak SQL.
type promQL string

func (q promQL) SQL() string    { return string(q) }
func (promQL) Uses(string) bool { return false }

func TestStatementOfAnotherEngine(t *testing.T) {
	url, _ := newFile(t)
	q := newQuery(t, "SELECT 1")
	q.Statement = promQL("sum(up)")
	_, _, err := run(t.Context(), openPool(t, url, 1), q)
	wantError(t, err, Refused, "the query is not SQL")
}
