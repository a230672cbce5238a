package engine

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"github.com/kpi-exporter/kpi_exporter/internal/secret"
)

// isEscaped matches what stands for another character in a URL.
var isEscaped = regexp.MustCompile(`%[0-9A-Fa-f]{2}`)

// expand returns the URL, from its file or with its variables replaced. A variable that holds the whole URL is taken as it is. Any other
// is data of the part in which it stands, whatever characters it holds; where a file name follows the scheme, nothing is escaped. An
// error names the variable, and holds no part of its value.
func (l Location) expand() (string, error) {
	scheme, rest, ok := strings.Cut(l.URL, "://")
	if e := Find(scheme); !ok || e == nil || e.Embedded() {
		return secret.Source{Key: "url", Text: l.URL, File: l.URLFile}.Read()
	}
	rest, err := expandParts(rest)
	return scheme + "://" + rest, err
}

// expandParts replaces the variables in what follows postgres://.
func expandParts(rest string) (string, error) {
	rest, query, hasQuery := strings.Cut(rest, "?")
	authority, path, hasPath := strings.Cut(rest, "/")
	login, hosts, hasLogin := cutLogin(authority)
	var failed error
	var b strings.Builder
	add := func(text string, escape func(value string) (string, bool)) {
		text, err := replace(text, escape)
		if failed == nil {
			failed = err
		}
		b.WriteString(text)
	}
	if hasLogin {
		name, password, hasPassword := strings.Cut(login, ":")
		if hasPassword {
			add(name, escapeAll)
			b.WriteByte(':')
			add(password, escapeAll)
		} else {
			add(name, without(":"))
		}
		b.WriteByte('@')
	}
	for i, host := range strings.Split(hosts, ",") {
		if i > 0 {
			b.WriteByte(',')
		}
		if strings.HasPrefix(host, "[") { // An IPv6 address, in which only the % before a zone is escaped.
			add(host, func(value string) (string, bool) { return strings.ReplaceAll(value, "%", "%25"), true })
		} else {
			add(host, escapeHost)
		}
	}
	if hasPath {
		b.WriteByte('/')
		add(path, without("?"))
	}
	if hasQuery {
		for i, part := range strings.Split(query, "&") {
			b.WriteByte("?&"[min(i, 1)])
			key, value, isPair := strings.Cut(part, "=")
			add(key, func(string) (string, bool) { return "", false })
			if isPair {
				b.WriteByte('=')
				add(value, escapeAll)
			}
		}
	}
	return b.String(), failed
}

// replace replaces the variables of a part of a URL. escape returns false for a value that holds more than the part.
func replace(text string, escape func(value string) (string, bool)) (string, error) {
	return secret.Expand(text, func(name, value string) (string, error) {
		escaped, isPart := escape(value)
		if !isPart {
			return "", fmt.Errorf("the environment variable %s holds more than one part of the url: give each part its own variable, "+
				"such as ${USER}:${PASSWORD}@${HOST}:${PORT}, or put the whole url into one", name)
		}
		return escaped, nil
	})
}

func escapeAll(value string) (string, bool) {
	return strings.ReplaceAll(url.QueryEscape(value), "+", "%20"), true
}

// without escapes values in which none of these characters may be.
func without(characters string) func(value string) (string, bool) {
	return func(value string) (string, bool) {
		escaped, _ := escapeAll(value)
		return escaped, !strings.ContainsAny(value, characters)
	}
}

// escapeHost escapes a host, a port or the folder of a socket.
func escapeHost(value string) (string, bool) {
	escaped, isPart := without(":,@?")(value)
	return escaped, isPart && (strings.HasPrefix(value, "/") || !strings.Contains(value, "/"))
}

// EscapedVariable returns the first variable inside the URL whose value seems to be escaped, "" if there is none.
func (l Location) EscapedVariable() string {
	scheme, rest, _ := strings.Cut(l.URL, "://")
	if e := Find(scheme); e == nil || e.Embedded() {
		return ""
	}
	found := ""
	_, _ = secret.Expand(rest, func(name, value string) (string, error) {
		if found == "" && isEscaped.MatchString(value) {
			found = name
		}
		return "", nil
	})
	return found
}
