package config

import (
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/period"
	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// The engines that a database can be.
const (
	Postgres = "postgres"
	SQLite   = "sqlite"
	MySQL    = "mysql"
)

// Database is where KPI queries run. Its secrets are read from the environment and from files when URL is called,
// not when the file is loaded, so that checking a file needs none of them.
type Database struct {
	Name            string
	MaxConnections  int                // The exporter's whole claim on this database, at least 1.
	SessionTimezone string             // IANA zone of the session; "" means the KPI's.
	DataUntil       *sqltext.Statement // One row, one timestamp: how far the data reaches; nil if that is not asked.
	Position        Position

	dataFrom     string // Date or instant at which the data begins; "" if not said.
	url          string // As in the file, with ${NAME} not yet replaced; "" with urlFile.
	urlFile      string // Path, "" with url.
	passwordFile string // Path, or "".
}

// NewDatabase returns a database for a program that brings no file: the URL and the path of the password file, "" for
// none, are as a file would say them. It claims two connections.
func NewDatabase(name, address, passwordFile string) *Database {
	return &Database{Name: name, MaxConnections: 2, url: address, passwordFile: passwordFile}
}

// Same says whether two databases are the same but for where in the files they stand.
func (d *Database) Same(other *Database) bool {
	moved := *other
	moved.Position = d.Position
	if d.DataUntil != nil && other.DataUntil != nil && d.DataUntil.SQL() == other.DataUntil.SQL() {
		moved.DataUntil = d.DataUntil
	}
	return *d == moved
}

// dataBegins returns the instant at which the data begins in a time zone; zero if the file does not say it.
func (d *Database) dataBegins(zone *time.Location) time.Time {
	at, err := period.ParseTime(d.dataFrom, zone)
	if err != nil { // Not said: what is said was checked.
		return time.Time{}
	}
	return at
}

// Engine returns Postgres, SQLite or MySQL as far as the file alone tells, without any secret; "" if the scheme is
// part of a secret or is none of these.
func (d *Database) Engine() string {
	scheme, _, _ := strings.Cut(d.url, "://")
	return engine(scheme)
}

func engine(scheme string) string {
	switch scheme {
	case "postgres", "postgresql":
		return Postgres
	case "sqlite":
		return SQLite
	case "mysql":
		return MySQL
	}
	return ""
}

// URL reads the secrets as they are now and returns the complete URL: every part escaped so that net/url parses it,
// the password in it, and for PostgreSQL always with the scheme postgres and an sslmode. Several hosts come as the
// parameters host and port, each a list with commas. For SQLite it is sqlite:// and the path as it is, a relative one
// joined to the folder of the file that says it.
//
// URL is called for every new connection, so that a rotated password is found. Its errors hold no part of a secret.
func (d *Database) URL() (Secret, error) {
	u, err := d.resolve()
	if err != nil {
		return Secret{}, fmt.Errorf("database %q: %w", d.Name, err)
	}
	return NewSecret(u), nil
}

func (d *Database) resolve() (string, error) {
	raw, err := d.rawURL()
	if err != nil {
		return "", err
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return "", malformed("there is no :// in it")
	}
	switch engine(scheme) {
	case Postgres:
		u, err := parsePostgresURL(rest)
		if err != nil {
			return "", malformed(err.Error())
		}
		if d.passwordFile == "" {
			return u.String(), nil
		}
		if password, ok := u.User.Password(); ok && password != "" {
			return "", errors.New("the url holds a password and there is a password_file: leave one of them out")
		}
		password, err := readSecretFile(d.passwordFile)
		if err != nil {
			return "", fmt.Errorf("password_file: %w", err)
		}
		u.User = url.UserPassword(u.User.Username(), password)
		return u.String(), nil
	case SQLite:
		switch {
		case rest == "":
			return "", errors.New("the url names no file: write sqlite://file.db or sqlite:///folder/file.db")
		case strings.ContainsRune(rest, 0):
			return "", errors.New("the path of the file holds a NUL character")
		case d.passwordFile != "":
			return "", errors.New("a SQLite file has no password: leave password_file out")
		case filepath.IsAbs(rest) || d.Position.File == "":
			return "sqlite://" + rest, nil
		}
		return "sqlite://" + filepath.Join(filepath.Dir(d.Position.File), rest), nil
	case MySQL:
		return "", errors.New("mysql is not supported yet: use postgres:// or sqlite://")
	}
	return "", malformed("it must begin with postgres:// or sqlite://")
}

// malformed never holds any part of the URL: which part is the secret cannot be told when it is broken.
func malformed(reason string) error {
	return fmt.Errorf("the url is not a URL of the form postgres://user@host:5432/name (%s)", reason)
}

// rawURL returns what stands in the file, its variables replaced, or what the url_file holds.
func (d *Database) rawURL() (string, error) {
	if d.urlFile != "" {
		text, err := readSecretFile(d.urlFile)
		if err != nil {
			return "", fmt.Errorf("url_file: %w", err)
		}
		return text, nil
	}
	var missing error
	text := variable.ReplaceAllStringFunc(d.url, func(reference string) string {
		name := variable.FindStringSubmatch(reference)[1]
		value := os.Getenv(name)
		if value == "" && missing == nil {
			missing = fmt.Errorf("the environment variable %s is not set", name)
		}
		return value
	})
	return text, missing
}

var variable = regexp.MustCompile(`\$\{([A-Za-z_][A-Za-z0-9_]*)\}`)

// readSecretFile returns the text of a file without the one line break that editors and echo leave at its end.
func readSecretFile(path string) (string, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	secret := strings.TrimSuffix(strings.TrimSuffix(string(text), "\n"), "\r")
	if secret == "" {
		return "", fmt.Errorf("%s is empty", path)
	}
	return secret, nil
}

// Warning returns a sentence about what the URL's sslmode leaves open, "" if there is nothing to say. It looks at the
// text in the file alone: what comes from the environment or from a file is not known to it, and not warned of.
func (d *Database) Warning() string {
	if d.Engine() != Postgres {
		return ""
	}
	_, rest, _ := strings.Cut(variable.ReplaceAllString(d.url, "localhost"), "://")
	u, err := parsePostgresURL(rest)
	if err != nil {
		return "" // URL tells of it.
	}
	switch mode := u.Query().Get("sslmode"); {
	case mode == "require" && !strings.Contains(rest, "sslmode="):
		return fmt.Sprintf("database %q: the url says no sslmode, so require is used, which encrypts but does not check who answers: "+
			"say sslmode=verify-full, or sslmode=require", d.Name)
	case (mode == "disable" || mode == "allow" || mode == "prefer") && !isLoopback(u):
		return fmt.Sprintf("database %q: with sslmode=%s the password and the data may cross the network unencrypted: "+
			"say sslmode=verify-full, or sslmode=require", d.Name, mode)
	}
	return ""
}
