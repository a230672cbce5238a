package engine

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// Location is what a file says about where a database is. Its secrets are read from the environment and from files when
// Resolve is called, so that checking a file needs none of them.
type Location struct {
	URL            string // As in the file, with ${NAME} not yet replaced; "" with URLFile.
	URLFile        string // Path, "" with URL.
	PasswordFile   string // Path, or "".
	HTTPConfigFile string // Path, or "".
	Folder         string // In which a relative path of the URL begins; "" means the current one.
}

// Engine returns the engine as far as the file alone shows it, without any secret; nil if the scheme is part of a secret or is
// that of no engine.
func (l Location) Engine() Engine {
	scheme, _, _ := strings.Cut(l.URL, "://")
	return Find(scheme)
}

// QueryEngine returns the engine that queries are written for: Engine, or that of the URL which variables give where they are set;
// else nil. No file is read.
func (l Location) QueryEngine() Engine {
	if e := l.Engine(); e != nil || l.URLFile != "" {
		return e
	}
	l.URL, _ = l.expand() // What is wrong with it, whoever connects reports.
	return l.Engine()
}

// Check says what is wrong with the URL as far as the file shows it; nil if nothing is. The error holds no part of it.
func (l Location) Check() error {
	bare, err := secret.Replace(l.URL, "")
	if err != nil {
		return errors.New("a ${…} in the url must hold the name of an environment variable")
	}
	if bare != l.URL && !strings.Contains(bare, "://") {
		return nil // The environment decides which scheme it has.
	}
	_, rest, ok := strings.Cut(l.URL, "://")
	e := l.Engine()
	switch {
	case strings.HasPrefix(l.URL, "http://"), strings.HasPrefix(l.URL, "https://"):
		return errors.New("the url of a Prometheus begins with prometheus+https:// or prometheus+http://")
	case rightScheme(l.URL) != "":
		return otherScheme(l.URL)
	case !ok || e == nil:
		return fmt.Errorf("the url must begin with %s", Schemes())
	}
	return e.Check(rest)
}

// Warning returns a sentence about what the URL leaves open, "" if there is nothing to say. It looks at the text in the file
// alone: what comes from the environment or from a file is not known to it, and not warned of.
func (l Location) Warning() string {
	e := l.Engine()
	if e == nil {
		return ""
	}
	text, _ := secret.Replace(l.URL, "localhost") // Check reports what is wrong.
	scheme, rest, _ := strings.Cut(text, "://")
	return e.Warning(scheme, rest)
}

// Public returns where the database is as far as the file shows it, without a secret: the URL as it is there, except for a
// password and for parameters that name neither a host nor a database. "" means that a file holds the URL.
func (l Location) Public() string {
	scheme, rest, ok := strings.Cut(l.URL, "://")
	if !ok {
		return strings.Join(secret.Variables(l.URL), "")
	}
	rest, query, _ := strings.Cut(rest, "?")
	if e := l.Engine(); e == nil || !e.Embedded() {
		login, address, found := cutLogin(rest)
		name, _, _ := strings.Cut(login, ":")
		switch {
		case found:
			rest = name + "@" + address
		case strings.Contains(rest, "${") || strings.Contains(query, "@"): // The @ may be further on, and this a password.
			rest, _, _ = strings.Cut(rest, ":")
		}
	}
	var kept []string
	for part := range strings.SplitSeq(query, "&") {
		if key, _, _ := strings.Cut(part, "="); slices.Contains([]string{"host", "port", "dbname", "user"}, key) {
			kept = append(kept, part)
		}
	}
	return scheme + "://" + strings.Join(append([]string{rest}, kept...), " ")
}

// Readable reports whether the URL can be read now: its variables are set, or its file is one. The location that it returns has no
// password_file and no http_config_file that cannot be read.
func (l Location) Readable() (Location, bool) {
	if l.PasswordFile != "" && !(secret.Source{File: l.PasswordFile}).IsReadable() {
		l.PasswordFile = ""
	}
	if l.HTTPConfigFile != "" && !(secret.Source{File: l.HTTPConfigFile}).IsReadable() {
		l.HTTPConfigFile = ""
	}
	return l, (secret.Source{Text: l.URL, File: l.URLFile}).IsReadable()
}

// Resolve reads the secrets as they are now and returns the complete URL. It is called for every new connection, so that a
// rotated password is found. Its errors hold no part of a secret.
func (l Location) Resolve() (Address, error) {
	raw, err := l.expand()
	if err != nil {
		return nil, err
	}
	if rightScheme(raw) != "" {
		return nil, otherScheme(raw)
	}
	scheme, rest, ok := strings.Cut(raw, "://")
	if !ok {
		return nil, malformed(All()[0], errors.New("there is no :// in it"))
	}
	e := Find(scheme)
	if e == nil {
		return nil, malformed(All()[0], errors.New("it must begin with "+Schemes()))
	}
	options := Options{Folder: l.Folder, HTTPConfigFile: l.HTTPConfigFile}
	if l.PasswordFile != "" {
		options.Password = func() (string, error) { return secret.ReadFile("password_file", l.PasswordFile) }
	}
	return e.Resolve(scheme, rest, options)
}
