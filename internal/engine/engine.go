// Package engine knows the kinds of databases by name, without asking one: which URLs are theirs, what is wrong with a
// URL, how it is completed with its secrets, and how its queries are read. An engine is a file here, a line in the
// table, and a file in internal/database, which talks to it. The package opens no connection.
package engine

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/promqltext"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Engine is a kind of database.
type Engine interface {
	// Name is the engine's name in one lower-case word.
	Name() string
	// Title is its name as people write it.
	Title() string
	// Schemes are what its URLs begin with; the first is the one that is proposed.
	Schemes() []string
	// Example returns a URL that shows the form of its URLs.
	Example() string
	// Embedded reports whether its databases are files that need no server: a test makes itself a temporary one.
	Embedded() bool
	// Spare returns how many connections to a database are kept for other work than queries: an exporter that may open no more
	// runs none.
	Spare() int
	// Zone returns the time zone that its sessions always have, and what to do instead of choosing one; "" if a file may choose it.
	Zone() (zone, instead string)
	// Parse reads a query, which is exactly one statement. The error is a *sqltext.Error.
	Parse(query string) (Statement, error)
	// LineComment returns what begins a comment of a query, right or wrong, that ends with its line: "--" or "#"; "" if there is none.
	LineComment(query string) string
	// Check says what is wrong with a URL as far as the file shows it; rest is what follows the ://, in which ${NAME} is
	// not yet replaced. The error holds no part of the URL.
	Check(rest string) error
	// Warning returns a sentence about what a URL leaves open, "" if there is nothing to say. In rest a host stands for
	// every ${NAME}.
	Warning(scheme, rest string) string
	// Resolve completes a URL; rest is what follows the ://, without any ${NAME}. The error holds no part of the URL.
	Resolve(scheme, rest string, options Options) (Address, error)
}

// Statement is a query as its engine has parsed it, in the engine's own language.
type Statement interface {
	// SQL returns the text as it was given, up to the semicolon that ends it if there is one.
	SQL() string
	// Plain returns the text without comments and layout: statements with the same plain text are the same.
	Plain() string
	// Uses reports whether the result depends on the parameter, such as period_start.
	Uses(parameter string) bool
	// Parameters returns every use of a parameter, in order.
	Parameters() []sqltext.Parameter
	// Mentions reports whether the result may have a column of that name, apart from labels.
	Mentions(column string) bool
}

// Options holds what a file sets beside a URL.
type Options struct {
	Folder   string                 // In which a relative path begins; "" means the current one.
	Password func() (string, error) // Reads the password; nil if it is not in a file of its own.

	HTTPConfigFile string // Path of a file that says how an HTTP client connects, or "".
}

// setPassword puts the password that has a file of its own into a URL, which must hold no other.
func (o Options) setPassword(u *url.URL) error {
	if o.Password == nil {
		return nil
	}
	if password, ok := u.User.Password(); ok && password != "" {
		return errors.New("the url holds a password and there is a password_file: leave one of them out")
	}
	password, err := o.Password()
	if err != nil {
		return err
	}
	u.User = url.UserPassword(u.User.Username(), password)
	return nil
}

// Address is a complete URL with its secrets. However it is printed, logged or encoded, it shows as <secret>. Each engine
// has its own type, which gives the parts.
type Address interface {
	Engine() Engine
	// Reveal returns the URL, in which every part is escaped. What is done with it must not end in a log, an error or a page.
	Reveal() string
	// Secrets returns every text of the URL that no error may show.
	Secrets() []string
	// SecretFiles returns the files with a secret that parameters name: by parameter, a path as the driver opens it.
	SecretFiles() map[string]string
	// Files returns the files that are read for each connection beside the database itself.
	Files() []File
	// Identity returns which data the URL leads to, and as whom: the hosts with their ports, the database, the user, and what chooses
	// between schemas. There is no password in it.
	Identity() string
}

// All returns the engines that a database can be. This is the table: an engine is one line of it.
func All() []Engine {
	return []Engine{
		Postgres{},
		MySQL{},
		SQLite{},
		Prometheus{},
	}
}

// Find returns the engine of a scheme, nil if no engine has it.
func Find(scheme string) Engine {
	for _, e := range All() {
		if slices.Contains(e.Schemes(), scheme) {
			return e
		}
	}
	return nil
}

// Schemes returns what a URL may begin with, for a sentence: "postgres://, mysql://, sqlite:// or prometheus+https://".
func Schemes() string {
	all := All()
	first := make([]string, len(all))
	for i, e := range all {
		first[i] = e.Schemes()[0] + "://"
	}
	last := len(first) - 1
	return strings.Join(first[:last], ", ") + " or " + first[last]
}

// Examples returns one URL of each engine.
func Examples() []string {
	var examples []string
	for _, e := range All() {
		examples = append(examples, e.Example())
	}
	return examples
}

// malformed never holds any part of the URL: which part is the secret cannot be told when it is broken.
func malformed(e Engine, reason error) error {
	if _, ok := errors.AsType[*PartError](reason); ok {
		return reason
	}
	return fmt.Errorf("the url is not a URL of the form %s (%w)", e.Example(), reason)
}

// PartError says that a URL has a part that cannot be obeyed, such as a parameter, and what to write instead. It holds the name of a
// parameter only if it is known here: what else stands there may be part of a password.
type PartError struct {
	Message string // What is wrong.
	Instead string // What to write instead.
}

// Error returns both.
func (e *PartError) Error() string { return e.Message + ": " + e.Instead }

func unsupported(parameter, instead string) error {
	return &PartError{"the parameter " + parameter + " of the url is not supported", instead}
}

func misspelt(right string) error {
	return &PartError{"a parameter of the url is misspelt", "write " + right}
}

// parseSQL returns what a parser of SQL has read: nil, and no statement that is nil, where it has an error.
func parseSQL(statement *sqltext.Statement, err error) (Statement, error) {
	if err != nil {
		return nil, err
	}
	return statement, nil
}

// Guess returns the engine that a query is written for where nothing else says it: PromQL for Prometheus, anything else is SQL.
func Guess(query string) Engine {
	if IsPromQL(query) {
		return Prometheus{}
	}
	return Postgres{}
}

// IsPromQL reports whether a query is PromQL. None of SQL is, but a single word, such as COMMIT, may be either.
func IsPromQL(query string) bool {
	if promqltext.IsSQL(query) || !strings.ContainsAny(query, "([{") {
		return false
	}
	_, err := promqltext.Parse(query)
	return err == nil
}

// PromQLKind returns a message about PromQL that is wrong, without any of its text.
func PromQLKind(message string) string { return promqltext.Kind(message) }

// BeginsPromQL reports whether a query, right or wrong, begins as PromQL does and hardly anything else.
func BeginsPromQL(query string) bool { return promqltext.Begins(query) }
