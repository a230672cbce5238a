package engine

import (
	"fmt"
	"strings"
	"testing"
)

func TestMySQLURL(t *testing.T) {
	t.Setenv("PW", "p@ss:/?#&w%")
	for text, want := range map[string]string{
		"mysql://u@h/db":                              "h 3306 u  db REQUIRED ",
		"mariadb://u:p%40%20ss@h:3307/db":             "h 3307 u p@ ss db REQUIRED ",
		"mysql://u:${PW}@[::1]:1/a%20b":               "::1 1 u p@ss:/?#&w% a b REQUIRED ",
		"mysql://u:a#b:c@h/":                          "h 3306 u a#b:c  REQUIRED ",
		"mysql://u@h/db?ssl-mode=disabled":            "h 3306 u  db DISABLED ",
		"mysql://u@h/db?ssl-mode=verify-ca&ssl-ca=/a": "h 3306 u  db VERIFY_CA ",
		"mysql://u@h/db?ssl-ca=/a&connect-timeout=3":  "h 3306 u  db VERIFY_IDENTITY ",
		"mysql://u@/db?socket=/run/mysqld.sock":       " 3306 u  db DISABLED /run/mysqld.sock",
		"mysql://u@localhost/db?socket=%2Frun%2Fx":    " 3306 u  db DISABLED /run/x",
	} {
		address, err := Location{URL: text}.Resolve()
		if err != nil {
			t.Errorf("%s: %v", text, err)
			continue
		}
		u := address.(MySQLURL)
		if got := strings.Join([]string{u.Host(), u.Port(), u.User(), u.Password(), u.Database(), u.Parameter("ssl-mode"), u.Parameter("socket")}, " "); got != want {
			t.Errorf("%s: %q, want %q", text, got, want)
		}
		t.Setenv("URL", u.Reveal())
		if again, err := (Location{URL: "${URL}"}).Resolve(); err != nil || again.Reveal() != u.Reveal() {
			t.Errorf("%s: read again, it is %v, %v", text, again, err)
		}
		if other := u.In("a/b"); other.Database() != "a/b" || other.Host() != u.Host() || other.Engine() != (MySQL{}) {
			t.Errorf("%s: another database is %s", text, other.Reveal())
		}
		if got := fmt.Sprintf("%v %+v", u, struct{ u MySQLURL }{u}); strings.Contains(got, "ss") {
			t.Errorf("printed as %s", got)
		}
	}
}

