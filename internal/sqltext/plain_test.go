package sqltext

import "testing"

func TestPlain(t *testing.T) {
	for text, want := range map[string]string{
		"SELECT 1": "SELECT 1",
		" SELECT\n\t1 -- one\n/* or /* two */ */": "SELECT 1",
		"SELECT a.b AS \"a  b\", ' -- x '":        `SELECT a . b AS "a  b" , ' -- x '`,
		"SELECT x WHERE at>=:as_of::date;":        "SELECT x WHERE at > = : as_of : : date",
		"SELECT /*+ hint */ 1 -- one":             "SELECT /*+ hint */ 1 -- one",
		"SELECT /*!50000 STRAIGHT_JOIN */ 1":      "SELECT /*!50000 STRAIGHT_JOIN */ 1",
		"SELECT /*M! 1 */ 1":                      "SELECT /*M! 1 */ 1",
		"select 1":                                "select 1",
		"SELECT $$ a  b $$, E'\\' --', größe":     "SELECT $$ a  b $$ , E'\\' --' , größe",
	} {
		s, err := Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if got := s.Plain(); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := (*Statement)(nil).Plain(); got != "" {
		t.Errorf("nil: %q", got)
	}
}
