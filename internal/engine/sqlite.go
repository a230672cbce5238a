package engine

import (
	"errors"
	"path/filepath"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// SQLite is a file that SQLite reads.
type SQLite struct{}

// Name returns sqlite.
func (SQLite) Name() string { return "sqlite" }

// Title returns SQLite.
func (SQLite) Title() string { return "SQLite" }

// Schemes returns sqlite.
func (SQLite) Schemes() []string { return []string{"sqlite"} }

var errNoFile = errors.New("the url names no file: write sqlite://file.db or sqlite:///folder/file.db")

// Example returns sqlite://file.db.
func (SQLite) Example() string { return "sqlite://file.db" }

// Embedded returns true.
func (SQLite) Embedded() bool { return true }

// Spare returns 0.
func (SQLite) Spare() int { return 0 }

// Zone returns "": there are no sessions.
func (SQLite) Zone() (zone, instead string) { return "", "" }

// Parse reads SQL.
func (SQLite) Parse(query string) (Statement, error) { return parseSQL(sqltext.Parse(query)) }

// LineComment returns what begins a comment that ends with its line.
func (SQLite) LineComment(query string) string { return sqltext.LineComment(query) }

// Check wants a file.
func (SQLite) Check(rest string) error {
	if rest == "" {
		return errNoFile
	}
	return nil
}

// Warning has nothing to say.
func (SQLite) Warning(_, _ string) string { return "" }

// Resolve joins a relative path to the folder.
func (SQLite) Resolve(_, rest string, options Options) (Address, error) {
	switch {
	case rest == "":
		return nil, errNoFile
	case strings.ContainsRune(rest, 0):
		return nil, errors.New("the path of the file holds a NUL character")
	case options.Password != nil:
		return nil, errors.New("a SQLite file has no password: leave password_file out")
	case filepath.IsAbs(rest) || options.Folder == "":
		return SQLiteFile{NewSecret("sqlite://" + rest)}, nil
	}
	return SQLiteFile{NewSecret("sqlite://" + filepath.Join(options.Folder, rest))}, nil
}

// SQLiteFile is the URL of a file. What follows a ? in it belongs to the path here, but where people take it for options it
// may hold a key: so it is printed as <secret> too.
type SQLiteFile struct{ Secret }

// Engine returns SQLite.
func (SQLiteFile) Engine() Engine { return SQLite{} }

// Path returns the path of the file as it is, with nothing escaped.
func (f SQLiteFile) Path() string { return strings.TrimPrefix(f.Reveal(), "sqlite://") }

// Secrets returns none.
func (SQLiteFile) Secrets() []string { return nil }

// SecretFiles returns none.
func (SQLiteFile) SecretFiles() map[string]string { return nil }

// Files returns none: the file is the database itself.
func (SQLiteFile) Files() []File { return nil }

// Identity returns the absolute path.
func (f SQLiteFile) Identity() string {
	path, err := filepath.Abs(f.Path())
	if err != nil {
		return f.Path()
	}
	return path
}
