package engine

import (
	"errors"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/sqltext"
)

// Fake is a made-up engine.
type Fake struct{}

// Name returns fake.
func (Fake) Name() string { return "fake" }

// Title returns FakeDB.
func (Fake) Title() string { return "FakeDB" }

// Schemes returns fake.
func (Fake) Schemes() []string { return []string{"fake"} }

// Example returns fake://name.
func (Fake) Example() string { return "fake://name" }

// Embedded returns false.
func (Fake) Embedded() bool { return false }

// Spare returns 0.
func (Fake) Spare() int { return 0 }

// Zone returns "": there are no sessions.
func (Fake) Zone() (zone, instead string) { return "", "" }

// Parse reads SQL that may begin with a line of #, and has no word "forbidden".
func (Fake) Parse(query string) (Statement, error) {
	if before, _, found := strings.Cut(query, "forbidden"); found {
		return nil, &sqltext.Error{Line: 1 + strings.Count(before, "\n"), Column: len(before) - strings.LastIndex(before, "\n"), Message: "FakeDB forbids this"}
	}
	if strings.HasPrefix(query, "#") {
		query = "--" + query[1:]
	}
	return parseSQL(sqltext.Parse(query))
}

// LineComment returns what begins a comment that ends with its line.
func (Fake) LineComment(query string) string { return sqltext.LineComment(query) }

// Check wants a name.
func (Fake) Check(rest string) error {
	if rest == "" {
		return errors.New("the url names no fake")
	}
	return nil
}

// Warning has nothing to say.
func (Fake) Warning(_, _ string) string { return "" }

// Resolve takes the name as it is.
func (f Fake) Resolve(_, rest string, _ Options) (Address, error) {
	if err := f.Check(rest); err != nil {
		return nil, err
	}
	return FakeURL{NewSecret("fake://" + rest)}, nil
}

// FakeURL is the URL of a fake.
type FakeURL struct{ Secret }

// Engine returns Fake.
func (FakeURL) Engine() Engine { return Fake{} }

// Path returns the path of the file behind it.
func (u FakeURL) Path() string { return strings.TrimPrefix(u.Reveal(), "fake://") }

// Secrets returns the URL.
func (u FakeURL) Secrets() []string { return []string{u.Reveal()} }

// Identity returns the name.
func (u FakeURL) Identity() string { return u.Path() }

// SecretFiles returns none.
func (FakeURL) SecretFiles() map[string]string { return nil }

// Files returns none.
func (FakeURL) Files() []File { return nil }
