package config

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
	"github.com/kpi-exporter/kpi_exporter/internal/engine"
	"github.com/kpi-exporter/kpi_exporter/internal/period"
)

// Database is where KPI queries run. Its secrets are read from the environment and from files when Address is called,
// not when the file is loaded, so that checking a file needs none of them.
type Database struct {
	Name            string
	MaxConnections  int              // Most connections that the exporter opens to this database, at least 1.
	SessionTimezone string           // IANA zone of the session; "" means the KPI's.
	DataUntil       engine.Statement // One row, one timestamp: how far the data reaches; nil without data_until.
	Position        document.Position

	dataFrom     string // Date or instant at which the data begins; "" if not set.
	url          string // As in the file, with ${NAME} not yet replaced; "" with urlFile.
	urlFile      string // Path, "" with url.
	passwordFile string // Path, or "".
	httpFile     string // Path of the http_config_file, or "".
	folder       string // Where its file is; "" for one that no file says.
	at           keyPlaces
}

// NewDatabase returns a database for a program that brings no file: the URL and the path of the password file, "" for
// none, are as in a file. It opens at most two connections.
func NewDatabase(name, address, passwordFile string) *Database {
	return &Database{Name: name, MaxConnections: 2, url: address, passwordFile: passwordFile}
}

// Same reports whether two databases are the same, apart from the places of their files and their positions in them.
func (d *Database) Same(other *Database) bool {
	moved := *other
	moved.Position, moved.at, moved.folder = d.Position, d.at, d.folder
	if d.DataUntil != nil && other.DataUntil != nil && d.DataUntil.SQL() == other.DataUntil.SQL() {
		moved.DataUntil = d.DataUntil
	}
	return *d == moved
}

// SameURL reports whether a file says the same URL for both.
func (d *Database) SameURL(other *Database) bool { return d.url == other.url }

// Differences returns the keys that say which data two databases of one name hold, and how it is read, and whose values differ as
// they are written: a path is relative to its own file. None of them tells a secret.
func (d *Database) Differences(other *Database) []string {
	var keys []string
	for _, key := range []struct {
		name string
		same bool
	}{
		{"url", d.url == other.url},
		{"url_file", d.written(d.urlFile) == other.written(other.urlFile)},
		{"http_config_file", d.written(d.httpFile) == other.written(other.httpFile)},
		{"session_timezone", d.SessionTimezone == other.SessionTimezone},
		{"data_until", plainOf(d.DataUntil) == plainOf(other.DataUntil)},
		{"data_from", d.dataFrom == other.dataFrom},
	} {
		if !key.same {
			keys = append(keys, key.name)
		}
	}
	return keys
}

// plainOf returns a statement without comments and layout, "" for none.
func plainOf(s engine.Statement) string {
	if s == nil {
		return ""
	}
	return s.Plain()
}

// written returns a path as the file of the database says it.
func (d *Database) written(path string) string {
	relative, err := filepath.Rel(d.folder, path)
	if err != nil || path == "" { // One of them is absolute.
		return path
	}
	return relative
}

// dataBegins returns the instant at which the data begins in a time zone; zero if the file does not say it.
func (d *Database) dataBegins(zone *time.Location) time.Time {
	if d.dataFrom == "" {
		return time.Time{}
	}
	at, err := period.ParseTime(d.dataFrom, zone)
	if err != nil { // What is set has been checked.
		return time.Time{}
	}
	return at
}

// Engine returns the engine as far as the file alone shows it, without any secret; nil if the scheme is part of a secret or is
// that of no engine.
func (d *Database) Engine() engine.Engine { return d.location().Engine() }

// queryEngine returns the engine that queries are written for, nil if neither the file nor the environment says it.
func (d *Database) queryEngine() engine.Engine { return d.location().QueryEngine() }

// Address reads the secrets as they are now and returns the complete URL. For SQLite a relative path is joined to the folder
// of the file that contains it.
//
// It is called for every new connection, so that a rotated password is found. Its errors hold no part of a secret. There is one, too, if
// the URL is of an engine that does not take what else is set.
func (d *Database) Address() (engine.Address, error) {
	address, err := d.location().Resolve()
	if err != nil {
		return nil, fmt.Errorf("database %q: %w", d.Name, err)
	}
	if m := d.misfits(address.Engine()); len(m) > 0 {
		return nil, fmt.Errorf("database %q: %s: %s", d.Name, m[0].message, m[0].instead)
	}
	return address, nil
}

// Digest returns a text that is equal for URLs that lead, as their secrets are now, to the same data as the same user, whatever the
// password is. It tells none of the parts. It does not read a pipe, whose text is for whoever connects.
func (d *Database) Digest() (string, error) {
	if d.urlFile != "" {
		if info, err := os.Stat(d.urlFile); err != nil || !info.Mode().IsRegular() {
			return "", fmt.Errorf("database %q: its url_file is not a regular file", d.Name)
		}
	}
	location := d.location()
	location.PasswordFile, location.HTTPConfigFile = "", ""
	address, err := location.Resolve()
	if err != nil {
		return "", fmt.Errorf("database %q: %w", d.Name, err)
	}
	identity := address.Engine().Name() + "\x00" + address.Identity()
	if d.httpFile != "" { // Which may say whose data it is.
		identity += "\x00" + d.written(d.httpFile)
	}
	sum := sha256.Sum256([]byte(identity))
	return hex.EncodeToString(sum[:16]), nil
}

// Warning returns a sentence about what the URL leaves open, "" if there is nothing to say. What comes from the environment
// or from a file is not known to it, and not warned of.
func (d *Database) Warning() string {
	if warning := d.location().Warning(); warning != "" {
		return fmt.Sprintf("database %q: %s", d.Name, warning)
	}
	return ""
}

func (d *Database) location() engine.Location {
	return engine.Location{URL: d.url, URLFile: d.urlFile, PasswordFile: d.passwordFile, HTTPConfigFile: d.httpFile, Folder: d.folder}
}
