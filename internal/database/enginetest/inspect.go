package enginetest

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/kpi-exporter/kpi_exporter/internal/database"
)

// Rights are what the role of a database may do beyond reading.
type Rights struct {
	All    []string                                             // Those that the role in the URLs of New has.
	Reader func(t testing.TB, url string) (reader, role string) // The URL for a new role that may only read, and its name.
	Grant  func(t testing.TB, url, role, statement string)      // Runs one of Grants.
	Grants map[string][]string                                  // Statements, and what a reader may do after one. Schema has run before.
}

// Standby is a copy of a database that may lag behind it.
type Standby struct {
	New    func(t testing.TB, url string) string       // Returns the URL of a copy.
	Pause  func(t testing.TB, primary, standby string) // The copy does not take over what is written from now on.
	Resume func(t testing.TB, primary, standby string)
	Cut    func(t testing.TB, primary, standby string) // The copy does not hear of it.
}

// inspect returns what a source says about its database.
func inspect(t testing.TB, url string) database.Advice {
	t.Helper()
	advice, err := open(t, url, 1).Inspect(t.Context(), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	return advice
}

// testInspect asks an engine that may have no roles and no copies.
func testInspect(t *testing.T, e Engine) {
	source := open(t, e.New(t, e.Schema...), 1)
	advice, err := source.Inspect(t.Context(), 20*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	if advice.Standby || advice.DataUntil != "" || advice.Role == "" && len(advice.Rights) > 0 {
		t.Errorf("advice %+v", advice)
	}
	e.wantGood(t, source)
}

func testRights(t *testing.T, e Engine) {
	url := e.New(t, e.Schema...)
	if diff := cmp.Diff(e.Rights.All, inspect(t, url).Rights); diff != "" {
		t.Errorf("rights (-want +got):\n%s", diff)
	}
	reader, role := e.Rights.Reader(t, url)
	if diff := cmp.Diff(database.Advice{Role: role}, inspect(t, reader)); diff != "" {
		t.Errorf("a reader (-want +got):\n%s", diff)
	}
	for statement, want := range e.Rights.Grants {
		t.Run(statement, func(t *testing.T) {
			reader, role := e.Rights.Reader(t, url)
			e.Rights.Grant(t, url, role, statement)
			if diff := cmp.Diff(want, inspect(t, reader).Rights); diff != "" {
				t.Errorf("rights (-want +got):\n%s", diff)
			}
		})
	}
}

// testStandby has a copy lag. The instant up to which it is complete is the present as long as it does not lag, and stands still
// otherwise.
func testStandby(t *testing.T, e Engine) {
	primary := e.New(t, e.Schema...)
	url := e.Standby.New(t, primary)
	advice := inspect(t, url)
	if !advice.Standby || advice.DataUntil == "" || inspect(t, primary).Standby {
		t.Fatalf("advice %+v, want a standby and its data_until", advice)
	}
	source := open(t, url, 1)
	wait := func(what string, moves bool) {
		t.Helper()
		eventually(t, what, func() bool {
			first, second := e.first(t, source, advice.DataUntil), e.first(t, source, advice.DataUntil)
			return moves == (first.Text != second.Text)
		})
	}
	wait("the copy is complete", true)
	e.Standby.Pause(t, primary, url)
	wait("the copy lags", false)
	e.Standby.Resume(t, primary, url)
	wait("the copy is complete again", true)
	e.Standby.Cut(t, primary, url)
	wait("the copy hears nothing", false)
}
