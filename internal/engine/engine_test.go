package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

func TestSchemes(t *testing.T) {
	if got, want := Schemes(), "postgres://, mysql://, sqlite:// or prometheus+https://"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

// TestNamesAreDistinct holds that no name and no scheme belongs to two engines.
func TestNamesAreDistinct(t *testing.T) {
	var names, schemes []string
	for _, e := range All() {
		if slices.Contains(names, e.Name()) || e.Name() != strings.ToLower(e.Name()) || e.Title() == "" {
			t.Errorf("name %q, title %q", e.Name(), e.Title())
		}
		names = append(names, e.Name())
		for _, s := range e.Schemes() {
			if slices.Contains(schemes, s) || Find(s) != e {
				t.Errorf("%s: not of %s alone", s, e.Title())
			}
			schemes = append(schemes, s)
		}
	}
}

// TestParse holds that an error comes without a statement, and a statement with what is asked of it.
func TestParse(t *testing.T) {
	for _, e := range All() {
		if e == (Prometheus{}) {
			s, err := e.Parse("rate(x[:period])")
			if err != nil || s.SQL() != "rate(x[:period])" || !s.Uses("period_start") || s.Uses("as_of") {
				t.Errorf("%s: %v, %v", e.Title(), s, err)
			}
			if s, err := e.Parse("rate(x[:period]); 1"); s != nil || err == nil {
				t.Errorf("%s: %v, %v, want an error", e.Title(), s, err)
			}
			continue
		}
		s, err := e.Parse("SELECT :as_of;")
		if err != nil || s.SQL() != "SELECT :as_of" || !s.Uses("as_of") || s.Uses("timezone") {
			t.Errorf("%s: %v, %v", e.Title(), s, err)
		}
		if s, err := e.Parse("SELECT 1; SELECT 2"); s != nil || err == nil {
			t.Errorf("%s: %v, %v, want an error", e.Title(), s, err)
		}
	}
}

// TestPostgresURL holds that a changed URL is read again as it is meant, by this package.
func TestPostgresURL(t *testing.T) {
	resolve := func(url string) PostgresURL {
		t.Helper()
		address, err := Location{URL: url}.Resolve()
		if err != nil {
			t.Fatalf("%s: %v", url, err)
		}
		return address.(PostgresURL)
	}
	u := resolve("postgres://kpi:p%40%20ss@a:1,[::1],b/app?sslmode=disable&options=-c%20x%3D1+1")
	if got, want := fmt.Sprintln(u.Hosts(), u.User(), u.Password(), u.Database(), u.Parameters()), "[{a 1} {::1 5432} {b 5432}] kpi p@ ss app map[options:-c x=1+1 sslmode:disable]\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	changed := resolve(u.In("other").With("search_path", "a b+c").Reveal())
	if got, want := fmt.Sprintln(changed.Hosts(), changed.Password(), changed.Database(), changed.Parameters()), "[{a 1} {::1 5432} {b 5432}] p@ ss other map[options:-c x=1+1 search_path:a b+c sslmode:disable]\n"; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if got := resolve("postgres://u@a,b/app?port=5433").Hosts(); fmt.Sprint(got) != "[{a 5433} {b 5433}]" {
		t.Errorf("hosts %v", got)
	}
	type holder struct{ u PostgresURL }
	if got := fmt.Sprintf("%v %+v %+v", u, u, holder{u}); strings.Contains(got, "kpi") {
		t.Errorf("printed as %s", got)
	}
	said := "p@ ss p%40%20ss " + u.Reveal()
	if got, _ := secret.Redact(said, u.Secrets()...); got != "<secret> <secret> <secret>" {
		t.Errorf("%q shows as %q", said, got)
	}
}
