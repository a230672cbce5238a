package engine

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/document"
)

// valueForm is what the values of a parameter of libpq look like.
type valueForm struct {
	words string                  // All that there are, with spaces between them; "" for others.
	is    string                  // What it is otherwise, for a sentence.
	holds func(value string) bool // Nil with words.
	write map[string]string       // What to write in place of values of other programs.
}

// postgresForms returns the forms of parameters whose values are not any text.
func postgresForms() map[string]valueForm {
	whole := valueForm{is: "a whole number", holds: isWhole}
	seconds := valueForm{is: "a whole number of seconds", holds: isWhole}
	milliseconds := valueForm{is: "a whole number of milliseconds", holds: isWhole}
	onOff := valueForm{words: "0 1", write: map[string]string{"false": "0", "off": "0", "no": "0", "true": "1", "on": "1", "yes": "1"}}
	tls := valueForm{words: "TLSv1 TLSv1.1 TLSv1.2 TLSv1.3", write: map[string]string{"TLSv1.0": "TLSv1", "1.0": "TLSv1", "1.1": "TLSv1.1", "1.2": "TLSv1.2", "1.3": "TLSv1.3"}}
	version := valueForm{words: "3.0 3.2 latest"}
	return map[string]valueForm{
		"sslmode": {words: "disable allow prefer require verify-ca verify-full", write: map[string]string{
			"no-verify": "require", "true": "require", "false": "disable", "strict": "verify-full", "verify_ca": "verify-ca", "verify_full": "verify-full",
		}},
		"sslnegotiation": {words: "postgres direct"}, "sslsni": onOff, "sslcompression": onOff, "gssdelegation": onOff, "gsslib": {words: "gssapi sspi"},
		"ssl_min_protocol_version": tls, "ssl_max_protocol_version": tls, "min_protocol_version": version, "max_protocol_version": version,
		"target_session_attrs": {words: "any read-write read-only primary standby prefer-standby", write: map[string]string{
			"master": "primary", "slave": "standby", "secondary": "standby", "replica": "standby", "preferSlave": "prefer-standby", "preferSecondary": "prefer-standby",
		}},
		"load_balance_hosts": {words: "disable random", write: map[string]string{"true": "random", "false": "disable"}},
		"connect_timeout":    seconds, "keepalives": onOff, "keepalives_idle": seconds, "keepalives_interval": seconds, "keepalives_count": whole, "tcp_user_timeout": milliseconds,
		"hostaddr": {is: "an IP address", holds: isAddress}, "port": {is: "a port from 1 to 65535, or one for each host, with commas", holds: arePorts},
	}
}

// checkPostgresValue says what is wrong with a value that is not empty and holds no variable. The error does not hold the value: it may be
// part of a password.
func checkPostgresValue(key, value string) error {
	if key == "options" {
		return checkOptions(value)
	}
	f, ok := postgresForms()[key]
	words := strings.Fields(f.words)
	switch {
	case !ok, f.holds != nil && f.holds(value), f.holds == nil && document.IsOneOf(value, f.words):
		return nil
	case f.holds != nil:
		return &PartError{"the parameter " + key + " of the url is not " + f.is, "write " + key + "=" + exampleOf(key)}
	case f.write[value] != "":
		return &PartError{"the parameter " + key + " of the url is not one of " + strings.Join(words, ", "), "write " + key + "=" + f.write[value]}
	}
	near := document.Nearest(value, f.words)
	if near == "" {
		near = "write " + key + "=" + words[0] + ", or another of them"
	}
	return &PartError{"the parameter " + key + " of the url is not one of " + strings.Join(words, ", "), near}
}

// exampleOf returns a value of a parameter that is not one of some words.
func exampleOf(key string) string {
	switch key {
	case "hostaddr":
		return "192.0.2.1"
	case "port":
		return "5432"
	case "tcp_user_timeout":
		return "10000"
	}
	return "10"
}

// settingOption matches how options of the server begin.
var settingOption = regexp.MustCompile(`^\s*-`)

// checkOptions checks the options for the server, which other services use for what else they must know.
func checkOptions(value string) error {
	switch {
	case settingOption.MatchString(value):
		return nil
	case strings.HasPrefix(value, "endpoint=") || strings.HasPrefix(value, "project="):
		return &PartError{"the options of the url name an endpoint of Neon, which a server does not know", "leave options out; the first part of the host name, as in ep-name-123456.region.aws.neon.tech, says the endpoint"}
	}
	return &PartError{"the options of the url are not options of the server", "write options=-c%20search_path%3Dshop, or leave it out"}
}

func isWhole(value string) bool {
	_, err := strconv.Atoi(value)
	return err == nil
}

func isAddress(value string) bool {
	_, err := netip.ParseAddr(value)
	return err == nil
}

func arePorts(value string) bool {
	for port := range strings.SplitSeq(value, ",") {
		if n, err := strconv.ParseUint(port, 10, 16); port != "" && (err != nil || n == 0) {
			return false
		}
	}
	return true
}
