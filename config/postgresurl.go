package config

import (
	"cmp"
	"errors"
	"net/netip"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// parsePostgresURL reads what follows postgres://. It is more forgiving than net/url, because people paste passwords:
// an @, : or # in one needs no escape. Its errors hold no part of the URL, unlike those of net/url.
func parsePostgresURL(rest string) (*url.URL, error) {
	if strings.ContainsFunc(rest, func(r rune) bool { return unicode.IsSpace(r) || unicode.IsControl(r) }) {
		return nil, errors.New("there is a space or a control character in it")
	}
	rest, query, _ := strings.Cut(rest, "?")
	parameters, err := parseParameters(query)
	if err != nil {
		return nil, err
	}
	authority, name, _ := strings.Cut(rest, "/")
	if name, err = url.PathUnescape(name); err != nil {
		return nil, errors.New("a % in the database's name is not followed by two hexadecimal digits")
	}
	at := strings.LastIndexByte(authority, '@')
	if at < 1 {
		return nil, errors.New("it names no user; a / or ? in a password must be escaped, or the password be in a password_file")
	}
	user, err := parseUser(authority[:at])
	if err != nil {
		return nil, err
	}
	u := &url.URL{Scheme: "postgres", User: user, Path: "/" + name}
	if u.Host, err = parseHosts(authority[at+1:], parameters); err != nil {
		return nil, err
	}
	u.RawQuery = parameters.Encode()
	switch mode, system := parameters.Get("sslmode"), parameters.Get("sslrootcert") == "system"; {
	case mode == "" && isSocket(u):
		parameters.Set("sslmode", "disable")
	case mode == "" && system:
		parameters.Set("sslmode", "verify-full")
	case mode != "verify-full" && system:
		return nil, errors.New("with sslrootcert=system its sslmode must be verify-full")
	case mode == "":
		parameters.Set("sslmode", "require")
	case !slices.Contains([]string{"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}, mode):
		return nil, errors.New("its sslmode is none of disable, allow, prefer, require, verify-ca, verify-full")
	}
	u.RawQuery = parameters.Encode()
	return u, nil
}

func parseParameters(query string) (url.Values, error) {
	parameters := url.Values{}
	for part := range strings.SplitSeq(query, "&") {
		if part == "" {
			continue
		}
		key, value, ok := strings.Cut(part, "=")
		if !ok {
			return nil, errors.New("a parameter after the ? has no =")
		}
		value, err := url.PathUnescape(value) // As libpq: a + is a +.
		if err != nil {
			return nil, errors.New("a % in a parameter is not followed by two hexadecimal digits")
		}
		if slices.Contains([]string{"user", "password", "dbname", "service"}, key) {
			return nil, errors.New("user, password, dbname and service are no parameters here: write them in front of the ?")
		}
		parameters.Set(key, value)
	}
	return parameters, nil
}

func parseUser(text string) (*url.Userinfo, error) {
	name, password, _ := strings.Cut(text, ":")
	name, err := url.PathUnescape(name)
	if err != nil {
		return nil, errors.New("a % in the user's name is not followed by two hexadecimal digits")
	}
	if password, err = url.PathUnescape(password); err != nil {
		return nil, errors.New("a % in the password is not followed by two hexadecimal digits: write %25, or use password_file")
	}
	if password == "" {
		return url.User(name), nil
	}
	return url.UserPassword(name, password), nil
}

// parseHosts returns the one host, with its port if it says one. Several hosts become the parameters host and port,
// because net/url knows only one.
func parseHosts(text string, parameters url.Values) (string, error) {
	if text == "" {
		if parameters.Get("host") == "" {
			return "", errors.New("it names no host")
		}
		return "", nil
	}
	hosts := strings.Split(text, ",")
	for _, h := range hosts {
		if err := checkHost(h); err != nil {
			return "", err
		}
	}
	if len(hosts) == 1 {
		return text, nil
	}
	var names, ports []string
	for _, h := range hosts {
		one := url.URL{Host: h}
		names, ports = append(names, one.Hostname()), append(ports, cmp.Or(one.Port(), "5432"))
	}
	parameters.Set("host", strings.Join(names, ","))
	parameters.Set("port", strings.Join(ports, ","))
	return "", nil
}

func checkHost(h string) error {
	var port string
	if strings.HasPrefix(h, "[") {
		address, after, ok := strings.Cut(h[1:], "]")
		if _, err := netip.ParseAddr(address); !ok || err != nil || after != "" && after[0] != ':' {
			return errors.New("what stands in square brackets is not an IPv6 address")
		}
		port = strings.TrimPrefix(after, ":")
	} else {
		h, port, _ = strings.Cut(h, ":")
		if h == "" {
			return errors.New("it names no host")
		}
		if strings.ContainsFunc(h, func(r rune) bool {
			return r != '-' && r != '.' && r != '_' && !unicode.IsLetter(r) && !unicode.IsDigit(r)
		}) {
			return errors.New("a host's name holds a character that none can hold")
		}
	}
	if port == "" {
		return nil
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 {
		if strings.Trim(port, "0123456789") != "" {
			return errors.New("the port is not a number")
		}
		return errors.New("the port is not between 1 and 65535")
	}
	return nil
}

// hostsOf returns every host without its port.
func hostsOf(u *url.URL) []string {
	if u.Host != "" {
		return []string{u.Hostname()}
	}
	return strings.Split(u.Query().Get("host"), ",")
}

func isSocket(u *url.URL) bool {
	return !slices.ContainsFunc(hostsOf(u), func(h string) bool { return !strings.HasPrefix(h, "/") })
}

func isLoopback(u *url.URL) bool {
	return !slices.ContainsFunc(hostsOf(u), func(h string) bool {
		address, _ := netip.ParseAddr(h)
		return h != "localhost" && !strings.HasPrefix(h, "/") && !address.IsLoopback()
	})
}
