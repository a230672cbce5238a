package collector

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// FailureReason classifies why an evaluation failed; it is the label reason of kpi_evaluation_failures_total.
type FailureReason string

// All reasons.
const (
	ReasonConnect       FailureReason = "connect"         // The database was not reached, or hung up.
	ReasonTimeout       FailureReason = "timeout"         // The query, a lock or the network took too long.
	ReasonQuery         FailureReason = "query"           // The database refused the SQL.
	ReasonConflict      FailureReason = "conflict"        // Other transactions ended the query, and when it was tried again, too.
	ReasonWrite         FailureReason = "write"           // The SQL tried to change something.
	ReasonColumn        FailureReason = "column"          // A column is missing, misspelt, unused or there twice.
	ReasonValue         FailureReason = "value"           // A value is not a finite number.
	ReasonLabel         FailureReason = "label"           // A label is NULL, too long, or outside its closed list.
	ReasonDuplicate     FailureReason = "duplicate"       // Two rows have the same labels.
	ReasonTooManySeries FailureReason = "too_many_series" // More rows than max_series.
	ReasonTooLarge      FailureReason = "too_large"       // The result has more bytes than a query may read, or its label values more than may be kept.
	ReasonInput         FailureReason = "input"           // A KPI that this one is computed from failed.
	ReasonInternal      FailureReason = "internal"        // A fault of the exporter's own.
)

// Reasons returns all reasons.
func Reasons() []FailureReason {
	return []FailureReason{
		ReasonConnect, ReasonTimeout, ReasonQuery, ReasonConflict, ReasonWrite, ReasonColumn, ReasonValue, ReasonLabel,
		ReasonDuplicate, ReasonTooManySeries, ReasonTooLarge, ReasonInput, ReasonInternal,
	}
}

// Text returns the reason in words, for people who did not write the SQL: "the query took too long".
func (r FailureReason) Text() string {
	switch r {
	case ReasonConnect:
		return "the database cannot be reached"
	case ReasonTimeout:
		return "the query took too long"
	case ReasonQuery:
		return "the database refused the query"
	case ReasonConflict:
		return "other transactions ended the query"
	case ReasonWrite:
		return "the query tried to change something"
	case ReasonColumn:
		return "a column is missing or wrong"
	case ReasonValue:
		return "a value is not a number"
	case ReasonLabel:
		return "a label is missing, too long or not in its list"
	case ReasonDuplicate:
		return "two rows have the same labels"
	case ReasonTooManySeries:
		return "there are more rows than max_series allows"
	case ReasonTooLarge:
		return "the result is too large"
	case ReasonInput:
		return "a KPI that it is computed from failed"
	case ReasonInternal:
		return "a fault of the exporter"
	}
	return string(r)
}

// Failure is why an evaluation gave no samples. Its message names the KPI and holds no secret.
type Failure struct { //nolint:errname // It is kept and shown more than it is returned.
	Reason FailureReason
	Err    error

	unreached []string // The databases that were not reached, by name, if nothing else is wrong.
}

// Error returns the sentence for the log and for the user.
func (f *Failure) Error() string { return f.Err.Error() }

// Unwrap returns the cause.
func (f *Failure) Unwrap() error { return f.Err }

// Cause returns the reason, and for a formula that of the input which failed.
func (f *Failure) Cause() FailureReason {
	for f.Reason == ReasonInput {
		input, ok := errors.AsType[*Failure](f.Err)
		if !ok {
			break
		}
		f = input
	}
	return f.Reason
}

// Interrupted reports whether the evaluation was in the background and gave way to another one: it may be tried again.
func (f *Failure) Interrupted() bool { return errors.Is(f, database.ErrInterrupted) }

// Unreached returns the names of the databases whose connections failed, if that is all that went wrong.
func (f *Failure) Unreached() []string { return f.unreached }

func failf(reason FailureReason, format string, args ...any) *Failure {
	return &Failure{Reason: reason, Err: fmt.Errorf(format, args...)}
}

// ofItsInstant reports whether a query may fail so at one instant and not at another: what its rows were, not whether the
// database is there.
func (f *Failure) ofItsInstant() bool {
	switch f.Reason {
	case ReasonConnect, ReasonTimeout, ReasonConflict, ReasonInternal:
		return false
	}
	return true
}

// failureOf classifies what running a query returned; it is nil for nil.
func failureOf(err error) *Failure {
	if err == nil {
		return nil
	}
	if failure, ok := errors.AsType[*Failure](err); ok {
		return failure
	}
	if dbErr, ok := errors.AsType[*database.Error](err); ok {
		return &Failure{Reason: FailureReason(dbErr.Reason), Err: err}
	}
	switch {
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded), errors.Is(err, database.ErrInterrupted):
		return &Failure{Reason: ReasonTimeout, Err: err}
	}
	return &Failure{Reason: ReasonInternal, Err: err}
}

// failureIn names the KPI, and the database where the KPI has several or it was not reached.
func failureIn(k *config.KPI, database string, reason FailureReason, err error) *Failure {
	place := fmt.Sprintf("database %q: ", database)
	if (len(k.Databases) > 1 || reason == ReasonConnect) && !strings.HasPrefix(err.Error(), place) {
		err = fmt.Errorf("%s%w", place, err)
	}
	f := failf(reason, "kpi %q: %w", k.Name, err)
	if reason == ReasonConnect {
		f.unreached = []string{database}
	}
	return f
}