func TestMySQLURLErrors(t *testing.T) {
	for rest, want := range map[string]string{
		"h/db":                                 "it names no user; escape / and ? in a password, or use a password_file",
		"u:can/ary@h/db":                       "it names no user; escape / and ? in a password, or use a password_file",
		"u@/db":                                "it names no host",
		"u@a,b/db":                             "it names several hosts: write one of them",
		"u@unix(/run/mysqld.sock)/db":          "the path of a socket is a parameter: write mysql://user@/name?socket=/run/mysqld/mysqld.sock",
		"u@tcp(h:3306)/db":                     "the host name has a character that is not allowed",
		"u@%2Frun%2Fx/db":                      "the path of a socket is a parameter: write mysql://user@/name?socket=/run/mysqld/mysqld.sock",
		"u@h/run/x":                            "the path of a socket is a parameter: write mysql://user@/name?socket=/run/mysqld/mysqld.sock",
		"u@::1/db":                             "an IPv6 address goes in square brackets, followed by a colon and the port: write [::1]:3306",
		"u@h:1:2/db":                           "a host has one port: write host:3306, and an IPv6 address in square brackets, [::1]:3306",
		"u@h:canary/db":                        "the port is not a number",
		"u@h/db?socket=/run/x":                 "it names a host and a socket: leave one of them out",
		"u@/db?socket=x":                       "its socket is not the path of a socket: write mysql://user@/name?socket=/run/mysqld/mysqld.sock",
		"u@h/a%zz":                             "a % in the database's name is not followed by two hexadecimal digits",
		"u@h/db?canary":                        "a parameter of the url has no value: write name=value; in a password, write & as %26 and ? as %3F",
		"u@h/db?canary=1":                      "a parameter of the url is not known: use only socket, ssl-mode, ssl-ca, ssl-cert, ssl-key, connect-timeout",
		"u@h/db?parseTime=true":                "the parameter parseTime of the url is not supported: leave it out; times are always read",
		"u@h/db?charset=utf8mb4":               "the parameter charset of the url is not supported: leave it out; it is always UTF-8",
		"u@h/db?serverTimezone=UTC":            "the parameter serverTimezone of the url is not supported: leave it out; the session's time zone is always UTC",
		"u@h/db?multiStatements=true":          "the parameter multiStatements of the url is not supported: leave it out; a query is one statement",
		"u@h/db?tls=skip-verify":               "the parameter tls of the url is not supported: write ssl-mode=REQUIRED or ssl-mode=VERIFY_IDENTITY",
		"u@h/db?password=canary":               "the parameter password of the url is not supported: write it before the @",
		"u@h/db?connection_limit=5":            "the parameter connection_limit of the url is not supported: set max_connections of the database instead",
		"u@h/db?ssl_ca=/a":                     "a parameter of the url is misspelt: write ssl-ca",
		"u@h/db?SSL-Mode=REQUIRED":             "a parameter of the url is misspelt: write ssl-mode",
		"u@h/db?ssl-mode=canary":               "the parameter ssl-mode of the url is not one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY: write ssl-mode=VERIFY_IDENTITY, or another of them",
		"u@h/db?ssl-mode=REQUIRED&ssl-ca=/a":   "with ssl-ca the server is always verified, and the ssl-mode of the url is another one: write ssl-mode=VERIFY_IDENTITY, or leave ssl-mode out",
		"u@h/db?ssl-mode=REQUIRED&ssl-cert=/a": "ssl-cert and ssl-key of the url go together, and one of them is not there: write both, or leave both out",
		"u@h/db?connect-timeout=canary":        "the parameter connect-timeout of the url is not a whole number of seconds: write connect-timeout=10",
		"${USER}@h/db?parseTime=${YES}":        "the parameter parseTime of the url is not supported: leave it out; times are always read",
		"u:can\nary@h/db":                      "there is a space or a control character in it",
	} {
		err := MySQL{}.Check(rest)
		if !strings.Contains(want, "of the url") {
			want = "the url is not a URL of the form mysql://user@host:3306/name (" + want + ")"
		}
		if err == nil || err.Error() != want {
			t.Errorf("%q: %v\nwant %s", rest, err, want)
		}
	}
}

func TestMySQLWarning(t *testing.T) {
	const missing, weak = "the url has no ssl-mode, so REQUIRED is used", "may cross the network unencrypted"
	for text, want := range map[string]string{
		"mysql://u@h/db":                                missing,
		"mariadb://u@localhost/db":                      missing,
		"mysql://u@h/db?ssl-mode=REQUIRED":              "",
		"mysql://u@h/db?ssl-mode=VERIFY_IDENTITY":       "",
		"mysql://u@h/db?ssl-ca=/a":                      "",
		"mysql://u@h/db?ssl-mode=DISABLED":              weak,
		"mysql://u@h/db?ssl-mode=preferred":             weak,
		"mysql://u@127.0.0.1:3307/db?ssl-mode=DISABLED": "",
		"mysql://u@/db?socket=/run/x":                   "",
		"mysql://u@h:port/db":                           "",
	} {
		if got := (Location{URL: text}).Warning(); want == "" && got != "" || !strings.Contains(got, want) {
			t.Errorf("%s: %q, want it to say %q", text, got, want)
		}
	}
}

// TestMySQLPassword holds that a password is in one place.
func TestMySQLPassword(t *testing.T) {
	file := writeFile(t, "p@ ss\n")
	address, err := Location{URL: "mysql://u@h/db", PasswordFile: file}.Resolve()
	if err != nil || address.(MySQLURL).Password() != "p@ ss" {
		t.Errorf("%v", err)
	}
	const want = "the url holds a password and there is a password_file: leave one of them out"
	if _, err := (Location{URL: "mysql://u:canary@h/db", PasswordFile: file}).Resolve(); err == nil || err.Error() != want {
		t.Errorf("%v", err)
	}
}
