package enginetest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/kpi-exporter/kpi_exporter/config"
	"github.com/kpi-exporter/kpi_exporter/internal/database"
	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

func testWrites(t *testing.T, e Engine) {
	url := e.New(t, e.Schema...)
	source := open(t, url, 1)
	before := e.state(t, url, source)
	for _, text := range e.Writes {
		t.Run(text, func(t *testing.T) {
			_, _, err := run(t.Context(), source, e.query(t, text))
			wantError(t, err, database.Write, "")
			e.wantUnchanged(t, url, source, before)
		})
	}
}

func testLeaves(t *testing.T, e Engine) {
	url := e.New(t, e.Schema...)
	source := open(t, url, 1)
	before := e.state(t, url, source)
	for _, text := range e.Leaves {
		t.Run(text, func(t *testing.T) {
			if _, _, err := run(t.Context(), source, e.query(t, text)); err != nil {
				t.Error(err)
			}
			e.wantUnchanged(t, url, source, before)
		})
	}
}

// state returns what a change of the database, or of the session, would change.
func (e Engine) state(t *testing.T, url string, source database.Source) string {
	t.Helper()
	state := e.first(t, source, e.State).Text
	if e.Beside != nil {
		state += " " + e.Beside(t, url)
	}
	return state
}

// wantUnchanged checks that the next query sees what the first one saw, and that none is left in its transaction.
func (e Engine) wantUnchanged(t *testing.T, url string, source database.Source, before string) {
	t.Helper()
	if after := e.state(t, url, source); after != before {
		t.Errorf("the next query sees\n     %s\nwant %s", after, before)
	}
	if e.Running != nil {
		eventually(t, "all connections are idle", func() bool { return e.Busy(t, url) == 0 }) // The server answers before it is.
	}
}

func testErrors(t *testing.T, e Engine) {
	source := open(t, e.New(t, e.Schema...), 1)
	for text, says := range e.Failing {
		t.Run(text, func(t *testing.T) {
			_, _, err := run(t.Context(), source, e.query(t, text))
			wantError(t, err, database.Refused, says)
		})
	}
	e.wantGood(t, source)
}

func testUnknownZone(t *testing.T, e Engine) {
	source := open(t, e.New(t), 1)
	q := e.query(t, e.Numbers(1))
	q.Timezone = "Mars/Olympus"
	_, _, err := run(t.Context(), source, q)
	wantError(t, err, database.Refused, "unknown time zone Mars/Olympus")
	e.wantGood(t, source)
}

func testMissingURL(t *testing.T, e Engine) {
	source := open(t, "${KPI_NOT_SET}", 1)
	if s := source.Stats(); s.Known {
		t.Errorf("stats %+v before the first try", s)
	}
	_, _, err := run(t.Context(), source, e.query(t, e.Numbers(1)))
	wantError(t, err, database.Connect, `database "app": the environment variable KPI_NOT_SET is not set`)
	if s := source.Stats(); !s.Known || s.Up {
		t.Errorf("stats %+v, want a database that is not up", s)
	}
	t.Setenv("KPI_NOT_SET", e.New(t))
	e.wantGood(t, source)
}

func testUnreachable(t *testing.T, e Engine) {
	for url, says := range e.Unreachable {
		t.Run(url, func(t *testing.T) {
			source := open(t, url, 1)
			within(t, 2*time.Second, func() {
				_, _, err := run(t.Context(), source, e.query(t, e.Numbers(1)))
				wantError(t, err, database.Connect, says)
			})
			if s := source.Stats(); !s.Known || s.Up {
				t.Errorf("stats %+v, want a database that is not up", s)
			}
		})
	}
}

// testSecrets runs into the faults that drivers quote the URL for.
func testSecrets(t *testing.T, e Engine) {
	const canary = "hunter2-canary"
	for _, url := range e.Broken(canary) {
		t.Run(url, func(t *testing.T) {
			_, _, err := run(t.Context(), open(t, url, 1), e.query(t, e.Numbers(1)))
			wantError(t, err, database.Connect, "")
			wantSecret(t, err, canary)
		})
	}
}

// wantSecret checks that neither the error nor a cause of it shows the secret.
func wantSecret(t *testing.T, err error, hidden string) {
	t.Helper()
	for ; err != nil; err = errors.Unwrap(err) {
		if text := fmt.Sprintf("%v %+v %#v", err, err, err); strings.Contains(text, hidden) {
			t.Errorf("%T shows the secret: %s", err, text)
		}
	}
}

func testPasswords(t *testing.T, e Engine) {
	const canary = "hunter2-canary"
	on := passwords{e.Password(t), e, filepath.Join(t.TempDir(), "password")}
	for _, password := range []string{"#@%/: ", "a'b\"c\\d", "pä$$wörd", "?&=+${X}", " leading", "50%"} {
		t.Run(password, func(t *testing.T) {
			on.set(t, password, password)
			on.wantUser(t, on.login(t))
		})
	}
	t.Run("rotated", func(t *testing.T) {
		on.set(t, canary, "new-"+canary)
		source := on.login(t)
		_, _, err := run(t.Context(), source, e.query(t, on.User))
		wantError(t, err, database.Connect, on.Says)
		wantSecret(t, err, canary)
		if s := source.Stats(); !s.Known || s.Up {
			t.Errorf("stats %+v, want a database that is not up", s)
		}
		on.set(t, "new-"+canary, "new-"+canary)
		on.wantUser(t, source)
	})
	t.Run("in the server's words", func(t *testing.T) {
		on.wantEchoWithout(t, canary, "<secret>")
	})
	t.Run("a short one in the server's words", func(t *testing.T) {
		on.wantUser(t, on.wantEchoWithout(t, "q7%", secret.Withheld))
	})
}

// passwords logs in to a database with the password in a file.
type passwords struct {
	Password
	engine Engine
	path   string
}

// set changes the password in the file, and the one that the server wants.
func (p passwords) set(t *testing.T, inFile, onServer string) {
	t.Helper()
	if err := os.WriteFile(p.path, []byte(inFile+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	p.Set(t, onServer)
}

func (p passwords) login(t *testing.T) database.Source {
	t.Helper()
	return openConfig(t, config.NewDatabase("app", p.URL, p.path), 1)
}

func (p passwords) wantUser(t *testing.T, source database.Source) {
	t.Helper()
	if got := p.engine.first(t, source, p.User); got.Number != 1 {
		t.Errorf("%s: %+v", p.User, got)
	}
	if s := source.Stats(); !s.Up {
		t.Errorf("stats %+v, want a database that is up", s)
	}
}

// wantEchoWithout checks what is left of an error in which the server quotes the password.
func (p passwords) wantEchoWithout(t *testing.T, password, says string) database.Source {
	t.Helper()
	if p.Echo == nil {
		t.Skipf("no error of %s quotes a text", p.engine.Engine.Title())
	}
	p.set(t, password, password)
	source := p.login(t)
	_, _, err := run(t.Context(), source, p.engine.query(t, p.Echo(password)))
	wantError(t, err, database.Refused, says)
	wantSecret(t, err, password)
	return source
}

func testConflict(t *testing.T, e Engine) {
	source := open(t, e.New(t, e.Conflict.Schema...), 1)
	if got := e.first(t, source, e.Conflict.Once); got.Number != 2 {
		t.Errorf("%+v, want that it ran twice", got)
	}
	_, _, err := run(t.Context(), source, e.query(t, e.Conflict.Always))
	wantError(t, err, database.Conflict, "tried 3 times: a conflict with other transactions ended the query: ")
	e.wantGood(t, source)
}
