package engine

import (
	"strings"
	"testing"
)

// TestURLParts holds what Check says about parts of URLs that would fail, or have no effect, once the exporter runs. What is wrong comes before
// the |, and what to write instead after it; "" is right.
func TestURLParts(t *testing.T) {
	const (
		tls    = "the parameter ssl_min_protocol_version of the url is not one of TLSv1, TLSv1.1, TLSv1.2, TLSv1.3"
		attrs  = "the parameter target_session_attrs of the url is not one of any, read-write, read-only, primary, standby, prefer-standby"
		mode   = "the parameter sslmode of the url is not one of disable, allow, prefer, require, verify-ca, verify-full"
		scheme = "the url begins with the scheme of a driver or framework|write "
		neon   = "the options of the url name an endpoint of Neon, which a server does not know|leave options out; the first part of the host name, as in ep-name-123456.region.aws.neon.tech, says the endpoint"
		modes  = "the parameter ssl-mode of the url is not one of DISABLED, PREFERRED, REQUIRED, VERIFY_CA, VERIFY_IDENTITY"
		only   = "|use only socket, ssl-mode, ssl-ca, ssl-cert, ssl-key, connect-timeout"
		pg     = "postgres://u@h/db?"
		my     = "mysql://u@h/db?"
	)
	for url, want := range map[string]string{
		pg + "connect_timeout=canary":               "the parameter connect_timeout of the url is not a whole number of seconds|write connect_timeout=10",
		pg + "connect_timeout=${SECONDS}":           "",
		pg + "connect_timeout=":                     "",
		pg + "target_session_attrs=master":          attrs + "|write target_session_attrs=primary",
		pg + "target_session_attrs=stanby":          attrs + "|did you mean `standby`?",
		pg + "target_session_attrs=canary":          attrs + "|write target_session_attrs=any, or another of them",
		pg + "stringtype=unspecified":               "the parameter stringtype of the url is not supported|leave it out; the parameters of a query have types",
		pg + "options=endpoint%3Dep-canary":         neon,
		pg + "options=endpoint=ep-canary":           neon,
		pg + "options=project%3Dcanary":             neon,
		pg + "options=search_path%3Dcanary":         "the options of the url are not options of the server|write options=-c%20search_path%3Dshop, or leave it out",
		pg + "options=-c%20search_path%3Dshop":      "",
		pg + "options=--search_path=shop":           "",
		pg + "load_balance_hosts=maybe":             "the parameter load_balance_hosts of the url is not one of disable, random|write load_balance_hosts=disable, or another of them",
		pg + "load_balance_hosts=true":              "the parameter load_balance_hosts of the url is not one of disable, random|write load_balance_hosts=random",
		pg + "sslnegotiation=zzz":                   "the parameter sslnegotiation of the url is not one of postgres, direct|write sslnegotiation=postgres, or another of them",
		pg + "ssl_min_protocol_version=1.3":         tls + "|write ssl_min_protocol_version=TLSv1.3",
		pg + "ssl_min_protocol_version=canary":      tls + "|write ssl_min_protocol_version=TLSv1, or another of them",
		pg + "keepalives_idle=x":                    "the parameter keepalives_idle of the url is not a whole number of seconds|write keepalives_idle=10",
		pg + "keepalives=on":                        "the parameter keepalives of the url is not one of 0, 1|write keepalives=1",
		pg + "tcp_user_timeout=5s":                  "the parameter tcp_user_timeout of the url is not a whole number of milliseconds|write tcp_user_timeout=10000",
		pg + "hostaddr=canary":                      "the parameter hostaddr of the url is not an IP address|write hostaddr=192.0.2.1",
		"postgres://u@/db?host=h&port=canary":       "the parameter port of the url is not a port from 1 to 65535, or one for each host, with commas|write port=5432",
		"postgres://u@/db?host=a,b&port=5432,":      "",
		pg + "sslmode=no-verify":                    mode + "|write sslmode=require",
		"postgres://u:${P}@h/db?sslmode=verifyfull": mode + "|did you mean `verify-full`?",
		pg + "ssl=false":                            "the parameter ssl of the url is not supported|write sslmode=disable",
		pg + "ssl=true":                             "the parameter ssl of the url is not supported|write sslmode=require or sslmode=verify-full",
		pg + "sslrootcert=system&sslmode=require":   "with sslrootcert=system the server is always verified, and the sslmode of the url is another one|write sslmode=verify-full, or leave sslmode out",
		pg + "session_authorization=canary":         "the parameter session_authorization of the url is not supported|write that user before the @",
		pg + "canary":                               "a parameter of the url has no value|write name=value; in a password, write & as %26 and ? as %3F",
		pg + "=canary":                              "a parameter of the url has no name|write its name before the =, or leave it out",
		"postgres://u:${P}@h/db?=canary":            "a parameter of the url has no name|write its name before the =, or leave it out",
		pg + "sslmode=require&sslmode=disable":      "the url has a parameter twice|leave one of them out",
		pg + "user=canary":                          "the parameter user of the url repeats what is before the ?|leave one of them out",
		my + "connect-timeout=canary":               "the parameter connect-timeout of the url is not a whole number of seconds|write connect-timeout=10",
		my + "useSSL=false":                         "the parameter useSSL of the url is not supported|write ssl-mode=DISABLED",
		my + "useSSL=true":                          "the parameter useSSL of the url is not supported|write ssl-mode=REQUIRED or ssl-mode=VERIFY_IDENTITY",
		my + "ssl-mode=verify-full":                 modes + "|write ssl-mode=VERIFY_IDENTITY",
		my + "ssl-mode=REQUIRD":                     modes + "|did you mean `REQUIRED`?",
		my + "pool_recycle=300":                     "the parameter pool_recycle of the url is not supported|set max_connections of the database instead",
		my + "pwd=canary":                           "the parameter pwd of the url is not supported|write it before the @",
		my + "application_name=canary":              "the parameter application_name of the url is not one of MySQL" + only,
		my + "canary=1":                             "a parameter of the url is not known" + only,
		my + "=canary":                              "a parameter of the url has no name|write its name before the =, or leave it out",
		"jdbc:postgresql://h/db?user=canary":        scheme + "postgres:// in its place",
		"jdbc:mysql://u@h/db":                       scheme + "mysql:// in its place",
		"postgresql+asyncpg://u:canary@h/db":        scheme + "postgres:// in its place",
		"postgis://u:canary@h/db":                   scheme + "postgres:// in its place",
		"mysql2://u:canary@h/db":                    scheme + "mysql:// in its place",
		"sqlite3:canary.db":                         scheme + "sqlite:// in its place",
	} {
		got := ""
		if err := (Location{URL: url}).Check(); err != nil {
			got = err.Error()
			if part, ok := err.(*PartError); ok { //nolint:errorlint // It is the error itself.
				got = part.Message + "|" + part.Instead
			}
		}
		if got != want || strings.Contains(got, "canary") {
			t.Errorf("%s\n got %s\nwant %s", url, got, want)
		}
		if _, err := (Location{URL: url}).Resolve(); want != "" && !strings.Contains(url, "${") && (err == nil || err.Error() != strings.Replace(want, "|", ": ", 1)) {
			t.Errorf("%s: Resolve: %v", url, err)
		}
	}
}

// TestNumbersInVariables holds that what must be a number or an address is refused before a driver reads it, also where a variable holds it.
func TestNumbersInVariables(t *testing.T) {
	t.Setenv("ENGINE_WORD", "canary")
	for url, want := range map[string]string{
		"postgres://u@h/db?connect_timeout=${ENGINE_WORD}": "connect_timeout of the url is not a whole number",
		"postgres://u@h/db?hostaddr=${ENGINE_WORD}":        "hostaddr of the url is not an IP address",
		"postgres://u@/db?host=h&port=${ENGINE_WORD}":      "port of the url is not a port",
		"postgres://u@h:${ENGINE_WORD}/db":                 "the port is not a number",
		"mysql://u@h/db?connect-timeout=${ENGINE_WORD}":    "connect-timeout of the url is not a whole number",
		"mysql://u@h:${ENGINE_WORD}/db":                    "the port is not a number",
	} {
		_, err := Location{URL: url}.Resolve()
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "canary") {
			t.Errorf("%s: %v, want …%s…", url, err, want)
		}
	}
}
